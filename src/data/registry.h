/* SPDX-License-Identifier: MIT */
/*
 * The global registry: keys by name and by index.
 *
 * Theory. Entries and tables only ever grow. A writer holds the process's lock
 * (plat/lock.h) and publishes each entry, then its place in the table, with
 * release; readers take no lock and load with acquire. A table that became too
 * small is replaced and kept, since a reader may still be in it: all of them
 * together are smaller than the newest.
 */
#ifndef DCTXI_REGISTRY_H
#define DCTXI_REGISTRY_H

#include <dctx/registry.h>

struct dctxi_entry {
	const dctx_key *key; /* the one registered first */
	uint64_t hash;
	uint64_t prefix[2]; /* the name's first 16 bytes, big-endian */
	uint32_t index;
	uint32_t name_len;
};

/* The index of a registered key: its place among all slots. */
static inline uint32_t dctxi_key_index(const dctx_key *key)
{
	return key->page * 8 + key->slot;
}

/* The entry of an index that a slot of some directory has: always there. */
const struct dctxi_entry *dctxi_entry_at(uint32_t index);

/* The entry of a name, NULL when there is none. */
const struct dctxi_entry *dctxi_entry_find(const char *name, size_t len);

/* Whether two types count as one. */
bool dctxi_type_equal(const dctx_type *a, const dctx_type *b);

#endif
