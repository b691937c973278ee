/* SPDX-License-Identifier: MIT */
/*
 * A store from inside: the log, its frames and records.
 *
 * Theory. A store belongs to one flow and is touched by nobody else; a task's
 * moves between threads only by enter and leave, which its runtime orders. So
 * nothing here is atomic but for a signal handler on the same thread, which
 * reads `dir` and the slots: each is changed by one store of a word, after
 * what it points at is whole.
 *
 * The log is a list of chunks. Going up from a chunk's start come frames and,
 * above each frame, the records of what was set in it; going down from its end
 * come the names of the frames, so that the chain is an array:
 *
 *     | frame | record | record | frame | record ->    <- name | name |
 *                                                  top end
 *
 * A record holds the slot's word from before the scope and the new value's box,
 * so the log is at once what leaving undoes and each key's chain of versions.
 * Leaving walks a frame's records, the newest first, and puts the older words
 * back. Of a slot that a scope sets twice only one record knows its older word;
 * the other's slot is itself. So leaving changes each slot once.
 *
 * A level is a stretch of the log with a directory of its own: the store's
 * root, or an attach. Until its first set it uses the snapshot's directory;
 * then it copies the directory and the one page it writes. Its address is the
 * token of what it may write to.
 *
 * The user's code (copy, destroy, the hook) runs only while the store is whole.
 * Objects that leave are first moved to `pending`, then destroyed one by one;
 * when destroy leaves by longjmp or ends its thread, the next slow operation or
 * the thread's end goes on with the rest. Their records stay in the log until
 * then.
 */
#ifndef DCTXI_STORE_H
#define DCTXI_STORE_H

#include "data/limit.h"
#include "data/registry.h"
#include "data/snapshot.h"

/* What a frame's low bits tell; any but a name takes leave off its fast
 * path. */
#define DCTXI_FRAME_ROOT 1u      /* the store's own: never left */
#define DCTXI_FRAME_LEVEL 2u     /* an attach: struct dctxi_level */
#define DCTXI_FRAME_FIRST 4u     /* the first in its chunk */
#define DCTXI_FRAME_SPREAD 8u    /* its records go on in later chunks */
#define DCTXI_FRAME_GAP 16u      /* dead bytes of a retired scope before it */
#define DCTXI_FRAME_COUNTED 32u  /* some record holds a reference */
#define DCTXI_FRAME_NAMED 64u    /* has a name at end[-1] */
#define DCTXI_FRAME_COPIED 128u  /* of the root: some name was copied */
#define DCTXI_FRAME_PENDING 256u /* destroy did not come back: drain first */
#define DCTXI_FRAME_STATUS 9     /* above: the first failure, 5 bits */
#define DCTXI_FRAME_STATUS_MASK (31u << DCTXI_FRAME_STATUS)
#define DCTXI_FRAME_DEAD 14      /* above: dead scopes on top of it */
#define DCTXI_DEAD_MAX ((1u << 18) - 1)
/* What the fast paths of set and of leave cannot do. */
#define DCTXI_SET_SLOW                                                        \
	(DCTXI_FRAME_ROOT | DCTXI_FRAME_SPREAD | DCTXI_FRAME_PENDING |        \
	 (DCTXI_DEAD_MAX << DCTXI_FRAME_DEAD))
#define DCTXI_LEAVE_SLOW (~DCTXI_FRAME_NAMED)

/* Set in `depth` while dead scopes stand on the frame or something left is yet
 * to be destroyed, so that one comparison keeps enter off its fast path. */
#define DCTXI_DEPTH_SLOW (1u << 31)

/* The depth of a frame that was left, by which whoever finishes it gives the
 * log back from it on, or begins it anew at the root: when nothing was put on
 * top since. Then `id` is where the top was. */
#define DCTXI_DEPTH_BACK 0u
#define DCTXI_DEPTH_ANEW UINT32_MAX

struct dctxi_record;

struct dctx_frame {
	struct dctx_frame *prev;
	uint64_t id;
	char *end;                    /* the store's `end` before it */
	struct dctx_snapshot *cached; /* what a capture here gave */
	struct dctxi_record *records; /* the newest first */
	uint32_t depth;               /* in its level, from 1; see above */
	uint32_t bits;
};

