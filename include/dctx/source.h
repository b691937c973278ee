/* SPDX-License-Identifier: MIT */
/*
 * dctx/source.h - cancel sources: handles whose triggering ends every context
 * below them.
 *
 *     dctx_source *stop;
 *
 *     dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop);
 *     {
 *             DCTX_SCOPE("request");
 *             dctx_add_source(stop);
 *             serve();              // and on any thread, meanwhile:
 *     }                             //   dctx_cancel(stop, "client is gone");
 *     dctx_source_unref(stop);
 *
 * Cancelling goes down and never up: to the contexts that the source was added
 * to, to those captured or forked from them, to sources made below it. It does
 * not look for them: they ask, or they wait (dctx/waiter.h). So a child costs
 * its parent a count, however many there are.
 */
#ifndef DCTX_SOURCE_H
#define DCTX_SOURCE_H

#include <dctx/deadline.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A counted handle. Since: 0.1. */
typedef struct dctx_source dctx_source;

/*
 * Makes a source below `parent` (NULL: below nothing), which ends with it, or
 * at `deadline`, or when it is cancelled itself; its end leaves the parent
 * alone. The deadline is the earlier of it and the parent's; DCTX_NO_DEADLINE
 * asks for none of its own.
 * Owns: the caller gets a reference; the source holds one of its parent. *out
 * is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM. Threads: any.
 * Blocks: never. Allocates: unless a warm thread has one left. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_source_new(dctx_source *parent,
						   int64_t deadline,
						   dctx_source **out);

/*
 * The same below a context: it ends when the context does, or when it is
 * cancelled. Its deadline is the context's.
 * Returns, threads and all else: as above; the store's flow calls the second.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_source_below(const dctx_snapshot *snapshot, dctx_source **out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_source_below_store(const dctx_store *store, dctx_source **out);

/*
 * Takes one more reference, or gives one back. The last one frees the source
 * and cancels nothing. NULL is fine.
 * Returns: `source`; NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_source *dctx_source_ref(dctx_source *source);
DCTX_API dctx_source *dctx_source_unref(dctx_source *source);

/*
 * Puts the innermost scope, and all below, under a source, besides those that
 * it is under already: the first of them to be cancelled ends it, and the
 * earlier deadline holds. Takes a reference of its own until the scope is left.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_DEAD_SCOPE past the depth
 * limit; DCTX_LIMIT past DCTX_LIMIT_STORE_BYTES, or where trees of joined
 * sources stand more than 32 deep; DCTX_NOMEM. A failure is counted as
 * DCTX_EV_DROPPED_WRITE, told to the hook and kept for dctx_scope_status; the
 * scope is as it was.
 * Threads: the store's flow. Blocks: never. Allocates: a cell of 64 bytes when
 * there was a source already; when the log has no room left; at a store's root.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_store_add_source(dctx_store *store,
					   dctx_source *source);
#define dctx_add_source(source) dctx_store_add_source(dctx_current(), (source))

/*
 * Why something was cancelled.
 * Since: 0.1.
 */
typedef struct dctx_reason {
	/* DCTX_CANCELED, or DCTX_DEADLINE_EXCEEDED when it stands for a
	 * deadline somewhere else; 0 counts as DCTX_CANCELED. */
	dctx_status status;
	int code;	     /* the caller's own; 0 */
	const char *message; /* NULL: "canceled" */
	const char *file;    /* where; NULL: unknown; kept as it is */
	unsigned line;
} dctx_reason;

/*
 * Cancels a source, with all below it. The first cancel counts and its reason
 * stays; a second one changes nothing and says so. Then those who wait are
 * woken and their callbacks run, on this thread, before this returns.
 * Keeps: `file`, which must have static storage; up to 1,024 bytes of the
 * message are copied.
 * Returns: DCTX_OK; DCTX_STALE when it was cancelled already; DCTX_INVALID for
 * a NULL source or a status that is none of the two. A NULL reason counts as
 * zeros. Without memory for the reason it is cancelled all the same, with less
 * to tell.
 * Threads: any, but see dctx_cancel_from_signal for handlers. Blocks: only in
 * callbacks. Allocates: the reason. Since: 0.1.
 */
DCTX_API dctx_status dctx_source_cancel(dctx_source *source,
					const dctx_reason *reason);

/* Cancels with a message (a C string or NULL) and the place of this line.
 * Since: 0.1. */
#define dctx_cancel(source, text)                                              \
	dctx_source_cancel_at((source), (text), __FILE__, __LINE__)
DCTX_API dctx_status dctx_source_cancel_at(dctx_source *source,
					   const char *message,
					   const char *file, unsigned line);

/*
 * Cancels from a signal handler. It ends what is below and wakes those who
 * block in dctx and the file descriptors of dctx_wait_fd; callbacks run soon
 * after on the timers' thread, if that runs, or else in the next
 * dctx_timers_run_due (dctx/timer.h).
 * Keeps: `message` (NULL: "canceled") and must find it as it is for ever.
 * Returns: DCTX_OK; DCTX_STALE when it was cancelled already; DCTX_INVALID for
 * NULL. Threads: any. Signal-safe: also where it interrupts dctx. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_cancel_from_signal(dctx_source *source,
					     const char *message);

#ifdef __cplusplus
}
#endif
#endif
