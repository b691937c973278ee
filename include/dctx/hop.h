/* SPDX-License-Identifier: MIT */
/*
 * dctx/hop.h - a context over a border and back, by headers: inject writes what
 * the next hop is to know into a carrier, extract makes a context of what came.
 *
 *     dctx_hop hop = {.struct_size = sizeof hop, .trust = DCTX_PARTNER};
 *     dctx_guard guard;
 *
 *     status = dctx_extract(&request_headers, &hop, &guard);
 *     ...
 *     status = dctx_inject(&outgoing_headers, &hop, NULL);
 *     ...
 *     dctx_leave(guard);
 *
 * Which headers: a list of propagators, W3C's two unless another is given.
 */
#ifndef DCTX_HOP_H
#define DCTX_HOP_H

#include <dctx/auth.h>
#include <dctx/carrier.h>
#include <dctx/finding.h>
#include <dctx/key.h>
#include <dctx/registry.h>
#include <dctx/scope.h>
#include <dctx/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What crosses besides values, as bits. With our own all of it does; with
 * partners the trace and the limits; to the public goes the trace, and nothing
 * comes from there: a trace that the public began is not continued (W3C Trace
 * Context Level 2, 4.2).
 * Since: 0.1.
 */
#define DCTX_CROSS_TRACE 1u   /* the ids and the tracestate */
#define DCTX_CROSS_LIMITS 2u  /* deadline and cause */
#define DCTX_CROSS_CHAIN 4u   /* the names of scopes */
#define DCTX_CROSS_UNKNOWN 8u /* members and entries that nobody here knows */

typedef struct dctx_propagator dctx_propagator;

/*
 * How a border is crossed. NULL and zeros mean: with our own, by W3C's headers.
 * Since: 0.1.
 */
typedef struct dctx_hop {
	/* sizeof(dctx_hop), so that the struct can grow. */
	size_t struct_size;
	/* In this order; where two bring the same, the later counts. NULL:
	 * dctx_w3c_trace and dctx_w3c_baggage. */
	const dctx_propagator *const *propagators;
	size_t propagator_count;
	dctx_trust trust;
	/* Of each other one says whether keys' values cross (key.h), and what
	 * of DCTX_CROSS_ does; these name what does, or does not, whatever the
	 * trust says. In both, it does not. */
	unsigned also;
	unsigned never;
	/* DCTX_HOP_ bits, or 0. */
	unsigned flags;
	/* Whose keys are meant; a table names its own. NULL: the global
	 * registry's. */
	const dctx_registry *registry;
	/* Is told what was wrong and what was kept back. NULL: that is only
	 * counted. */
	const dctx_findings *findings;
	/* Nanoseconds, at least 0, and a time by dctx_now, or 0 for now: what
	 * the way costs of the time that is left, and when the headers came;
	 * for the envelope and grpc-timeout. */
	int64_t hop_cost;
	int64_t received_at;
	/* Signs the envelope, where it can, and says whether one that came is
	 * signed, where it can do that; one that is not counts as absent, or
	 * with DCTX_HOP_DOWNGRADE as from the public, whatever `also` says.
	 * Other formats are not signed, and write over it. NULL: neither. */
	const dctx_auth *auth;
} dctx_hop;

/* The next hop's parent is the span id as it is, no fresh one. Since: 0.1. */
#define DCTX_HOP_SAME_SPAN 1u
/* See `auth`. Since: 0.1. */
#define DCTX_HOP_DOWNGRADE 2u

/* The carrier is an environment: of keys only those with DCTX_ENV cross.
 * Since: 0.1. */
#define DCTX_HOP_ENVIRON 4u

/*
 * One inject or extract, as propagators see it.
 * Since: 0.1.
 */
typedef struct dctx_injection {
	const dctx_store *from;
	const dctx_carrier *to;
	const dctx_hop *hop;	 /* never NULL */
	const dctx_trace *trace; /* what the next hop gets; NULL: none */
} dctx_injection;

typedef struct dctx_extraction {
	const dctx_carrier *from;
	dctx_store *into; /* in a scope of its own: what is found is set here */
	const dctx_hop *hop;
} dctx_extraction;

/*
 * A format of headers. Users may write their own, as the library's are. What is
 * malformed is told to the hop's findings and is no failure; a failure is one
 * of memory, of the carrier's set, or of an argument. One of the two functions
 * may be NULL, in a format that is only written or only read.
 * Since: 0.1.
 */
