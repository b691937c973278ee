/* SPDX-License-Identifier: MIT */
/*
 * Registries: sets of keys by name.
 *
 * Theory. A registry only grows. Writers hold the process's lock (plat/lock.h)
 * and publish what they added, one key or many, by one release of the count;
 * data/table.h says how. Readers take no lock. All registries are in a list,
 * under the lock, since a key's metadata depends on whether any of its
 * registries is frozen. Freeing one is the caller's to order after all use.
 */
#ifndef DCTXI_REGISTRY_H
#define DCTXI_REGISTRY_H

#include "data/entry.h"

#include <dctx/registry.h>

/* The entry of a name, NULL when there is none; a registry of NULL is the
 * global one. */
const struct dctxi_entry *dctxi_registry_find(const dctx_registry *registry,
					      const char *name, size_t len);

/* A registry's set of indexes, and whether one is in it. */
const uint64_t *dctxi_registry_bits(const dctx_registry *registry);

static inline bool dctxi_bits_have(const uint64_t *bits, uint32_t index)
{
	uint64_t word = __atomic_load_n(&bits[index / 64], __ATOMIC_RELAXED);

	return word >> index % 64 & 1;
}

static inline bool dctxi_registry_has(const dctx_registry *registry,
				      uint32_t index)
{
	return dctxi_bits_have(dctxi_registry_bits(registry), index);
}

/* Under the lock: whether a frozen registry has the key of this index. */
bool dctxi_registry_froze(uint32_t index);

/* The n of dctx_registry_nth that follows a key; past all when it is not in
 * there. */
uint32_t dctxi_registry_after(const dctx_registry *registry,
			      const dctx_key *key);

/* Tells what a constructor could not do with a key: to the hook, and the first
 * of all to dctx_registry_check. */
void dctxi_tell_at_load(dctx_status status, const dctx_key *refused,
			const dctx_key *holder);

/* Gives a place to a key of the library's own, whose name is under "dctx.":
 * no registry lists it and no wire carries it. Statuses as dctx_registry_add's.
 */
dctx_status dctxi_key_reserve(dctx_key *key);

/* Sees that a key has a place, if need be in the global registry. */
static inline dctx_status dctxi_key_ready(dctx_key *key)
{
	if (DCTX_LIKELY(__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) != 0))
		return DCTX_OK;
	return dctx_key_register(key);
}

#endif
