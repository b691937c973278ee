/* SPDX-License-Identifier: MIT */
/*
 * dctx/finding.h - what was wrong with a header that came, or was left out of
 * one that goes, and which standard decides it.
 *
 * What comes from outside is never an error of the caller's: a standard says
 * for each kind of bad header whether it is ignored, in part or as a whole, or
 * begins a new trace. Who wants to know why gets findings.
 */
#ifndef DCTX_FINDING_H
#define DCTX_FINDING_H

#include <dctx/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The rules that something was held against. dctx_rule_text says each in a
 * sentence; more may come.
 * Since: 0.1.
 */
typedef enum dctx_rule {
	DCTX_RULE_NONE,
	/* W3C traceparent */
	DCTX_RULE_TRACEPARENT_TWICE,
	DCTX_RULE_TRACEPARENT_LENGTH,
	DCTX_RULE_TRACEPARENT_CHARACTER, /* no lower-case hex, or no dash */
	DCTX_RULE_TRACEPARENT_VERSION_FF,
	DCTX_RULE_TRACEPARENT_VERSION_LATER, /* read as far as known */
	DCTX_RULE_TRACEPARENT_TAIL,	     /* more behind the flags */
	DCTX_RULE_TRACEPARENT_TRACE_ID,	     /* all zeros */
	DCTX_RULE_TRACEPARENT_PARENT_ID,
	DCTX_RULE_TRACEPARENT_FLAGS, /* bits that nobody knows */
	/* W3C tracestate */
	DCTX_RULE_TRACESTATE_ALONE, /* without a traceparent */
	DCTX_RULE_TRACESTATE_KEY,
	DCTX_RULE_TRACESTATE_VALUE,
	DCTX_RULE_TRACESTATE_TWICE,
	DCTX_RULE_TRACESTATE_MEMBERS,
	DCTX_RULE_TRACESTATE_LENGTH,
	/* W3C baggage */
	DCTX_RULE_BAGGAGE_EMPTY,
	DCTX_RULE_BAGGAGE_SHAPE,
	DCTX_RULE_BAGGAGE_KEY,
	DCTX_RULE_BAGGAGE_VALUE,
	DCTX_RULE_BAGGAGE_PROPERTY,
	DCTX_RULE_BAGGAGE_PERCENT,
	DCTX_RULE_BAGGAGE_UTF8,
	DCTX_RULE_BAGGAGE_TWICE,
	DCTX_RULE_BAGGAGE_LINES,
	DCTX_RULE_BAGGAGE_MEMBERS,
	DCTX_RULE_BAGGAGE_LENGTH,
	/* B3 */
	DCTX_RULE_B3_TWICE,
	DCTX_RULE_B3_SHAPE,
	DCTX_RULE_B3_TRACE_ID,
	DCTX_RULE_B3_SPAN_ID,
	DCTX_RULE_B3_PARENT_ID,
	DCTX_RULE_B3_SAMPLED,
	DCTX_RULE_B3_FLAGS,
	/* Jaeger */
	DCTX_RULE_JAEGER_TWICE,
	DCTX_RULE_JAEGER_SHAPE,
	DCTX_RULE_JAEGER_TRACE_ID,
	DCTX_RULE_JAEGER_SPAN_ID,
	DCTX_RULE_JAEGER_FLAGS,
	DCTX_RULE_JAEGER_DEBUG,
	DCTX_RULE_JAEGER_BAGGAGE,
	/* gRPC */
	DCTX_RULE_GRPC_TIMEOUT_TWICE,
	DCTX_RULE_GRPC_TIMEOUT_VALUE,
	DCTX_RULE_GRPC_TIMEOUT_UNIT,
	/* the envelope as a header, in gRPC's metadata, in an environment */
	DCTX_RULE_ENVELOPE_TWICE,
	DCTX_RULE_ENVELOPE_BASE64,
	DCTX_RULE_ENVELOPE_MESSAGE,
	/* a header of a user's table, or a member, and the key it is for */
	DCTX_RULE_VALUE_TWICE,
	DCTX_RULE_VALUE_TEXT, /* the key's type cannot read it */
	DCTX_RULE_VALUE_LENGTH,
	/* the border */
	DCTX_RULE_BORDER_KEY,
	DCTX_RULE_BORDER_TRACE,
	DCTX_RULE_BORDER_LIMITS,
	DCTX_RULE_BORDER_CHAIN,
	DCTX_RULE_BORDER_UNKNOWN,
	/* a message that must be signed */
	DCTX_RULE_AUTH_MISSING,
	DCTX_RULE_AUTH_KEY,
	DCTX_RULE_AUTH_WRONG,
	DCTX_RULES /* how many */
} dctx_rule;

/*
 * What was done about it.
 * Since: 0.1.
 */
typedef enum dctx_effect {
	DCTX_KEPT = 1, /* nothing: it is legal, though odd */
	DCTX_IGNORED,  /* the header is as if it were not there */
	DCTX_SKIPPED,  /* the member is; others count */
	DCTX_REPLACED, /* the first was replaced by one that came later */
	DCTX_CUT,      /* members were left out to fit a limit */
	DCTX_WITHHELD  /* policy keeps it from coming in or going out */
} dctx_effect;

/*
 * One finding. Texts are views, valid during the call that tells it; values are
 * never shown. Each but those of DCTX_KEPT is counted as well, as
 * DCTX_EV_BAD_HEADER, or with DCTX_WITHHELD as DCTX_EV_WITHHELD.
 * Since: 0.1.
 */
typedef struct dctx_finding {
	dctx_rule rule;
	dctx_effect effect;
	const char *header; /* its name, in lower case; "" at a border */
	size_t line;	    /* of several of that name, from 0 */
	size_t offset;	    /* in its value, in bytes; 0 also for no place */
	dctx_bytes what;    /* the member's or key's name; perhaps empty */
} dctx_finding;

/*
 * Who is told of findings, at once and on the same thread. The function must
 * not call what told it. It may change the context: what told it goes on with
 * the baggage that it found. It may leave by longjmp, as others of the user's
 * may.
 * Since: 0.1.
 */
typedef struct dctx_findings {
	void (*found)(void *user, const dctx_finding *finding);
	void *user;
} dctx_findings;

/*
 * Name a rule for programs ("TRACEPARENT_VERSION_FF"), say it in a sentence,
 * and give the standard's place that decides it ("W3C Trace Context 2, 3.2.2").
 * Returns: a string that is never freed; "" for DCTX_RULE_NONE and a number
 * that is no rule. Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API const char *dctx_rule_name(dctx_rule rule);
DCTX_API const char *dctx_rule_text(dctx_rule rule);
DCTX_API const char *dctx_rule_section(dctx_rule rule);

/*
 * Names what was done: "kept", "ignored", "skipped", "replaced", "cut",
 * "withheld".
 * Returns: a string that is never freed; "" for a number that is none.
 * Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API const char *dctx_effect_name(dctx_effect effect);

#ifdef __cplusplus
}
#endif
#endif
