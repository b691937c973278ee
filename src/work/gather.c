/* SPDX-License-Identifier: MIT */
/*
 * Keys that are gathered, and a flow's share of them.
 *
 * Theory. The list of keys only grows, at its end, under the process's lock
 * (plat/lock.h); readers take none and load each link with acquire. An item
 * never changes. What a flow has of its own is told from what it inherited by
 * the words alone: of a key that the flow did not set, its directory has the
 * word of the snapshot that the level began with, and a set gives a box of its
 * own. So nothing is kept of it, and a set costs what it did.
 */
#include "work/gather.h"

#include "data/any.h"
#include "data/boxed.h"
#include "data/fail.h"
#include "data/registry.h"
#include "flow/level.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "plat/pin.h"
#include "work/show.h"

#include <dctx/builder.h>

#define KEYS_MAX 256u

static struct dctxi_gathered *first;
/* Under the lock. */
static struct dctxi_gathered **end = &first;
static uint32_t number;

struct dctxi_gathered *dctxi_gathered_first(void)
{
	return __atomic_load_n(&first, __ATOMIC_ACQUIRE);
}

struct dctxi_gathered *dctxi_gathered_next(const struct dctxi_gathered *item)
{
	return __atomic_load_n(&item->next, __ATOMIC_ACQUIRE);
}

struct dctxi_gathered *dctxi_gathered_find(const dctx_key *key)
{
	struct dctxi_gathered *item = dctxi_gathered_first();

	while (item != NULL &&
	       dctxi_key_index(item->key) != dctxi_key_index(key))
		item = dctxi_gathered_next(item);
	return item;
}

static bool equal(const dctx_gatherer *a, const dctx_gatherer *b)
{
	return a == b || (a->merge == b->merge && a->user == b->user);
}

/* Under the lock. `fresh` is taken over when *fresh is NULL afterwards. */
static dctx_status add(const dctx_key *key, const dctx_gatherer *gatherer,
		       struct dctxi_gathered **fresh)
{
	const struct dctxi_gathered *item = dctxi_gathered_find(key);
	const struct dctxi_entry *entry = dctxi_entry_at(dctxi_key_index(key));

	if (item != NULL)
		return equal(item->gatherer, gatherer) ? DCTX_OK
						       : DCTX_CONFLICT;
	if (number == KEYS_MAX)
		return DCTX_LIMIT;
	if (dctxi_registry_froze(entry->index))
		return DCTX_FROZEN;
	/* Registered keys are only kept as const. */
	**fresh = (struct dctxi_gathered){
		.key = (dctx_key *)(uintptr_t)entry->key, .gatherer = gatherer};
	__atomic_store_n(end, *fresh, __ATOMIC_RELEASE);
	end = &(*fresh)->next;
	number++;
	*fresh = NULL;
	return DCTX_OK;
}

/* Of a key that has its place. */
static dctx_status set(const dctx_key *key, const dctx_gatherer *gatherer)
{
	struct dctxi_gathered *fresh;
	dctx_status status;

	if (gatherer == NULL || gatherer->merge == NULL)
		return DCTX_INVALID;
	if (!dctxi_gatherer_fits(gatherer, key->kind))
		return DCTX_WRONG_TYPE;
	if (!dctxi_pin(gatherer) || !dctxi_pin(gatherer->name) ||
	    !dctxi_pin((const void *)(uintptr_t)gatherer->merge))
		return DCTX_SYSTEM;
	fresh = dctxi_raw_alloc(sizeof *fresh);
	if (fresh == NULL)
		return DCTX_NOMEM;
	dctxi_lock();
	status = add(key, gatherer, &fresh);
	dctxi_unlock();
	dctxi_raw_free(fresh);
	if (status == DCTX_OK)
		dctxi_gathered_show();
	return status;
}

