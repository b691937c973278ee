/* SPDX-License-Identifier: MIT */
/*
 * dctx/trace.h - which trace a context is part of: what W3C Trace Context
 * carries from hop to hop, and B3 and Jaeger in their ways.
 *
 * It is scoped and captured like a value: what a scope sets is gone when it is
 * left, and a snapshot has it. The span id is the one that came, until somebody
 * sets another or a span is entered (dctx/span.h), whose id the next hop then
 * gets as its parent. Without one each injection gives it a fresh id.
 */
#ifndef DCTX_TRACE_H
#define DCTX_TRACE_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags. Only the first two are W3C's (Trace Context Level 2, 3.2.2.5); a debug
 * trace is written as a sampled one, too.
 * Since: 0.1. */
#define DCTX_TRACE_SAMPLED 1u	    /* who called us may have recorded it */
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
	 * longer than 8,192 bytes; of a store valid until the scope that set
	 * the trace is left, of a snapshot as long as that. */
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
 * until the scope is left. The state is copied.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store, an id of zeros, unknown
 * flags, or a state that is NULL with a length, too long or no valid tracestate
 * (at most 32 members, none twice); else as dctx_store_set. Threads: the
 * store's flow. Blocks: never.
 * Allocates: as a set of that many bytes. Since: 0.1.
 */
DCTX_API dctx_status dctx_trace_set(const dctx_trace *trace);
DCTX_API dctx_status dctx_store_trace_set(dctx_store *store,
					  const dctx_trace *trace);

/*
 * Makes a trace that begins here: random ids, so with DCTX_TRACE_RANDOM, and no
 * state; sampled or not is the caller's to say, with DCTX_TRACE_SAMPLED or 0.
 * It is nobody's until it is set.
 * Returns: it. Threads and all else: as dctx_random_id. Since: 0.1.
 */
DCTX_API dctx_trace dctx_trace_new(uint32_t flags);

/*
 * Makes a random id of `size` bytes, not all zero, by a generator of the
 * thread's that the system seeds once, and again after a fork: no system call
 * an id. A fork is also _Fork(3) or clone(2); without Linux 4.14 or later,
 * where MADV_WIPEONFORK is not to be had, it is fork(3) only. Good enough to be
 * unique, not to be secret.
 * Threads: any. Blocks: never. Allocates: once a thread; without memory the
 * system is asked for each id. Since: 0.1.
 */
DCTX_API void dctx_random_id(void *out, size_t size);

/*
 * Set, replace or with a NULL value remove a vendor's member of a tracestate:
 * it moves to the front, as the standard asks. Others are left out, from the
 * end, when there are more than 32, or more than 8,192 bytes, then those of
 * more than 128 bytes first. Writes the new state, no NUL, to `buf`, which must
 * not overlap `state`, and its length to *out_len. It is in force once it is
 * set with its trace.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, or a key, value or state that the
 * standard does not allow; DCTX_TOO_SMALL, *out_len is then what would do.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 * Source: W3C Trace Context Level 2, 3.3.3.1 and 3.5.
 */
DCTX_API dctx_status dctx_tracestate_set(dctx_bytes state, const char *key,
					 const char *value, void *buf,
					 size_t size, size_t *out_len);

/*
 * Find a vendor's member of a tracestate.
 * Returns: whether it is there; *out is then a view of its value. false also
 * for a state that the standard does not allow.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_tracestate_get(dctx_bytes state, const char *key,
				  dctx_bytes *out);

#ifdef __cplusplus
}
#endif
#endif
