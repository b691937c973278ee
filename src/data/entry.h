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

#include <string.h>

#define DCTXI_KEYS_MAX (DCTXI_INDEX_END - DCTXI_INDEX_FIRST)

struct dctxi_entry {
	const dctx_key *key; /* the one registered first */
	uint64_t hash;
	uint64_t prefix[2]; /* the name's first 16 bytes, big-endian */
	uint32_t index;
	uint32_t name_len;
	uint32_t next; /* of the same bucket: its index, 0 at the end */
	bool is_token; /* the name: as headers have it (data/token.h) */
	struct dctxi_meta *metas; /* the newest; data/meta.c */
};

/* Entries stand in blocks, which are never moved. */
#define DCTXI_ENTRY_BLOCK 64u
extern struct dctxi_entry
	*dctxi_entry_blocks[DCTXI_INDEX_END / DCTXI_ENTRY_BLOCK];

/* The index of a registered key: its place among all slots. */
static inline uint32_t dctxi_key_index(const dctx_key *key)
{
	return key->page * 8 + key->slot;
}

/* The entry of an index that was published: always there. */
static inline struct dctxi_entry *dctxi_entry_block(uint32_t index)
{
	return __atomic_load_n(&dctxi_entry_blocks[index / DCTXI_ENTRY_BLOCK],
			       __ATOMIC_ACQUIRE);
}

static inline const struct dctxi_entry *dctxi_entry_at(uint32_t index)
{
	return &dctxi_entry_block(index)[index % DCTXI_ENTRY_BLOCK];
}

struct dctxi_meta **dctxi_entry_metas(uint32_t index);

/* One past the last index that was given. */
uint32_t dctxi_entry_end(void);

/* A product's high bits depend on all of the word, its low ones on few, and a
 * table looks at the low ones. */
static inline uint64_t dctxi_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32 ^ hash >> 56;
}

static inline uint64_t dctxi_load(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof word);
	return word;
}

/* Multiply and mix, eight bytes at a time, of which the last eight may overlap
 * those before; names are the program's own, so nobody outside chooses
 * collisions. */
static inline uint64_t dctxi_hash(const char *name, size_t len)
{
	uint64_t hash = len * UINT64_C(0x9e3779b97f4a7c15), word = 0;
	const char *last = name + len - 8;

	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			word = word << 8 | (unsigned char)name[i];
		return dctxi_mix(hash, word);
	}
	for (; name < last; name += 8)
		hash = dctxi_mix(hash, dctxi_load(name));
	return dctxi_mix(hash, dctxi_load(last));
}

/* Under the lock: the entry of a sound key, made if need be; DCTX_LIMIT,
 * DCTX_NOMEM. */
dctx_status dctxi_entry_join(const dctx_key *key,
			     const struct dctxi_entry **out);

/* Under the lock: drops the entries from an index on, that nobody has seen. */
void dctxi_entry_drop(uint32_t end);

/* Under the lock: gives a key its place. */
void dctxi_key_place(dctx_key *key, uint32_t index);

#endif
