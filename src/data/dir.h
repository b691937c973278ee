/* SPDX-License-Identifier: MIT */
/*
 * A directory: what is visible, by key index. One pointer a page of eight
 * one-word slots; pages nobody wrote are one shared empty page.
 *
 * Theory. A directory and its pages are written only by the level (a store's
 * root or an attach) whose address is their token; everybody else's are
 * read-only to it, so a snapshot's directory serves any number of stores at
 * once. A value is published by one store of one word, after its box is whole,
 * so that a signal handler on the same thread reads each key before or after.
 */
#ifndef DCTXI_DIR_H
#define DCTXI_DIR_H

#include <dctx/abi.h>

#define DCTXI_PAGE_SLOTS 8u
#define DCTXI_KEYS_MAX 16384u

/* Tokens that no level has. */
#define DCTXI_TOKEN_PAGE 0u
#define DCTXI_TOKEN_DIR 1u

struct dctxi_page {
	uintptr_t token;
	uintptr_t slot[DCTXI_PAGE_SLOTS];
};

extern struct dctx_dir dctxi_dir_empty;
/* The same for a scope that had no memory to hide a closed key. */
extern struct dctx_dir dctxi_dir_hidden;
extern struct dctxi_page dctxi_page_empty;
extern const struct dctx_box dctxi_tombstone;

/* The word of a removed key that hides no box of its own log. */
#define DCTXI_REMOVED ((uintptr_t)&dctxi_tombstone)

static inline struct dctxi_page *dctxi_page_of(uintptr_t *slots)
{
	return (struct dctxi_page *)(void *)(slots - 1);
}

static inline size_t dctxi_dir_size(uint32_t limit)
{
	return offsetof(struct dctx_dir, page) +
	       limit / DCTXI_PAGE_SLOTS * sizeof(uintptr_t *);
}

#endif
