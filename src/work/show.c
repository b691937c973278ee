/* SPDX-License-Identifier: MIT */
/*
 * Sections of a dump. Accessors are walked under the lock by which no list
 * changes; what writes a dump calls nobody then. A list that is in one there is
 * held by it.
 */
#include "work/show.h"

#include "plat/lock.h"
#include "work/accessors.h"
#include "work/gather.h"

#include <dctx/dump.h>

static uint32_t is_in(const struct dctxi_version *version,
		      const struct dctxi_accessor *one)
{
	for (uint32_t i = 0; version != NULL && i < version->n; i++)
		if (version->accessor[i] == one)
			return 1;
	return 0;
}

/* Of its uses those that are no versions of its list. One that is just let go
 * of counts for a moment. */
static uint64_t captures(const dctx_accessors *list,
			 const struct dctxi_accessor *one)
{
	uint32_t uses = __atomic_load_n(&one->uses, __ATOMIC_RELAXED);
	uint32_t versions = is_in(list->now, one);

	for (const struct dctxi_version *v = list->old; v != NULL; v = v->older)
		versions += is_in(v, one);
	return uses > versions ? uses - versions : 0;
}

static void dump_list(dctx_dumper *d, const dctx_accessors *list)
{
	for (uint32_t i = 0; list->now != NULL && i < list->now->n; i++) {
		const struct dctxi_accessor *one = list->now->accessor[i];

		if (one->inner != NULL) {
			dctx_dump_begin_list(d, NULL);
			dump_list(d, one->inner);
		} else {
			dctx_dump_begin(d, NULL);
			dctx_dump_text(d, "name", one->is.name);
			dctx_dump_u64(d, "captures", captures(list, one));
		}
		dctx_dump_end(d);
	}
}

static void dump_accessors(dctx_dumper *d, void *unused)
{
	(void)unused;
	dctx_dump_begin_list(d, "default");
	dctxi_lock();
	dump_list(d, &dctxi_accessors_default);
	dctxi_unlock();
	dctx_dump_end(d);
}

void dctxi_accessors_show(void)
{
	static dctx_dump_section section = {.name = "accessors",
					    .fn = dump_accessors};

	(void)dctx_dump_register(&section);
}

static void dump_gathered(dctx_dumper *d, void *unused)
{
	const struct dctxi_gathered *item = dctxi_gathered_first();

	(void)unused;
	dctx_dump_begin_list(d, "keys");
	for (; item != NULL; item = dctxi_gathered_next(item)) {
		dctx_dump_begin(d, NULL);
		dctx_dump_text(d, "key", item->key->name);
		dctx_dump_text(d, "merge", item->gatherer->name);
		dctx_dump_end(d);
	}
	dctx_dump_end(d);
}

void dctxi_gathered_show(void)
{
	static dctx_dump_section section = {.name = "gathered",
					    .fn = dump_gathered};

	(void)dctx_dump_register(&section);
}
