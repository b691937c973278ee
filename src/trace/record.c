/* SPDX-License-Identifier: MIT */
/*
 * The same walk measures and copies: without memory it only adds up. It is
 * compiled twice, so that measuring copies nothing.
 */
#include "trace/record.h"

#include <string.h>

#define ALIGNED 8u
#define TWICE static inline __attribute__((always_inline))

struct walk {
	char *memory; /* NULL: measure */
	size_t size, used;
	bool short_of; /* it did not fit */
};

/* Room for an array or a text; NULL when it is only measured. */
TWICE void *take(struct walk *walk, size_t size)
{
	size_t at = walk->used;

	walk->used += (size + ALIGNED - 1) / ALIGNED * ALIGNED;
	if (walk->memory == NULL)
		return NULL;
	if (walk->used > walk->size)
		walk->short_of = true;
	return walk->short_of ? NULL : walk->memory + at;
}

/* A copy with a NUL after it. */
TWICE const void *bytes(struct walk *walk, const void *from, size_t len)
{
	char *to = take(walk, len + 1);

	if (to != NULL && len > 0)
		memcpy(to, from, len);
	if (to != NULL)
		to[len] = '\0';
	return to;
}

TWICE const char *text(struct walk *walk, const char *from)
{
	return from != NULL ? bytes(walk, from, strlen(from)) : NULL;
}

TWICE dctx_any value(struct walk *walk, const dctx_any *from)
{
	dctx_any to = *from;
	const char *name;

	if (to.kind == DCTX_KIND_TYPE) {
		name = to.type != NULL && to.type->name != NULL ? to.type->name
								: "object";
		to = dctx_any_text(name);
	}
	if (to.kind == DCTX_KIND_STR || to.kind == DCTX_KIND_BYTES)
		to.as.bytes.data =
			bytes(walk, to.as.bytes.data, to.as.bytes.len);
	return to;
}

TWICE const dctx_span_field *fields(struct walk *walk,
				    const dctx_span_field *from, size_t n)
{
	dctx_span_field *to = n > 0 ? take(walk, n * sizeof *to) : NULL;

	for (size_t i = 0; i < n; i++) {
		dctx_span_field field = {text(walk, from[i].name),
					 value(walk, &from[i].value)};

		if (to != NULL)
			to[i] = field;
	}
	return to;
}

TWICE const dctx_told_event *events(struct walk *walk,
				    const dctx_told_span *told)
{
	size_t n = told->event_count;
	dctx_told_event *to = n > 0 ? take(walk, n * sizeof *to) : NULL;

	for (size_t i = 0; i < n; i++) {
		dctx_told_event event = told->events[i];

		event.name = text(walk, event.name);
		event.fields = fields(walk, event.fields, event.field_count);
		if (to != NULL)
			to[i] = event;
	}
	return to;
}

TWICE dctx_trace trace(struct walk *walk, const dctx_trace *from)
{
	dctx_trace to = *from;

	if (to.state.len > 0)
		to.state.data = bytes(walk, to.state.data, to.state.len);
	return to;
}

TWICE const dctx_trace *links(struct walk *walk, const dctx_told_span *told)
{
	size_t n = told->link_count;
	dctx_trace *to = n > 0 ? take(walk, n * sizeof *to) : NULL;

	for (size_t i = 0; i < n; i++) {
		dctx_trace link = trace(walk, &told->links[i]);

		if (to != NULL)
			to[i] = link;
	}
	return to;
}

TWICE const dctx_span_site *site(struct walk *walk, const dctx_span_site *from)
{
	dctx_span_site *to = take(walk, sizeof *to);
	dctx_span_site copy = *from;

	copy.name = text(walk, from->name);
	copy.target = text(walk, from->target);
	copy.file = text(walk, from->file);
	if (to != NULL)
		*to = copy;
	return to;
}

TWICE dctx_told_span *span(struct walk *walk, const dctx_told_span *told)
{
	dctx_told_span *to = take(walk, sizeof *to);
	dctx_told_span copy = *told;

	copy.struct_size = sizeof copy;
	copy.site = site(walk, told->site);
	copy.trace = trace(walk, &told->trace);
	copy.status_text = text(walk, told->status_text);
	copy.fields = fields(walk, told->fields, told->field_count);
	copy.events = events(walk, told);
	copy.links = links(walk, told);
	copy.chain = text(walk, told->chain);
	copy.values = text(walk, told->values);
	copy.cause = text(walk, told->cause);
	if (to != NULL)
		*to = copy;
	return to;
}

size_t dctxi_record_size(const dctx_told_span *told)
{
	struct walk walk = {.memory = NULL};

	(void)span(&walk, told);
	return walk.used;
}

dctx_told_span *dctxi_record_copy(const dctx_told_span *told, void *memory,
				  size_t size)
{
	struct walk walk = {.memory = memory, .size = size};
	dctx_told_span *to = span(&walk, told);

	return walk.short_of ? NULL : to;
}
