/* SPDX-License-Identifier: MIT */
/* dctx show: the context of this environment. */
#include "entry.h"
#include "tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct show {
	dctx_snapshot *context;
	unsigned char *bytes; /* of DCTX */
	bool has_message;
	dctx_message message;
	json_t *findings;
};

static int help(void)
{
	puts("usage: dctx show [--json]\n\n"
	     "Shows the context of this environment: TRACEPARENT, TRACESTATE, "
	     "BAGGAGE and DCTX.\n\n"
	     "Exit codes: 0; 1 when something in there is malformed; 2 for "
	     "wrong use.");
	return TOOL_OK;
}

static void found(void *user, const dctx_finding *finding)
{
	struct show *s = user;
	const char *section = dctx_rule_section(finding->rule);

	tool_error("%s, byte %zu: %s: %s (%s)", finding->header,
		   finding->offset, dctx_effect_name(finding->effect),
		   dctx_rule_text(finding->rule), section);
	json_array_append_new(s->findings,
			      json_pack("{ss ss sI ss ss}", "header",
					finding->header, "rule",
					dctx_rule_name(finding->rule), "offset",
					(json_int_t)finding->offset, "effect",
					dctx_effect_name(finding->effect),
					"section", section));
}

/* The message of DCTX, to be walked; nothing of it when it is malformed, which
 * is told by the extraction. */
static void open_message(struct show *s)
{
	const char *text = getenv("DCTX");
	size_t size = text != NULL ? strlen(text) : 0, len;

	s->bytes = size > 0 ? malloc(size) : NULL;
	s->has_message =
		s->bytes != NULL &&
		dctx_base64_decode(DCTX_BASE64_URL, text, size, s->bytes, size,
				   &len) == DCTX_OK &&
		dctx_message_open(s->bytes, len, &s->message) == DCTX_OK;
}

static dctx_bytes bytes_of(const char *text)
{
	return (dctx_bytes){text, strlen(text)};
}

static const char *flag_text(uint32_t flags)
{
	return flags & DCTX_TRACE_SAMPLED ? "sampled" : "not sampled";
}

static void put_label(const char *label)
{
	printf("%s%-9s%s ", tool_bold(stdout), label, tool_plain(stdout));
}

static void put_trace(const struct show *s)
{
	dctx_trace trace;

	if (!dctx_snapshot_trace(s->context, &trace))
		return;
	put_label("trace");
	tool_put_hex(stdout, (dctx_bytes){trace.trace_id, DCTX_TRACE_ID});
	putchar('\n');
	put_label("span");
	tool_put_hex(stdout, (dctx_bytes){trace.span_id, DCTX_SPAN_ID});
	printf(" %s\n", flag_text(trace.flags));
	if (trace.state.len == 0)
		return;
	put_label("state");
	tool_put_text(stdout, trace.state);
	putchar('\n');
}

static void put_end(const struct show *s)
{
	int64_t left = dctx_snapshot_remaining(s->context);
	dctx_cause_info cause;
	char text[256];

	if (left != DCTX_NO_DEADLINE) {
		put_label("deadline");
		printf("%" PRId64 ".%03d s left\n", left / DCTX_S,
		       (int)(left % DCTX_S / DCTX_MS));
	}
	if (dctx_snapshot_cause(s->context, &cause) == DCTX_OK)
		return;
	put_label("over");
	dctx_cause_text(&cause, text, sizeof text);
	tool_put_text(stdout, bytes_of(text));
	putchar('\n');
}

static void put_message(const struct show *s)
{
	dctx_message walk = s->message;
	const char *before = "";
	dctx_entry entry;
	dctx_bytes name;

	if (walk.names > 0)
		put_label("chain");
	while (dctx_message_name(&walk, &name)) {
		fputs(before, stdout);
		tool_put_text(stdout, name);
		before = " > ";
	}
	if (walk.names > 0)
		putchar('\n');
	if (walk.entries > 0) {
		put_label("entries");
		putchar('\n');
	}
	while (dctx_message_entry(&walk, &entry))
		tool_put_entry(stdout, &entry);
}

