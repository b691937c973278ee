/* SPDX-License-Identifier: MIT */
#include "trace/span_recorded.h"

#include "data/any.h"

#include <string.h>

#define FIRST_MAX 4u /* fields and events that there is room for at first */

/* What is there may be half of something, and so may the arena: neither is
 * followed any more. Its memory stays, for what was known before, and slots. */
static void begin_anew(dctx_span *span)
{
	const struct dctxi_recorded r = span->recorded;

	span->recorded = (struct dctxi_recorded){
		.dropped_fields = r.dropped_fields + r.fields,
		.dropped_events = r.dropped_events + r.events,
		.dropped_links = r.dropped_links + r.links,
	};
	span->arena.at = span->arena.end;
	span->arena.block = span->arena.spare = NULL;
}

void dctxi_span_lock(dctx_span *span)
{
	if (__builtin_expect(dctxi_mutex_lock_or_inherit(&span->lock), 0))
		begin_anew(span);
}

dctx_status dctxi_given_make(const dctx_any *value, struct dctxi_given *out)
{
	dctx_status status = DCTX_OK;

	*out = (struct dctxi_given){.value = *value};
	if (value->kind != 0)
		status = dctxi_any_check(value);
	if (status != DCTX_OK || value->kind != DCTX_KIND_TYPE)
		return status;
	status = dctxi_object_copy(value->type, value->as.object, &out->object);
	if (status == DCTX_OK)
		out->value.as.object = out->object->data;
	return status;
}

static void drop(struct dctxi_object *object)
{
	if (object != NULL)
		dctxi_object_unref(object->data);
}

void dctxi_given_end(struct dctxi_given *in)
{
	drop(in->object);
	drop(in->gone);
}

int dctxi_span_field_find(const dctx_span *span, const char *name)
{
	const struct dctxi_recorded *r = &span->recorded;

	/* Names are literals: most are found by their address. */
	for (int i = 0; i < r->fields; i++)
		if (r->field[i].name == name)
			return i;
	for (int i = 0; i < r->fields; i++)
		if (strcmp(r->field[i].name, name) == 0)
			return i;
	return -1;
}

/* How much of `len` bytes is taken when `max` fit: a text ends between two
 * characters. */
static size_t cut(const dctx_any *value, size_t max)
{
	const unsigned char *text = value->as.bytes.data;
	size_t len = value->as.bytes.len;

	if (len <= max)
		return len;
	if (value->kind == DCTX_KIND_STR)
		for (int i = 0; i < 3 && max > 0; i++, max--)
			if ((text[max] & 0xc0) != 0x80)
				break;
	return max;
}

static size_t size_of(const dctx_any *value)
{
	if (value->kind == DCTX_KIND_TYPE)
		return value->type->size;
	return dctxi_is_text(value->kind) ? value->as.bytes.len : 0;
}

static size_t bytes_left(const dctx_span *span)
{
	return DCTX_SPAN_BYTES - span->recorded.bytes;
}

/* Room for a text and its NUL: the field's own where that does, else more than
 * it had, so that a field which is set over and over takes no more and more. */
static char *text_room(dctx_span *span, struct dctxi_span_room *room,
		       size_t size)
{
	size_t more = 2 * (size_t)room->size;
	char *bytes = room->bytes;

	if (size <= room->size)
		return bytes;
	if (more < size)
		more = size;
	bytes = dctxi_arena_alloc(&span->arena, more);
	if (bytes == NULL)
		return NULL;
	room->bytes = bytes;
	room->size = (uint32_t)more;
	return bytes;
}

/* Makes *out of a value, whose bytes are counted here. */
static dctx_status value_put(dctx_span *span, struct dctxi_span_room *room,
			     struct dctxi_given *in, dctx_any *out)
{
	const dctx_any *from = &in->value;
	size_t size = size_of(from), fits = size;
	char *bytes;

