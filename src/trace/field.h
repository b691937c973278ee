/* SPDX-License-Identifier: MIT */
/*
 * How keys are told: what dctx_field_set said of each.
 *
 * Theory. Each key that was ever mapped has a record, found by its index, in a
 * list that only grows; the record points at what holds now. What was said once
 * is never changed or freed, and said again it is the same object: so a reader
 * takes no lock, may keep the pointer, and who goes to and fro between two
 * mappings takes no memory. Writers hold the process's lock (plat/lock.h),
 * which a fork's child never finds held; they publish the mapping by a store
 * with release, then move the epoch, with release too. Who loads the epoch
 * first, with acquire, and then mappings, has none that is older than the
 * epoch: what is kept under an epoch is good as long as it stays.
 */
#ifndef DCTXI_FIELD_H
#define DCTXI_FIELD_H

#include "data/entry.h"

#include <dctx/field.h>

struct dctxi_field {
	dctx_field said;     /* as it was given */
	const dctx_key *key; /* the one registered first */
	uint32_t index;
	/* What is meant where it says NULL; never NULL. */
	const char *name, *record_as, *extract_as;
	/* NULL: as dumps do. */
	size_t (*format_span)(const dctx_any *value, char *buf, size_t size);
	struct dctxi_field *older; /* what was said of the key before */
};

/* A key that was ever mapped. */
struct dctxi_mapped {
	struct dctxi_mapped *next;
	struct dctxi_field *now;  /* NULL: by its policy alone */
	struct dctxi_field *said; /* all there ever were, the newest first */
	const dctx_key *key;
	uint32_t index;
};

extern struct dctxi_mapped *
	*dctxi_mapped_blocks[DCTXI_INDEX_END / DCTXI_ENTRY_BLOCK];
extern struct dctxi_mapped *dctxi_mapped_first;
extern uintptr_t dctxi_field_epoch;
extern unsigned dctxi_field_flags;

/* Moves with every change. Signal-safe, as all here but the setting. */
static inline uintptr_t dctxi_field_now(void)
{
	return __atomic_load_n(&dctxi_field_epoch, __ATOMIC_ACQUIRE);
}

/* The flags that any mapping ever had: what is not among them need not be
 * looked for. */
static inline unsigned dctxi_field_ever(void)
{
	return __atomic_load_n(&dctxi_field_flags, __ATOMIC_RELAXED);
}

/* How the key of an index is told; NULL: by its policy alone. */
static inline const struct dctxi_field *dctxi_field_at(uint32_t index)
{
	struct dctxi_mapped **block =
		__atomic_load_n(&dctxi_mapped_blocks[index / DCTXI_ENTRY_BLOCK],
				__ATOMIC_ACQUIRE);
	struct dctxi_mapped *mapped;

	if (block == NULL)
		return NULL;
	mapped = __atomic_load_n(&block[index % DCTXI_ENTRY_BLOCK],
				 __ATOMIC_ACQUIRE);
	if (mapped == NULL)
		return NULL;
	return __atomic_load_n(&mapped->now, __ATOMIC_ACQUIRE);
}

/* Go through all keys that are mapped now with one of these flags, in the order
 * in which they were first mapped; NULL begins and ends. */
const struct dctxi_field *dctxi_field_next(const struct dctxi_field *after,
					   unsigned flags);

#endif
