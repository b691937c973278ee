/* SPDX-License-Identifier: MIT */
/* dctx/registry.h - every key of the process, by name. */
#ifndef DCTX_REGISTRY_H
#define DCTX_REGISTRY_H

#include <dctx/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Finds a registered key by its name. Of several objects of one name it
 * is the one registered first.
 * Returns: the key, which lives for ever; NULL when there is none.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_key_find(const char *name);

/*
 * Counts the registered names.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API uint32_t dctx_registry_count(void);

/*
 * Gives the key of the n-th name that was registered, from 1 to the count.
 * Returns: the key, as dctx_key_find; NULL for any other number.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_registry_at(uint32_t n);

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
#endif
