/* SPDX-License-Identifier: MIT */
/*
 * A field is read into memory of its own before the user's extract sees it: the
 * span may be recorded into meanwhile, also by that very function. What is too
 * long for the stack, and an object's reference, hang on the thread's list, so
 * that a jump out of it loses nothing.
 */
#include "trace/layer_fields.h"

#include "data/any.h"
#include "data/boxed.h"
#include "data/fail.h"
#include "data/key.h"
#include "plat/heap.h"
#include "trace/cache.h"
#include "trace/span_recorded.h"

#include <string.h>

/* Texts up to this length are read to the stack. */
#define SHORT 512u

struct reading {
	struct dctxi_keep keep;
	struct dctxi_object *object; /* a reference, or NULL */
	size_t size;		     /* of `text` */
	char text[];
};

static void reading_free(struct reading *reading)
{
	if (reading->object != NULL)
		dctxi_object_unref(reading->object->data);
	dctxi_free(reading, sizeof *reading + reading->size);
}

static void reading_end(struct dctxi_keep *keep)
{
	reading_free((struct reading *)(void *)keep);
}

static struct reading *reading_new(size_t size)
{
	struct reading *reading = dctxi_alloc(sizeof *reading + size);

	if (reading == NULL)
		return NULL;
	*reading = (struct reading){.keep = {.end = reading_end}, .size = size};
	if (dctxi_keep(&reading->keep))
		return reading;
	dctxi_free(reading, sizeof *reading + size);
	return NULL;
}

/* Reads a field under the span's lock. Returns how many bytes its text needs;
 * `to` may be too small for that, and is not written then. */
static size_t read_field(dctx_span *span, const char *name, char *to,
			 size_t size, dctx_any *out,
			 struct dctxi_object **object)
{
	size_t need = 0;
	int at;

	*out = dctx_any_empty();
	dctxi_span_lock(span);
	at = dctxi_span_field_find(span, name);
	/* What came from the context does not go back there. */
	if (at >= 0 && span->recorded.room[at].user)
		*out = span->recorded.field[at].value;
	if (dctxi_is_text(out->kind)) {
		need = out->as.bytes.len + 1;
		if (need <= size)
			memcpy(to, out->as.bytes.data, need);
		out->as.bytes.data = to;
	} else if (out->kind == DCTX_KIND_TYPE) {
		dctxi_object_ref(out->as.object);
		*object = dctxi_object_of(out->as.object);
	}
	dctxi_mutex_unlock(&span->lock);
	return need;
}

/* Whether a key takes a value as it is: a number that is in its range, else its
 * own kind and type. */
static bool fits(const dctx_key *key, const dctx_any *value)
{
	uint64_t bits;

	if (key->kind <= DCTX_KIND_F64)
		return value->kind <= DCTX_KIND_F64 &&
		       dctxi_any_bits(value, key->kind, &bits) == DCTX_OK;
	return key->kind == value->kind &&
	       (key->kind != DCTX_KIND_TYPE ||
		dctxi_type_equal(key->type, value->type));
}

/* Sets a key to what a field says. `object` is what the value is of, if it is
 * of an object. */
static void set(dctx_store *store, const struct dctxi_field *field,
		const dctx_any *value, struct dctxi_object *object)
{
	dctx_key *key = (dctx_key *)(uintptr_t)field->key;
	dctx_any made = *value;

	if (field->said.extract != NULL &&
	    field->said.extract(value, &made) != DCTX_OK)
		return;
	if (made.kind == 0 || !fits(key, &made))
		return;
	/* What fails is counted by the set. An object is shared, but for one
	 * that is to be wiped with its last reference. */
	if (object == NULL || made.kind != DCTX_KIND_TYPE ||
	    made.as.object != object->data || key->policy & DCTX_SECRET) {
		(void)dctx_store_set_any(store, key, &made);
		return;
	}
	dctxi_object_ref(object->data);
	if (dctx_store_adopt(store, key, dctxi_object_boxed(object)) != DCTX_OK)
		dctxi_object_unref(object->data);
}

