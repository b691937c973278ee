/* SPDX-License-Identifier: MIT */
/*
 * The names of scopes that lead to a captured context.
 *
 * Theory. A block of names never changes and is counted; it may stand on an
 * older block that it shares with its siblings. Names are kept newest first.
 * Those that are literals are borrowed; others are copied into the block.
 * Blocks are chained only while all their names stay within the chain's limit,
 * so that work which reschedules itself for ever keeps no history alive.
 */
#ifndef DCTXI_NAMES_H
#define DCTXI_NAMES_H

#include <dctx/abi.h>

struct dctxi_names {
	uint32_t refs;
	uint32_t count;             /* names in this block */
	size_t total;               /* and in those below it */
	size_t size;                /* of the block */
	struct dctxi_names *parent; /* older names, or NULL */
	const char *name[];         /* newest first */
};

/* A name and its length when it must be copied; else `len` is SIZE_MAX. */
struct dctxi_name {
	const char *text;
	size_t len;
};
#define DCTXI_NAME_BORROWED SIZE_MAX

/* Makes a block of `n` > 0 names, newest first. One reference; NULL without
 * memory. */
struct dctxi_names *dctxi_names_new(const struct dctxi_name *names, size_t n);

/* The same with room for `n` literals, to be filled in, on top of `parent` (may
 * be NULL), of which a reference is taken. */
struct dctxi_names *dctxi_names_room(size_t n, struct dctxi_names *parent);

/* Whether a name is kept inside the block, not borrowed. */
bool dctxi_names_owns(const struct dctxi_names *names, const char *name);

struct dctxi_names *dctxi_names_ref(struct dctxi_names *names);
void dctxi_names_unref(struct dctxi_names *names);

/* All the names there are: 0 for NULL. */
static inline size_t dctxi_names_total(const struct dctxi_names *names)
{
	return names != NULL ? names->total : 0;
}

/* Writes the newest `n` names, oldest of them first, so that the newest stands
 * at out[n - 1]; n must not be more than the total. */
void dctxi_names_list(const struct dctxi_names *names, const char **out,
		      size_t n);

/* The name that has `i` newer ones; i must be less than the total. */
const char *dctxi_names_at(const struct dctxi_names *names, size_t i);

/* The text of a chain, as dctx_store_chain_text: its names one by one, the
 * oldest first, then the NUL. `separator` may be NULL. */
struct dctxi_text {
	char *buf;
	size_t size;
	const char *separator;
	size_t len;
	bool begun;
};
void dctxi_text_name(struct dctxi_text *text, const char *name);
size_t dctxi_text_end(struct dctxi_text *text);

#endif
