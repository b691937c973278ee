/* SPDX-License-Identifier: MIT */
/* The rules that headers are held against, and the telling of findings. */
#include "wire/found.h"

#include "data/fail.h"

#include <string.h>

struct rule {
	const char *name;
	const char *text;
	const char *section;
};

#define TRACE_CONTEXT "W3C Trace Context 2, "
#define BAGGAGE "W3C Baggage, "
#define B3 "openzipkin/b3-propagation, "
#define JAEGER "Jaeger client libraries, "
#define GRPC "gRPC over HTTP2, "

static const struct rule rules[DCTX_RULES] = {
	[DCTX_RULE_TRACEPARENT_TWICE] =
		{"TRACEPARENT_TWICE", "there are several traceparent lines",
		 TRACE_CONTEXT "3.2.2; RFC 9110, 5.3"},
	[DCTX_RULE_TRACEPARENT_LENGTH] =
		{"TRACEPARENT_LENGTH",
		 "it is shorter than version 00's 55 characters",
		 TRACE_CONTEXT "3.2.2 and 3.2.4"},
	[DCTX_RULE_TRACEPARENT_CHARACTER] =
		{"TRACEPARENT_CHARACTER",
		 "there is something other than lower-case hex digits with "
		 "dashes between the four fields",
		 TRACE_CONTEXT "3.2.2"},
	[DCTX_RULE_TRACEPARENT_VERSION_FF] = {"TRACEPARENT_VERSION_FF",
					      "version ff is forbidden",
					      TRACE_CONTEXT "3.2.2.1"},
	[DCTX_RULE_TRACEPARENT_VERSION_LATER] =
		{"TRACEPARENT_VERSION_LATER",
		 "a later version is read as far as version 00 goes",
		 TRACE_CONTEXT "3.2.4"},
	[DCTX_RULE_TRACEPARENT_TAIL] =
		{"TRACEPARENT_TAIL",
		 "something follows the flags, or in a later version "
		 "something other than a dash",
		 TRACE_CONTEXT "3.2.2.2 and 3.2.4"},
	[DCTX_RULE_TRACEPARENT_TRACE_ID] = {"TRACEPARENT_TRACE_ID",
					    "the trace id is all zeros",
					    TRACE_CONTEXT "3.2.2.3"},
	[DCTX_RULE_TRACEPARENT_PARENT_ID] = {"TRACEPARENT_PARENT_ID",
					     "the parent id is all zeros",
					     TRACE_CONTEXT "3.2.2.4"},
	[DCTX_RULE_TRACEPARENT_FLAGS] =
		{"TRACEPARENT_FLAGS",
		 "flags other than sampled and random are not handed on",
		 TRACE_CONTEXT "3.2.2.5.3"},
	[DCTX_RULE_TRACESTATE_ALONE] =
		{"TRACESTATE_ALONE",
		 "there is no valid traceparent that it could belong to",
		 TRACE_CONTEXT "3.3"},
	[DCTX_RULE_TRACESTATE_KEY] =
		{"TRACESTATE_KEY",
		 "a member does not begin with a key of at most 256 "
		 "characters, or a tenant's of 241, an @ and a vendor's of 14, "
		 "and an equals sign",
		 TRACE_CONTEXT "3.3.2.2.1"},
	[DCTX_RULE_TRACESTATE_VALUE] =
		{"TRACESTATE_VALUE",
		 "a member's value is not 1 to 256 printable characters, "
		 "none of them a comma or an equals sign",
		 TRACE_CONTEXT "3.3.2.2.2"},
	[DCTX_RULE_TRACESTATE_TWICE] =
		{"TRACESTATE_TWICE",
		 "a key comes twice: the first is the latest",
		 TRACE_CONTEXT "3.3.3 and 3.5"},
	[DCTX_RULE_TRACESTATE_MEMBERS] =
		{"TRACESTATE_MEMBERS",
		 "there are more than 32 members, or too many lines",
		 TRACE_CONTEXT "3.3.2"},
	[DCTX_RULE_TRACESTATE_LENGTH] =
		{"TRACESTATE_LENGTH",
		 "it is longer than is kept: members of more than 128 "
		 "characters are left out",
		 TRACE_CONTEXT "3.3.3.1"},
	[DCTX_RULE_BAGGAGE_EMPTY] = {"BAGGAGE_EMPTY",
		"there is nothing between two commas",
		"RFC 9110, 5.6.1.2"},
	[DCTX_RULE_BAGGAGE_SHAPE] = {"BAGGAGE_SHAPE",
		"a member has no equals sign behind its key",
		BAGGAGE "3.3.1"},
	[DCTX_RULE_BAGGAGE_KEY] = {"BAGGAGE_KEY",
		"a member's key is no token",
		BAGGAGE "3.3.1.2"},
	[DCTX_RULE_BAGGAGE_VALUE] = {"BAGGAGE_VALUE",
		"a member's value has characters that must be percent-coded",
		BAGGAGE "3.3.1.3"},
	[DCTX_RULE_BAGGAGE_PROPERTY] = {"BAGGAGE_PROPERTY",
		"a property is neither a key nor a key with a value",
		BAGGAGE "3.3.1.4"},
	[DCTX_RULE_BAGGAGE_PERCENT] = {"BAGGAGE_PERCENT",
		"a percent sign is not followed by two hex digits",
		BAGGAGE "3.3.1.3; RFC 3986, 2.1"},
	[DCTX_RULE_BAGGAGE_UTF8] = {"BAGGAGE_UTF8",
		"a value decodes to what is no UTF-8, and is read with U+FFFD "
		"in its place",
		BAGGAGE "3.3.1.3"},
	[DCTX_RULE_BAGGAGE_TWICE] = {"BAGGAGE_TWICE",
		"a key comes twice, and the last counts",
		BAGGAGE "3.3.1.1 and 3.5"},
	[DCTX_RULE_BAGGAGE_LINES] = {"BAGGAGE_LINES",
		"there are more lines of it than are read",
		BAGGAGE "3.3.2"},
	[DCTX_RULE_BAGGAGE_MEMBERS] = {"BAGGAGE_MEMBERS",
		"there are more than 512 members",
		BAGGAGE "3.3.2"},
	[DCTX_RULE_BAGGAGE_LENGTH] = {"BAGGAGE_LENGTH",
		"it is longer than 8,192 bytes",
		BAGGAGE "3.3.2"},
	[DCTX_RULE_B3_TWICE] = {"B3_TWICE", "there are several lines of it",
				B3 "single and multiple headers"},
	[DCTX_RULE_B3_SHAPE] =
		{"B3_SHAPE",
		 "it is not made of trace id, span id, sampling state and "
		 "parent span id",
		 B3 "single header"},
	[DCTX_RULE_B3_TRACE_ID] = {"B3_TRACE_ID",
				   "the trace id is not 16 or 32 lower-case "
				   "hex digits, not all 0",
				   B3 "trace id"},
	[DCTX_RULE_B3_SPAN_ID] =
		{"B3_SPAN_ID",
		 "the span id is not 16 lower-case hex digits, not all 0",
		 B3 "span id"},
	[DCTX_RULE_B3_PARENT_ID] =
		{"B3_PARENT_ID",
		 "the parent span id is not 16 lower-case hex digits",
		 B3 "parent span id"},
	[DCTX_RULE_B3_SAMPLED] =
		{"B3_SAMPLED",
		 "the sampling state is none of those that there are",
		 B3 "sampling state"},
	[DCTX_RULE_B3_FLAGS] =
		{"B3_FLAGS", "the flags are not 1, and nothing else is known",
		 B3 "debug flag"},
	[DCTX_RULE_JAEGER_TWICE] = {"JAEGER_TWICE",
				    "there are several lines of it",
				    JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_SHAPE] =
		{"JAEGER_SHAPE",
		 "it is not made of four parts with colons between",
		 JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_TRACE_ID] =
		{"JAEGER_TRACE_ID",
		 "the trace id is not 1 to 32 hex digits, not all 0",
		 JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_SPAN_ID] =
		{"JAEGER_SPAN_ID",
		 "the span id is not 1 to 16 hex digits, not all 0",
		 JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_FLAGS] = {"JAEGER_FLAGS",
				    "the flags are not 1 or 2 hex digits",
				    JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_DEBUG] =
		{"JAEGER_DEBUG", "a debug flag without a sampled flag is none",
		 JAEGER "propagation format"},
	[DCTX_RULE_JAEGER_BAGGAGE] =
		{"JAEGER_BAGGAGE",
		 "a baggage header cannot be read, or it would be another's",
		 JAEGER "baggage"},
	[DCTX_RULE_GRPC_TIMEOUT_TWICE] = {"GRPC_TIMEOUT_TWICE",
					  "there are several lines of it",
					  GRPC "requests"},
	[DCTX_RULE_GRPC_TIMEOUT_VALUE] =
		{"GRPC_TIMEOUT_VALUE",
		 "it does not begin with one to eight digits",
		 GRPC "requests, TimeoutValue"},
	[DCTX_RULE_GRPC_TIMEOUT_UNIT] =
		{"GRPC_TIMEOUT_UNIT",
		 "it does not end with one of the units H, M, S, m, u, n",
		 GRPC "requests, TimeoutUnit"},
	[DCTX_RULE_ENVELOPE_TWICE] = {"ENVELOPE_TWICE",
				      "there are several lines of it",
				      "dctx, envelope"},
	[DCTX_RULE_ENVELOPE_BASE64] = {"ENVELOPE_BASE64", "it is no base64",
				       "RFC 4648, 4 and 5"},
	[DCTX_RULE_ENVELOPE_MESSAGE] = {"ENVELOPE_MESSAGE",
					"it is no message of dctx's",
					"dctx, envelope"},
	[DCTX_RULE_VALUE_TWICE] = {"VALUE_TWICE",
				   "there are several lines of it",
				   "dctx, header table"},
	[DCTX_RULE_VALUE_TEXT] = {"VALUE_TEXT",
				  "its key cannot have this value",
				  "dctx, values as text"},
	[DCTX_RULE_VALUE_LENGTH] = {"VALUE_LENGTH",
				    "it is longer than is taken",
				    "dctx, values as text"},
	[DCTX_RULE_BORDER_KEY] =
		{"BORDER_KEY", "the key does not cross a border of this trust",
		 "dctx, policy"},
	[DCTX_RULE_BORDER_TRACE] =
		{"BORDER_TRACE",
		 "the trace does not cross a border of this trust",
		 "dctx, policy; " TRACE_CONTEXT "4.2"},
	[DCTX_RULE_BORDER_LIMITS] =
		{"BORDER_LIMITS",
		 "deadlines do not cross a border of this trust",
		 "dctx, policy"},
	[DCTX_RULE_BORDER_CHAIN] =
		{"BORDER_CHAIN",
		 "the chain of scopes does not cross a border of this trust",
		 "dctx, policy"},
	[DCTX_RULE_BORDER_UNKNOWN] =
		{"BORDER_UNKNOWN",
		 "what nobody here knows does not cross a border of this trust",
		 "dctx, policy"},
	[DCTX_RULE_AUTH_MISSING] = {"AUTH_MISSING", "the message is not signed",
				    "dctx, authentication"},
	[DCTX_RULE_AUTH_KEY] =
		{"AUTH_KEY",
		 "the message is signed with a key that is not ours",
		 "dctx, authentication"},
	[DCTX_RULE_AUTH_WRONG] = {"AUTH_WRONG",
				  "the message is not what was signed",
				  "dctx, authentication"},
};