	if (dctxi_is_text(from->kind)) {
		fits = cut(from, bytes_left(span));
		bytes = text_room(span, room, fits + 1);
		if (bytes == NULL)
			return DCTX_NOMEM;
		if (fits > 0)
			memcpy(bytes, from->as.bytes.data, fits);
		bytes[fits] = '\0';
		*out = *from;
		out->as.bytes = (dctx_bytes){bytes, fits};
	} else if (size > bytes_left(span)) {
		return DCTX_LIMIT;
	} else {
		*out = *from;
	}
	if (in->object != NULL)
		span->recorded.objects = true;
	in->object = NULL;
	span->recorded.bytes += fits;
	return fits < size ? DCTX_LIMIT : DCTX_OK;
}

static dctx_status fields_grow(dctx_span *span)
{
	struct dctxi_recorded *r = &span->recorded;
	size_t max = r->fields_max > 0 ? 2u * r->fields_max : FIRST_MAX;
	struct dctxi_span_room *room;
	dctx_span_field *field;

	if (r->fields == DCTX_SPAN_FIELDS)
		return DCTX_LIMIT;
	if (r->fields < r->fields_max)
		return DCTX_OK;
	field = dctxi_arena_alloc(&span->arena, max * sizeof *field);
	room = dctxi_arena_alloc(&span->arena, max * sizeof *room);
	if (field == NULL || room == NULL)
		return DCTX_NOMEM;
	if (r->fields > 0) {
		memcpy(field, r->field, r->fields * sizeof *field);
		memcpy(room, r->room, r->fields * sizeof *room);
	}
	r->field = field;
	r->room = room;
	r->fields_max = (uint16_t)max;
	return DCTX_OK;
}

/* The field of a name, made if need be. */
static dctx_status field_for(dctx_span *span, const char *name, int *out)
{
	struct dctxi_recorded *r = &span->recorded;
	dctx_status status;

	*out = dctxi_span_field_find(span, name);
	if (*out >= 0)
		return DCTX_OK;
	status = fields_grow(span);
	if (status != DCTX_OK)
		return status;
	*out = r->fields++;
	r->field[*out] = (dctx_span_field){.name = name};
	r->room[*out] = (struct dctxi_span_room){.bytes = NULL};
	return DCTX_OK;
}

static dctx_status field_put(dctx_span *span, const char *name, bool user,
			     struct dctxi_given *in)
{
	struct dctxi_recorded *r = &span->recorded;
	dctx_any *value;
	dctx_status status;
	int at;

	status = field_for(span, name, &at);
	if (status != DCTX_OK || in->value.kind == 0)
		return status;
	value = &r->field[at].value;
	r->bytes -= size_of(value);
	if (value->kind == DCTX_KIND_TYPE)
		in->gone = dctxi_object_of(value->as.object);
	*value = (dctx_any){.kind = (dctx_kind)0};
	status = value_put(span, &r->room[at], in, value);
	r->room[at].user = r->room[at].user || user;
	return status;
}

static dctx_status counted(size_t *dropped, dctx_status status)
{
	if (status != DCTX_OK)
		++*dropped;
	return status;
}

dctx_status dctxi_span_field_set(dctx_span *span, const char *name, bool user,
				 struct dctxi_given *in)
{
	return counted(&span->recorded.dropped_fields,
		       field_put(span, name, user, in));
}

static dctx_status events_grow(dctx_span *span)
{
	struct dctxi_recorded *r = &span->recorded;
	size_t max = r->events_max > 0 ? 2u * r->events_max : FIRST_MAX;
	dctx_told_event *event;

	if (r->events == DCTX_SPAN_EVENTS)
		return DCTX_LIMIT;
	if (r->events < r->events_max)
		return DCTX_OK;
	event = dctxi_arena_alloc(&span->arena, max * sizeof *event);
	if (event == NULL)
		return DCTX_NOMEM;
	if (r->events > 0)
		memcpy(event, r->event, r->events * sizeof *event);
	r->event = event;
	r->events_max = (uint16_t)max;
	return DCTX_OK;
}

/* Fills what is there; a value for which nothing is left stays empty. */
static dctx_status event_fill(dctx_span *span, dctx_span_field *to,
			      const dctx_span_field *fields,
			      struct dctxi_given *in, size_t n)
{
	dctx_status all = DCTX_OK;

