/* SPDX-License-Identifier: MIT */
/*
 * Lists of accessors, copied when they change.
 *
 * Theory. A version is an array of accessors that never changes. Who changes a
 * list holds the process's lock (plat/lock.h), makes another version and puts
 * it in place. Who reads takes no lock: it counts itself in `readers`, loads
 * `now`, takes a reference of that version and counts itself out. The version
 * that was replaced goes to `old`, and is let go of by a writer that sees no
 * reader after it had put the new one in place. All four are seq_cst, so that
 * either the writer sees the reader, or the reader the new version
 * (store-buffering). A reader of a list holds a reference of it, so its last
 * one finds none.
 *
 * Readers that are not there any more in a fork's child keep old versions
 * until the list ends; nobody waits for them. The lock is no problem there, for
 * fork takes it. Whoever calls the user's functions holds a use of the
 * accessor, and no lock.
 */
#include "work/accessors.h"

#include "data/fail.h"
#include "plat/heap.h"

struct dctx_accessors dctxi_accessors_default = {.lasting = true};
static struct dctx_accessors none = {.lasting = true, .frozen = true};

dctx_accessors *dctx_accessors_default(void)
{
	return &dctxi_accessors_default;
}

dctx_accessors *dctx_accessors_none(void)
{
	return &none;
}

dctx_status dctx_accessors_new(dctx_accessors **out)
{
	dctx_accessors *list;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "accessors");
	list = dctxi_alloc(sizeof *list);
	if (list == NULL)
		return dctxi_fail(DCTX_NOMEM, "accessors");
	*list = (dctx_accessors){.refs = 1};
	*out = list;
	return DCTX_OK;
}

dctx_accessors *dctx_accessors_ref(dctx_accessors *list)
{
	if (list != NULL && !list->lasting)
		__atomic_fetch_add(&list->refs, 1, __ATOMIC_RELAXED);
	return list;
}

void dctxi_accessor_unref(struct dctxi_accessor *accessor)
{
	if (__atomic_sub_fetch(&accessor->refs, 1, __ATOMIC_ACQ_REL) == 0)
		dctxi_raw_free(accessor);
}

void dctxi_accessor_unuse(struct dctxi_accessor *accessor)
{
	dctx_accessors *inner = accessor->inner;

	if (__atomic_sub_fetch(&accessor->uses, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	dctxi_accessor_unref(accessor);
	dctx_accessors_unref(inner);
}

static void version_unref(struct dctxi_version *version)
{
	if (__atomic_sub_fetch(&version->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (uint32_t i = 0; i < version->n; i++)
		dctxi_accessor_unuse(version->accessor[i]);
	dctxi_raw_free(version);
}

void dctxi_versions_unref(struct dctxi_version *version)
{
	while (version != NULL) {
		struct dctxi_version *older = version->older;

		version_unref(version);
		version = older;
	}
}

dctx_accessors *dctx_accessors_unref(dctx_accessors *list)
{
	if (list == NULL || list->lasting ||
	    __atomic_sub_fetch(&list->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	dctxi_versions_unref(list->old);
	if (list->now != NULL)
		version_unref(list->now);
	dctxi_free(list, sizeof *list);
	return NULL;
}

/* The version that is in place, with a reference; NULL: empty. */
static struct dctxi_version *version_ref(dctx_accessors *list)
{
	struct dctxi_version *now;

	if (dctxi_accessors_empty(list))
		return NULL;
	__atomic_fetch_add(&list->readers, 1, __ATOMIC_SEQ_CST);
	now = __atomic_load_n(&list->now, __ATOMIC_SEQ_CST);
	if (now != NULL)
		__atomic_fetch_add(&now->refs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&list->readers, 1, __ATOMIC_SEQ_CST);
	return now;
}

static dctx_status take(dctx_accessors *list, struct dctxi_accessor **out,
			size_t *n)
{
	struct dctxi_version *now = version_ref(list);
	dctx_status status = DCTX_OK;

	if (now == NULL)
		return DCTX_OK;
	for (uint32_t i = 0; i < now->n && status == DCTX_OK; i++) {
		struct dctxi_accessor *accessor = now->accessor[i];

		if (accessor->inner != NULL) {
			status = take(accessor->inner, out, n);
		} else if (*n == DCTX_ACCESSORS_MAX) {
			status = dctxi_fail_limit("accessors", *n + 1,
						  DCTX_ACCESSORS_MAX);
		} else {
			__atomic_fetch_add(&accessor->uses, 1,
					   __ATOMIC_RELAXED);
			out[(*n)++] = accessor;
		}
	}
	version_unref(now);
	return status;
}

dctx_status dctxi_accessors_take(dctx_accessors *list,
				 struct dctxi_accessor *out[DCTX_ACCESSORS_MAX],
				 size_t *out_n)
{
	size_t n = 0;
	dctx_status status = take(list, out, &n);

	if (status == DCTX_OK)
		*out_n = n;
	while (status != DCTX_OK && n > 0)
		dctxi_accessor_unuse(out[--n]);
	return status;
}
