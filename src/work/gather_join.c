/* SPDX-License-Identifier: MIT */
/*
 * Merging what flows gave into the share of who waited for them.
 *
 * Theory. One key after the other: what there is, and what each flow gave of
 * it, in order; then one set. In between the value is in the store, while
 * nothing changed it, a number, or an object on the join's scratch. A merge may
 * jump out or end its thread: then that goes with the scratch, the values that
 * are set stay, and the store is whole, as the merge ran in a scope of its own.
 * A merge's room hangs on a scratch of that call alone, which the thread's
 * block knows by `gathering`; after a jump it is told by dctxi_holds whether it
 * is there still.
 */
#include "data/any.h"
#include "data/boxed.h"
#include "data/fail.h"
#include "data/registry.h"
#include "flow/here.h"
#include "flow/set.h"
#include "work/gather.h"

/* A key's value on its way. */
struct merging {
	dctx_store *store;
	const struct dctxi_gathered *item;
	dctx_any value;		     /* what there is; kind 0: nothing */
	struct dctxi_object *object; /* that holds it, on `scratch`, or NULL */
	struct dctxi_scratch *scratch;
	bool is_changed;
};

/* What came, and where it is when it is in a box. */
struct coming {
	dctx_any value;
	const struct dctx_box *box;
};

void *dctx_gather_room(size_t size)
{
	struct dctxi_scratch *scratch =
		dctxi_local_now != NULL ? dctxi_local_now->gathering : NULL;

	if (size == 0 || scratch == NULL || !dctxi_holds(scratch))
		return NULL;
	return dctxi_scratch_room(&scratch, size);
}

/* Whether two values are one and the same memory. */
static bool is_same(const dctx_any *a, const dctx_any *b)
{
	if (a->kind != b->kind || a->type != b->type)
		return false;
	if (a->kind == DCTX_KIND_TYPE)
		return a->as.object == b->as.object;
	return a->as.bytes.data == b->as.bytes.data &&
	       a->as.bytes.len == b->as.bytes.len;
}

static bool is_scalar(const dctx_key *key)
{
	return key->kind <= DCTX_KIND_F64;
}

/* A number as the key has it. */
static dctx_status number_of(const dctx_key *key, const dctx_any *given,
			     dctx_any *out)
{
	struct dctx_box box = {.len = 0};
	dctx_status status = dctxi_any_bits(given, key->kind, &box.value.u);

	if (status == DCTX_OK)
		*out = dctxi_any_of_box(key, &box);
	return status;
}

static dctx_status check(const dctx_key *key, const dctx_any *given)
{
	dctx_status status = dctxi_any_check(given);

	if (status != DCTX_OK)
		return status;
	if (given->kind != key->kind ||
	    (key->kind == DCTX_KIND_TYPE &&
	     !dctxi_type_equal(key->type, given->type)))
		return DCTX_WRONG_TYPE;
	return DCTX_OK;
}

/* An object that has what a merge gave: that which came, or a copy. */
static dctx_status object_of(const dctx_key *key, const struct coming *comes,
			     const dctx_any *given, struct dctxi_object **out)
{
	dctx_boxed *boxed;
	dctx_status status = check(key, given);

	if (status != DCTX_OK)
		return status;
	if (comes->box == NULL || !is_same(given, &comes->value))
		return dctxi_any_copy(given, out);
	status = dctxi_box_share(key, comes->box, &boxed);
	if (status == DCTX_OK)
		*out = dctxi_boxed_object(boxed);
	return status;
}

/* Takes what a merge gave as what there is. */
static dctx_status take(struct merging *m, const struct coming *comes,
			const dctx_any *given)
{
	const dctx_key *key = m->item->key;
	struct dctxi_object *object, *older = m->object;
	dctx_status status;

	if (given->kind == 0 && m->value.kind == 0)
		return DCTX_OK;
	if (is_scalar(key)) {
		status = number_of(key, given, &m->value);
		m->is_changed |= status == DCTX_OK;
		return status;
	}
	if (is_same(given, &m->value))
		return DCTX_OK;
	if (!dctxi_scratch_begin(&m->scratch))
		return DCTX_NOMEM;
	status = object_of(key, comes, given, &object);
	if (status != DCTX_OK)
		return status;
	dctxi_object_of_key(object, key);
	dctxi_scratch_take(m->scratch, object);
	m->object = object;
	m->value = dctxi_any_of_object(object);
	m->is_changed = true;
	if (older != NULL)
		dctxi_scratch_drop(m->scratch, older);
	return DCTX_OK;
}

/* The user's code, in a scope that undoes what it does. */
static dctx_status call(const struct merging *m, const struct coming *comes,
			dctx_any *out)
{
	const dctx_gatherer *gatherer = m->item->gatherer;
	dctx_status status;
	dctx_guard guard;

	if (dctxi_gatherer_is_ours(gatherer))
		return gatherer->merge(gatherer->user, &m->value, &comes->value,
				       out);
	status = dctx_store_try_enter(m->store, "gather", &guard);
	if (status != DCTX_OK)
		return status;
	status = gatherer->merge(gatherer->user, &m->value, &comes->value, out);
	dctx_leave(guard);
	return status;
}

