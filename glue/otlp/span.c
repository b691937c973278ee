/* SPDX-License-Identifier: MIT */
/*
 * What a span's fields are called is the user's affair; what dctx knows besides
 * has OpenTelemetry's names (semantic conventions 1.x: thread, code, error)
 * where there are some, else names that begin with dctx. A field of the same
 * name counts.
 */
#include "request.h"

#include "utf8.h"
#include "values.h"

#include <dctx/deadline.h>

#include <string.h>

/* A time on dctx_now's clock as a span's clock on the wall would have it. */
static int64_t unix_time(const dctx_told_span *told, int64_t at)
{
	int64_t since, unix_at;

	if (__builtin_sub_overflow(at, told->began, &since) ||
	    __builtin_add_overflow(told->began_unix, since, &unix_at))
		return at < told->began ? 0 : INT64_MAX;
	return unix_at;
}

/* The protocol's times are not negative. */
static uint64_t wire_time(int64_t at)
{
	return at > 0 ? (uint64_t)at : 0;
}

static bool is_none(const unsigned char *id, size_t len)
{
	unsigned char any = 0;

	for (size_t i = 0; i < len; i++)
		any |= id[i];
	return any == 0;
}

/* protobuf-c only reads it. */
static ProtobufCBinaryData id_of(const unsigned char *id, size_t len)
{
	if (is_none(id, len))
		return (ProtobufCBinaryData){0, NULL};
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)id};
}

