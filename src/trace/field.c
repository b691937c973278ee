/* SPDX-License-Identifier: MIT */
#include "trace/field.h"

#include "data/fail.h"
#include "data/registry.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "plat/pin.h"

#include <string.h>

#define FLAGS (DCTX_FIELD_LOG | DCTX_FIELD_RECORD | DCTX_FIELD_EXTRACT)

struct dctxi_mapped **dctxi_mapped_blocks[DCTXI_INDEX_END / DCTXI_ENTRY_BLOCK];
struct dctxi_mapped *dctxi_mapped_first;
uintptr_t dctxi_field_epoch;
unsigned dctxi_field_flags;

/* The link at the list's end. Writers only. */
static struct dctxi_mapped **last = &dctxi_mapped_first;

static struct dctxi_mapped *mapped_at(uint32_t index)
{
	struct dctxi_mapped **block =
		__atomic_load_n(&dctxi_mapped_blocks[index / DCTXI_ENTRY_BLOCK],
				__ATOMIC_ACQUIRE);

	return block != NULL
		       ? __atomic_load_n(&block[index % DCTXI_ENTRY_BLOCK],
					 __ATOMIC_ACQUIRE)
		       : NULL;
}

/* The place of an index among the blocks; NULL without memory. */
static struct dctxi_mapped **place_of(uint32_t index)
{
	struct dctxi_mapped ***block =
		&dctxi_mapped_blocks[index / DCTXI_ENTRY_BLOCK];
	struct dctxi_mapped **fresh;

	if (*block == NULL) {
		fresh = dctxi_raw_alloc(DCTXI_ENTRY_BLOCK * sizeof *fresh);
		if (fresh == NULL)
			return NULL;
		memset(fresh, 0, DCTXI_ENTRY_BLOCK * sizeof *fresh);
		/* Release: its NULLs come first. */
		__atomic_store_n(block, fresh, __ATOMIC_RELEASE);
	}
	return &(*block)[index % DCTXI_ENTRY_BLOCK];
}

/* The record of a key, made if need be; NULL without memory. */
static struct dctxi_mapped *mapped_of(uint32_t index)
{
	struct dctxi_mapped **place = place_of(index), *mapped;

	if (place == NULL || *place != NULL)
		return place != NULL ? *place : NULL;
	mapped = dctxi_raw_alloc(sizeof *mapped);
	if (mapped == NULL)
		return NULL;
	*mapped = (struct dctxi_mapped){.key = dctxi_entry_at(index)->key,
					.index = index};
	/* Release, both: it is whole before anybody finds it. */
	__atomic_store_n(place, mapped, __ATOMIC_RELEASE);
	__atomic_store_n(last, mapped, __ATOMIC_RELEASE);
	last = &mapped->next;
	return mapped;
}

static bool says_the_same(const dctx_field *a, const dctx_field *b)
{
	return a->flags == b->flags && a->name == b->name &&
	       a->record_as == b->record_as && a->extract_as == b->extract_as &&
	       a->format == b->format && a->format_span == b->format_span &&
	       a->extract == b->extract;
}

static struct dctxi_field *field_new(const struct dctxi_mapped *mapped,
				     const dctx_field *said)
{
	struct dctxi_field *field = dctxi_raw_alloc(sizeof *field);
	const char *name = said->name != NULL ? said->name : mapped->key->name;

	if (field == NULL)
		return NULL;
	*field = (struct dctxi_field){
		.said = *said,
		.key = mapped->key,
		.index = mapped->index,
		.name = name,
		.record_as = said->record_as != NULL ? said->record_as : name,
		.extract_as = said->extract_as != NULL ? said->extract_as
						       : mapped->key->name,
		.format_span = said->format_span != NULL ? said->format_span
							 : said->format,
		.older = mapped->said,
	};
	field->said.struct_size = DCTX_FIELD_SIZE;
	return field;
}

static dctx_status publish(struct dctxi_mapped *mapped, const dctx_field *said)
{
	struct dctxi_field *field = mapped->said;

	while (field != NULL && !says_the_same(&field->said, said))
		field = field->older;
	if (field == NULL) {
		field = field_new(mapped, said);
		if (field == NULL)
			return DCTX_NOMEM;
		mapped->said = field;
		__atomic_fetch_or(&dctxi_field_flags, said->flags,
				  __ATOMIC_RELAXED);
	}
	__atomic_store_n(&mapped->now, field, __ATOMIC_RELEASE);
	return DCTX_OK;
}

/* Under the lock. */
static dctx_status change(uint32_t index, const dctx_field *said)
{
	struct dctxi_mapped *mapped;
	dctx_status status = DCTX_OK;

	if (said == NULL) {
		mapped = mapped_at(index);
		if (mapped == NULL)
			return DCTX_OK;
		__atomic_store_n(&mapped->now, NULL, __ATOMIC_RELEASE);
	} else {
		mapped = mapped_of(index);
		status = mapped != NULL ? publish(mapped, said) : DCTX_NOMEM;
	}
	/* Release: who sees the new epoch sees the mapping. */
	if (status == DCTX_OK)
		__atomic_fetch_add(&dctxi_field_epoch, 1, __ATOMIC_RELEASE);
	return status;
}

static bool valid(const dctx_field *field)
{
	return field->struct_size >= DCTX_FIELD_SIZE &&
	       (field->flags & ~FLAGS) == 0;
}

/* What readers hold pointers into is never unloaded. */
static bool pin(const dctx_field *field)
{
	return dctxi_pin(field->name) && dctxi_pin(field->record_as) &&
	       dctxi_pin(field->extract_as) &&
	       dctxi_pin((const void *)(uintptr_t)field->format) &&
	       dctxi_pin((const void *)(uintptr_t)field->format_span) &&
	       dctxi_pin((const void *)(uintptr_t)field->extract);
}

dctx_status dctx_field_set(dctx_key *key, const dctx_field *field)
{
	dctx_status status;

	if (key == NULL || (field != NULL && !valid(field)))
		return dctxi_fail(DCTX_INVALID, "field");
	status = dctxi_key_ready(key);
	if (status != DCTX_OK)
		return status;
	if (field != NULL && !pin(field))
		return dctxi_fail(DCTX_SYSTEM, key->name);
	dctxi_lock();
	status = change(dctxi_key_index(key), field);
	dctxi_unlock();
	return status == DCTX_OK ? DCTX_OK : dctxi_fail(status, key->name);
}

bool dctx_field_get(const dctx_key *key, dctx_field *out)
{
	const struct dctxi_field *field;

	if (key == NULL || out == NULL ||
	    __atomic_load_n(&key->page, __ATOMIC_ACQUIRE) == 0)
		return false;
	field = dctxi_field_at(dctxi_key_index(key));
	if (field == NULL)
		return false;
	*out = field->said;
	return true;
}

const struct dctxi_field *dctxi_field_next(const struct dctxi_field *after,
					   unsigned flags)
{
	struct dctxi_mapped **link = &dctxi_mapped_first, *mapped;
	const struct dctxi_field *field;

	if ((dctxi_field_ever() & flags) == 0)
		return NULL;
	if (after != NULL)
		link = &mapped_at(after->index)->next;
	while ((mapped = __atomic_load_n(link, __ATOMIC_ACQUIRE)) != NULL) {
		field = __atomic_load_n(&mapped->now, __ATOMIC_ACQUIRE);
		if (field != NULL && (field->said.flags & flags) != 0)
			return field;
		link = &mapped->next;
	}
	return NULL;
}
