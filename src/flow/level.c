/* SPDX-License-Identifier: MIT */
#include "flow/level.h"

#include "data/entry.h"
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

/* Pages for every key there is now, so that a directory seldom grows. */
static uint32_t pages_for(const struct dctx_dir *old, uint32_t page)
{
	uint32_t pages = (dctxi_entry_end() + DCTXI_PAGE_SLOTS - 1) /
			 DCTXI_PAGE_SLOTS;

	if (pages <= page)
		pages = page + 1;
	return pages < old->pages ? old->pages : pages;
}

/* `own` holds the first and the last page that the level made, so that ending
 * it need not look at all of them. */
static uint32_t own_add(uint32_t own, uint32_t page)
{
	uint32_t first = own & 0xffff, last = own >> 16;

	if (own == 0)
		return page | page << 16;
	if (page < first)
		first = page;
	if (page > last)
		last = page;
	return first | last << 16;
}

/* A directory of the level's own that shows what the store's shows. */
static struct dctx_dir *dir_copy(const struct dctx_dir *old, uint32_t pages,
				 uintptr_t token)
{
	struct dctx_dir *dir = dctxi_alloc(dctxi_dir_size(pages));

	if (dir == NULL)
		return NULL;
	dir->pages = pages;
	dir->own = old->token == token ? old->own : 0;
	dir->token = token;
	memcpy(dir->page, old->page, old->pages * sizeof dir->page[0]);
	for (uint32_t i = old->pages; i < pages; i++)
		dir->page[i] = dctxi_page_empty.slot;
	return dir;
}

/* Makes a directory that the level may write to, when it has none with that
 * page: *out_dir is the store's own one or a new one, not yet published. */
static dctx_status dir_own(const struct dctx_store *store, uint32_t page,
			   uintptr_t token, struct dctx_dir **out_dir)
{
	struct dctx_dir *old = store->dir;

	*out_dir = old;
	if (old->token == token && page < old->pages)
		return DCTX_OK;
	*out_dir = dir_copy(old, pages_for(old, page), token);
	return *out_dir != NULL ? DCTX_OK : DCTX_NOMEM;
}

static void dir_publish(struct dctx_store *store, struct dctx_dir *dir)
{
	struct dctx_dir *old = store->dir;

	if (dir == old)
		return;
	/* Release: for a signal handler, its pages come first. */
	__atomic_store_n(&store->dir, dir, __ATOMIC_RELEASE);
	if (old->token == dir->token)
		dctxi_free(old, dctxi_dir_size(old->pages));
}

dctx_status dctxi_level_own(struct dctx_store *store, uint32_t page)
{
	uintptr_t token = dctxi_level_token(store);
	struct dctxi_page *fresh;
	struct dctx_dir *dir;
	dctx_status status = dir_own(store, page, token, &dir);

	if (status != DCTX_OK)
		return status;
	if (dctxi_page_of(dir->page[page])->token == token) {
		dir_publish(store, dir);
		return DCTX_OK;
	}
	fresh = dctxi_alloc(sizeof *fresh);
	if (fresh == NULL) {
		if (dir != store->dir)
			dctxi_free(dir, dctxi_dir_size(dir->pages));
		return DCTX_NOMEM;
	}
	*fresh = *dctxi_page_of(dir->page[page]);
	fresh->token = token;
	dir->own = own_add(dir->own, page);
	/* Release: for a signal handler, the page's words come first. */
	__atomic_store_n(&dir->page[page], fresh->slot, __ATOMIC_RELEASE);
	dir_publish(store, dir);
	return DCTX_OK;
}

void dctxi_level_free_dir(struct dctx_dir *dir, uintptr_t token)
{
	if (dir->token != token)
		return;
	for (uint32_t i = dir->own & 0xffff; i <= dir->own >> 16; i++) {
		struct dctxi_page *page = dctxi_page_of(dir->page[i]);

		if (page->token == token)
			dctxi_free(page, sizeof *page);
	}
	dctxi_free(dir, dctxi_dir_size(dir->pages));
}

void dctxi_level_free_newer(struct dctx_dir *dir, const struct dctx_dir *older,
			    uintptr_t token)
{
	uint32_t first = dir->own & 0xffff, last = dir->own >> 16;

	if (dir == older || dir->token != token)
		return;
	for (uint32_t i = first; i <= last; i++) {
		struct dctxi_page *page = dctxi_page_of(dir->page[i]);

		if (page->token == token && (i >= older->pages ||
					     older->page[i] != page->slot))
			dctxi_free(page, sizeof *page);
	}
	dctxi_free(dir, dctxi_dir_size(dir->pages));
}
