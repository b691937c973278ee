/* SPDX-License-Identifier: MIT */
/*
 * dctx/note.h - notes: values under names made up on the spot, without a key.
 *
 *     int attempt = 3;
 *     DCTX_MEMO(attempt);                     // here and below, until the end
 *     ...                                     // of the scope
 *     int64_t n = dctx_note("attempt").as.i;  // in a function below
 *
 * Notes are scoped, captured and forked as values are, and never leave the
 * process. They serve debugging and code that is being tried out: a set copies
 * a table and a read searches it, so what matters deserves a key. The table is
 * one value: an overlay or merge shows all of the snapshot's notes, if it has
 * any, and none of the host's; a scope that retires takes its notes along, but
 * for those that a scope above it copied by setting notes of its own.
 */
#ifndef DCTX_NOTE_H
#define DCTX_NOTE_H

#include <dctx/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many notes a store shows at most, and the bytes of a note's name. Their
 * texts, bytes and objects together are held to DCTX_LIMIT_STORE_BYTES.
 * Since: 0.1. */
#define DCTX_NOTES_MAX 256
#define DCTX_NOTE_NAME_MAX 255

/*
 * Reads the note of a name in a store, or in a snapshot (NULL counts as empty).
 * Returns: its value; kind 0 when there is none, and for a NULL.
 * Owns: borrowed until the note is set or removed in the scope that set it, or
 * that scope is left; or as long as the snapshot. Threads: the store's flow; a
 * snapshot's, any. Blocks, allocates: never. Takes time with the number of
 * notes. Since: 0.1.
 */
DCTX_API dctx_any dctx_store_note(const dctx_store *store, const char *name);
DCTX_API dctx_any dctx_snapshot_note(const dctx_snapshot *snapshot,
				     const char *name);

/*
 * Sets a note in the innermost scope to a copy of `value`, and frees at once
 * what the same scope had set it to. `name` is UTF-8 and copied.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, kind 0, a number out of its
 * kind's range, a type without name or size, a name that is too long or no
 * UTF-8; DCTX_DEAD_SCOPE; DCTX_LIMIT past DCTX_NOTES_MAX or
 * DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM; DCTX_BUSY when the copy of a user's type
 * or container changed the notes meanwhile; what these returned. Then nothing
 * changed; the failure is counted, told to the hook and kept for
 * dctx_scope_status. Threads: the store's flow. Blocks: never. Allocates. Takes
 * time with the number of notes. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_note_set(dctx_store *store, const char *name,
					 const dctx_any *value);

/*
 * Remove one note, or all, until the innermost scope is left. Removing what is
 * absent is fine.
 * Returns and all else: as dctx_store_note_set. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_note_unset(dctx_store *store,
					   const char *name);
DCTX_API dctx_status dctx_store_notes_clear(dctx_store *store);

/* A note in a list; name and value are borrowed as dctx_store_note's value.
 * Since: 0.1. */
typedef struct dctx_note_item {
	const char *name;
	dctx_any value;
} dctx_note_item;

/*
 * List the notes in the order in which they were first set. Write at most
 * `max`; `items` may be NULL when `max` is 0.
 * Returns: how many there are in all; 0 for a NULL.
 * Threads and all else: as dctx_store_note. Since: 0.1.
 */
DCTX_API size_t dctx_store_notes(const dctx_store *store, dctx_note_item *items,
				 size_t max);
DCTX_API size_t dctx_snapshot_notes(const dctx_snapshot *snapshot,
				    dctx_note_item *items, size_t max);

/*
 * A user's container of notes, in place of the library's own. A set copies the
 * container and puts into the copy, so a container that others can see never
 * changes: stores, snapshots and threads share it, and the last of them
 * destroys it, on its own thread. None of these runs while a store is
 * half-changed; all but get and list may call dctx, leave by longjmp or end
 * their thread (what was copied so far is destroyed at the thread's end). No
 * function may be NULL but destroy. Declare it static and const.
 * Since: 0.1.
 */
typedef struct dctx_container {
	/* sizeof(dctx_container), so that the struct can grow. */
	size_t struct_size;
	/* What it is called, in dumps. */
	const char *name;
	/* Makes an empty container, never NULL. */
	dctx_status (*make)(void **out_data);
	/* Makes a copy that shares nothing which a put would change. */
	dctx_status (*copy)(const void *data, void **out_data);
	/* Ends a container. NULL: nothing to do. */
	void (*destroy)(void *data);
	/* Keeps a copy of a valid value under a valid name. After a failure the
	 * container is destroyed. */
	dctx_status (*put)(void *data, const char *name, const dctx_any *value);
	/* Removes a note that is there. After a failure it is destroyed. */
	dctx_status (*remove)(void *data, const char *name);
	/* Finds a note: false without one. Threads may ask at once, and the
	 * value is theirs until the container is destroyed. */
	bool (*get)(const void *data, const char *name, dctx_any *out);
	/* Lists at most `max` notes and returns how many there are. As get. */
	size_t (*list)(const void *data, dctx_note_item *items, size_t max);
} dctx_container;

/*
 * Puts a container in place of that which is visible, until the innermost scope
 * is left: NULL for the library's own. The notes so far are put into it in
 * their order. `data` is a container to begin with; NULL for a new, empty one.
 * Keeps: `container`, for the life of the process.
 * Owns: takes over `data` on success. On failure it is the caller's still, with
 * some of the notes perhaps.
 * Returns: as dctx_store_note_set; DCTX_INVALID also for a table that lacks a
 * function or a name, and for data without a table. All else as there.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_store_container(dctx_store *store,
					  const dctx_container *container,
					  void *data);

/*
 * Gives the visible container's data, to be read and not changed.
 * Returns: the data; NULL when what is visible is another container.
 * Owns: borrowed as a note. Threads and all else: as dctx_store_note.
 * Since: 0.1.
 */
DCTX_API const void *
dctx_store_container_data(const dctx_store *store,
			  const dctx_container *container);

/* The same of the current store. Since: 0.1. */
#define dctx_note(name) dctx_store_note(DCTX_CURRENT_, (name))
#define dctx_note_set(name, value)                                            \
	dctx_store_note_set(dctx_current(), (name), (value))
#define dctx_note_unset(name) dctx_store_note_unset(dctx_current(), (name))
#define dctx_notes_clear() dctx_store_notes_clear(dctx_current())
#define dctx_notes(items, max) dctx_store_notes(DCTX_CURRENT_, (items), (max))

#ifdef __cplusplus
}
#endif

/*
 * Keeps a local variable's value as the note of its name, in the innermost
 * scope: what DCTX_ANY takes, as it is now. Anything but a variable's name does
 * not compile.
 * Returns: as dctx_store_note_set. Since: 0.1.
 */
#define DCTX_MEMO(x)                                                          \
	((void)sizeof(struct dctx_memo_of_##x *), (void)sizeof(&(x)),         \
	 dctx_note_set(#x, &DCTX_ANY(x)))

#endif
