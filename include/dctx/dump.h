/* SPDX-License-Identifier: MIT */
/*
 * dctx/dump.h - what is here, as text for people or as JSON for programs.
 *
 *     char text[4096];
 *
 *     dctx_dump(DCTX_DUMP_TEXT, 0, text, sizeof(text));
 *     fputs(text, stderr);
 *
 * Text has a fact a line, indented by what it belongs to. JSON is one object on
 * one line (RFC 8259). In both, names and texts are escaped: quotes,
 * backslashes, characters that control instead of being shown, and what is no
 * UTF-8 (in JSON U+FFFD for each such byte). So no value can pass for another
 * line or another fact.
 *
 * A value of a key with DCTX_LOG is shown: text as a string; a scalar as it is
 * (in JSON an integer from 2^53 on and a float that is no number are strings,
 * since readers round or refuse them); bytes in hexadecimal; an object as its
 * type's `format` shows it, up to 255 bytes. Of all others, and of notes, the
 * kind is shown, and the length: <str, 12 bytes>, {"kind":"str","length":12}.
 * What was removed is <removed> or null.
 */
#ifndef DCTX_DUMP_H
#define DCTX_DUMP_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The two forms. Since: 0.1. */
typedef enum dctx_dump_form { DCTX_DUMP_TEXT, DCTX_DUMP_JSON } dctx_dump_form;

/* A flag: show the values of all keys, those without DCTX_LOG too, but for
 * those with DCTX_SECRET. Since: 0.1. */
#define DCTX_DUMP_VALUES 1u

/*
 * Writes all there is to tell: the current context and, inside a task, those
 * below it on this thread; the counters, the limits, the registered keys; and
 * the sections that were registered. The library's own come with the first of
 * what they show: "executors" with what each has done, "accessors" with those
 * of dctx_accessors_default() in their order and how many captures have each
 * (nearly, while threads capture), "gathered" with keys and their merge. Like
 * snprintf: at most `size` bytes with the NUL, which is always there, cut
 * between two characters; `buf` may be NULL when `size` is 0. Only what was not
 * cut is valid JSON.
 * Returns: the length of the whole without its NUL. Between two calls it may
 * change: ask again until it fits.
 * Threads: any. Blocks: while another changes one of these lists, and as the
 * user's functions (a type's format, a section) do. Allocates: never, but for
 * these. Not signal-safe. Since: 0.1.
 */
DCTX_API size_t dctx_dump(dctx_dump_form form, unsigned flags, char *buf,
			  size_t size);

/*
 * Writes one context: its chain, values and notes, and of a store its id and
 * depth. NULL counts as empty. As dctx_dump otherwise.
 * Threads: the store's flow; a snapshot's, any. Since: 0.1.
 */
DCTX_API size_t dctx_store_dump(const dctx_store *store, dctx_dump_form form,
				unsigned flags, char *buf, size_t size);
DCTX_API size_t dctx_snapshot_dump(const dctx_snapshot *snapshot,
				   dctx_dump_form form, unsigned flags,
				   char *buf, size_t size);

/*
 * Writes how often each event was counted. As dctx_dump otherwise.
 * Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API size_t dctx_counters_dump(dctx_dump_form form, char *buf,
				   size_t size);

/* What a section writes to. Opaque; good during the call only. Since: 0.1. */
typedef struct dctx_dumper dctx_dumper;

/*
 * A part of the dump that another layer or the program adds. `fn` runs in every
 * dctx_dump, on the thread that asks, and may call dctx; it writes its facts to
 * the dumper with the functions below. What it leaves open is ended after it.
 * Since: 0.1.
 */
typedef struct dctx_dump_section {
	const char *name; /* UTF-8; of an object, in JSON at the top */
	void (*fn)(dctx_dumper *dumper, void *user);
	void *user;
	struct dctx_dump_section *next; /* the library's; NULL before */
} dctx_dump_section;

/*
 * Adds a section, after those that are there; again is fine.
 * Keeps: `section`, for the life of the process; a shared object that holds it,
 * its name or its function is never unloaded.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL section, name or fn, or a name that
 * is no UTF-8; DCTX_CONFLICT when another section, or a part of the library's
 * own, has that name; DCTX_SYSTEM when a shared object could not be kept.
 * Threads: any. Blocks: on the registries' lock. Allocates: never, but for the
 * loader. Since: 0.1.
 */
DCTX_API dctx_status dctx_dump_register(dctx_dump_section *section);

/*
 * Begin an object or a list inside the one that is open, and end the innermost
 * that the section began. Past 32 levels they are written empty. Names count in
 * objects only and may be NULL in lists.
 * Threads: in the section's function. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_dump_begin(dctx_dumper *d, const char *name);
DCTX_API void dctx_dump_begin_list(dctx_dumper *d, const char *name);
DCTX_API void dctx_dump_end(dctx_dumper *d);

/*
 * Write one fact: a text (NULL: null), a number, a bool. As above.
 * Since: 0.1.
 */
DCTX_API void dctx_dump_text(dctx_dumper *d, const char *name,
			     const char *text);
DCTX_API void dctx_dump_u64(dctx_dumper *d, const char *name, uint64_t v);
DCTX_API void dctx_dump_i64(dctx_dumper *d, const char *name, int64_t v);
DCTX_API void dctx_dump_f64(dctx_dumper *d, const char *name, double v);
DCTX_API void dctx_dump_bool(dctx_dumper *d, const char *name, bool v);

/*
 * Tells the flags that the dump was asked with: a section honours
 * DCTX_DUMP_VALUES for what it shows of values. Threads: as above. Since: 0.1.
 */
DCTX_API unsigned dctx_dump_flags(const dctx_dumper *d);

#ifdef __cplusplus
}
#endif
#endif
