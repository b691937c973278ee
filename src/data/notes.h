/* SPDX-License-Identifier: MIT */
/*
 * Notes: one counted object in one reserved slot, so that they are scoped,
 * captured and forked as any value is.
 *
 * Theory. The object holds a container, the library's own or a user's, by its
 * table of functions. Like every counted object it never changes once it is
 * in a slot: a set copies the container, puts into the copy, and shows that.
 * So readers on other threads need no lock, and the user's functions never see
 * a store that is half-changed.
 */
#ifndef DCTXI_NOTES_H
#define DCTXI_NOTES_H

#include "data/box.h"

#include <dctx/note.h>

struct dctxi_notes {
	const dctx_container *table;
	void *data; /* NULL: not yet made */
};

/* The slot: to be given its place before a set. */
extern dctx_key dctxi_notes_key;

/* The library's own container. */
extern const dctx_container dctxi_notes_own;

/* An object with a container that is not yet made; NULL without memory. */
struct dctxi_object *dctxi_notes_new(const dctx_container *table);

/* The object that is visible in a directory; NULL when there is none. */
struct dctxi_object *dctxi_notes_in(const struct dctx_dir *dir);

static inline struct dctxi_notes *dctxi_notes_of(struct dctxi_object *object)
{
	return (struct dctxi_notes *)(void *)object->data;
}

/* Read what is visible in a directory. */
dctx_any dctxi_notes_get(const struct dctx_dir *dir, const char *name);
size_t dctxi_notes_list(const struct dctx_dir *dir, dctx_note_item *items,
			size_t max);

#endif
