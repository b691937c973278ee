/* SPDX-License-Identifier: MIT */
/*
 * Inserts: two values in a scope, an object and bytes, that are taken out again
 * before the scope ends. So a span is entered and left without being a scope:
 * what is set meanwhile stays, and a scope that ends takes its inserts along.
 *
 * Theory. An insert is two records of the innermost frame, one piece of the
 * log. Three things are other than with sets:
 *
 * - Its records know the slot's word from before the insert, also when the
 * scope itself set that. So a slot may be changed twice when a scope is left
 * with an insert in it, and a signal handler can see what the scope had set
 * before; leaving by an insert changes each slot once, as ever.
 * - It is taken out of the middle of each key's chain of versions, as retire
 *   does it. What the scope itself set after the insert (dctx_trace_set) has
 *   taken over from it, and stays.
 * - Its bytes are the log's top and go back, or else it is parked: out of
 *   force, with its reference, until it is put in force again where it was -
 *   below the scopes that were opened in it - or freed. A free one is used for
 *   the scope's next insert. One that would not be the innermost, or stands
 *   below a scope that was opened since, does not come in force again.
 *
 * The list of a frame's records stays in the order of what came when: an insert
 * that comes in force again moves to its head.
 */
#ifndef DCTXI_INSERT_H
#define DCTXI_INSERT_H

#include "flow/store.h"

struct dctxi_insert {
	struct dctxi_record object;
	struct dctxi_record bytes;
	uintptr_t *slot[2];
	uint64_t id; /* since it came in force, above those of others before */
	/* Of one that is parked: which scope was the innermost when it was
	 * taken out, and whether its bytes were what showed. */
	uint64_t top;
	bool shown;
};

/* What an insert shows: an object, of which a reference is taken, and bytes
 * that stay as long as it, with room up to the next whole word. Keys of the
 * library's own. */
struct dctxi_insert_what {
	dctx_key *object_key, *bytes_key;
	struct dctxi_object *object;
	dctx_bytes bytes;
};

/* All inserts of a store, the newest first. */
struct dctxi_insert_walk {
	struct dctx_frame *frame; /* of the insert that was given last */
	struct dctxi_record *record;
};

static inline struct dctxi_insert_walk
dctxi_insert_walk(const struct dctx_store *store)
{
	return (struct dctxi_insert_walk){store->frame, store->frame->records};
}

struct dctxi_insert *dctxi_insert_next(struct dctxi_insert_walk *walk);

static inline bool dctxi_insert_in_force(const struct dctxi_insert *insert)
{
	return (insert->object.box.kind &
		(DCTXI_BOX_PARKED | DCTXI_BOX_FREE)) == 0;
}

static inline bool dctxi_insert_parked(const struct dctxi_insert *insert)
{
	return (insert->object.box.kind & DCTXI_BOX_PARKED) != 0;
}

/* The data of its object, NULL of a free one. */
static inline const void *dctxi_insert_data(const struct dctxi_insert *insert)
{
	return insert->object.box.value.p;
}

/* Puts one into the innermost scope.
 * Returns: DCTX_OK; DCTX_DEAD_SCOPE; DCTX_LIMIT; DCTX_NOMEM. Not yet told. */
dctx_status dctxi_insert_put(struct dctx_store *store,
			     const struct dctxi_insert_what *what);

/* The rest begin with this: drops what was captured of the scope of an insert
 * and of those above it. True: something was, and user code may have run: look
 * for the insert anew. */
bool dctxi_insert_uncache(struct dctx_store *store,
			  const struct dctx_frame *frame);

/* Takes an insert out of force. With `park` it keeps its place if anything
 * stands above it in the log. Returns whether it is parked; else its reference
 * is the caller's to drop, when nothing else is to be done. */
bool dctxi_insert_take(struct dctx_store *store, struct dctx_frame *frame,
		       struct dctxi_insert *insert, bool park);

/* Whether a parked one can come in force where it stands: no scope was opened
 * since it was taken out that is open still, its object shows, and its bytes do
 * if they did. And puts it in force. */
bool dctxi_insert_fits(const struct dctx_store *store,
		       const struct dctx_frame *frame,
		       const struct dctxi_insert *insert);
void dctxi_insert_resume(struct dctx_store *store, struct dctx_frame *frame,
			 struct dctxi_insert *insert);

/* Takes those out of force that came since an id into the innermost scope, and
 * drops them. Runs the user's code. */
void dctxi_insert_rewind(struct dctx_store *store, uint64_t since);

/* Frees a parked one; its reference is the caller's to drop. */
void dctxi_insert_free(struct dctx_store *store, struct dctx_frame *frame,
		       struct dctxi_insert *insert);

#endif
