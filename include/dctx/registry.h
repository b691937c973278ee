/* SPDX-License-Identifier: MIT */
/*
 * dctx/registry.h - sets of keys by name.
 *
 * The global registry has every key of the macros in dctx/key.h; in each call
 * NULL means it. Others are for tests and plug-ins: an envelope is then read
 * and written by their keys. A key may be in several. In one registry a name
 * means one key; the same name with other options in another registry is
 * another key, with a value of its own.
 */
#ifndef DCTX_REGISTRY_H
#define DCTX_REGISTRY_H

#include <dctx/key.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dctx_registry dctx_registry;

/*
 * Makes an empty registry, with a name for dumps.
 * Owns: the caller frees *out_registry with dctx_registry_free. `name` is
 * copied.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a name that is not UTF-8 or
 * longer than 255 bytes; DCTX_NOMEM.
 * Threads: any. Blocks: on the registries' lock. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_registry_new(const char *name, dctx_registry **out_registry);

/*
 * Frees a registry; its keys keep their places and values. NULL, and the global
 * registry, are left alone.
 * Returns: NULL. Threads: any, but none may be using the registry still or
 * later. Blocks: on the registries' lock. Since: 0.1.
 */
DCTX_API dctx_registry *dctx_registry_free(dctx_registry *registry);

/*
 * Gives the global registry, whose name is "global".
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_registry *dctx_registry_global(void);

/*
 * Gives a registry's name.
 * Owns: borrowed, as long as the registry.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const char *dctx_registry_name(const dctx_registry *registry);

/*
 * Adds a key to a registry; again is fine, and so is an equal key, which then
 * shares the place of the first.
 * Keeps: `key`, for the life of the process; the shared object that holds it,
 * its type or its options is never unloaded from now on, added or not.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a name that is NULL, not UTF-8,
 * too long or under "dctx.", a kind that is none, a type without name or size,
 * a version, codec or migrations on a key without DCTX_WIRE, or migrations that
 * are not sound (dctx/migration.h); DCTX_CONFLICT when the registry has that
 * name with another kind or type or other options: dctx_last_error then names
 * both keys; DCTX_FROZEN for a new name after dctx_registry_freeze; DCTX_LIMIT
 * past 16,376 keys in the process; DCTX_SYSTEM when the key's shared object
 * could not be kept; DCTX_NOMEM. Then nothing changed.
 * Threads: any. Blocks: on the registries' lock, but not when the key itself
 * was added before. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_registry_add(dctx_registry *registry, dctx_key *key);

/*
 * Adds `n` keys, all or none: other threads find all of them or none, too.
 * Returns: as dctx_registry_add, for the first key that could not be added;
 * DCTX_CONFLICT also for two keys of the array. dctx_last_error has the key.
 * Threads and all else: as dctx_registry_add. Since: 0.1.
 */
DCTX_API dctx_status dctx_registry_add_all(dctx_registry *registry,
					   dctx_key *const *keys, size_t n);

/*
 * Lets no new name into a registry from now on, and no change of its keys'
 * metadata. Keys that equal one of its own can still be added, as a plug-in's
 * are. Again is fine; there is no way back.
 * Threads: any. Blocks: on the registries' lock. Allocates: never. Since: 0.1.
 */
DCTX_API void dctx_registry_freeze(dctx_registry *registry);

/*
 * Tells whether a registry is frozen.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_registry_is_frozen(const dctx_registry *registry);

/*
 * Finds a key of a registry by its name. Of several equal objects it is the one
 * registered first in the process.
 * Returns: the key, which lives for ever; NULL when there is none.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_registry_find(const dctx_registry *registry,
					    const char *name);

/*
 * Counts the names of a registry.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API uint32_t dctx_registry_size(const dctx_registry *registry);

/*
 * Gives the key of the n-th name that was added, 0 being the first.
 * Returns: the key, as dctx_registry_find; NULL when there are no more than n.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_registry_nth(const dctx_registry *registry,
					   uint32_t n);

/*
 * Tells whether a key that a constructor tried to register was refused, as a
 * program's main should ask once at its start. Writes the refused key to
 * *out_refused and the one that holds its name to *out_holder, both may be
 * NULL; the holder is NULL when it was no conflict.
 * Returns: DCTX_OK; the first refusal's status otherwise.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_registry_check(const dctx_key **out_refused, const dctx_key **out_holder);

#ifdef __cplusplus
}
#endif

/*
 * DCTX_REGISTER adds the keys it names, DCTX_REGISTER_KEYS those of a list
 * (DCTX_KEYS_DECLARE), all or none:
 *     status = DCTX_REGISTER(registry, &k_rid.key, &k_tenant.key);
 *     status = DCTX_REGISTER_KEYS(registry, MY_KEYS);
 * Returns and all else: as dctx_registry_add_all. Since: 0.1.
 */
#ifdef __cplusplus
template <class... K>
inline dctx_status dctx_register_(dctx_registry *registry, K... keys)
{
	dctx_key *const array[] = {keys...};
	return dctx_registry_add_all(registry, array, sizeof...(keys));
}
#define DCTX_REGISTER(...) dctx_register_(__VA_ARGS__)
#define DCTX_REGISTER_KEYS(registry, LIST)                                    \
	dctx_register_(registry LIST(DCTX_KEYS_ADDRESS_))
#define DCTX_KEYS_ADDRESS_(KIND, var, ...) , &(var).key
#else
#define DCTX_REGISTER(registry, ...)                                          \
	dctx_registry_add_all(registry, (dctx_key *const[]){__VA_ARGS__},     \
			      sizeof((dctx_key *const[]){__VA_ARGS__}) /      \
				      sizeof(dctx_key *))
#define DCTX_REGISTER_KEYS(registry, LIST)                                    \
	DCTX_REGISTER(registry, LIST(DCTX_KEYS_ADDRESS_))
#define DCTX_KEYS_ADDRESS_(KIND, var, ...) &(var).key,
#endif

#endif
