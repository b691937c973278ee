/* SPDX-License-Identifier: MIT */
#include "flow/level.h"

#include "plat/heap.h"

#include <string.h>

uintptr_t dctxi_level_token(const struct dctx_store *store)
{
	const struct dctx_root *root = store->root;

	return root->level != NULL ? (uintptr_t)root->level : (uintptr_t)root;
}

struct dctx_snapshot *dctxi_level_base(const struct dctx_store *store)
{
	const struct dctx_root *root = store->root;

	if (root == NULL)
		return store->dir == &dctxi_dir_empty
			       ? &dctxi_snapshot_none
			       : (void *)((char *)store->dir -
					  offsetof(struct dctx_snapshot, own));
	return root->level != NULL ? root->level->base : root->base;
}

/* Room for every key there is now, so that a directory seldom grows. */
static uint32_t limit_for(const struct dctx_dir *old, uint32_t index)
{
	uint32_t keys = dctx_registry_count() + 1;

	if (keys <= index)
		keys = index + 1;
	if (keys < old->limit)
		keys = old->limit;
	return (keys + DCTXI_PAGE_SLOTS - 1) & ~(DCTXI_PAGE_SLOTS - 1);
}

/* A directory of the level's own that shows what the store's shows. */
static struct dctx_dir *dir_copy(const struct dctx_dir *old, uint32_t limit,
				 uintptr_t token)
{
	struct dctx_dir *dir = dctxi_alloc(dctxi_dir_size(limit));
	uint32_t shared = old->limit / DCTXI_PAGE_SLOTS;

	if (dir == NULL)
		return NULL;
	dir->limit = limit;
	dir->flags = 0;
	dir->token = token;
	memcpy(dir->page, old->page, shared * sizeof dir->page[0]);
	for (uint32_t i = shared; i < limit / DCTXI_PAGE_SLOTS; i++)
		dir->page[i] = dctxi_page_empty.slot;
	return dir;
}

static void publish_dir(struct dctx_store *store, struct dctx_dir *dir)
{
	/* Release: for a signal handler, its pages come first. */
	__atomic_store_n(&store->dir, dir, __ATOMIC_RELEASE);
}

dctx_status dctxi_level_own(struct dctx_store *store, uint32_t index)
{
	uintptr_t token = dctxi_level_token(store);
	struct dctx_dir *old = store->dir, *dir = old;
	struct dctxi_page *page;
	uintptr_t *shared;

	if (old->token == token && index < old->limit &&
	    dctxi_page_of(old->page[index / DCTXI_PAGE_SLOTS])->token == token)
		return DCTX_OK;
	page = old != &dctxi_dir_hidden ? dctxi_alloc(sizeof *page) : NULL;
	if (page == NULL)
		return DCTX_NOMEM;
	if (old->token != token || index >= old->limit)
		dir = dir_copy(old, limit_for(old, index), token);
	if (dir == NULL) {
		dctxi_free(page, sizeof *page);
		return DCTX_NOMEM;
	}
	shared = dir->page[index / DCTXI_PAGE_SLOTS];
	page->token = token;
	memcpy(page->slot, shared, sizeof page->slot);
	__atomic_store_n(&dir->page[index / DCTXI_PAGE_SLOTS], page->slot,
			 __ATOMIC_RELEASE);
	publish_dir(store, dir);
	if (dir != old && old->token == token)
		dctxi_free(old, dctxi_dir_size(old->limit));
	return DCTX_OK;
}

void dctxi_level_free_dir(struct dctx_dir *dir, uintptr_t token)
{
	if (dir->token != token)
		return;
	for (uint32_t i = 0; i < dir->limit / DCTXI_PAGE_SLOTS; i++) {
		struct dctxi_page *page = dctxi_page_of(dir->page[i]);

		if (page->token == token)
			dctxi_free(page, sizeof *page);
	}
	dctxi_free(dir, dctxi_dir_size(dir->limit));
}