static uint32_t count_of(size_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static const char *level_name(dctx_level level)
{
	static const char *const names[] = {"NONE", "ERROR", "WARN",
					    "INFO", "DEBUG", "TRACE"};
	const unsigned n = (unsigned)level;

	return n < sizeof names / sizeof *names ? names[n] : "unknown";
}

static void add_site(struct attributes *a, const dctx_span_site *site)
{
	dctxi_otlp_add_string(a, "dctx.level", level_name(site->level));
	if (site->file == NULL)
		return;
	dctxi_otlp_add_string(a, "code.file.path", site->file);
	if (site->line > 0)
		dctxi_otlp_add_int(a, "code.line.number", site->line);
}

/* After the fields: a name that they have is theirs. */
static void add_context(struct attributes *a, const dctx_told_span *told)
{
	if (told->values != NULL)
		dctxi_otlp_add_values(a, told->values);
	if (told->chain != NULL && told->chain[0] != '\0')
		dctxi_otlp_add_string(a, "dctx.chain", told->chain);
	if (told->deadline != DCTX_NO_DEADLINE)
		dctxi_otlp_add_int(a, "dctx.deadline",
				   unix_time(told, told->deadline));
	if (told->cause != NULL)
		dctxi_otlp_add_string(a, "dctx.cause", told->cause);
	if (told->status != DCTX_OK)
		dctxi_otlp_add_string(a, "error.type",
				      dctx_strerror(told->status));
	if (told->task != 0)
		dctxi_otlp_add_int(a, "dctx.task", (int64_t)told->task);
	if (told->thread != 0)
		dctxi_otlp_add_int(a, "thread.id", (int64_t)told->thread);
	add_site(a, told->site);
}

static Otlp__Event *event_of(struct arena *arena, const dctx_told_span *told,
			     const dctx_told_event *from)
{
	Otlp__Event *event = dctxi_otlp_take(arena, sizeof *event);
	struct attributes a = {.arena = arena};

	if (event == NULL)
		return NULL;
	otlp__event__init(event);
	event->time_unix_nano = wire_time(unix_time(told, from->at));
	event->name = dctxi_otlp_utf8_of(arena, from->name);
	dctxi_otlp_add_fields(&a, from->fields, from->field_count);
	event->attributes = a.list;
	event->n_attributes = a.n;
	return event;
}

static void add_events(struct arena *arena, Otlp__Span *span,
		       const dctx_told_span *told)
{
	if (told->event_count == 0)
		return;
	span->events = dctxi_otlp_take(arena, told->event_count *
						      sizeof(*span->events));
	for (size_t i = 0; i < told->event_count && !arena->failed; i++)
		span->events[span->n_events++] =
			event_of(arena, told, &told->events[i]);
}

static Otlp__Link *link_of(struct arena *arena, const dctx_trace *from)
{
	Otlp__Link *link = dctxi_otlp_take(arena, sizeof *link);

	if (link == NULL)
		return NULL;
	otlp__link__init(link);
	link->trace_id = id_of(from->trace_id, sizeof from->trace_id);
	link->span_id = id_of(from->span_id, sizeof from->span_id);
	link->trace_state =
		dctxi_otlp_utf8(arena, from->state.data, from->state.len);
	link->flags =
		from->flags & OTLP__SPAN_FLAGS__SPAN_FLAGS_TRACE_FLAGS_MASK;
	return link;
}

static void add_links(struct arena *arena, Otlp__Span *span,
		      const dctx_told_span *told)
{
	if (told->link_count == 0)
		return;
	span->links =
		dctxi_otlp_take(arena, told->link_count * sizeof(*span->links));
	for (size_t i = 0; i < told->link_count && !arena->failed; i++)
		span->links[span->n_links++] = link_of(arena, &told->links[i]);
}

/* Of what went well nothing is said: "Ok" is a word of whoever watches over a
 * whole application (Trace API, Set Status). */
static void add_status(struct arena *arena, Otlp__Span *span,
		       const dctx_told_span *told)
{
	Otlp__Status *status;

	if (told->status == DCTX_OK)
		return;
	status = dctxi_otlp_take(arena, sizeof *status);
	if (status == NULL)
		return;
	otlp__status__init(status);
	status->code = OTLP__STATUS_CODE__STATUS_CODE_ERROR;
	status->message = dctxi_otlp_utf8_of(
		arena, told->status_text != NULL ? told->status_text
						 : dctx_strerror(told->status));
	span->status = status;
}

static Otlp__SpanKind kind_of(dctx_span_kind kind)
{
	switch (kind) {
	case DCTX_SPAN_SERVER:
		return OTLP__SPAN_KIND__SPAN_KIND_SERVER;
	case DCTX_SPAN_CLIENT:
		return OTLP__SPAN_KIND__SPAN_KIND_CLIENT;
	case DCTX_SPAN_PRODUCER:
		return OTLP__SPAN_KIND__SPAN_KIND_PRODUCER;
	case DCTX_SPAN_CONSUMER:
		return OTLP__SPAN_KIND__SPAN_KIND_CONSUMER;
	default:
		return OTLP__SPAN_KIND__SPAN_KIND_INTERNAL;
	}
}

static uint32_t flags_of(const dctx_told_span *told)
{
	uint32_t flags = told->trace.flags &
			 OTLP__SPAN_FLAGS__SPAN_FLAGS_TRACE_FLAGS_MASK;

	flags |= OTLP__SPAN_FLAGS__SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK;
	if (told->parent_is_remote)
		flags |= OTLP__SPAN_FLAGS__SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK;
	return flags;
}

static void add_identity(struct arena *arena, Otlp__Span *span,
			 const dctx_told_span *told)
{
	const dctx_trace *trace = &told->trace;
	const int64_t ended = told->ended_unix > told->began_unix
				      ? told->ended_unix
				      : told->began_unix;

	span->trace_id = id_of(trace->trace_id, sizeof trace->trace_id);
	span->span_id = id_of(trace->span_id, sizeof trace->span_id);
	span->parent_span_id = id_of(told->parent, sizeof told->parent);
	span->trace_state =
		dctxi_otlp_utf8(arena, trace->state.data, trace->state.len);
	span->name = dctxi_otlp_utf8_of(arena, told->site->name);
	span->kind = kind_of(told->kind);
	span->flags = flags_of(told);
	span->start_time_unix_nano = wire_time(told->began_unix);
	span->end_time_unix_nano = wire_time(ended);
}

Otlp__Span *dctxi_otlp_span(struct arena *arena, const dctx_told_span *told)
{
	Otlp__Span *span = dctxi_otlp_take(arena, sizeof *span);
	struct attributes a = {.arena = arena};

	if (span == NULL)
		return NULL;
	otlp__span__init(span);
	add_identity(arena, span, told);
	dctxi_otlp_add_fields(&a, told->fields, told->field_count);
	add_context(&a, told);
	span->attributes = a.list;
	span->n_attributes = a.n;
	span->dropped_attributes_count = count_of(told->dropped_fields);
	span->dropped_events_count = count_of(told->dropped_events);
	span->dropped_links_count = count_of(told->dropped_links);
	add_events(arena, span, told);
	add_links(arena, span, told);
	add_status(arena, span, told);
	return span;
}
