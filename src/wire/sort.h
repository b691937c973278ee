/* SPDX-License-Identifier: MIT */
/*
 * sort.h - things in the order of the bytes of their keys, as messages have
 * them.
 */
#ifndef DCTXI_SORT_H
#define DCTXI_SORT_H

#include "data/entry.h"

#include <dctx/codec.h>

/* Something with a key, of which `first` is the first eight bytes, the first
 * the highest, with zeros behind a shorter one. */
struct dctxi_sorted {
	uint64_t first;
	const void *what;
};

/* Tells which of two things comes first whose first words are equal. */
typedef bool dctxi_before(const void *a, const void *b);

void dctxi_sort(struct dctxi_sorted *item, size_t n, dctxi_before *before);

/* For keys themselves: `what` is a dctx_bytes. */
struct dctxi_sorted dctxi_sorted_key(const dctx_bytes *key);
dctxi_before dctxi_key_before;

/* For keys of the process by their names: `what` is an entry. */
static inline struct dctxi_sorted
dctxi_sorted_entry(const struct dctxi_entry *entry)
{
	return (struct dctxi_sorted){entry->prefix[0], entry};
}
dctxi_before dctxi_entry_before;

/* Orders two keys: below 0, 0 when they are equal, above 0. */
int dctxi_key_compare(dctx_bytes a, dctx_bytes b);

#endif
