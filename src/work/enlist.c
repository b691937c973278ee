/* SPDX-License-Identifier: MIT */
/*
 * Who changes a list of accessors. All static functions but those of the last
 * steps run under the process's lock, by which no list changes.
 */
#include "data/fail.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "work/accessors.h"
#include "work/show.h"

#include <dctx/waiter.h>

#include <string.h>

static size_t count(const dctx_accessors *list)
{
	size_t n = 0;

	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const dctx_accessors *inner = list->now->accessor[i]->inner;

		n += inner != NULL ? count(inner) : 1;
	}
	return n;
}

static bool has_list(const dctx_accessors *list, const dctx_accessors *other)
{
	if (list == other)
		return true;
	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const dctx_accessors *inner = list->now->accessor[i]->inner;

		if (inner != NULL && has_list(inner, other))
			return true;
	}
	return false;
}

static bool has_name(const dctx_accessors *list, const char *name)
{
	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const struct dctxi_accessor *one = list->now->accessor[i];

		if (one->inner != NULL ? has_name(one->inner, name)
				       : strcmp(one->is.name, name) == 0)
			return true;
	}
	return false;
}

static bool shares_name(const dctx_accessors *list, const dctx_accessors *other)
{
	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const struct dctxi_accessor *one = list->now->accessor[i];

		if (one->inner != NULL ? shares_name(one->inner, other)
				       : has_name(other, one->is.name))
			return true;
	}
	return false;
}

/* Whether one can stand at the end of a list, which has *out_n then. */
static dctx_status fits(const dctx_accessors *list,
			const struct dctxi_accessor *one, size_t *out_n)
{
	const dctx_accessors *inner = one->inner;
	const uint32_t entries = list->now != NULL ? list->now->n : 0;

	*out_n = count(list) + (inner != NULL ? count(inner) : 1);
	if (list->frozen)
		return DCTX_FROZEN;
	if (inner != NULL && has_list(inner, list))
		return DCTX_INVALID;
	if (inner != NULL ? has_list(list, inner) || shares_name(inner, list)
			  : has_name(list, one->is.name))
		return DCTX_CONFLICT;
	/* Empty lists count for nothing, and may be many. */
	if (*out_n > DCTX_ACCESSORS_MAX || entries == DCTX_ACCESSORS_MAX)
		return DCTX_LIMIT;
	return DCTX_OK;
}

/* A version for `n` accessors; the heap past its cache needs no lock. */
static struct dctxi_version *version_new(uint32_t n)
{
	struct dctxi_version *version = dctxi_raw_alloc(
		sizeof *version + n * sizeof version->accessor[0]);

	if (version != NULL)
		*version = (struct dctxi_version){.refs = 1, .n = n};
	return version;
}

/* Adds one of `from` to `to`. */
static void version_use(struct dctxi_version *to, uint32_t at,
			struct dctxi_accessor *one)
{
	__atomic_fetch_add(&one->uses, 1, __ATOMIC_RELAXED);
	to->accessor[at] = one;
}

/* Gives what nobody reads any more, for who has let go of the lock. */
static struct dctxi_version *sweep(dctx_accessors *list)
{
	struct dctxi_version *old = list->old;

	if (__atomic_load_n(&list->readers, __ATOMIC_SEQ_CST) > 0)
		return NULL;
	list->old = NULL;
	return old;
}

static struct dctxi_version *replace(dctx_accessors *list,
				     struct dctxi_version *version)
{
	struct dctxi_version *before =
		__atomic_exchange_n(&list->now, version, __ATOMIC_SEQ_CST);

	if (before != NULL) {
		before->older = list->old;
		list->old = before;
	}
	return sweep(list);
}

/* Puts another version in place: all but the accessor at `without`, and `with`
 * at the end. Returns: DCTX_OK; DCTX_NOMEM. */
static dctx_status change(dctx_accessors *list, uint32_t without,
			  struct dctxi_accessor *with,
			  struct dctxi_version **out_old)
{
	const struct dctxi_version *now = list->now;
	const uint32_t n = now != NULL ? now->n : 0;
	const uint32_t left = n - (without < n) + (with != NULL);
	struct dctxi_version *next = NULL;
	uint32_t at = 0;

	if (left > 0) {
		next = version_new(left);
		if (next == NULL)
			return DCTX_NOMEM;
		for (uint32_t i = 0; i < n; i++)
			if (i != without)
				version_use(next, at++, now->accessor[i]);
		if (with != NULL)
			version_use(next, at, with);
	}
	*out_old = replace(list, next);
	return DCTX_OK;
}

/* A failure is noted without the lock, which that may need. */
static dctx_status add(dctx_accessors *list, struct dctxi_accessor *one)
{
	struct dctxi_version *old = NULL;
	dctx_status status;
	size_t n;

	dctxi_lock();
	status = fits(list, one, &n);
	if (status == DCTX_OK)
		status = change(list, UINT32_MAX, one, &old);
	dctxi_unlock();
	dctxi_versions_unref(old);
	if (status == DCTX_LIMIT)
		return dctxi_fail_limit("accessors", n, DCTX_ACCESSORS_MAX);
	if (status != DCTX_OK)
		return dctxi_fail(status, one->is.name);
	if (list == &dctxi_accessors_default)
		dctxi_accessors_show();
	return DCTX_OK;
}

