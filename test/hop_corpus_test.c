/* SPDX-License-Identifier: MIT */
/*
 * hop_corpus_test.c - holds every format against its cases in
 * test/wire/vectors/: headers come in, and what trace and members they make,
 * and how that goes out again with the same ids, must be what the case says.
 *
 * The files are looked for from the source directory.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 9, HEADERS = 128, ROOM = 1 << 17 };
enum { ID, FORMAT, CAME, TRACE, STATE, MEMBERS, WENT, SECTION, REASON };

static dctx_header list[HEADERS];
static char text[ROOM];
static dctx_headers headers;

static dctx_carrier empty(void)
{
	headers = (dctx_headers){list, 0, HEADERS, text, sizeof text, 0};
	return dctx_headers_carrier(&headers);
}

static const struct {
	const char *name;
	const dctx_propagator *(*propagator)(void);
} formats[] = {
	{"w3c", dctx_w3c_trace},      {"baggage", dctx_w3c_baggage},
	{"bagset", dctx_w3c_baggage}, {"b3", dctx_b3},
	{"b3m", dctx_b3_multi},	      {"jaeger", dctx_jaeger},
};

static const dctx_propagator *format_named(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].propagator();
	return NULL;
}

/* Reads hex digits in place; false for what is none. */
static bool unhex(char *hex, dctx_bytes *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(hex);

	if (len % 2 != 0 || strspn(hex, digits) != len)
		return false;
	for (size_t i = 0; i < len; i += 2)
		hex[i / 2] = (char)((strchr(digits, hex[i]) - digits) << 4 |
				    (strchr(digits, hex[i + 1]) - digits));
	*out = (dctx_bytes){hex, len / 2};
	return true;
}

static size_t put_hex(char *out, dctx_bytes bytes)
{
	const unsigned char *at = bytes.data;

	*out = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		sprintf(out + 2 * i, "%02x", at[i]);
	return 2 * bytes.len;
}

static bool put_header(char *name, dctx_bytes value)
{
	if (headers.count == HEADERS)
		return false;
	list[headers.count++] = (dctx_header){{name, strlen(name)}, value};
	return true;
}

/* What is no member, or has no room, is refused, and the others count. */
static bool set_member(char *name, dctx_bytes value)
{
	dctx_bytes key;

	if (!unhex(name, &key))
		return false;
	name[key.len] = '\0';
	(void)dctx_baggage_set(name, value, NULL);
	return true;
}

/* Goes through "name=hex name=hex". */
static bool each_pair(char *pairs, bool (*fn)(char *name, dctx_bytes value))
{
	char *save = NULL;

	for (char *pair = strtok_r(pairs, " ", &save); pair != NULL;
	     pair = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(pair, '=');
		dctx_bytes value;

		if (equals == NULL)
			return false;
		*equals = '\0';
		if (!unhex(equals + 1, &value) || !fn(pair, value))
			return false;
	}
	return true;
}

/* Texts that are shown in the order of their bytes. */
static char *shown[1024];
static size_t shown_count;

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void join(char *out, char between)
{
	qsort(shown, shown_count, sizeof *shown, order);
	*out = '\0';
	for (size_t i = 0; i < shown_count; i++) {
		if (i > 0)
			*out++ = between;
		out += sprintf(out, "%s", shown[i]);
		free(shown[i]);
	}
	shown_count = 0;
}

static void show_member(void *user, const dctx_member *member)
{
	size_t len =
		member->key.len + member->value.len + member->properties.len;
	char *out = malloc(2 * len + 3);
	char *at = out;

	(void)user;
	assert_non_null(out);
	assert_true(shown_count < sizeof shown / sizeof *shown);
	shown[shown_count++] = out;
	at += put_hex(at, member->key);
	*at++ = '=';
	at += put_hex(at, member->value);
	*at++ = ';';
	put_hex(at, member->properties);
}

static void show_headers(void)
{
	for (size_t i = 0; i < headers.count; i++) {
		const dctx_bytes *name = &list[i].name, *value = &list[i].value;
		char *out = malloc(name->len + 2 * value->len + 2);

		assert_non_null(out);
		shown[shown_count++] = out;
		memcpy(out, name->data, name->len);
		out[name->len] = '=';
		put_hex(out + name->len + 1, *value);
	}
}

/* What a case came to, in the form of the columns. */
static char got[COLUMNS][ROOM];