/* The same where the value needs memory or holds a reference. */
static void take_in_kept(dctx_store *store, dctx_span *span,
			 const struct dctxi_field *field, size_t size,
			 struct dctxi_object *object)
{
	struct reading *reading = reading_new(size);
	struct dctxi_object *again = NULL;
	dctx_any value;

	if (reading == NULL) {
		if (object != NULL)
			dctxi_object_unref(object->data);
		dctxi_fail(DCTX_NOMEM, field->key->name);
		dctxi_event(DCTX_EV_DROPPED_WRITE, DCTX_NOMEM,
			    field->key->name);
		return;
	}
	reading->object = object;
	if (object != NULL) {
		value = dctxi_any_of_object(object);
		set(store, field, &value, object);
	} else if (read_field(span, field->extract_as, reading->text, size,
			      &value, &again) <= size &&
		   dctxi_is_text(value.kind)) {
		set(store, field, &value, NULL);
	}
	if (again != NULL)
		dctxi_object_unref(again->data);
	dctxi_let_go((void **)(void *)&reading->keep);
	reading_free(reading);
}

static void take_in(dctx_store *store, dctx_span *span,
		    const struct dctxi_field *field)
{
	struct dctxi_object *object = NULL;
	char text[SHORT];
	dctx_any value;
	size_t need = read_field(span, field->extract_as, text, sizeof text,
				 &value, &object);

	if (value.kind == 0)
		return;
	if (object != NULL || need > sizeof text)
		take_in_kept(store, span, field, need, object);
	else
		set(store, field, &value, NULL);
}

void dctxi_layer_fields_in(dctx_store *store, dctx_span *span)
{
	const struct dctxi_field *field = NULL;

	while ((field = dctxi_field_next(field, DCTX_FIELD_EXTRACT)) != NULL)
		take_in(store, span, field);
}

void dctxi_layer_field_in(dctx_store *store, dctx_span *span, const char *name)
{
	const struct dctxi_field *field = NULL;

	while ((field = dctxi_field_next(field, DCTX_FIELD_EXTRACT)) != NULL)
		if (strcmp(field->extract_as, name) == 0)
			take_in(store, span, field);
}

/* What a field is to say of a key's value: as log lines have it, but by the
 * format for spans, and where there is none whole. */
static bool say(const dctx_store *store, const struct dctxi_field *field,
		char buf[DCTXI_TOLD_ROOM], dctx_any *out)
{
	const struct dctx_box *box = dctxi_box(
		dctx_abi_word(store->dir, field->index / DCTXI_PAGE_SLOTS,
			      field->index % DCTXI_PAGE_SLOTS));
	struct dctxi_field as = *field;
	struct dctxi_told told = {field->name, &as, field->index, 0};
	struct dctxi_untold untold = {0, 0, NULL};
	struct dctxi_lines *lines;
	struct dctxi_said said;
	bool any;

	if (box == NULL)
		return false;
	*out = dctxi_any_of_box(field->key, box);
	if (field->format_span == NULL && out->kind != DCTX_KIND_TYPE &&
	    !(field->key->policy & DCTX_SECRET))
		return true;
	as.said.format = field->format_span;
	lines = dctxi_lines();
	any = dctxi_told_say(store, &told,
			     lines != NULL ? &lines->asking : NULL, buf, &said);
	dctxi_untold_add(&untold, store, &told, &said, any);
	dctxi_untold_tell(&untold);
	if (!any)
		return false;
	*out = said.value;
	if (said.is_text)
		*out = (dctx_any){.kind = DCTX_KIND_STR, .as.bytes = said.text};
	return true;
}

void dctxi_layer_fields_out(const dctx_store *store, dctx_span *span)
{
	const struct dctxi_field *field = NULL;
	char buf[DCTXI_TOLD_ROOM];
	dctx_any value;

	while ((field = dctxi_field_next(field, DCTX_FIELD_RECORD)) != NULL)
		/* Who is not declared, or has a value of the user's, stays as
		 * it is; what else fails is counted by the span. */
		if (dctx_span_field_get(span, field->record_as, NULL, 0,
					&value) &&
		    say(store, field, buf, &value))
			(void)dctx_span_fill(span, field->record_as, &value);
}
