/* SPDX-License-Identifier: MIT */
/*
 * What is said of a span while it is open. The user's code - a type's copy and
 * destroy, layers, the hook - runs before or after, never under the lock.
 */
#include "trace/span_recorded.h"

#include "data/fail.h"
#include "plat/clock.h"

#include <string.h>

/* Something of a span was lost. */
static dctx_status lost(dctx_status status, const char *what)
{
	dctxi_fail(status, what);
	dctxi_event(DCTX_EV_DROPPED_SPAN, status, what);
	return status;
}

/* Takes the lock of a span that is open; else says that it is not. */
static bool lock(dctx_span *span)
{
	dctxi_span_lock(span);
	/* Relaxed: it is set under the lock. */
	if (__atomic_load_n(&span->stage, __ATOMIC_RELAXED) !=
	    DCTXI_SPAN_CLOSED)
		return true;
	dctxi_mutex_unlock(&span->lock);
	return false;
}

static dctx_status field_record(dctx_span *span, const char *name,
				struct dctxi_given *in)
{
	dctx_status status;

	if (!lock(span))
		return DCTX_STALE;
	status = dctxi_span_field_set(span, name, true, in);
	dctxi_mutex_unlock(&span->lock);
	return status;
}

dctx_status dctx_span_record(dctx_span *span, const char *name,
			     const dctx_any *value)
{
	struct dctxi_given in;
	dctx_status status;

	if (span == NULL)
		return DCTX_OK;
	if (name == NULL || value == NULL)
		return dctxi_fail(DCTX_INVALID, "span field");
	if (!span->kept)
		return dctxi_span_closed(span) ? lost(DCTX_STALE, name)
					       : DCTX_OK;
	status = dctxi_given_make(value, &in);
	if (status == DCTX_INVALID)
		return dctxi_fail(status, name);
	if (status == DCTX_OK) {
		status = field_record(span, name, &in);
		dctxi_given_end(&in);
	}
	/* A layer sees also what does not fit in here any more. */
	if (status != DCTX_STALE)
		dctxi_layers_record(span->layers, span, name, value);
	return status == DCTX_OK ? DCTX_OK : lost(status, name);
}

static dctx_status field_fill(dctx_span *span, const char *name,
			      struct dctxi_given *in)
{
	dctx_status status;
	int at;

	if (!lock(span))
		return DCTX_STALE;
	at = dctxi_span_field_find(span, name);
	if (at < 0)
		status = DCTX_UNKNOWN_KEY;
	else if (span->recorded.room[at].user)
		status = DCTX_CONFLICT;
	else
		status = dctxi_span_field_set(span, name, false, in);
	dctxi_mutex_unlock(&span->lock);
	return status;
}

dctx_status dctx_span_fill(dctx_span *span, const char *name,
			   const dctx_any *value)
{
	struct dctxi_given in;
	dctx_status status;

	if (span == NULL)
		return DCTX_OK;
	if (name == NULL || value == NULL)
		return dctxi_fail(DCTX_INVALID, "span field");
	if (!span->kept)
		return dctxi_span_closed(span) ? lost(DCTX_STALE, name)
					       : DCTX_OK;
	status = dctxi_given_make(value, &in);
	if (status == DCTX_INVALID)
		return dctxi_fail(status, name);
	if (status == DCTX_OK) {
		status = field_fill(span, name, &in);
		dctxi_given_end(&in);
	}
	if (status == DCTX_OK || status == DCTX_UNKNOWN_KEY ||
	    status == DCTX_CONFLICT)
		return status;
	return lost(status, name);
}

/* Under the lock: a copy of a value, or a view of a scalar. */
static void read_out(const dctx_any *value, char *buf, size_t size,
		     dctx_any *out)
{
	size_t len = value->as.bytes.len;

	*out = *value;
	if (value->kind == DCTX_KIND_TYPE)
		out->as.object = NULL;
	if (value->kind != DCTX_KIND_STR && value->kind != DCTX_KIND_BYTES)
		return;
	if (size == 0) {
		out->as.bytes = (dctx_bytes){"", 0};
		return;
	}
	if (len > size - 1)
		len = size - 1;
	memcpy(buf, value->as.bytes.data, len);
	buf[len] = '\0';
	out->as.bytes = (dctx_bytes){buf, len};
}

