/* SPDX-License-Identifier: MIT */
/*
 * Notes in a store. A change is made in a copy of the container, while the
 * store is as it was; then the copy takes its place like any object. What is
 * being worked on hangs on a list of the thread meanwhile, so that the user's
 * functions may leave by longjmp.
 */
#include "data/notes.h"

#include "data/any.h"
#include "data/fail.h"
#include "data/registry.h"
#include "flow/here.h"
#include "flow/set.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <string.h>

/* A container in the making. */
struct work {
	struct dctxi_keep keep;     /* first */
	struct dctxi_object *older; /* what it is made of, or NULL */
	struct dctxi_object *made;
	dctx_note_item *items; /* to be carried over */
	size_t n_items;
};

static void work_free(struct work *work)
{
	dctxi_free(work->items, work->n_items * sizeof work->items[0]);
	dctxi_free(work, sizeof *work);
}

static void work_drop(struct work *work)
{
	struct dctxi_object *older = work->older, *made = work->made;

	work_free(work);
	if (older != NULL)
		dctxi_object_unref(older->data);
	if (made != NULL)
		dctxi_object_unref(made->data);
}

static void work_end(struct dctxi_keep *keep)
{
	work_drop((struct work *)(void *)keep);
}

/* Begins work on what shows in the store, towards a container of `table`: NULL
 * for the same. */
static dctx_status work_begin(const struct dctx_store *store,
			      const dctx_container *table, struct work **out)
{
	struct dctxi_object *older = dctxi_notes_in(store->dir);
	struct work *work = dctxi_alloc(sizeof *work);

	if (work == NULL)
		return DCTX_NOMEM;
	if (table == NULL)
		table = older != NULL ? dctxi_notes_of(older)->table
				      : &dctxi_notes_own;
	*work = (struct work){.keep = {.end = work_end},
			      .made = dctxi_notes_new(table)};
	if (work->made == NULL || !dctxi_keep(&work->keep)) {
		work_drop(work);
		return DCTX_NOMEM;
	}
	work->older = older;
	if (older != NULL)
		dctxi_object_ref(older->data);
	*out = work;
	return DCTX_OK;
}

/* Shows what was made, if all went well and nobody else was faster. `data` is
 * a container that is the caller's until then, or NULL. */
static dctx_status work_show(struct dctx_store *store, struct work *work,
			     dctx_status status, void *data)
{
	struct dctxi_object *made = work->made;

	/* From here on none of the user's code runs until the store has taken
	 * the object over: what it left to be destroyed goes first. */
	if (status == DCTX_OK)
		status = dctxi_here(&store);
	if (status == DCTX_OK && dctxi_notes_in(store->dir) != work->older)
		status = DCTX_BUSY;
	dctxi_let_go(&work->keep.next);
	if (status != DCTX_OK) {
		work_drop(work);
		return status;
	}
	work->made = NULL;
	work_drop(work);
	if (data != NULL)
		dctxi_notes_of(made)->data = data;
	status = dctxi_replace_object(store, &dctxi_notes_key, made);
	if (status == DCTX_OK)
		return DCTX_OK;
	if (data != NULL)
		dctxi_notes_of(made)->data = NULL;
	dctxi_object_unref(made->data);
	return status;
}

/* What a user's function said is noted here; the library's own have done so. */
static dctx_status said(const struct work *work, dctx_status status,
			const char *what)
{
	if (status == DCTX_OK ||
	    dctxi_notes_of(work->made)->table == &dctxi_notes_own)
		return status;
	return dctxi_fail(status, what);
}

/* What every change asks for, before any of the user's functions runs. */
static dctx_status ready(struct dctx_store **store)
{
	dctx_status status = dctxi_here(store);

	if (status == DCTX_OK && dctxi_frame_dead((*store)->frame) > 0)
		status = DCTX_DEAD_SCOPE;
	if (status == DCTX_OK)
		status = dctxi_key_reserve(&dctxi_notes_key);
	return status;
}

static dctx_status told(struct dctx_store *store, dctx_status status,
			const char *name)
{
	return status == DCTX_OK ? DCTX_OK
				 : dctxi_name_failed(store, name, status);
}

/* An empty container. */
static dctx_status make_new(const struct work *work)
{
	struct dctxi_notes *made = dctxi_notes_of(work->made);
	dctx_status status = made->table->make(&made->data);

	return status == DCTX_OK && made->data == NULL ? DCTX_INVALID : status;
}

/* The container to be changed: a copy of the older one, or a new one. */
static dctx_status copy_older(const struct work *work)
{
	struct dctxi_notes *made = dctxi_notes_of(work->made);
	dctx_status status;

	if (work->older == NULL)
		return make_new(work);
	status = made->table->copy(dctxi_notes_of(work->older)->data,
				   &made->data);
	return status == DCTX_OK && made->data == NULL ? DCTX_INVALID : status;
}