struct dctx_propagator {
	/* sizeof(dctx_propagator), so that the struct can grow. */
	size_t struct_size;
	/* As a configuration would have it; never NULL. */
	const char *name;
	dctx_status (*inject)(const dctx_propagator *self,
			      const dctx_injection *injection);
	dctx_status (*extract)(const dctx_propagator *self,
			       const dctx_extraction *extraction);
	const void *user; /* the user's */
};

/*
 * The library's formats; they live for ever.
 *
 * - dctx_w3c_trace "tracecontext": traceparent and tracestate
 *   (W3C Trace Context Level 2);
 * - dctx_w3c_baggage "baggage": keys with DCTX_BAGGAGE whose names are tokens
 *   (RFC 9110, 5.6.2), as text (W3C Baggage); members that match no key travel
 *   on as they came, see baggage.h;
 * - dctx_b3 "b3" and dctx_b3_multi "b3multi": b3, X-B3-… (openzipkin/b3);
 * - dctx_jaeger "jaeger": uber-trace-id, and what a baggage has as uberctx-…,
 *   without properties (Jaeger client libraries); such a header's name has lost
 *   its case, and in an environment all but letters and digits, so of members
 *   that get one name the first is written, and none that gets a key's;
 * - dctx_grpc_timeout "grpc-timeout": the time that is left (gRPC over HTTP2);
 * - dctx_envelope_text "x-dctx": the envelope in base64, written with padding,
 *   read of either alphabet, with or without;
 * - dctx_envelope_grpc "x-dctx-bin": the same as gRPC's binary metadata,
 *   written without padding.
 *
 * Of the envelope's two, extract reads the one that stands first in the list
 * and came, and lets the other formats write over it, wherever they stand. Of a
 * header that must come once and came twice none counts for traceparent and the
 * envelope, the first for B3 and Jaeger, the shortest for grpc-timeout. Lines
 * of one name that are looked at: of B3 and uber-trace-id 8, of baggage and
 * grpc-timeout 1,024; of a tracestate with more than 64 none counts. Both B3
 * formats read both encodings; a sampling state without ids is of no trace, and
 * is not kept. Time only gets shorter: what is written is cut off, never more
 * than what is left, and 0 when that is nothing or the work was cancelled.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_propagator *dctx_w3c_trace(void);
DCTX_API const dctx_propagator *dctx_w3c_baggage(void);
DCTX_API const dctx_propagator *dctx_b3(void);
DCTX_API const dctx_propagator *dctx_b3_multi(void);
DCTX_API const dctx_propagator *dctx_jaeger(void);
DCTX_API const dctx_propagator *dctx_grpc_timeout(void);
DCTX_API const dctx_propagator *dctx_envelope_text(void);
DCTX_API const dctx_propagator *dctx_envelope_grpc(void);

/*
 * Finds one of them by its name, as a configuration has it.
 * Returns: it; NULL for a name that none has. Threads: any. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API const dctx_propagator *dctx_propagator_named(const char *name);

/*
 * A user's table: a header a key, its value as text.
 *     static const dctx_header_key table[] = {
 *             {"x-request-id", &k_request_id.key},
 *             {"x-tenant", &k_tenant.key},
 *     };
 *     static const dctx_header_table headers = DCTX_HEADER_TABLE(table);
 *     ... = {dctx_w3c_trace(), &headers.propagator};
 *
 * A value's text, here and in a baggage, is that of its kind: true or false (1
 * and 0 are read, too); decimal digits, behind a minus where the kind has one;
 * a floating-point number in as few digits as read back the same; UTF-8, read
 * only without a NUL, also where it came as %00; bytes as base64; of a user's
 * type what its format writes and its parse reads. A value without a text, or
 * that a header cannot have (RFC 9110, 5.5: no line ends, no white space at its
 * ends), stays behind; a text that is none of the key's sets nothing; both are
 * told. Values have 8,192 bytes at most, and a header that comes twice counts
 * as absent. The key needs no policy bit but that of the hop's trust.
 * Since: 0.1.
 */
typedef struct dctx_header_key {
	const char *name; /* in lower case */
	dctx_key *key;
} dctx_header_key;

typedef struct dctx_header_table {
	dctx_propagator propagator; /* first */
	const dctx_header_key *keys;
	size_t count;
} dctx_header_table;

