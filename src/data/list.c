/* SPDX-License-Identifier: MIT */
#include "data/list.h"

#include "data/any.h"
#include "data/registry.h"
#include "data/snapshot.h"

size_t dctxi_list(const struct dctx_dir *dir,
		  bool (*wanted)(const void *arg, uintptr_t word),
		  const void *arg, dctx_item *items, size_t max)
{
	size_t n = 0;

	for (uint32_t i = DCTXI_INDEX_FIRST; i < dctxi_dir_end(dir); i++) {
		uintptr_t word = *dctxi_dir_slot(dir, i);
		const dctx_key *key;

		if (word == 0 || !wanted(arg, word))
			continue;
		key = dctxi_entry_at(i)->key;
		if (dctxi_key_reserved(key))
			continue;
		if (n < max) {
			items[n].key = key;
			items[n].value = dctxi_any_of_box(key, dctxi_box(word));
		}
		n++;
	}
	return n;
}

bool dctxi_list_visible(const void *what, uintptr_t word)
{
	return word & 1 || *(const unsigned *)what & DCTX_LIST_REMOVED;
}

size_t dctx_snapshot_list(const dctx_snapshot *snapshot, unsigned what,
			  dctx_item *items, size_t max)
{
	if (snapshot == NULL || (items == NULL && max > 0))
		return 0;
	if (what & DCTX_LIST_SCOPE)
		what |= DCTX_LIST_REMOVED;
	return dctxi_list(snapshot->dir, dctxi_list_visible, &what, items, max);
}
