/* SPDX-License-Identifier: MIT */
/*
 * dctx/meta.h - what others have to say of a key: how it is logged, which
 * header it travels in. Each kind of metadata is a type of its own; a key has
 * one of each at most, and equal keys share it.
 *
 *     const dctx_meta log_field = {"shop.log_field"};
 *     DCTX_KEY_META(k_tenant, log_field, "tenant_id");
 *     const char *field = dctx_meta_get(&k_tenant.key, &log_field);
 */
#ifndef DCTX_META_H
#define DCTX_META_H

#include <dctx/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A type of metadata. Equal names, of 1 to 255 bytes, mean the same one. Only
 * its definer knows what the values are.
 * Since: 0.1.
 */
typedef struct dctx_meta {
	const char *name;
} dctx_meta;

/*
 * Gives a key its metadata of one type, in place of any it had; NULL takes it
 * away. A key that has no place yet is registered first, with the global
 * registry.
 * Keeps: `meta` and `value` themselves, for the life of the process; a shared
 * object that holds either is never unloaded.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL key or meta, or a bad name; what
 * dctx_key_register returns; DCTX_FROZEN for a change when a registry that has
 * the key is frozen; DCTX_LIMIT past 64 types for one key; DCTX_SYSTEM when a
 * shared object could not be kept; DCTX_NOMEM. Then nothing changed.
 * Threads: any. Blocks: on the registries' lock. Allocates: a key's first of a
 * type. Since: 0.1.
 */
DCTX_API dctx_status dctx_meta_set(dctx_key *key, const dctx_meta *meta,
				   const void *value);

/* The constructor's form of dctx_meta_set: a failure is told as that of
 * dctx_key_register_at_load. Since: 0.1. */
DCTX_API void dctx_meta_set_at_load(dctx_key *key, const dctx_meta *meta,
				    const void *value);

/*
 * Reads a key's metadata of one type.
 * Returns: the value that was set; NULL when there is none, the key has no
 * place yet, or an argument is NULL.
 * Threads: any. Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const void *dctx_meta_get(const dctx_key *key, const dctx_meta *meta);

/*
 * Finds the next key of a registry that has metadata of one type, in the order
 * of registration: the first with `after` NULL.
 *     for (key = NULL; (key = dctx_meta_next(NULL, &log_field, key));)
 * Returns: the key, as dctx_registry_find; NULL when there is none after that
 * one, or `after` is not in the registry.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_meta_next(const dctx_registry *registry,
					const dctx_meta *meta,
					const dctx_key *after);

#ifdef __cplusplus
}
#endif

/*
 * Gives a key its metadata before main, at file scope.
 * Since: 0.1.
 */
#define DCTX_KEY_META(var, meta, value)                                       \
	__attribute__((constructor)) static void dctx_meta_##var##_##meta(    \
		void)                                                         \
	{                                                                     \
		dctx_meta_set_at_load(&(var).key, &(meta), (value));          \
	}                                                                     \
	struct dctx_key

#endif
