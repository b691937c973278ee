/* SPDX-License-Identifier: MIT */
/*
 * Registries: sets of keys by name.
 *
 * Theory. A registry's hash table and list hold the indexes of its entries
 * (data/entry.h), and only ever grow. Writers hold the process's lock. They
 * fill in slots whose position is past the count, which readers pass over, and
 * then publish any number of keys by one release of the count; or take those
 * slots back. Readers take no lock: they load the count first, with acquire,
 * and so see a table that has at least as many. A table that became too small
 * is replaced and kept until the registry is freed, since a reader may still be
 * in it: all of them together are smaller than the newest. Freeing is the
 * caller's to order after all use.
 */
#ifndef DCTXI_REGISTRY_H
#define DCTXI_REGISTRY_H

#include "data/entry.h"

#include <dctx/registry.h>

/* The entry of a name, NULL when there is none; a registry of NULL is the
 * global one. */
const struct dctxi_entry *dctxi_registry_find(const dctx_registry *registry,
					      const char *name, size_t len);

/* Whether the key of this index is in the registry. */
bool dctxi_registry_has(const dctx_registry *registry, uint32_t index);

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