	for (size_t i = 0; i < n; i++) {
		struct dctxi_span_room room = {.bytes = NULL};
		dctx_status status;

		to[i] = (dctx_span_field){.name = fields[i].name};
		status = value_put(span, &room, &in[i], &to[i].value);
		if (counted(&span->recorded.dropped_fields, status) != DCTX_OK)
			all = status;
	}
	return all;
}

dctx_status dctxi_span_event_add(dctx_span *span, const char *name, int64_t at,
				 const dctx_span_field *fields,
				 struct dctxi_given *in, size_t n)
{
	struct dctxi_recorded *r = &span->recorded;
	dctx_span_field *copy = NULL;
	dctx_status status = events_grow(span);

	/* Fields of events count with their values: there may be many. */
	if (status == DCTX_OK && n * sizeof *copy > bytes_left(span))
		status = DCTX_LIMIT;
	if (status == DCTX_OK && n > 0) {
		copy = dctxi_arena_alloc(&span->arena, n * sizeof *copy);
		if (copy == NULL)
			status = DCTX_NOMEM;
	}
	if (status != DCTX_OK)
		return counted(&r->dropped_events, status);
	r->bytes += n * sizeof *copy;
	status = event_fill(span, copy, fields, in, n);
	r->event[r->events++] = (dctx_told_event){
		.at = at, .name = name, .fields = copy, .field_count = n};
	return status;
}

dctx_status dctxi_span_text_add(dctx_span *span, const char *text,
				const char **out)
{
	struct dctxi_given in = {.value = dctx_any_text(text)};
	struct dctxi_span_room room = {.bytes = NULL};
	dctx_any copy;
	dctx_status status = value_put(span, &room, &in, &copy);

	if (status != DCTX_NOMEM)
		*out = copy.as.bytes.data;
	return status;
}

static dctx_status link_copy(dctx_span *span, const dctx_trace *from,
			     dctx_trace *to)
{
	unsigned char *state = NULL;
	size_t len = from->state.len;

	*to = *from;
	to->state = (dctx_bytes){NULL, 0};
	if (len == 0)
		return DCTX_OK;
	if (len > bytes_left(span))
		return DCTX_LIMIT;
	state = dctxi_arena_alloc(&span->arena, len);
	if (state == NULL)
		return DCTX_NOMEM;
	memcpy(state, from->state.data, len);
	to->state = (dctx_bytes){state, len};
	span->recorded.bytes += len;
	return DCTX_OK;
}

dctx_status dctxi_span_links_add(dctx_span *span, const dctx_trace *links,
				 size_t n)
{
	struct dctxi_recorded *r = &span->recorded;
	dctx_status status = DCTX_OK;
	size_t max = n < DCTX_SPAN_LINKS ? n : DCTX_SPAN_LINKS;

	r->link = dctxi_arena_alloc(&span->arena, max * sizeof *r->link);
	if (r->link == NULL) {
		r->dropped_links += n;
		return DCTX_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		dctx_status said = DCTX_LIMIT;

		if (r->links < DCTX_SPAN_LINKS && dctxi_trace_valid(&links[i]))
			said = link_copy(span, &links[i], &r->link[r->links++]);
		if (counted(&r->dropped_links, said) != DCTX_OK)
			status = said;
	}
	return status;
}

static struct dctxi_object *take(dctx_span_field *field, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const void *data = field[i].value.as.object;

		if (field[i].value.kind != DCTX_KIND_TYPE)
			continue;
		field[i].value.kind = (dctx_kind)0;
		return dctxi_object_of(data);
	}
	return NULL;
}

struct dctxi_object *dctxi_span_object_take(dctx_span *span)
{
	struct dctxi_recorded *r = &span->recorded;
	struct dctxi_object *object = NULL;

	if (!r->objects)
		return NULL;
	object = take(r->field, r->fields);
	for (size_t i = 0; object == NULL && i < r->events; i++)
		object = take((dctx_span_field *)(uintptr_t)r->event[i].fields,
			      r->event[i].field_count);
	return object;
}
