/* SPDX-License-Identifier: MIT */
/*
 * What one thread keeps: a cache of freed blocks, its last error, and room
 * for the layer that owns the thread's store.
 *
 * Theory. The block is made at the thread's first use and found through one
 * thread-local pointer; nobody but its thread touches it, so nothing here is
 * atomic. A pthread key's destructor ends it: first `end` (the owner of
 * `room`), then the cache is given back. Thread-local destructors of others
 * that run later and use dctx make a new block once, and the key's destructor
 * runs again, as POSIX has it (pthread_key_create); after that there is none,
 * or one made in the last round would be lost.
 *
 * A block that the user's code works on (an object in copy or destroy, what a
 * decode holds) hangs on a list meanwhile, so that a longjmp out of it loses no
 * memory: a rewind or the thread's end gives up what is left there. A snapshot
 * whose objects are being destroyed hangs on another, which `finish` takes to
 * its end. Both ends come before the store's, which destroy functions may use.
 * What rings a blocking call goes last but for the cache, since all of these
 * may block.
 *
 * After fork(2) the child keeps its own thread's block; those of threads that
 * are gone stay allocated. Signal handlers never come here: they only read
 * stores.
 */
#ifndef DCTXI_LOCAL_H
#define DCTXI_LOCAL_H

#include "plat/random.h"

#include <dctx/status.h>

/* Bytes for the thread's store and the first part of its log. */
#define DCTXI_ROOM 1536

/* Sizes up to 640 by 8, up to 2,048 by 64. */
#define DCTXI_CLASSES 103

struct dctxi_cached {
	struct dctxi_cached *next;
};

/* Spans that are over (trace/span_pool.c), and the system's number of this
 * thread as of a count of forks, plus 1 (trace/span_told.c). */
struct dctxi_spans {
	struct dctx_span *first;
	uint32_t n;
	uint32_t forks;
	unsigned long thread;
};

struct dctxi_local {
	struct dctxi_cached *cached[DCTXI_CLASSES];
	size_t cached_bytes;
	void (*end)(struct dctxi_local *local);
	dctx_error error;
	bool in_hook;
	struct dctxi_random random;
	void *held; /* blocks that the user's code works on; see above */
	void *ending;         /* snapshots being ended; data/snapshot.c */
	void (*finish)(void); /* goes on with them; NULL before the first */
	void *gathering; /* what a merge's room hangs on; work/gather_join.c */
	void *watch; /* what rings a call that blocks; life/watch.c */
	void (*unwatch)(struct dctxi_local *local); /* ends it, if there */
	void *runner; /* of the slice that it is in; work/scatter.h */
	struct dctxi_spans spans;
	void (*unspan)(struct dctxi_local *local); /* ends these, if there */
	void *lines; /* that it logged; trace/cache.h */
	void (*unlines)(struct dctxi_local *local); /* frees them, if there */
	_Alignas(16) char room[DCTXI_ROOM];
};

/* This thread's block, or NULL before its first use. */
extern __thread struct dctxi_local *dctxi_local_now;

/* Makes it if need be; NULL without memory, and late in a thread's end. */
struct dctxi_local *dctxi_local(void);

/* Hangs a block, whose first word is the link, on this thread's list; false
 * without memory for the list. And takes it off again, wherever it is: above
 * it may be blocks that a jump left. */
bool dctxi_hold(void **block);
void dctxi_let_go(void **block);

/* Whether a block is on the list still: one that a jump left may be gone. */
bool dctxi_holds(const void *block);

/* A block on that list that is more than memory: given up, it is ended by its
 * function, which may run the user's code. It begins with this, and its entry
 * is its address plus 1. */
struct dctxi_keep {
	void *next;
	void (*end)(struct dctxi_keep *keep);
};
bool dctxi_keep(struct dctxi_keep *keep);

/* The nearest block on that list below another one (NULL: of all) which that
 * function ends; NULL: none. */
struct dctxi_keep *dctxi_kept(const struct dctxi_keep *below,
			      void (*end)(struct dctxi_keep *keep));

/* What hangs there now, the last first; NULL: nothing. */
static inline void *dctxi_held(void)
{
	return dctxi_local_now != NULL ? dctxi_local_now->held : NULL;
}

/* Frees the blocks above `until` (NULL: all of them), whose calls were jumped
 * out of. Nothing, when `until` is not on the list any more. */
void dctxi_give_up(const void *until);

/* The next id of this thread, never 0 and never given again. */
extern __thread uint64_t dctxi_id_now;
uint64_t dctxi_id_refill(void);

#define DCTXI_ID_BLOCK 0x10000u

static inline uint64_t dctxi_id_next(void)
{
	uint64_t id = dctxi_id_now;

	if (__builtin_expect(id % DCTXI_ID_BLOCK == 0, 0))
		id = dctxi_id_refill();
	dctxi_id_now = id + 1;
	return id;
}

#endif
