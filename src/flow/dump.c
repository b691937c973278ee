/* SPDX-License-Identifier: MIT */
/*
 * The contexts of a dump. A type's format may change the store that is being
 * written: nothing is kept over such a call but the index of the next slot.
 */
#include "data/dump.h"

#include "data/any.h"
#include "data/key.h"
#include "data/notes.h"
#include "data/snapshot.h"
#include "flow/chain.h"
#include "flow/here.h"

/* One of the two. */
struct source {
	const struct dctx_store *store;
	const struct dctx_snapshot *snapshot;
};

static const struct dctx_dir *dir_of(const struct source *from)
{
	return from->store != NULL ? from->store->dir : from->snapshot->dir;
}

static void dump_value(struct dctx_dumper *d, const struct source *from,
		       uint32_t index)
{
	uintptr_t word = *dctxi_dir_slot(dir_of(from), index);
	const dctx_key *key;
	dctx_any value;

	if (word == 0)
		return;
	key = dctxi_entry_at(index)->key;
	if (dctxi_key_reserved(key))
		return;
	value = dctxi_any_of_box(key, dctxi_box(word));
	if (key->policy & DCTX_SECRET && value.kind != 0)
		dctxi_dump_secret(d, key->name);
	else
		dctxi_dump_any(d, key->name, key->policy & DCTX_LOG, &value);
}

static void dump_values(struct dctx_dumper *d, const struct source *from)
{
	dctx_dump_begin(d, "values");
	for (uint32_t i = 0; i < dctxi_dir_end(dir_of(from)); i++)
		dump_value(d, from, i);
	dctx_dump_end(d);
}

/* Listed anew for each, since a type's format may have changed them. */
static void dump_notes(struct dctx_dumper *d, const struct source *from)
{
	struct dctxi_object *object = dctxi_notes_in(dir_of(from));
	dctx_note_item items[DCTX_NOTES_MAX];
	const dctx_container *table;

	if (object == NULL)
		return;
	table = dctxi_notes_of(object)->table;
	if (table != &dctxi_notes_own)
		dctx_dump_text(d, "container", table->name);
	dctx_dump_begin(d, "notes");
	for (size_t i = 0; i < DCTX_NOTES_MAX; i++) {
		if (dctxi_notes_list(dir_of(from), items, i + 1) <= i)
			break;
		dctxi_dump_any(d, items[i].name, false, &items[i].value);
	}
	dctx_dump_end(d);
}

static void dump_store(struct dctx_dumper *d, const struct dctx_store *store)
{
	const struct source from = {.store = store};
	dctx_status status = dctx_store_status(store);
	char id[DCTX_HEX_ID_SIZE];

	dctxi_hex_id(store->root != NULL ? store->root->frame.id : 0, id);
	dctx_dump_text(d, "id", id);
	dctx_dump_u64(d, "depth", dctx_store_depth(store));
	if (status != DCTX_OK)
		dctx_dump_text(d, "failure", dctx_strerror(status));
	dctx_dump_u64(d, "bytes", store->root != NULL ? store->root->bytes : 0);
	dctx_dump_begin_list(d, "chain");
	for (size_t i = dctx_store_chain(store, NULL, 0); i-- > 0;)
		dctx_dump_text(d, NULL, dctxi_chain_at(store, i));
	dctx_dump_end(d);
	dump_values(d, &from);
	dump_notes(d, &from);
}

static void dump_snapshot(struct dctx_dumper *d,
			  const struct dctx_snapshot *snapshot)
{
	const struct source from = {.snapshot = snapshot};

	dctx_dump_u64(d, "bytes", snapshot->size);
	dctx_dump_begin_list(d, "chain");
	for (size_t i = dctxi_names_total(snapshot->names); i-- > 0;)
		dctx_dump_text(d, NULL, dctxi_names_at(snapshot->names, i));
	dctx_dump_end(d);
	dump_values(d, &from);
	dump_notes(d, &from);
}

size_t dctx_store_dump(const dctx_store *store, dctx_dump_form form,
		       unsigned flags, char *buf, size_t size)
{
	struct dctx_dumper d;

	dctxi_dump_open(&d, form, flags, buf, size);
	dump_store(&d, store != NULL ? store : &dctxi_cold);
	return dctxi_dump_close(&d);
}

size_t dctx_snapshot_dump(const dctx_snapshot *snapshot, dctx_dump_form form,
			  unsigned flags, char *buf, size_t size)
{
	struct dctx_dumper d;

	dctxi_dump_open(&d, form, flags, buf, size);
	dump_snapshot(&d, snapshot != NULL ? snapshot : &dctxi_snapshot_none);
	return dctxi_dump_close(&d);
}

/* Inside tasks: the stores below the current one, down to the thread's. */
static void dump_outer(struct dctx_dumper *d, const struct dctx_store *store)
{
	if (store->outer == NULL)
		return;
	dctx_dump_begin_list(d, "outer");
	while ((store = store->outer) != NULL) {
		dctx_dump_begin(d, NULL);
		dump_store(d, store);
		dctx_dump_end(d);
	}
	dctx_dump_end(d);
}

size_t dctx_dump(dctx_dump_form form, unsigned flags, char *buf, size_t size)
{
	/* Not dctx_current: a dump does not begin the thread's store. */
	const struct dctx_store *store = dctx_abi1_current;
	struct dctx_dumper d;

	dctxi_dump_open(&d, form, flags, buf, size);
	dctx_dump_text(&d, "dctx", DCTX_VERSION_TEXT);
	dctx_dump_begin(&d, "context");
	dump_store(&d, store);
	dctx_dump_end(&d);
	dump_outer(&d, store);
	dctxi_dump_process(&d);
	return dctxi_dump_close(&d);
}
