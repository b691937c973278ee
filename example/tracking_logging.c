/* SPDX-License-Identifier: MIT */
/*
 * The logging example of ContextTracking.jl: a logger that puts the context's
 * data before a line, a pipeline that adds it to a record's own fields, and
 * lines of JSON with level and message among the fields. Each looks when a line
 * is logged, so a line of an inner function has what that one learnt; a logger
 * that looks when it is made would have the outermost's for ever.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

DCTX_KEY_STR(k_user, "user", DCTX_LOG);
DCTX_KEY_I64(k_order, "order", DCTX_LOG);
DCTX_KEY_STR(k_card, "card", DCTX_LOG | DCTX_SECRET);

enum { DEBUG, INFO, WARN };
static const char *const levels[] = {"debug", "info", "warn"};

/* A logger as a library has one: it knows nothing of contexts. */
static void plain_logger(void *user, int level, const char *line)
{
	(void)user;
	printf("  %-5s %s\n", levels[level], line);
}

/* 1. Around it, in its place. */
static void transformed(int level, const char *line)
{
	static dctx_log_wrap wrap = {plain_logger, NULL, DCTX_LOG_LOGFMT};

	dctx_log_wrapped(&wrap, level, line);
}

/* 2. A record goes through stages, each of which may add a field; the last one
 * writes it. */
struct record {
	const char *message;
	char field[8][48];
	int n;
};

static void add(struct record *record, const char *name, const char *value)
{
	if (record->n < 8)
		snprintf(record->field[record->n++], sizeof(record->field[0]),
			 "%s => %s", name, value);
}

static bool add_field(void *user, const char *name, const dctx_any *value,
		      dctx_bytes text)
{
	char number[24];

	(void)text;
	if (value->kind == DCTX_KIND_STR) {
		add(user, name, value->as.bytes.data);
	} else {
		snprintf(number, sizeof(number), "%lld",
			 (long long)value->as.i);
		add(user, name, number);
	}
	return true;
}

static void inject_context(struct record *record)
{
	dctx_log_fields(add_field, record);
}

static void write_record(const struct record *record)
{
	int i;

	printf("  %s", record->message);
	for (i = 0; i < record->n; i++)
		printf("%s%s", i == 0 ? " | " : ", ", record->field[i]);
	putchar('\n');
}

static void pipeline(const char *message, const char *name, const char *value)
{
	struct record record = {.message = message};

	inject_context(&record);
	add(&record, name, value);
	write_record(&record);
}

/* 3. One object a line. Messages are literals here, which need no escape; what
 * comes from outside is a value, and the library escapes those. */
static void json_line(int level, const char *message)
{
	printf("  {\"level\":\"%s\",%s\"message\":\"%s\"}\n", levels[level],
	       dctx_log_before(DCTX_LOG_JSON), message);
}

static void log_all(const char *message)
{
	transformed(INFO, message);
	pipeline(message, "at", "call site");
	json_line(INFO, message);
}

static void charge(void)
{
	DCTX_FN;
	dctx_set(k_card, "4111 1111 1111 1111");
	log_all("charging");
}

static void place_order(void)
{
	DCTX_FN;
	dctx_set(k_order, 17);
	log_all("placing");
	charge();
	log_all("placed");
}

int main(void)
{
	log_all("nobody yet");
	dctx_set(k_user, "Ann \"the\" Customer");
	place_order();
	log_all("done");
	return 0;
}