static void show_trace(const dctx_snapshot *snapshot)
{
	dctx_trace trace;
	char *at = got[TRACE];

	got[STATE][0] = '\0';
	if (!dctx_snapshot_trace(snapshot, &trace)) {
		strcpy(at, "none");
		return;
	}
	at += put_hex(at, (dctx_bytes){trace.trace_id, DCTX_TRACE_ID});
	*at++ = '-';
	at += put_hex(at, (dctx_bytes){trace.span_id, DCTX_SPAN_ID});
	sprintf(at, "-%02x", (unsigned)trace.flags & 0xff);
	put_hex(got[STATE], trace.state);
}

static void show(dctx_snapshot *snapshot, const dctx_hop *hop)
{
	dctx_carrier carrier = empty();

	show_trace(snapshot);
	(void)dctx_snapshot_baggage_each(snapshot, show_member, NULL);
	join(got[MEMBERS], ',');
	assert_int_equal(dctx_snapshot_inject(snapshot, &carrier, hop, NULL),
			 DCTX_OK);
	show_headers();
	join(got[WENT], ' ');
}

/* Splits a line at its tabs; false for one of another number of columns. */
static bool split(char *line, char *column[COLUMNS])
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = line; at != NULL; n++) {
		if (n == COLUMNS)
			return false;
		column[n] = at;
		at = strchr(at, '\t');
		if (at != NULL)
			*at++ = '\0';
	}
	return n == COLUMNS && column[ID][0] != '\0' &&
	       column[SECTION][0] != '\0' && column[REASON][0] != '\0';
}

static bool compare(char *column[COLUMNS])
{
	static const char *const names[] = {[TRACE] = "trace",
					    [STATE] = "tracestate",
					    [MEMBERS] = "members",
					    [WENT] = "injected"};
	bool good = true;

	for (int i = TRACE; i <= WENT; i++) {
		if (strcmp(got[i], column[i]) == 0)
			continue;
		fprintf(stderr, "%s: %s\n  is        %s\n  should be %s\n",
			column[ID], names[i], got[i], column[i]);
		good = false;
	}
	return good;
}

static bool make(bool is_set, char *came, const dctx_hop *hop,
		 dctx_snapshot **out)
{
	dctx_carrier carrier = empty();

	DCTX_SCOPE("case");
	if (!is_set)
		return each_pair(came, put_header) &&
		       dctx_snapshot_extract(&carrier, hop, out) == DCTX_OK;
	return each_pair(came, set_member) && dctx_capture(out) == DCTX_OK;
}

static bool holds(char *line)
{
	char *column[COLUMNS];
	const dctx_propagator *one[1];
	dctx_hop hop = {.struct_size = sizeof hop,
			.propagators = one,
			.propagator_count = 1,
			.flags = DCTX_HOP_SAME_SPAN};
	dctx_snapshot *snapshot;

	if (!split(line, column)) {
		fprintf(stderr, "no case: %s\n", line);
		return false;
	}
	one[0] = format_named(column[FORMAT]);
	if (one[0] == NULL || !make(strcmp(column[FORMAT], "bagset") == 0,
				    column[CAME], &hop, &snapshot)) {
		fprintf(stderr, "%s: no such format or input\n", column[ID]);
		return false;
	}
	show(snapshot, &hop);
	dctx_snapshot_unref(snapshot);
	return compare(column);
}

/* Holds each case of a file; gives how many there are. */
static size_t run(const char *name)
{
	size_t cases = 0, failed = 0, room = 0;
	char path[128], *line = NULL;
	FILE *file;

	snprintf(path, sizeof path, "test/wire/vectors/%s.tsv", name);
	file = fopen(path, "r");
	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		cases++;
		failed += !holds(line);
	}
	free(line);
	fclose(file);
	assert_int_equal(failed, 0);
	return cases;
}

static void the_cases_of_trace_context_hold(void **state)
{
	(void)state;
	assert_true(run("w3c") >= 110);
}

static void the_cases_of_baggage_hold(void **state)
{
	(void)state;
	assert_true(run("baggage") >= 90);
}

static void the_cases_of_b3_hold(void **state)
{
	(void)state;
	assert_true(run("b3") >= 70);
}

static void the_cases_of_jaeger_hold(void **state)
{
	(void)state;
	assert_true(run("jaeger") >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_cases_of_trace_context_hold),
		DCTXT_TEST(the_cases_of_baggage_hold),
		DCTXT_TEST(the_cases_of_b3_hold),
		DCTXT_TEST(the_cases_of_jaeger_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
