/* SPDX-License-Identifier: MIT */
#include "spans.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dctxt_span kept[DCTXT_SPANS];
static size_t told;
static dctx_sink *sink;

static void put(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s", more);
}

static void put_value(char *text, size_t size, const dctx_any *value)
{
	char buf[64];

	switch (value->kind) {
	case DCTX_KIND_STR:
		snprintf(buf, sizeof buf, "%.50s",
			 (const char *)value->as.bytes.data);
		break;
	case DCTX_KIND_I32:
	case DCTX_KIND_I64:
		snprintf(buf, sizeof buf, "%lld", (long long)value->as.i);
		break;
	case DCTX_KIND_BOOL:
		snprintf(buf, sizeof buf, "%s", value->as.b ? "true" : "false");
		break;
	default:
		snprintf(buf, sizeof buf, "<%s>", dctx_kind_name(value->kind));
	}
	put(text, size, buf);
}

static void put_fields(char *text, size_t size, const dctx_span_field *fields,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(text, size, i > 0 ? " " : "");
		put(text, size, fields[i].name);
		put(text, size, "=");
		put_value(text, size, &fields[i].value);
	}
}

static bool ends_within(const dctx_bytes *text)
{
	const unsigned char *at = text->data;

	return text->len > 0 && at[text->len - 1] >= 0xc0;
}

static void look_at(struct dctxt_span *span, const dctx_told_span *from)
{
	span->utf8_ends = true;
	for (size_t i = 0; i < from->field_count; i++) {
		const dctx_any *value = &from->fields[i].value;

		if (value->kind != DCTX_KIND_STR)
			continue;
		if (value->as.bytes.len > span->longest)
			span->longest = value->as.bytes.len;
		if (ends_within(&value->as.bytes))
			span->utf8_ends = false;
	}
	put_fields(span->fields, sizeof span->fields, from->fields,
		   from->field_count);
	for (size_t i = 0; i < from->event_count; i++) {
		const dctx_told_event *event = &from->events[i];

		put(span->events, sizeof span->events, event->name);
		put(span->events, sizeof span->events, "(");
		put_fields(span->events, sizeof span->events, event->fields,
			   event->field_count);
		put(span->events, sizeof span->events, ")");
	}
}

static void copy(struct dctxt_span *span, const dctx_told_span *from)
{
	*span = (struct dctxt_span){
		.trace = from->trace,
		.remote = from->parent_is_remote,
		.kind = from->kind,
		.level = from->site->level,
		.took = from->ended - from->began,
		.unix_took = from->ended_unix - from->began_unix,
		.status = from->status,
		.field_count = from->field_count,
		.event_count = from->event_count,
		.link_count = from->link_count,
		.dropped_fields = from->dropped_fields,
		.dropped_events = from->dropped_events,
		.dropped_links = from->dropped_links,
		.thread = from->thread,
		.task = from->task,
		.deadline = from->deadline,
	};
	span->trace.state = (dctx_bytes){NULL, 0};
	memcpy(span->parent, from->parent, sizeof span->parent);
	put(span->name, sizeof span->name, from->site->name);
	put(span->values, sizeof span->values, from->values);
	put(span->chain, sizeof span->chain, from->chain);
	if (from->status_text != NULL)
		put(span->status_text, sizeof span->status_text,
		    from->status_text);
	if (from->cause != NULL)
		put(span->cause, sizeof span->cause, from->cause);
	look_at(span, from);
}

static dctx_status take(void *user, const dctx_told_span *spans, size_t n,
			int64_t until)
{
	(void)user;
	(void)until;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n; i++, told++)
		if (told < DCTXT_SPANS)
			copy(&kept[told], &spans[i]);
	pthread_mutex_unlock(&lock);
	return DCTX_OK;
}

static const dctx_sink_ops ops = {
	.struct_size = sizeof ops,
	.name = "test",
	.export_spans = take,
};

void dctxt_spans_begin(void)
{
	told = 0;
	assert_int_equal(dctx_sink_new(&ops, NULL, NULL, &sink), DCTX_OK);
}

void dctxt_spans_end(void)
{
	sink = dctx_sink_end(sink);
	assert_int_equal(dctx_abi1_span_level, DCTX_LEVEL_NONE);
}

size_t dctxt_spans(void)
{
	size_t n;

	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	pthread_mutex_lock(&lock);
	n = told;
	pthread_mutex_unlock(&lock);
	return n;
}

const struct dctxt_span *dctxt_span(size_t n)
{
	assert_true(n < dctxt_spans() && n < DCTXT_SPANS);
	return &kept[n];
}

bool dctxt_is_child(const struct dctxt_span *child,
		    const struct dctxt_span *parent)
{
	return memcmp(child->parent, parent->trace.span_id, 8) == 0 &&
	       memcmp(child->trace.trace_id, parent->trace.trace_id, 16) == 0 &&
	       memcmp(child->trace.span_id, parent->trace.span_id, 8) != 0;
}

void (*dctxt_layer_on_enter)(dctx_span *span);
void (*dctxt_layer_on_leave)(dctx_span *span);

static char layered[1024];

static void note(const char *what, dctx_span *span)
{
	pthread_mutex_lock(&lock);
	put(layered, sizeof layered, what);
	put(layered, sizeof layered, " ");
	put(layered, sizeof layered, dctx_span_site_of(span)->name);
	put(layered, sizeof layered, "|");
	pthread_mutex_unlock(&lock);
}

static void on_open(void *user, dctx_span *span)
{
	(void)user;
	note("open", span);
}

static void on_record(void *user, dctx_span *span, const char *name,
		      const dctx_any *value)
{
	(void)user;
	(void)span;
	pthread_mutex_lock(&lock);
	put(layered, sizeof layered, "record ");
	put_fields(layered, sizeof layered,
		   &(const dctx_span_field){name, *value}, 1);
	put(layered, sizeof layered, "|");
	pthread_mutex_unlock(&lock);
}

static void on_enter(void *user, dctx_span *span)
{
	(void)user;
	note("enter", span);
	if (dctxt_layer_on_enter != NULL)
		dctxt_layer_on_enter(span);
}

static void on_leave(void *user, dctx_span *span)
{
	(void)user;
	note("leave", span);
	if (dctxt_layer_on_leave != NULL)
		dctxt_layer_on_leave(span);
}

static void on_close(void *user, dctx_span *span)
{
	(void)user;
	note("close", span);
}

const dctx_layer dctxt_layer = {
	.struct_size = sizeof dctxt_layer,
	.name = "test",
	.on_open = on_open,
	.on_record = on_record,
	.on_enter = on_enter,
	.on_leave = on_leave,
	.on_close = on_close,
};

void dctxt_layer_begin(void)
{
	layered[0] = '\0';
	dctxt_layer_on_enter = dctxt_layer_on_leave = NULL;
	assert_int_equal(dctx_layer_mount(&dctxt_layer, 0), DCTX_OK);
}

void dctxt_layer_end(void)
{
	assert_int_equal(dctx_layer_unmount(&dctxt_layer), DCTX_OK);
}

const char *dctxt_layer_text(void)
{
	static char text[sizeof layered];

	pthread_mutex_lock(&lock);
	memcpy(text, layered, sizeof text);
	layered[0] = '\0';
	pthread_mutex_unlock(&lock);
	return text;
}
