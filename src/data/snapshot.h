/* SPDX-License-Identifier: MIT */
/*
 * A snapshot: one immutable block that is its own directory.
 *
 * Theory. Whoever makes the block owns it until the first reference is handed
 * out; from then on nobody writes to it but for the count. Its pages, boxes
 * and short bytes stand inside the block; objects and names are shared by
 * reference. The last unref frees it on whatever thread that is.
 */
#ifndef DCTXI_SNAPSHOT_H
#define DCTXI_SNAPSHOT_H

#include "data/box.h"
#include "data/cell.h"
#include "data/names.h"

#include <dctx/snapshot.h>

struct dctx_snapshot {
	struct dctx_dir *dir; /* first: inlines read it */
	uint32_t refs;
	uint32_t objects; /* boxes that hold a reference */
	size_t size;      /* of the block */
	struct dctx_cell *cell; /* a reference, or NULL */
	int64_t deadline;
	struct dctxi_names *names;
	struct dctx_snapshot *base; /* whose pages these are; NULL: its own */
	uint64_t id; /* 0 until asked for (dctxi_snapshot_id) */
	struct dctx_dir own; /* last: its pages and boxes follow */
};

extern struct dctx_snapshot dctxi_snapshot_none;

/* Frees it after its last reference. Runs the user's code, and may not come
 * back; what is left then is done by the next call, or by the second function,
 * or by the thread's end. */
void dctxi_snapshot_end(struct dctx_snapshot *snapshot);
void dctxi_snapshot_finish(void);

/* dctx_snapshot_ref and _unref, of one that is there. The static one is not
 * counted, so that nobody shares its cache line. */
static inline void dctxi_snapshot_hold(struct dctx_snapshot *snapshot)
{
	/* Relaxed: the caller already has a reference. */
	if (snapshot != &dctxi_snapshot_none)
		__atomic_fetch_add(&snapshot->refs, 1, __ATOMIC_RELAXED);
}

static inline void dctxi_snapshot_drop(struct dctx_snapshot *snapshot)
{
	/* Release what this thread read; acquire what others did, before the
	 * block is reused. */
	if (snapshot != &dctxi_snapshot_none &&
	    __atomic_fetch_sub(&snapshot->refs, 1, __ATOMIC_ACQ_REL) == 1)
		dctxi_snapshot_end(snapshot);
}

/* A number that no other snapshot and no scope of this process has: of those
 * that show the values of another, that one's. */
uint64_t dctxi_snapshot_id(struct dctx_snapshot *snapshot);

/* A value to be put into a snapshot. For DCTX_KIND_STR, _BYTES and _TYPE
 * `value` is an address and `len` a length; with `counted` it is an object's
 * data, of which the snapshot takes over one reference. `removed`: it hides,
 * and has no value. `skip`: left out. */
struct dctxi_item {
	uint32_t index;
	uint32_t len;
	union {
		uint64_t u;
		const void *p;
	} value;
	bool pointer;
	bool counted;
	bool removed;
	bool skip;
};

/* A block with room for directory pages up to the index `last` (0: none), for
 * `pages` pages, `boxes` boxes and `bytes` bytes behind them; one reference, no
 * names. The cursor then hands out the room in that order. */
struct dctxi_room {
	struct dctxi_page *page;
	struct dctx_box *box;
	unsigned char *bytes;
};
struct dctx_snapshot *dctxi_snapshot_room(uint32_t last, size_t pages,
					  size_t boxes, size_t bytes,
					  struct dctxi_room *out_room);

/* Makes a snapshot that shows the values of another, by reference, under other
 * names, another cell and another deadline. Takes over the references of
 * `names` and `cell`. NULL without memory, and nothing was taken over. */
struct dctx_snapshot *dctxi_snapshot_over(struct dctx_snapshot *base,
					  struct dctxi_names *names,
					  struct dctx_cell *cell,
					  int64_t deadline);

/* Makes a snapshot of items, of which no two have one index but those to be
 * skipped. Takes over the counted ones' references and one of `names`.
 * Returns: DCTX_OK; DCTX_NOMEM, and nothing was taken over. */
dctx_status dctxi_snapshot_build(const struct dctxi_item *items, size_t n,
				 struct dctxi_names *names,
				 dctx_snapshot **out);

#endif