static void put_member(void *user, const dctx_member *member)
{
	(void)user;
	fputs("  ", stdout);
	tool_put_text(stdout, member->key);
	fputs(" = \"", stdout);
	tool_put_text(stdout, member->value);
	fputs("\"", stdout);
	if (member->properties.len > 0)
		fputs("; ", stdout);
	tool_put_text(stdout, member->properties);
	putchar('\n');
}

static void put_all(const struct show *s)
{
	put_trace(s);
	put_end(s);
	if (s->has_message)
		put_message(s);
	if (dctx_snapshot_baggage_each(s->context, NULL, NULL) == 0)
		return;
	put_label("baggage");
	putchar('\n');
	dctx_snapshot_baggage_each(s->context, put_member, NULL);
}

static json_t *json_trace(const struct show *s)
{
	dctx_trace trace;

	if (!dctx_snapshot_trace(s->context, &trace))
		return json_null();
	return json_pack(
		"{so so sI sb so}", "trace_id",
		tool_json_hex((dctx_bytes){trace.trace_id, DCTX_TRACE_ID}),
		"span_id",
		tool_json_hex((dctx_bytes){trace.span_id, DCTX_SPAN_ID}),
		"flags", (json_int_t)trace.flags, "sampled",
		(trace.flags & DCTX_TRACE_SAMPLED) != 0, "state",
		tool_json_text(trace.state));
}

static json_t *json_cause(const struct show *s)
{
	dctx_cause_info cause;
	char text[256];

	if (dctx_snapshot_cause(s->context, &cause) == DCTX_OK)
		return json_null();
	dctx_cause_text(&cause, text, sizeof text);
	return tool_json_text(bytes_of(text));
}

static void add_member(void *user, const dctx_member *member)
{
	json_array_append_new(
		user,
		json_pack("{so so so}", "key", tool_json_text(member->key),
			  "value", tool_json_text(member->value), "properties",
			  tool_json_text(member->properties)));
}

static json_t *json_all(struct show *s)
{
	json_t *names = json_array(), *entries = json_array();
	json_t *members = json_array();
	int64_t left = dctx_snapshot_remaining(s->context);
	dctx_message walk = s->message;
	dctx_entry entry;
	dctx_bytes name;

	while (s->has_message && dctx_message_name(&walk, &name))
		json_array_append_new(names, tool_json_text(name));
	while (s->has_message && dctx_message_entry(&walk, &entry))
		json_array_append_new(entries, tool_json_entry(&entry));
	dctx_snapshot_baggage_each(s->context, add_member, members);
	return json_pack(
		"{so so so so so so so}", "trace", json_trace(s),
		"remaining_ns",
		left != DCTX_NO_DEADLINE ? json_integer(left) : json_null(),
		"cause", json_cause(s), "chain", names, "entries", entries,
		"baggage", members, "findings", json_incref(s->findings));
}

static int show(bool json)
{
	struct show s = {.findings = json_array()};
	const dctx_findings findings = {found, &s};
	const dctx_hop hop = {.struct_size = sizeof hop, .findings = &findings};
	dctx_status status = dctx_environ_extract(NULL, &hop, &s.context);
	int code = TOOL_OK;

	if (status != DCTX_OK) {
		tool_error("the environment: %s", dctx_strerror(status));
		return TOOL_FOUND;
	}
	open_message(&s);
	if (!json)
		put_all(&s);
	else if (!tool_json(json_all(&s), stdout))
		code = TOOL_FOUND;
	if (json_array_size(s.findings) > 0)
		code = TOOL_FOUND;
	dctx_snapshot_unref(s.context);
	json_decref(s.findings);
	free(s.bytes);
	return code;
}

int tool_show(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hj", options, NULL)) != -1) {
		if (option == 'h')
			return help();
		if (option != 'j')
			return tool_bad_option(option, argv);
		json = true;
	}
	if (optind < argc)
		return tool_usage("show: %s is one word too many",
				  argv[optind]);
	return show(json);
}