dctx_status dctx_gather(dctx_key *key, const dctx_gatherer *gatherer)
{
	dctx_status status;

	if (key == NULL || gatherer == NULL)
		return dctxi_fail(DCTX_INVALID, "gather");
	status = dctxi_key_ready(key);
	if (status != DCTX_OK)
		return status;
	status = set(key, gatherer);
	if (status == DCTX_LIMIT)
		return dctxi_fail_limit(key->name, KEYS_MAX + 1, KEYS_MAX);
	return status == DCTX_OK ? DCTX_OK : dctxi_fail(status, key->name);
}

void dctx_gather_at_load(dctx_key *key, const dctx_gatherer *gatherer)
{
	dctx_status status;

	dctx_key_register_at_load(key);
	if (__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) == 0)
		return;
	status = set(key, gatherer);
	if (status != DCTX_OK)
		dctxi_tell_at_load(status, key, NULL);
}

const dctx_key *dctx_gather_next(const dctx_key *after,
				 const dctx_gatherer **out_gatherer)
{
	const struct dctxi_gathered *item = dctxi_gathered_first();

	if (after != NULL) {
		item = dctxi_gathered_find(after);
		item = item != NULL ? dctxi_gathered_next(item) : NULL;
	}
	if (item != NULL && out_gatherer != NULL)
		*out_gatherer = item->gatherer;
	return item != NULL ? item->key : NULL;
}

const struct dctx_box *dctxi_gather_own(const dctx_store *store,
					const dctx_key *key)
{
	const struct dctx_snapshot *base = dctxi_level_base(store);
	uintptr_t word = dctx_abi_key_word(dctx_abi_dir(store), key);

	if (word == dctx_abi_key_word(base->dir, key))
		return NULL;
	return dctxi_box(word);
}

dctx_status dctx_store_gather_begin(dctx_store *store)
{
	struct dctxi_gathered *item = dctxi_gathered_first();
	dctx_status status = DCTX_OK;

	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "gather");
	for (; item != NULL && status == DCTX_OK;
	     item = dctxi_gathered_next(item))
		if (dctx_store_has_key(store, item->key))
			status = dctx_store_unset_key(store, item->key);
	return status;
}

/* Puts a value into the store of a builder: what is counted is shared. */
static dctx_status put(dctx_store *to, dctx_key *key,
		       const struct dctx_box *box)
{
	dctx_any value = dctxi_any_of_box(key, box);
	dctx_boxed *boxed;
	dctx_status status;

	if (!(box->kind & DCTXI_BOX_COUNTED))
		return dctx_store_set_any(to, key, &value);
	status = dctxi_box_share(key, box, &boxed);
	if (status != DCTX_OK)
		return status;
	status = dctx_store_adopt(to, key, boxed);
	if (status != DCTX_OK)
		dctx_boxed_unref(boxed);
	return status;
}

/* From the first key on that has a value. */
static dctx_status take_from(const struct dctxi_gathered *item,
			     const dctx_store *store, dctx_snapshot **out)
{
	dctx_builder *builder;
	dctx_status status = dctx_builder_background(&builder);

	if (status != DCTX_OK)
		return status;
	for (; item != NULL && status == DCTX_OK;
	     item = dctxi_gathered_next(item)) {
		const struct dctx_box *box = dctxi_gather_own(store, item->key);

		if (box != NULL)
			status = put(dctx_builder_store(builder), item->key,
				     box);
	}
	if (status == DCTX_OK)
		status = dctx_builder_freeze(builder, out);
	if (status != DCTX_OK)
		dctx_builder_free(builder);
	return status;
}

dctx_status dctx_store_gather_take(dctx_store *store, dctx_snapshot **out)
{
	const struct dctxi_gathered *item = dctxi_gathered_first();

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "gather");
	while (item != NULL && dctxi_gather_own(store, item->key) == NULL)
		item = dctxi_gathered_next(item);
	if (item != NULL)
		return take_from(item, store, out);
	*out = NULL;
	return DCTX_OK;
}