static dctx_status add_copy(dctx_accessors *list, const dctx_accessor *is,
			    dctx_accessors *inner)
{
	struct dctxi_accessor *one = dctxi_raw_alloc(sizeof *one);
	dctx_status status;

	if (one == NULL)
		return dctxi_fail(DCTX_NOMEM, is->name);
	*one = (struct dctxi_accessor){.is = *is, .refs = 1, .uses = 1};
	one->inner = dctx_accessors_ref(inner);
	status = add(list, one);
	dctxi_accessor_unuse(one);
	return status;
}

static bool is_whole(const dctx_accessor *is)
{
	const bool all =
		is->capture != NULL && is->set != NULL && is->restore != NULL;
	const bool any = is->capture != NULL || is->set != NULL ||
			 is->restore != NULL || is->clear != NULL ||
			 is->free != NULL;

	return is->name != NULL && (is->wrap != NULL ? !any : all);
}

dctx_status dctx_accessor_add(dctx_accessors *list,
			      const dctx_accessor *accessor)
{
	if (list == NULL || accessor == NULL || !is_whole(accessor))
		return dctxi_fail(DCTX_INVALID, "accessor");
	return add_copy(list, accessor, NULL);
}

dctx_status dctx_accessors_include(dctx_accessors *list, dctx_accessors *inner)
{
	static const dctx_accessor nameless = {.name = "accessors"};

	if (list == NULL || inner == NULL)
		return dctxi_fail(DCTX_INVALID, "accessors");
	return add_copy(list, &nameless, inner);
}

/* Where an accessor of that name stands, or else that list. */
static uint32_t find(const dctx_accessors *list, const char *name,
		     const dctx_accessors *inner)
{
	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const struct dctxi_accessor *one = list->now->accessor[i];

		if (name == NULL ? one->inner == inner
				 : one->inner == NULL &&
					   strcmp(one->is.name, name) == 0)
			return i;
	}
	return UINT32_MAX;
}

/* *out_gone, with a reference, is what went. */
static dctx_status take_out(dctx_accessors *list, const char *name,
			    const dctx_accessors *inner,
			    struct dctxi_accessor **out_gone)
{
	struct dctxi_version *old = NULL;
	struct dctxi_accessor *gone = NULL;
	dctx_status status = DCTX_UNKNOWN_KEY;
	uint32_t at;

	dctxi_lock();
	at = find(list, name, inner);
	if (at != UINT32_MAX) {
		gone = list->now->accessor[at];
		status = change(list, at, NULL, &old);
	}
	if (status == DCTX_OK)
		__atomic_fetch_add(&gone->refs, 1, __ATOMIC_RELAXED);
	dctxi_unlock();
	dctxi_versions_unref(old);
	if (status != DCTX_OK)
		return dctxi_fail(status, name != NULL ? name : "accessors");
	*out_gone = gone;
	return DCTX_OK;
}

dctx_status dctx_accessor_remove(dctx_accessors *list, const char *name)
{
	struct dctxi_accessor *gone = NULL;
	dctx_status status;

	if (list == NULL || name == NULL)
		return dctxi_fail(DCTX_INVALID, "accessor");
	status = take_out(list, name, NULL, &gone);
	if (status == DCTX_OK)
		dctxi_accessor_unref(gone);
	return status;
}

dctx_status dctx_accessors_exclude(dctx_accessors *list, dctx_accessors *inner)
{
	struct dctxi_accessor *gone = NULL;
	dctx_status status;

	if (list == NULL || inner == NULL)
		return dctxi_fail(DCTX_INVALID, "accessors");
	status = take_out(list, NULL, inner, &gone);
	if (status == DCTX_OK)
		dctxi_accessor_unref(gone);
	return status;
}

/* Whether somebody has it still, but for versions that nobody reads. */
static bool is_used(dctx_accessors *list, const struct dctxi_accessor *one)
{
	struct dctxi_version *old;

	dctxi_lock();
	old = sweep(list);
	dctxi_unlock();
	dctxi_versions_unref(old);
	return __atomic_load_n(&one->uses, __ATOMIC_ACQUIRE) > 0;
}

dctx_status dctx_accessor_remove_wait(dctx_accessors *list, const char *name,
				      int64_t until)
{
	struct dctxi_accessor *gone = NULL;
	dctx_status status;

	if (list == NULL || name == NULL)
		return dctxi_fail(DCTX_INVALID, "accessor");
	status = take_out(list, name, NULL, &gone);
	if (status != DCTX_OK)
		return status;
	while (status == DCTX_OK && is_used(list, gone)) {
		const int64_t next = dctx_deadline_in(DCTX_MS);

		status = dctx_now() >= until
				 ? dctxi_fail(DCTX_BUSY, name)
				 : dctx_wait(next < until ? next : until);
	}
	dctxi_accessor_unref(gone);
	return status;
}