bool dctx_span_field_get(dctx_span *span, const char *name, void *buf,
			 size_t size, dctx_any *out)
{
	int at;

	if (span == NULL || name == NULL || out == NULL ||
	    (buf == NULL && size > 0))
		return false;
	dctxi_span_lock(span);
	at = dctxi_span_field_find(span, name);
	if (at >= 0)
		read_out(&span->recorded.field[at].value, buf, size, out);
	dctxi_mutex_unlock(&span->lock);
	return at >= 0;
}

/* What an event has on its way in. */
struct event {
	const char *name;
	const dctx_span_field *fields;
	size_t n;
	struct dctxi_given *in; /* as many */
};

static dctx_status event_make(struct event *event)
{
	dctx_status status = DCTX_OK;
	size_t i = 0;

	for (; i < event->n && status == DCTX_OK; i++)
		status = event->fields[i].name != NULL
				 ? dctxi_given_make(&event->fields[i].value,
						    &event->in[i])
				 : DCTX_INVALID;
	if (status != DCTX_OK)
		while (--i > 0)
			dctxi_given_end(&event->in[i - 1]);
	return status;
}

static dctx_status event_add(dctx_span *span, struct event *event)
{
	int64_t at = dctxi_clock();
	dctx_status status;

	if (!lock(span))
		return DCTX_STALE;
	status = dctxi_span_event_add(span, event->name, at, event->fields,
				      event->in, event->n);
	dctxi_mutex_unlock(&span->lock);
	return status;
}

/* Keeps it for the sinks. */
static dctx_status event_keep(dctx_span *span, const char *name,
			      const dctx_span_field *fields, size_t n)
{
	struct dctxi_given in[DCTX_SPAN_FIELDS];
	struct event event = {name, fields, n, in};
	dctx_status status;

	if (n > DCTX_SPAN_FIELDS)
		event.n = DCTX_SPAN_FIELDS;
	status = event_make(&event);
	if (status != DCTX_OK)
		return status;
	status = event_add(span, &event);
	for (size_t i = 0; i < event.n; i++)
		dctxi_given_end(&event.in[i]);
	return status == DCTX_OK && event.n < n ? DCTX_LIMIT : status;
}

dctx_status dctx_span_event(dctx_span *span, const char *name,
			    const dctx_span_field *fields, size_t n)
{
	dctx_status status = DCTX_OK;

	if (span == NULL)
		return DCTX_OK;
	if (name == NULL || (fields == NULL && n > 0))
		return dctxi_fail(DCTX_INVALID, "span event");
	if (span->told)
		status = event_keep(span, name, fields, n);
	else if (dctxi_span_closed(span))
		status = DCTX_STALE;
	if (status == DCTX_INVALID)
		return dctxi_fail(status, name);
	if (status != DCTX_STALE)
		dctxi_layers_event(span->layers, span, name, fields, n);
	return status == DCTX_OK ? DCTX_OK : lost(status, name);
}

static dctx_status status_set(dctx_span *span, dctx_status status,
			      const char *text)
{
	struct dctxi_recorded *r = &span->recorded;
	dctx_status said = DCTX_OK;

	if (!lock(span))
		return DCTX_STALE;
	if (r->status == DCTX_OK && status != DCTX_OK) {
		r->status = status;
		if (text != NULL)
			said = dctxi_span_text_add(span, text, &r->status_text);
	}
	dctxi_mutex_unlock(&span->lock);
	return said;
}

dctx_status dctx_span_status(dctx_span *span, dctx_status status,
			     const char *text)
{
	dctx_status said;

	if (span == NULL)
		return DCTX_OK;
	said = status_set(span, status, text);
	return said == DCTX_OK ? DCTX_OK : lost(said, "span status");
}
