/* SPDX-License-Identifier: MIT */
/*
 * dctx/trace.h - which trace a context is part of: what W3C Trace Context
 * carries from hop to hop, and B3 and Jaeger in their ways.
 *
 * It is scoped and captured like a value: what a scope sets is gone when it is
 * left, and a snapshot has it. A hop's own spans are not dctx's affair here:
 * the span id is the one that came, until somebody sets another, and each
 * injection gives the next hop a fresh one as its parent.
 */
#ifndef DCTX_TRACE_H
#define DCTX_TRACE_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags. Only the first two are W3C's; a debug trace is sampled, too.
 * Since: 0.1. */
#define DCTX_TRACE_SAMPLED 1u	    /* somebody before us has recorded it */
#define DCTX_TRACE_RANDOM 2u	    /* the last 7 bytes of the trace id are */
#define DCTX_TRACE_DEBUG 0x100u	    /* B3 and Jaeger: record by all means */
#define DCTX_TRACE_UNDECIDED 0x200u /* B3: whether to sample is left to us */

/* Bytes of a trace id and of a span id. Since: 0.1. */
#define DCTX_TRACE_ID 16
#define DCTX_SPAN_ID 8

/*
 * A trace and a place in it. An id of zeros only is none.
 * Since: 0.1.
 */
typedef struct dctx_trace {
	unsigned char trace_id[DCTX_TRACE_ID];
	unsigned char span_id[DCTX_SPAN_ID];
	uint32_t flags;
	/* tracestate: members as W3C writes them, the newest first. A view, no
	 * longer than 8,192 bytes; valid as long as the context that it was
	 * read from. */
	dctx_bytes state;
} dctx_trace;

/*
 * Read the trace of the current context, of a store's, of a snapshot. Nothing
 * is written when there is none.
 * Returns: whether there is one. Threads: the store's flow; any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_trace_get(dctx_trace *out);
DCTX_API bool dctx_store_trace(const dctx_store *store, dctx_trace *out);
DCTX_API bool dctx_snapshot_trace(const dctx_snapshot *snapshot,
				  dctx_trace *out);

/*
 * Put the current context, or a store's, into a trace, or with NULL out of any,
 * until the scope is left.
 * Returns: DCTX_OK; DCTX_INVALID for an id of zeros or a state that is no valid
 * tracestate or too long; else as dctx_store_set. Threads: the store's flow.
 * Blocks: never. Allocates: as a set of that many bytes. Since: 0.1.
 */
DCTX_API dctx_status dctx_trace_set(const dctx_trace *trace);
DCTX_API dctx_status dctx_store_trace_set(dctx_store *store,
					  const dctx_trace *trace);

/*
 * Makes a trace that begins here: random ids, and no state; sampled or not is
 * the caller's to say, with DCTX_TRACE_SAMPLED or 0.
 * Returns: it. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_trace dctx_trace_new(uint32_t flags);

/*
 * Makes a random id, not zero, by a generator of the thread's that the system
 * seeds once, and again after a fork: no system call an id. Good enough to be
 * unique, not to be secret.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_random_id(void *out, size_t size);

/*
 * Set, replace or with a NULL value remove a vendor's member of a tracestate:
 * it moves to the front, as the standard asks. Others are left out when there
 * are more than 32, from the end, or more than 8,192 bytes, those of more than
 * 128 bytes first. Writes the new state, no NUL, to `buf`, which must not
 * overlap `state`.
 * Returns: DCTX_OK; DCTX_INVALID for a key, value or state that the standard
 * does not allow; DCTX_TOO_SMALL, *out_len is then what would do.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 * Source: W3C Trace Context Level 2, 3.3.3.1 and 3.5.
 */
DCTX_API dctx_status dctx_tracestate_set(dctx_bytes state, const char *key,
					 const char *value, void *buf,
					 size_t size, size_t *out_len);

/*
 * Find a vendor's member of a tracestate.
 * Returns: whether it is there; *out is then a view of its value.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_tracestate_get(dctx_bytes state, const char *key,
				  dctx_bytes *out);

#ifdef __cplusplus
}
#endif
#endif