static dctx_status set(struct dctx_store *store, const char *name,
		       const dctx_any *value)
{
	const struct dctxi_notes *made;
	struct work *work;
	dctx_status status = work_begin(store, NULL, &work);

	if (status != DCTX_OK)
		return status;
	made = dctxi_notes_of(work->made);
	status = copy_older(work);
	if (status == DCTX_OK && value != NULL)
		status = made->table->put(made->data, name, value);
	else if (status == DCTX_OK)
		status = made->table->remove(made->data, name);
	return work_show(store, work, said(work, status, name), NULL);
}

dctx_status dctx_store_note_set(dctx_store *store, const char *name,
				const dctx_any *value)
{
	dctx_status status = DCTX_INVALID;

	if (dctxi_name_valid(name) && value != NULL)
		status = dctxi_any_check(value);
	if (status == DCTX_OK)
		status = ready(&store);
	if (status == DCTX_OK)
		status = set(store, name, value);
	return told(store, status, name);
}

dctx_status dctx_store_note_unset(dctx_store *store, const char *name)
{
	dctx_status status = DCTX_INVALID;

	if (dctxi_name_valid(name))
		status = ready(&store);
	if (status == DCTX_OK && dctxi_notes_get(store->dir, name).kind != 0)
		status = set(store, name, NULL);
	return told(store, status, name);
}

static dctx_status clear(struct dctx_store *store)
{
	struct work *work;
	dctx_status status = work_begin(store, NULL, &work);

	if (status != DCTX_OK)
		return status;
	status = make_new(work);
	return work_show(store, work, said(work, status, "notes"), NULL);
}

dctx_status dctx_store_notes_clear(dctx_store *store)
{
	dctx_status status = ready(&store);

	if (status == DCTX_OK && dctxi_notes_in(store->dir) != NULL)
		status = clear(store);
	return told(store, status, "notes");
}

/* Lists the older container's notes in the work's own memory. */
static dctx_status list_older(struct work *work)
{
	const struct dctxi_notes *older;
	size_t n;

	if (work->older == NULL)
		return DCTX_OK;
	older = dctxi_notes_of(work->older);
	n = older->table->list(older->data, NULL, 0);
	if (n == 0)
		return DCTX_OK;
	if (n > DCTX_NOTES_MAX)
		return dctxi_fail_limit("container", n, DCTX_NOTES_MAX);
	work->items = dctxi_alloc(n * sizeof work->items[0]);
	if (work->items == NULL)
		return DCTX_NOMEM;
	memset(work->items, 0, n * sizeof work->items[0]);
	work->n_items = n;
	(void)older->table->list(older->data, work->items, n);
	return DCTX_OK;
}

/* A container of the user's becomes the object's only in the end: whatever
 * fails before, it is his. */
static dctx_status fill(struct work *work, void *data)
{
	const dctx_container *table = dctxi_notes_of(work->made)->table;
	dctx_status status = DCTX_OK;

	if (data == NULL) {
		status = make_new(work);
		data = dctxi_notes_of(work->made)->data;
	}
	for (size_t i = 0; i < work->n_items && status == DCTX_OK; i++) {
		const dctx_note_item *item = &work->items[i];

		status = dctxi_name_valid(item->name)
				 ? dctxi_any_check(&item->value)
				 : DCTX_INVALID;
		if (status == DCTX_OK)
			status = table->put(data, item->name, &item->value);
	}
	return said(work, status, "container");
}

static dctx_status change_container(struct dctx_store *store,
				    const dctx_container *table, void *data)
{
	struct work *work;
	dctx_status status = work_begin(store, table, &work);

	if (status != DCTX_OK)
		return status;
	status = list_older(work);
	if (status == DCTX_OK)
		status = fill(work, data);
	return work_show(store, work, status, data);
}

static bool container_valid(const dctx_container *c)
{
	return c->struct_size >= sizeof *c && c->name != NULL &&
	       c->make != NULL && c->copy != NULL && c->put != NULL &&
	       c->remove != NULL && c->get != NULL && c->list != NULL;
}

dctx_status dctx_store_container(dctx_store *store,
				 const dctx_container *container, void *data)
{
	dctx_status status = DCTX_INVALID;

	if (container != NULL ? container_valid(container) : data == NULL)
		status = ready(&store);
	if (container == NULL)
		container = &dctxi_notes_own;
	if (status == DCTX_OK)
		status = change_container(store, container, data);
	return told(store, status, "container");
}

const void *dctx_store_container_data(const dctx_store *store,
				      const dctx_container *container)
{
	struct dctxi_object *object;

	if (store == NULL || container == NULL)
		return NULL;
	object = dctxi_notes_in(store->dir);
	if (object == NULL || dctxi_notes_of(object)->table != container)
		return NULL;
	return dctxi_notes_of(object)->data;
}

dctx_any dctx_store_note(const dctx_store *store, const char *name)
{
	if (store == NULL)
		return (dctx_any){.kind = (dctx_kind)0};
	return dctxi_notes_get(store->dir, name);
}

size_t dctx_store_notes(const dctx_store *store, dctx_note_item *items,
			size_t max)
{
	return store != NULL ? dctxi_notes_list(store->dir, items, max) : 0;
}