static const struct rule *rule_of(dctx_rule rule)
{
	static const struct rule none = {"", "", ""};

	if ((unsigned)rule >= DCTX_RULES || rules[rule].name == NULL)
		return &none;
	return &rules[rule];
}

const char *dctx_rule_name(dctx_rule rule)
{
	return rule_of(rule)->name;
}

const char *dctx_rule_text(dctx_rule rule)
{
	return rule_of(rule)->text;
}

const char *dctx_rule_section(dctx_rule rule)
{
	return rule_of(rule)->section;
}

const char *dctx_effect_name(dctx_effect effect)
{
	switch (effect) {
	case DCTX_KEPT:
		return "kept";
	case DCTX_IGNORED:
		return "ignored";
	case DCTX_SKIPPED:
		return "skipped";
	case DCTX_REPLACED:
		return "replaced";
	case DCTX_CUT:
		return "cut";
	case DCTX_WITHHELD:
		return "withheld";
	}
	return "";
}

/* Counts it, under the header's or the key's name. */
static void count(const struct dctxi_sink *sink, dctx_effect effect,
		  dctx_bytes what)
{
	char name[64];
	size_t len = what.len < sizeof name - 1 ? what.len : sizeof name - 1;

	if (effect == DCTX_KEPT)
		return;
	if (effect != DCTX_WITHHELD) {
		dctxi_event(DCTX_EV_BAD_HEADER, DCTX_CORRUPT, sink->header);
		return;
	}
	if (len > 0)
		memcpy(name, what.data, len);
	name[len] = '\0';
	dctxi_event(DCTX_EV_WITHHELD, DCTX_OK, name);
}

void dctxi_found(const struct dctxi_sink *sink, dctx_rule rule,
		 dctx_effect effect, size_t offset, dctx_bytes what)
{
	dctx_finding finding = {
		.rule = rule, .effect = effect, .offset = offset, .what = what};

	if (sink == NULL)
		return;
	finding.header = sink->header;
	finding.line = sink->line;
	count(sink, effect, what);
	if (sink->to != NULL && sink->to->found != NULL)
		sink->to->found(sink->to->user, &finding);
}
