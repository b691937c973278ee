/* SPDX-License-Identifier: MIT */
/* What a list of accessors is, for those who capture by it. */
#ifndef DCTXI_ACCESSORS_H
#define DCTXI_ACCESSORS_H

#include <dctx/accessor.h>

/* An accessor in its list, or a list in its place: it never changes. `uses`
 * counts the versions and captures that have it; the user's functions are not
 * called any more at 0. `refs` counts its memory, all uses as one. */
struct dctxi_accessor {
	dctx_accessor is;
	dctx_accessors *inner; /* NULL: an accessor */
	uint32_t uses;
	uint32_t refs;
};

/* What a list has at a time. */
struct dctxi_version {
	uint32_t refs;
	uint32_t n;
	struct dctxi_version *older; /* in `old` */
	struct dctxi_accessor *accessor[];
};

struct dctx_accessors {
	struct dctxi_version *now; /* NULL: empty */
	struct dctxi_version *old; /* perhaps still read */
	uint32_t readers;
	uint32_t refs;
	bool lasting, frozen;
};

extern struct dctx_accessors dctxi_accessors_default;

/* Whether a list carries nothing, in one load. */
static inline bool dctxi_accessors_empty(const dctx_accessors *list)
{
	return __atomic_load_n(&list->now, __ATOMIC_RELAXED) == NULL;
}

/*
 * Takes a use of each accessor of a list and of the lists in it, in order.
 * Returns: DCTX_OK; DCTX_LIMIT, and none is taken.
 */
dctx_status dctxi_accessors_take(dctx_accessors *list,
				 struct dctxi_accessor *out[DCTX_ACCESSORS_MAX],
				 size_t *out_n);

/* Give back a use, and memory. */
void dctxi_accessor_unuse(struct dctxi_accessor *accessor);
void dctxi_accessor_unref(struct dctxi_accessor *accessor);

/* Lets go of a version and of all older ones. NULL is fine. */
void dctxi_versions_unref(struct dctxi_version *version);

#endif
