/* SPDX-License-Identifier: MIT */
/*
 * The layer. It keeps nothing of spans: each event says whose it is. Nothing is
 * made ready for an event that no session wants.
 */
#include "spans.h"

#include "text.h"
#include "tracepoints.h"

#include <string.h>

/* A span's id as text. */
struct id {
	char text[2 * DCTX_SPAN_ID + 1];
};

static struct id id_of(const dctx_span *span)
{
	struct id id = {""};
	dctx_trace trace;

	if (dctx_span_trace(span, &trace))
		(void)dctxi_lttng_hex(trace.span_id, DCTX_SPAN_ID, id.text);
	return id;
}

static const char *name_of(const dctx_span *span)
{
	return dctx_span_site_of(span)->name;
}

static void tell_open(const dctx_span *span)
{
	const dctx_span_site *site = dctx_span_site_of(span);
	const char *target = site->target != NULL ? site->target : site->file;
	unsigned char parent[DCTX_SPAN_ID];
	char trace_id[2 * DCTX_TRACE_ID + 1];
	struct id id = id_of(span), of;
	dctx_trace trace;

	(void)dctx_span_trace(span, &trace);
	(void)dctx_span_parent(span, parent);
	(void)dctxi_lttng_hex(trace.trace_id, DCTX_TRACE_ID, trace_id);
	(void)dctxi_lttng_hex(parent, DCTX_SPAN_ID, of.text);
	lttng_ust_do_tracepoint(dctx, span_open, id.text, site->name,
				target != NULL ? target : "", site->level,
				trace_id, of.text);
}

static void on_open(void *user, dctx_span *span)
{
	(void)user;
	if (lttng_ust_tracepoint_enabled(dctx, span_open))
		tell_open(span);
}

static void tell_text(const dctx_span *span, const char *name,
		      const dctx_any *value)
{
	char text[DCTXI_LTTNG_TEXT];

	if (lttng_ust_tracepoint_enabled(dctx, field_text))
		lttng_ust_do_tracepoint(dctx, field_text, id_of(span).text,
					name, dctxi_lttng_text(value, text));
}

static void tell_uint(const dctx_span *span, const char *name, uint64_t value)
{
	if (lttng_ust_tracepoint_enabled(dctx, field_uint))
		lttng_ust_do_tracepoint(dctx, field_uint, id_of(span).text,
					name, value);
}

static void tell_int(const dctx_span *span, const char *name, int64_t value)
{
	if (lttng_ust_tracepoint_enabled(dctx, field_int))
		lttng_ust_do_tracepoint(dctx, field_int, id_of(span).text, name,
					value);
}

static void tell_float(const dctx_span *span, const char *name, double value)
{
	if (lttng_ust_tracepoint_enabled(dctx, field_float))
		lttng_ust_do_tracepoint(dctx, field_float, id_of(span).text,
					name, value);
}

/* Also a field that was declared and has no value. */
static void on_record(void *user, dctx_span *span, const char *name,
		      const dctx_any *value)
{
	(void)user;
	switch ((int)value->kind) {
	case 0:
		break;
	case DCTX_KIND_BOOL:
		tell_uint(span, name, value->as.b);
		break;
	case DCTX_KIND_U8:
	case DCTX_KIND_U16:
	case DCTX_KIND_U32:
	case DCTX_KIND_U64:
		tell_uint(span, name, value->as.u);
		break;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		tell_float(span, name, value->as.f);
		break;
	case DCTX_KIND_STR:
	case DCTX_KIND_BYTES:
	case DCTX_KIND_TYPE:
		tell_text(span, name, value);
		break;
	default:
		tell_int(span, name, value->as.i);
	}
}

/* name=value with spaces between, as many as have room. */
static void fields_text(const dctx_span_field *fields, size_t n, char *buf)
{
	char value[DCTXI_LTTNG_TEXT];
	size_t at = 0, len, more;

	*buf = '\0';
	for (size_t i = 0; i < n; i++) {
		if (fields[i].name == NULL)
			continue;
		(void)dctxi_lttng_text(&fields[i].value, value);
		len = strlen(fields[i].name);
		more = (at > 0) + len + 1 + strlen(value);
		if (at + more >= DCTXI_LTTNG_TEXT)
			continue;
		if (at > 0)
			buf[at++] = ' ';
		memcpy(buf + at, fields[i].name, len);
		at += len;
		buf[at++] = '=';
		strcpy(buf + at, value);
		at += strlen(value);
	}
}

static void tell_event(const dctx_span *span, const char *name,
		       const dctx_span_field *fields, size_t n)
{
	char text[DCTXI_LTTNG_TEXT];

	fields_text(fields, n, text);
	lttng_ust_do_tracepoint(dctx, span_event, id_of(span).text, name, text);
}

static void on_event(void *user, dctx_span *span, const char *name,
		     const dctx_span_field *fields, size_t n)
{
	(void)user;
	if (lttng_ust_tracepoint_enabled(dctx, span_event))
		tell_event(span, name, fields, n);
}

static void on_enter(void *user, dctx_span *span)
{
	(void)user;
	lttng_ust_tracepoint(dctx, span_enter, id_of(span).text, name_of(span));
}

static void on_leave(void *user, dctx_span *span)
{
	(void)user;
	lttng_ust_tracepoint(dctx, span_leave, id_of(span).text, name_of(span));
}

static void on_close(void *user, dctx_span *span)
{
	(void)user;
	lttng_ust_tracepoint(dctx, span_close, id_of(span).text, name_of(span));
}

const dctx_layer dctxi_lttng_spans = {
	.struct_size = DCTX_LAYER_SIZE,
	.name = "lttng",
	.on_open = on_open,
	.on_record = on_record,
	.on_event = on_event,
	.on_enter = on_enter,
	.on_leave = on_leave,
	.on_close = on_close,
};
