/* SPDX-License-Identifier: MIT */
#include "data/notes.h"

#include "data/any.h"
#include "data/fail.h"
#include "data/limit.h"
#include "data/registry.h"
#include "data/snapshot.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <string.h>

static void notes_destroy(void *value)
{
	struct dctxi_notes *notes = value;

	if (notes->data != NULL && notes->table->destroy != NULL)
		notes->table->destroy(notes->data);
}

static const dctx_type notes_type = {
	.struct_size = sizeof notes_type,
	.name = "dctx.notes",
	.size = sizeof(struct dctxi_notes),
	.destroy = notes_destroy,
};

dctx_key dctxi_notes_key = {
	.kind = DCTX_KIND_TYPE,
	.name = "dctx.notes",
	.type = &notes_type,
};

struct dctxi_object *dctxi_notes_new(const dctx_container *table)
{
	struct dctxi_object *object = dctxi_object_room(&notes_type);

	if (object != NULL)
		dctxi_notes_of(object)->table = table;
	return object;
}

struct dctxi_object *dctxi_notes_in(const struct dctx_dir *dir)
{
	const struct dctx_box *box =
		dctxi_box(dctx_abi_key_word(dir, &dctxi_notes_key));

	return box != NULL ? dctxi_object_of(box->value.p) : NULL;
}

dctx_any dctxi_notes_get(const struct dctx_dir *dir, const char *name)
{
	struct dctxi_object *object = dctxi_notes_in(dir);
	dctx_any value = {.kind = (dctx_kind)0}, found;
	const struct dctxi_notes *notes;

	if (name == NULL || object == NULL)
		return value;
	notes = dctxi_notes_of(object);
	return notes->table->get(notes->data, name, &found) ? found : value;
}

size_t dctxi_notes_list(const struct dctx_dir *dir, dctx_note_item *items,
			size_t max)
{
	struct dctxi_object *object = dctxi_notes_in(dir);
	const struct dctxi_notes *notes;

	if (object == NULL || (items == NULL && max > 0))
		return 0;
	notes = dctxi_notes_of(object);
	return notes->table->list(notes->data, items, max);
}

/* The library's own: names and values are counted objects, which copies
 * share. */
struct note {
	struct dctxi_object *name, *value;
};

struct own {
	struct dctxi_keep ending; /* first */
	size_t bytes;              /* of all texts, bytes and objects */
	uint32_t n;
	uint32_t room; /* notes that `note` has room for */
	struct note *note;
};

static size_t room_size(uint32_t room)
{
	return room * sizeof(struct note);
}

static void own_destroy(void *data);

static void own_resume(struct dctxi_keep *ending)
{
	own_destroy(ending);
}

static dctx_status own_make(void **out_data)
{
	struct own *own = dctxi_alloc(sizeof *own);

	if (own == NULL)
		return DCTX_NOMEM;
	*own = (struct own){.ending = {.end = own_resume}};
	*out_data = own;
	return DCTX_OK;
}

static bool own_grow(struct own *own, uint32_t room)
{
	struct note *note;

	if (room <= own->room)
		return true;
	note = dctxi_alloc(room_size(room));
	if (note == NULL)
		return false;
	if (own->n > 0)
		memcpy(note, own->note, room_size(own->n));
	dctxi_free(own->note, room_size(own->room));
	own->note = note;
	own->room = room;
	return true;
}

/* A destroy of a value's may jump away: the thread's end goes on then. */
static void own_destroy(void *data)
{
	struct own *own = data;
	bool held = dctxi_keep(&own->ending);

	while (own->n > 0) {
		struct note last = own->note[--own->n];

		dctxi_object_unref(last.name->data);
		dctxi_object_unref(last.value->data);
	}
	if (held)
		dctxi_let_go(&own->ending.next);
	dctxi_free(own->note, room_size(own->room));
	dctxi_free(own, sizeof *own);
}

/* With room for one more, which is what a copy is made for. */
static dctx_status own_copy(const void *data, void **out_data)
{
	const struct own *old = data;
	struct own *own;
	void *made = NULL;
	dctx_status status = own_make(&made);

	if (status != DCTX_OK)
		return status;
	own = made;
	if (!own_grow(own, old->n + 1)) {
		own_destroy(own);
		return DCTX_NOMEM;
	}
	for (uint32_t i = 0; i < old->n; i++) {
		own->note[i] = old->note[i];
		dctxi_object_ref(own->note[i].name->data);
		dctxi_object_ref(own->note[i].value->data);
	}
	own->n = old->n;
	own->bytes = old->bytes;
	*out_data = own;
	return DCTX_OK;
}

