/* SPDX-License-Identifier: MIT */
/*
 * Logs that say whose they are: which values are in each line, by which name
 * and in which form; what comes out of a span's fields into the context, and
 * what goes from the context into a span's empty fields.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

struct user {
	int id;
	char name[16];
	char email[32];
};

static const dctx_type user_type = {.struct_size = sizeof(dctx_type),
				    .name = "user",
				    .size = sizeof(struct user)};

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);
DCTX_KEY_STR(k_session, "session", DCTX_LOCAL); /* never mapped */
DCTX_KEY_STR(k_token, "token", DCTX_SECRET);
DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_LOCAL);

/* For people: the name will do. */
static size_t display_user(const dctx_any *value, char *buf, size_t size)
{
	const struct user *user = value->as.object;

	return (size_t)snprintf(buf, size, "%s", user->name);
}

/* For developers: all of it. */
static size_t debug_user(const dctx_any *value, char *buf, size_t size)
{
	const struct user *user = value->as.object;

	return (size_t)snprintf(buf, size, "user{id=%d, name=%s, email=%s}",
				user->id, user->name, user->email);
}

/* Of one's own. */
static size_t tenant_name(const dctx_any *value, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "tenant-%04llu",
				(unsigned long long)value->as.u);
}

static void map(dctx_key *key, const dctx_field *field)
{
	if (dctx_field_set(key, field) != DCTX_OK)
		puts("cannot be mapped");
}

static void map_all(void)
{
	/* As it is, under a short name; also out of and into spans. */
	static const dctx_field rid = {.struct_size = DCTX_FIELD_SIZE,
				       .flags = DCTX_FIELD_LOG |
						DCTX_FIELD_RECORD |
						DCTX_FIELD_EXTRACT,
				       .name = "rid"};
	/* One form in lines, another in spans. */
	static const dctx_field user = {.struct_size = DCTX_FIELD_SIZE,
					.flags = DCTX_FIELD_LOG |
						 DCTX_FIELD_RECORD,
					.format = display_user,
					.format_span = debug_user};
	static const dctx_field tenant = {.struct_size = DCTX_FIELD_SIZE,
					  .flags = DCTX_FIELD_LOG,
					  .format = tenant_name};
	static const dctx_field token = {.struct_size = DCTX_FIELD_SIZE,
					 .flags = DCTX_FIELD_LOG};

	map(&k_request_id.key, &rid);
	map(&k_user.key, &user);
	map(&k_tenant.key, &tenant);
	map(&k_token.key, &token);
}

/* The program's logger knows nothing of dctx but this one line. */
#define log_info(format, ...)                                                  \
	printf("  INFO " DCTX_LOGGED(format "\n"), __VA_ARGS__)

static void lines_of_a_request(void)
{
	static const struct user ann = {7, "Ann", "ann@example.com"};

	DCTX_SCOPE("request");
	dctx_set(k_request_id, "req-1");
	dctx_set(k_session, "in no line");
	log_info("accepted %s", "/orders");
	dctx_set(k_user, &ann);
	dctx_set(k_tenant, 42);
	dctx_set(k_token, "hunter2");
	log_info("authenticated by %s", "token");
	{
		DCTX_SCOPE("on behalf");
		dctx_set(k_tenant, 43);
		log_info("billing %s", "the other tenant");
	}
	log_info("done in %d ms", 12);
}

/* Changed while the program runs: the next line has it. */
static void changed_at_run_time(void)
{
	static const dctx_field debug = {.struct_size = DCTX_FIELD_SIZE,
					 .flags = DCTX_FIELD_LOG,
					 .format = debug_user};
	static const struct user bob = {8, "Bob\n", "bob@example.com"};

	DCTX_SCOPE("request");
	dctx_set(k_user, &bob);
	log_info("as %s", "people see it");
	map(&k_user.key, &debug);
	log_info("as %s", "developers do");
	map(&k_user.key, NULL);
	log_info("as %s", "nobody does");
	map_all();
}

static bool show_told(void *user, const char *name, const dctx_any *value,
		      dctx_bytes text)
{
	(void)user;
	/* The trace differs from run to run. */
	if (strcmp(name, "trace_id") == 0 || strcmp(name, "span_id") == 0)
		return true;
	if (text.len > 0)
		printf("  %s: %.*s\n", name, (int)text.len,
		       (const char *)text.data);
	else if (value->kind == DCTX_KIND_STR)
		printf("  %s: %s\n", name, (const char *)value->as.bytes.data);
	return true;
}

static void show_field(dctx_span *span, const char *name)
{
	dctx_any value;
	char buf[64];

	if (!dctx_span_field_get(span, name, buf, sizeof(buf), &value))
		printf("  %s has none\n", name);
	else if (value.kind == 0)
		printf("  %s is empty\n", name);
	else
		printf("  %s is %s\n", name, (const char *)value.as.bytes.data);
}

/* A span's field comes into the context, and what the context has goes into
 * fields that were declared and left empty. */
static void spans_both_ways(void)
{
	static const struct user ann = {7, "Ann", "ann@example.com"};

	DCTX_SCOPE("request");
	dctx_set(k_user, &ann);
	DCTX_SPAN(span, "handle", {"request_id", DCTX_ANY("req-from-span")},
		  {"user", DCTX_EMPTY}, {"rid", DCTX_EMPTY},
		  {"other", DCTX_EMPTY});
	dctx_log_fields(show_told, NULL);
	show_field(span, "user");
	show_field(span, "rid");
	show_field(span, "other");
	show_field(span, "undeclared");
}

/* For a logger that has fields of its own. */
static void by_callback(void)
{
	DCTX_SCOPE("request");
	dctx_set(k_request_id, "req-2");
	dctx_set(k_tenant, 5);
	dctx_log_fields(show_told, NULL);
	printf("  {%s\"message\":\"as JSON\"}\n",
	       dctx_log_before(DCTX_LOG_JSON));
}

static void how_it_is_mapped(const char *name, const dctx_key *key)
{
	dctx_field field;

	if (!dctx_field_get(key, &field)) {
		printf("  %s: by its policy alone\n", name);
		return;
	}
	printf("  %s: as %s%s%s%s%s\n", name,
	       field.name != NULL ? field.name : name,
	       field.flags & DCTX_FIELD_LOG ? ", in logs" : "",
	       field.flags & DCTX_FIELD_RECORD ? ", into spans" : "",
	       field.flags & DCTX_FIELD_EXTRACT ? ", from spans" : "",
	       field.format != NULL ? ", formatted" : "");
}

int main(void)
{
	map_all();
	if (dctx_layer_mount(dctx_layer_sync(), 0) != DCTX_OK)
		return 1;
	puts("Lines of a request");
	lines_of_a_request();
	puts("Changed at run time");
	changed_at_run_time();
	puts("Spans both ways");
	spans_both_ways();
	puts("By callback, and as JSON");
	by_callback();
	puts("How keys are mapped");
	how_it_is_mapped("request_id", &k_request_id.key);
	how_it_is_mapped("user", &k_user.key);
	how_it_is_mapped("tenant", &k_tenant.key);
	how_it_is_mapped("session", &k_session.key);
	return 0;
}
