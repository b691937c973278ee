/* SPDX-License-Identifier: MIT */
/*
 * Metadata of keys.
 *
 * Theory. Each entry has a list of what it has by type. It only grows, at its
 * head: what was taken away stays as an item without a value. Writers hold the
 * process's lock; readers load the head, and an item's value, with acquire.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "plat/pin.h"

#include <dctx/meta.h>

#include <string.h>

#define TYPES_MAX 64u

struct dctxi_meta {
	const dctx_meta *meta;
	const void *value; /* NULL: taken away */
	struct dctxi_meta *next;
	uint32_t number; /* of items from here on */
};

static bool meta_valid(const dctx_meta *meta)
{
	return meta != NULL && dctxi_name_valid(meta->name) &&
	       meta->name[0] != '\0';
}

static struct dctxi_meta *find(struct dctxi_meta **list, const dctx_meta *meta)
{
	struct dctxi_meta *item = __atomic_load_n(list, __ATOMIC_ACQUIRE);

	while (item != NULL && item->meta != meta &&
	       strcmp(item->meta->name, meta->name) != 0)
		item = item->next;
	return item;
}

static dctx_status add(struct dctxi_meta **list, const dctx_meta *meta,
		       const void *value)
{
	struct dctxi_meta *head = *list, *item;
	uint32_t number = head != NULL ? head->number + 1 : 1;

	if (number > TYPES_MAX)
		return DCTX_LIMIT;
	item = dctxi_raw_alloc(sizeof *item);
	if (item == NULL)
		return DCTX_NOMEM;
	*item = (struct dctxi_meta){meta, value, head, number};
	__atomic_store_n(list, item, __ATOMIC_RELEASE);
	return DCTX_OK;
}

/* Under the lock. */
static dctx_status change(uint32_t index, const dctx_meta *meta,
			  const void *value)
{
	struct dctxi_meta **list = dctxi_entry_metas(index);
	struct dctxi_meta *item = find(list, meta);

	if (value == (item != NULL ? item->value : NULL))
		return DCTX_OK;
	if (dctxi_registry_froze(index))
		return DCTX_FROZEN;
	if (item == NULL)
		return add(list, meta, value);
	__atomic_store_n(&item->value, value, __ATOMIC_RELEASE);
	return DCTX_OK;
}

/* Of a key that has its place. */
static dctx_status set(const dctx_key *key, const dctx_meta *meta,
		       const void *value)
{
	dctx_status status;

	if (!meta_valid(meta))
		return DCTX_INVALID;
	if (!dctxi_pin(meta) || !dctxi_pin(meta->name) || !dctxi_pin(value))
		return DCTX_SYSTEM;
	dctxi_lock();
	status = change(dctxi_key_index(key), meta, value);
	dctxi_unlock();
	return status;
}

dctx_status dctx_meta_set(dctx_key *key, const dctx_meta *meta,
			  const void *value)
{
	dctx_status status;

	if (key == NULL || !meta_valid(meta))
		return dctxi_fail(DCTX_INVALID, "meta");
	status = dctxi_key_ready(key);
	if (status != DCTX_OK)
		return status;
	status = set(key, meta, value);
	if (status == DCTX_LIMIT)
		return dctxi_fail_limit(key->name, TYPES_MAX + 1, TYPES_MAX);
	return status == DCTX_OK ? DCTX_OK : dctxi_fail(status, key->name);
}

void dctx_meta_set_at_load(dctx_key *key, const dctx_meta *meta,
			   const void *value)
{
	dctx_status status;

	dctx_key_register_at_load(key);
	if (__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) == 0)
		return;
	status = set(key, meta, value);
	if (status != DCTX_OK)
		dctxi_tell_at_load(status, key, NULL);
}

const void *dctx_meta_get(const dctx_key *key, const dctx_meta *meta)
{
	const struct dctxi_meta *item;

	if (key == NULL || meta == NULL || meta->name == NULL ||
	    __atomic_load_n(&key->page, __ATOMIC_ACQUIRE) == 0)
		return NULL;
	item = find(dctxi_entry_metas(dctxi_key_index(key)), meta);
	return item != NULL ? __atomic_load_n(&item->value, __ATOMIC_ACQUIRE)
			    : NULL;
}

const dctx_key *dctx_meta_next(const dctx_registry *registry,
			       const dctx_meta *meta, const dctx_key *after)
{
	const dctx_key *key;
	uint32_t n = after != NULL ? dctxi_registry_after(registry, after) : 0;

	do
		key = dctx_registry_nth(registry, n++);
	while (key != NULL && dctx_meta_get(key, meta) == NULL);
	return key;
}