static dctx_status merge(struct merging *m, const struct coming *comes)
{
	const dctx_gatherer *gatherer = m->item->gatherer;
	struct dctxi_scratch *room = NULL;
	dctx_any out = m->value;
	dctx_status status;
	void *around;

	if (is_scalar(m->item->key) && dctxi_gatherer_is_ours(gatherer)) {
		status = call(m, comes, &out);
		return status == DCTX_OK ? take(m, comes, &out) : status;
	}
	if (!dctxi_scratch_begin(&room))
		return DCTX_NOMEM;
	around = dctxi_local_now->gathering;
	dctxi_local_now->gathering = room;
	status = call(m, comes, &out);
	dctxi_local_now->gathering = around;
	if (status == DCTX_OK)
		status = take(m, comes, &out);
	dctxi_scratch_end(room);
	return status;
}

/* One value, whose loss harms no other. */
static dctx_status merge_or_tell(struct merging *m, const struct coming *comes)
{
	const dctx_key *key = m->item->key;
	dctx_status status = merge(m, comes);

	if (status == DCTX_OK)
		return DCTX_OK;
	dctxi_fail(status, key->name);
	return dctxi_here_failed(m->store, DCTX_EV_DROPPED_WRITE, status,
				 key->name);
}

static struct merging begin(dctx_store *store,
			    const struct dctxi_gathered *item)
{
	return (struct merging){
		.store = store,
		.item = item,
		.value = dctxi_any_of_box(item->key,
					  dctxi_gather_own(store, item->key)),
	};
}

/* Sets what came of it. */
static dctx_status end(struct merging *m)
{
	dctx_status status = DCTX_OK;
	dctx_boxed *boxed;

	if (m->is_changed && is_scalar(m->item->key)) {
		status = dctx_store_set_any(m->store, m->item->key, &m->value);
	} else if (m->is_changed) {
		boxed = dctx_boxed_ref(dctxi_object_boxed(m->object));
		status = dctx_store_adopt(m->store, m->item->key, boxed);
		if (status != DCTX_OK)
			dctx_boxed_unref(boxed);
	}
	dctxi_scratch_end(m->scratch);
	return status;
}

static dctx_status join(dctx_store *store, const struct dctxi_gathered *item,
			dctx_snapshot *const *gathered, size_t n)
{
	struct merging m = begin(store, item);
	dctx_status status = DCTX_OK, next;

	for (size_t i = 0; i < n; i++) {
		const struct dctx_dir *dir = dctx_abi_snapshot_dir(gathered[i]);
		struct coming comes = {
			.box = dctxi_box(dctx_abi_key_word(dir, item->key))};

		if (comes.box == NULL)
			continue;
		comes.value = dctxi_any_of_box(item->key, comes.box);
		next = merge_or_tell(&m, &comes);
		status = status != DCTX_OK ? status : next;
	}
	next = end(&m);
	return status != DCTX_OK ? status : next;
}

dctx_status dctx_store_gather_join(dctx_store *store,
				   dctx_snapshot *const *gathered, size_t n)
{
	const struct dctxi_gathered *item = dctxi_gathered_first();
	dctx_status status = DCTX_OK, next;

	if (store == NULL || (gathered == NULL && n > 0))
		return dctxi_fail(DCTX_INVALID, "gather");
	for (; item != NULL; item = dctxi_gathered_next(item)) {
		next = join(store, item, gathered, n);
		status = status != DCTX_OK ? status : next;
	}
	return status;
}

/* The value as the key has it. */
static dctx_status fit(const dctx_key *key, const dctx_any *given,
		       dctx_any *out)
{
	dctx_status status;

	if (given == NULL)
		return DCTX_INVALID;
	if (is_scalar(key))
		status = number_of(key, given, out);
	else
		status = check(key, given);
	if (status == DCTX_OK && !is_scalar(key))
		*out = *given;
	if (status == DCTX_WRONG_TYPE)
		dctxi_fail_kinds(key->name, key->kind, given->kind);
	return status;
}

dctx_status dctx_store_gather_add(dctx_store *store, dctx_key *key,
				  const dctx_any *value)
{
	const struct dctxi_gathered *item = NULL;
	struct coming comes = {.box = NULL};
	struct merging m;
	dctx_status status, next;

	if (key != NULL && store != NULL)
		item = dctxi_gathered_find(key);
	if (item == NULL)
		return dctx_store_set_any(store, key, value);
	status = fit(key, value, &comes.value);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	m = begin(store, item);
	status = merge_or_tell(&m, &comes);
	next = end(&m);
	return status != DCTX_OK ? status : next;
}
