/* SPDX-License-Identifier: MIT */
/*
 * Entries: every key of the process that has a place, by its index.
 *
 * Theory. An index belongs to a name with its kind, type and options for ever,
 * whatever registries it is in. Writers hold the process's lock (plat/lock.h);
 * a reader takes none, and comes here with an index that was published to it:
 * by a key's page, a slot of some directory or a registry's count, each stored
 * with release after the entry was written. Entries that a failed addition made
 * are dropped again before anybody could see their index.
 */
#ifndef DCTXI_ENTRY_H
#define DCTXI_ENTRY_H

#include "data/dir.h"
#include "data/key.h"

#define DCTXI_KEYS_MAX (DCTXI_INDEX_END - DCTXI_INDEX_FIRST)

struct dctxi_entry {
	const dctx_key *key; /* the one registered first */
	uint64_t hash;
	uint64_t prefix[2]; /* the name's first 16 bytes, big-endian */
	uint32_t index;
	uint32_t name_len;
	uint32_t next; /* of the same bucket: its index, 0 at the end */
	struct dctxi_meta *metas; /* the newest; data/meta.c */
};

/* The index of a registered key: its place among all slots. */
static inline uint32_t dctxi_key_index(const dctx_key *key)
{
	return key->page * 8 + key->slot;
}

/* The entry of an index that was published: always there. */
const struct dctxi_entry *dctxi_entry_at(uint32_t index);

struct dctxi_meta **dctxi_entry_metas(uint32_t index);

/* One past the last index that was given. */
uint32_t dctxi_entry_end(void);

uint64_t dctxi_hash(const char *name, size_t len);

/* Under the lock: the entry of a sound key, made if need be; DCTX_LIMIT,
 * DCTX_NOMEM. */
dctx_status dctxi_entry_join(const dctx_key *key,
			     const struct dctxi_entry **out);

/* Under the lock: drops the entries from an index on, that nobody has seen. */
void dctxi_entry_drop(uint32_t end);

/* Under the lock: gives a key its place. */
void dctxi_key_place(dctx_key *key, uint32_t index);

#endif