struct dctxi_record {
	struct dctxi_record *next;
	uintptr_t *slot;
	uintptr_t older;
	struct dctx_box box;
	/* short bytes follow */
};

/* A level's frame, and what leaving it brings back. */
struct dctxi_level {
	struct dctx_frame frame;
	struct dctx_snapshot *base; /* a reference, unless borrowed */
	struct dctxi_level *below;
	struct dctx_dir *dir;
	struct dctx_cell *cell;
	int64_t deadline;
	bool borrowed;
};

struct dctxi_chunk {
	struct dctxi_chunk *prev, *next;
	char *limit; /* one past its last byte */
	char *top;   /* the store's, when the log went on in the next */
	char *end;
};

/* What a store has once it has changed something; at its first chunk. */
struct dctx_root {
	struct dctx_frame frame;
	struct dctx_snapshot *base;   /* of the root level */
	struct dctxi_level *level;    /* the innermost, NULL: the root */
	struct dctxi_chunk *chunk;    /* the current one */
	struct dctx_frame *pending;   /* left, but not yet destroyed */
	size_t bytes;                 /* of all chunks and objects */
	uint64_t changes;             /* flow/state.h */
};

/* Whose bytes were lent last (dctxi_log_lend), only to be compared. A root is
 * never left, so its frame's `end` is free for it. */
static inline char **dctxi_lent(struct dctx_root *root)
{
	return &root->frame.end;
}

/* A scope or an attach asks for this much room, so that what it sets at first
 * does not spread over two chunks. */
#define DCTXI_ROOM_ASKED 512

static inline bool dctxi_frame_is(const struct dctx_frame *frame, uint32_t bit)
{
	return (frame->bits & bit) != 0;
}

static inline uint32_t dctxi_frame_dead(const struct dctx_frame *frame)
{
	return frame->bits >> DCTXI_FRAME_DEAD;
}

/* A root that counts as many dead scopes as there can be is of a store that
 * ends and lets nobody in any more, not even an attach. */
static inline bool dctxi_store_closed(const struct dctx_store *store)
{
	return dctxi_frame_dead(&store->root->frame) == DCTXI_DEAD_MAX;
}

static inline uint32_t dctxi_frame_depth(const struct dctx_frame *frame)
{
	return frame->depth & ~DCTXI_DEPTH_SLOW;
}

static inline void dctxi_frame_mark(struct dctx_frame *frame, uint32_t bits)
{
	frame->bits = bits;
	frame->depth &= ~DCTXI_DEPTH_SLOW;
	if (bits >> DCTXI_FRAME_DEAD > 0 || bits & DCTXI_FRAME_PENDING)
		frame->depth |= DCTXI_DEPTH_SLOW;
}

static inline void dctxi_frame_set_dead(struct dctx_frame *frame, uint32_t n)
{
	uint32_t bits = frame->bits & ((1u << DCTXI_FRAME_DEAD) - 1);

	dctxi_frame_mark(frame, bits | n << DCTXI_FRAME_DEAD);
}

/* Whether what was left is yet to be destroyed: whoever works on the frame next
 * does that first. */
static inline void dctxi_frame_set_pending(struct dctx_frame *frame, bool is)
{
	uint32_t bits = frame->bits & ~DCTXI_FRAME_PENDING;

	dctxi_frame_mark(frame, is ? bits | DCTXI_FRAME_PENDING : bits);
}

static inline struct dctxi_level *dctxi_level_of(struct dctx_frame *frame)
{
	return (struct dctxi_level *)(void *)frame;
}

static inline struct dctxi_record *dctxi_record_of(const struct dctx_box *box)
{
	return (struct dctxi_record *)((uintptr_t)box -
				       offsetof(struct dctxi_record, box));
}

/* here.c: what reads as empty until a thread's first use, and the frame of a
 * store without a log. Nobody writes to either. */
extern struct dctx_store dctxi_cold;
extern struct dctx_frame dctxi_frame_none;

static inline void dctxi_publish(uintptr_t *slot, uintptr_t word)
{
	/* Release: for a signal handler, the box comes first. */
	__atomic_store_n(slot, word, __ATOMIC_RELEASE);
}

/* Kept free for what must not fail: hiding a closed key, attaching. */
#define DCTXI_ROOM_KEPT 192

#endif