#define DCTX_HEADER_TABLE(array)                                               \
	{                                                                      \
		{sizeof(dctx_propagator), "headers", dctx_header_table_inject, \
		 dctx_header_table_extract, NULL},                             \
			(array), sizeof(array) / sizeof(*(array))              \
	}
/* What DCTX_HEADER_TABLE fills in; `self` is a table's. DCTX_INVALID for a
 * table with a NULL in it, else as propagators do. Since: 0.1. */
DCTX_API dctx_status dctx_header_table_inject(const dctx_propagator *self,
					      const dctx_injection *injection);
DCTX_API dctx_status dctx_header_table_extract(
	const dctx_propagator *self, const dctx_extraction *extraction);

/*
 * Write the current context, a store's, a snapshot's (NULL: an empty one's)
 * into a carrier. Each propagator is asked, also after one has failed; what the
 * first failure was is returned. A trace goes out with a fresh span id unless
 * it is that of a span that is entered (dctx/span.h) or the hop says otherwise;
 * but for the envelope's, which has the context's own.
 * *out_trace, if not NULL, is what went out, or has zeros; its state is a view
 * of the context's. It is written only on success, though headers may have gone
 * out before a failure.
 *
 * INTO A NEW MESSAGE ONLY: inject sets, and takes nothing out. In headers that
 * came from elsewhere and are sent on, as a proxy does it, all stays that is
 * not set anew: what extract refused, what the border keeps back (a trace or a
 * baggage that is for nobody out there), what this context does not have. So
 * who sends the same headers on takes the fields out first, of every format,
 * whichever the hop uses: traceparent, tracestate, baggage, b3, x-b3-traceid,
 * x-b3-spanid, x-b3-parentspanid, x-b3-sampled, x-b3-flags, uber-trace-id, all
 * that begin with uberctx-, grpc-timeout, x-dctx, x-dctx-bin, and the names of
 * tables. (dctx_store_environ does so by itself for the hop's formats.)
 * Returns: DCTX_OK; DCTX_INVALID for a NULL carrier or one without set, or a
 * hop that is not sound: of another size, with a trust, bits or a time that it
 * cannot have, a propagator that is NULL or has no name, or an auth that cannot
 * be; what the carrier's set returned; DCTX_NOMEM; of the envelope as
 * dctx_store_encode_with; of a snapshot also as dctx_attach.
 * Threads: the store's flow; a snapshot's, any. Blocks: never. Allocates: for
 * an envelope of more than 1 KiB, a baggage of more than 32 keys, another value
 * of more than some hundred bytes. Since: 0.1.
 */
DCTX_API dctx_status dctx_inject(const dctx_carrier *to, const dctx_hop *hop,
				 dctx_trace *out_trace);
DCTX_API dctx_status dctx_store_inject(const dctx_store *store,
				       const dctx_carrier *to,
				       const dctx_hop *hop,
				       dctx_trace *out_trace);
DCTX_API dctx_status dctx_snapshot_inject(dctx_snapshot *snapshot,
					  const dctx_carrier *to,
					  const dctx_hop *hop,
					  dctx_trace *out_trace);

/*
 * Make a context of what a carrier has, attached to the current store or to
 * another: nothing of the store shows through until the guard is left, as with
 * dctx_attach. On error all is as it was. A carrier with nothing in it gives an
 * empty context: no trace is begun. Nothing points at the carrier any more.
 * Returns: DCTX_OK, whatever came; DCTX_INVALID for a NULL, for a carrier
 * without get, or a hop that is not sound; else as dctx_store_attach.
 * Threads: the store's flow. Blocks: never. Allocates: as the sets of what came
 * do: in the steady state not, for short values; and for more than 16 lines of
 * a baggage or grpc-timeout. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_extract(const dctx_carrier *from,
						const dctx_hop *hop,
						dctx_guard *out);
DCTX_API DCTX_MUST_USE dctx_status dctx_store_extract(dctx_store *store,
						      const dctx_carrier *from,
						      const dctx_hop *hop,
						      dctx_guard *out);

/*
 * The same as a snapshot; the current store is used meanwhile, and then as it
 * was.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: as dctx_extract. Threads: any. Blocks: never. Allocates.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_snapshot_extract(
	const dctx_carrier *from, const dctx_hop *hop, dctx_snapshot **out);

#ifdef __cplusplus
}
#endif
#endif