/* The note of a name, or where the next one goes. */
static uint32_t own_find(const struct own *own, const char *name, size_t len)
{
	uint32_t i = 0;

	while (i < own->n && (own->note[i].name->len != len ||
			      memcmp(own->note[i].name->data, name, len) != 0))
		i++;
	return i;
}

static size_t bytes_of(const struct dctxi_object *value)
{
	return value->kind < DCTX_KIND_STR ? 0 : dctxi_object_size(value);
}

/* Makes the name of a new note, and room for it. */
static dctx_status own_add(struct own *own, const char *name, size_t len)
{
	struct dctxi_object *made;

	if (own->n == DCTX_NOTES_MAX)
		return dctxi_fail_limit(name, own->n + 1u, DCTX_NOTES_MAX);
	if (!own_grow(own, own->n + 1))
		return DCTX_NOMEM;
	made = dctxi_object_bytes(DCTX_KIND_STR, name, (uint32_t)len);
	if (made == NULL)
		return DCTX_NOMEM;
	own->note[own->n++] = (struct note){made, NULL};
	return DCTX_OK;
}

/* Takes over the value's reference on success. */
static dctx_status own_place(struct own *own, const char *name,
			     struct dctxi_object *value)
{
	size_t len = strlen(name), bytes = own->bytes + bytes_of(value);
	uint32_t i = own_find(own, name, len);
	struct dctxi_object *gone = NULL;
	dctx_status status = DCTX_OK;

	if (i < own->n) {
		gone = own->note[i].value;
		bytes -= bytes_of(gone);
	}
	if (dctxi_past(DCTX_LIMIT_STORE_BYTES, bytes))
		return dctxi_fail_limit(name, bytes,
					dctxi_limit(DCTX_LIMIT_STORE_BYTES));
	if (i == own->n)
		status = own_add(own, name, len);
	if (status != DCTX_OK)
		return status;
	own->note[i].value = value;
	own->bytes = bytes;
	if (gone != NULL)
		dctxi_object_unref(gone->data);
	return DCTX_OK;
}

static dctx_status own_put(void *data, const char *name, const dctx_any *value)
{
	struct dctxi_object *made;
	dctx_status status = dctxi_any_copy(value, &made);

	if (status != DCTX_OK)
		return dctxi_fail(status, name);
	status = own_place(data, name, made);
	if (status != DCTX_OK)
		dctxi_object_unref(made->data);
	return status;
}

static dctx_status own_remove(void *data, const char *name)
{
	struct own *own = data;
	uint32_t i = own_find(own, name, strlen(name));
	struct note gone = own->note[i];

	own->n--;
	own->bytes -= bytes_of(gone.value);
	memmove(&own->note[i], &own->note[i + 1], room_size(own->n - i));
	dctxi_object_unref(gone.name->data);
	dctxi_object_unref(gone.value->data);
	return DCTX_OK;
}

static bool own_get(const void *data, const char *name, dctx_any *out)
{
	const struct own *own = data;
	uint32_t i = own_find(own, name, strlen(name));

	if (i == own->n)
		return false;
	*out = dctxi_any_of_object(own->note[i].value);
	return true;
}

static size_t own_list(const void *data, dctx_note_item *items, size_t max)
{
	const struct own *own = data;

	for (uint32_t i = 0; i < own->n && i < max; i++) {
		items[i].name = (const char *)own->note[i].name->data;
		items[i].value = dctxi_any_of_object(own->note[i].value);
	}
	return own->n;
}

const dctx_container dctxi_notes_own = {
	.struct_size = sizeof dctxi_notes_own,
	.name = "dctx.own",
	.make = own_make,
	.copy = own_copy,
	.destroy = own_destroy,
	.put = own_put,
	.remove = own_remove,
	.get = own_get,
	.list = own_list,
};

dctx_any dctx_snapshot_note(const dctx_snapshot *snapshot, const char *name)
{
	return dctxi_notes_get(dctx_abi_snapshot_dir(snapshot), name);
}

size_t dctx_snapshot_notes(const dctx_snapshot *snapshot, dctx_note_item *items,
			   size_t max)
{
	return dctxi_notes_list(dctx_abi_snapshot_dir(snapshot), items, max);
}
