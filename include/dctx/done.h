/* SPDX-License-Identifier: MIT */
/*
 * dctx/done.h - is this work still wanted, and if not, why.
 *
 *     while (more()) {
 *             if (dctx_done())
 *                     return dctx_done_errno();   // ECANCELED or ETIMEDOUT
 *             step();
 *     }
 *
 * Work is over when its deadline has come or when something above it was
 * cancelled, whichever was earlier in time. What was answered once stays so.
 * Never early; a deadline is noticed late by at most the tick of the coarse
 * clock (4 ms where HZ is 250) for want of a finer look, and within two ticks
 * of it the fine clock is asked, so rather by nothing.
 */
#ifndef DCTX_DONE_H
#define DCTX_DONE_H

#include <dctx/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Asks whether a context is over. The cost is a few loads where there is no
 * deadline and nothing was cancelled in this process since it was asked last,
 * and a look at the coarse clock more with a deadline, however deep it is and
 * however many are below.
 * Returns: DCTX_OK: not yet; DCTX_CANCELED; DCTX_DEADLINE_EXCEEDED. NULL is
 * never over.
 * Threads: the store's flow; any for snapshots and sources. Signal-safe.
 * Blocks, allocates: never. Since: 0.1.
 */
DCTX_FAST dctx_status dctx_store_done(const dctx_store *store);
DCTX_API dctx_status dctx_snapshot_done(const dctx_snapshot *snapshot);
DCTX_API dctx_status dctx_source_done(const dctx_source *source);

/* The same of the current store. Since: 0.1. */
DCTX_FAST dctx_status dctx_done(void);

/* The same as 0, ECANCELED or ETIMEDOUT. Since: 0.1. */
DCTX_API int dctx_store_done_errno(const dctx_store *store);
DCTX_API int dctx_snapshot_done_errno(const dctx_snapshot *snapshot);
DCTX_API int dctx_done_errno(void);

/*
 * Why a context is over.
 * Since: 0.1.
 */
typedef struct dctx_cause_info {
	/* DCTX_OK, and all else 0, "" and NULL, while it is not. */
	dctx_status status;
	int code;	     /* the canceller's own */
	const char *message; /* the canceller's, or "deadline exceeded" */
	const char *file;    /* where it was cancelled; NULL: not known */
	unsigned line;
	unsigned long thread; /* the system's id of who cancelled; 0 */
	int64_t when;	      /* the cancel's time or the deadline */
	/* How long it took until somebody below noticed: nanoseconds; of a
	 * deadline, how late this very call is. */
	int64_t noticed_after;
	/* How many sources below the one that was cancelled this context is:
	 * 0 when it is directly under it. */
	unsigned distance;
} dctx_cause_info;

/*
 * Tells why a context is over: of all deadlines and cancels above it, the one
 * that was first in time. NULL is never over.
 * Owns: the texts are borrowed: they stay as long as the context asked, or for
 * ever.
 * Returns: out->status. Threads: the store's flow; any for snapshots and
 * sources. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_cause(const dctx_store *store,
				      dctx_cause_info *out);
DCTX_API dctx_status dctx_snapshot_cause(const dctx_snapshot *snapshot,
					 dctx_cause_info *out);
DCTX_API dctx_status dctx_source_cause(const dctx_source *source,
				       dctx_cause_info *out);
#define dctx_cause(out) dctx_store_cause(dctx_current(), (out))

/*
 * Writes a cause as one line of text without a line's end: "canceled: client is
 * gone (server.c:12, thread 4711)". Cut to `size` bytes with the NUL, between
 * characters.
 * Returns: the length of the whole text. Threads: any. Signal-safe. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_cause_text(const dctx_cause_info *cause, char *buf,
				size_t size);

/* What the inlines call when a look at the first words does not do. Since:
 * 0.1. */
DCTX_API dctx_status dctx_store_done_slow(const dctx_store *store);

#ifndef DCTX_TLS_DYNAMIC
/* Whether there is no deadline, and nothing was cancelled since it was known
 * that nothing above is. */
__attribute__((unused)) static inline bool
dctx_abi_undone(const struct dctx_cell *cell, int64_t deadline)
{
	if (deadline != DCTX_NO_DEADLINE)
		return false;
	/* Relaxed: a cancel that comes before this call in any order that the
	 * caller could know has moved the epoch before it. */
	return cell == NULL ||
	       __atomic_load_n(&cell->clean, __ATOMIC_RELAXED) ==
		       __atomic_load_n(&dctx_abi1_epoch, __ATOMIC_RELAXED);
}

/* See above. */
DCTX_FAST dctx_status dctx_store_done(const dctx_store *store)
{
	if (DCTX_LIKELY(store != NULL &&
			dctx_abi_undone(store->cell, store->deadline)))
		return DCTX_OK;
	return dctx_store_done_slow(store);
}

/* See above. */
DCTX_FAST dctx_status dctx_done(void)
{
	const dctx_store *store = dctx_abi1_current;

	if (DCTX_LIKELY(dctx_abi_undone(store->cell, store->deadline)))
		return DCTX_OK;
	return dctx_store_done_slow(store);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
