/* SPDX-License-Identifier: MIT */
/*
 * scratch.h - what one call holds while it runs the user's code: memory,
 * objects that are not yet anybody's, a snapshot.
 *
 * Theory. A codec may jump out of the call (longjmp) or end its thread. So all
 * that the call holds hangs on one block, and the block on its thread's list of
 * what the user's code works on (plat/local.h): the call ends it, or else a
 * rewind or the thread's end does. The block is made when it is first needed,
 * since most calls need none. One object at a time is being made; the others
 * are whole, the newest first, and are destroyed with the scratch unless they
 * are given away.
 */
#ifndef DCTXI_SCRATCH_H
#define DCTXI_SCRATCH_H

#include "data/snapshot.h"
#include "plat/local.h"

struct dctxi_scratch {
	struct dctxi_keep keep; /* first: what a jump left is found by it */
	struct dctxi_room_block *rooms;
	size_t given; /* bytes that dctx_read_room gave */
	struct dctxi_object *making;
	struct dctxi_object *whole;
	dctx_snapshot *snapshot;
	void *raw; /* what the caller will free with free */
};

/* Makes *scratch if it is NULL; false without memory. */
bool dctxi_scratch_begin(struct dctxi_scratch **scratch);

/* Gives back all there is. NULL is fine. */
void dctxi_scratch_end(struct dctxi_scratch *scratch);

/* Memory of `size` > 0 bytes, as long as the scratch, which is made if *scratch
 * is NULL; NULL without any. */
void *dctxi_scratch_room(struct dctxi_scratch **scratch, size_t size);

/* Room for an object of a type, zeroed, which is then the one being made; NULL
 * without memory. After that it is whole, or it is not to be. */
struct dctxi_object *dctxi_scratch_make(struct dctxi_scratch *scratch,
					const dctx_type *type);
void dctxi_scratch_made(struct dctxi_scratch *scratch);
void dctxi_scratch_unmake(struct dctxi_scratch *scratch);

/* Takes a whole object over. */
void dctxi_scratch_take(struct dctxi_scratch *scratch,
			struct dctxi_object *object);

/* Lets a whole object go, and with it its value. */
void dctxi_scratch_drop(struct dctxi_scratch *scratch,
			struct dctxi_object *object);

/* Lets all whole objects be somebody else's. */
void dctxi_scratch_give(struct dctxi_scratch *scratch);

#endif
