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
#define DCTXI_PAGES_MAX 2048u
/* A key's index counts slots; those of page 0 are never given. */
#define DCTXI_INDEX_FIRST DCTXI_PAGE_SLOTS
#define DCTXI_INDEX_END (DCTXI_PAGES_MAX * DCTXI_PAGE_SLOTS)

/* Tokens that no level has. */
#define DCTXI_TOKEN_PAGE 0u
#define DCTXI_TOKEN_DIR 1u

struct dctxi_page {
	uintptr_t token;
	uintptr_t slot[DCTXI_PAGE_SLOTS];
};

extern struct dctx_dir dctxi_dir_empty;
extern struct dctxi_page dctxi_page_empty;
extern const struct dctx_box dctxi_tombstone[2];

/* The word of a removed key that hides no box of its own log. */
#define DCTXI_REMOVED ((uintptr_t)&dctxi_tombstone[0])
/* The same, removed by a store's root itself. */
#define DCTXI_REMOVED_AT_ROOT ((uintptr_t)&dctxi_tombstone[1])

static inline struct dctxi_page *dctxi_page_of(uintptr_t *slots)
{
	return (struct dctxi_page *)(void *)(slots - 1);
}

static inline size_t dctxi_dir_size(uint32_t pages)
{
	return offsetof(struct dctx_dir, page) + pages * sizeof(uintptr_t *);
}

/* One past the last index that a directory has a slot for. */
static inline uint32_t dctxi_dir_end(const struct dctx_dir *dir)
{
	return dir->pages * DCTXI_PAGE_SLOTS;
}

/* The slot of an index below the end. */
static inline uintptr_t *dctxi_dir_slot(const struct dctx_dir *dir,
					uint32_t index)
{
	return &dir->page[index / DCTXI_PAGE_SLOTS][index % DCTXI_PAGE_SLOTS];
}

#endif
