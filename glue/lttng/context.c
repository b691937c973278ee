/* SPDX-License-Identifier: MIT */
/*
 * Theory. LTTng asks for a value's size, then, when it has room for all of an
 * event, for the value, on the thread that hit the tracepoint and without
 * anything else of that thread in between but signal handlers, which may hit
 * tracepoints, too. What is written must be as long as was said, or the rest of
 * the buffer is lost; but another thread may map the name to another key
 * meanwhile. So what was said is kept, by the event and the context, in a few
 * records of the thread's until it is written, and what is written is made to
 * fit that.
 *
 * A handler gives back the records it takes, so those of what it interrupted
 * stay. Where one is interrupted while it fills a record, that is claimed;
 * while it looks at one, it looks again. An event that LTTng has no room for
 * leaves its records; when none is free the oldest go. Past so many contexts of
 * one event a record may be missing; then the value says again how long it is.
 *
 * All of this is signal-safe; the records lie in the thread's block of the
 * loader's, so that the first touch does not allocate.
 */
#include "context.h"

#include "provider.h"

#include <dctx/log.h>

#include <string.h>
#include <unistd.h>

/* What is told of a value. */
struct shape {
	enum dctxi_tag tag;
	uint32_t len; /* of a text */
};

struct said {
	const void *context; /* NULL: free */
	const void *probe;
	struct shape shape;
};

enum { RECORDS = 16 };
static __thread struct said said[RECORDS]
	__attribute__((tls_model("initial-exec")));
static __thread unsigned oldest __attribute__((tls_model("initial-exec")));

/* The context of a record that is being filled. */
static const char claimed;

/* A context's value now, of kind 0 where there is none; `buf` is of
 * DCTX_LOG_TEXT bytes. */
static dctx_any value_of(const struct lttng_ust_app_context *context, char *buf)
{
	const char *name = strchr(context->ctx_name, ':');
	dctx_any value;

	if (name == NULL || !dctx_log_field(name + 1, buf, &value))
		value.kind = (dctx_kind)0;
	return value;
}

static struct shape shape_of(const dctx_any *value)
{
	struct shape shape = {DCTXI_TAG_NONE, 0};

	switch (value->kind) {
	case DCTX_KIND_BOOL:
	case DCTX_KIND_U8:
	case DCTX_KIND_U16:
	case DCTX_KIND_U32:
	case DCTX_KIND_U64:
		shape.tag = DCTXI_TAG_UINT;
		break;
	case DCTX_KIND_I8:
	case DCTX_KIND_I16:
	case DCTX_KIND_I32:
	case DCTX_KIND_I64:
		shape.tag = DCTXI_TAG_INT;
		break;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		shape.tag = DCTXI_TAG_FLOAT;
		break;
	case DCTX_KIND_STR:
		shape.tag = DCTXI_TAG_TEXT;
		if (value->as.bytes.len > 0)
			shape.len = (uint32_t)strnlen(value->as.bytes.data,
						      value->as.bytes.len);
		break;
	default:
		break;
	}
	return shape;
}

/* What stands before it was done before, as a handler on this thread sees. */
static void in_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static struct said *find(const void *context, const void *probe)
{
	for (unsigned i = 0; i < RECORDS; i++)
		if (said[i].context == context && said[i].probe == probe)
			return &said[i];
	return NULL;
}

static struct said *find_room(void)
{
	for (unsigned i = 0; i < RECORDS; i++)
		if (said[i].context == NULL)
			return &said[i];
	do
		oldest = (oldest + 1) % RECORDS;
	while (said[oldest].context == &claimed);
	return &said[oldest];
}

static void keep(const void *context, const void *probe, struct shape shape)
{
	struct said *record = find(context, probe);

	if (record == NULL)
		record = find_room();
	record->context = &claimed;
	in_order();
	record->probe = probe;
	record->shape = shape;
	in_order();
	record->context = context;
	in_order();
}

/* Gives what was kept, and the record back. */
static bool take(const void *context, const void *probe, struct shape *out)
{
	struct said *record;

	in_order();
	while ((record = find(context, probe)) != NULL) {
		*out = record->shape;
		in_order();
		if (record->context != context || record->probe != probe)
			continue;
		record->context = NULL;
		return true;
	}
	return false;
}

static size_t get_size(void *context, struct lttng_ust_probe_ctx *probe,
		       size_t offset)
{
	char buf[DCTX_LOG_TEXT];
	dctx_any value = value_of(context, buf);
	struct shape shape = shape_of(&value);
	size_t size = 1;

	keep(context, probe, shape);
	if (shape.tag == DCTXI_TAG_TEXT)
		return size + shape.len + 1;
	if (shape.tag != DCTXI_TAG_NONE) {
		size += lttng_ust_ring_buffer_align(
			offset + size, lttng_ust_rb_alignof(uint64_t));
		size += sizeof(uint64_t);
	}
	return size;
}

static void write_text(struct lttng_ust_ring_buffer_ctx *to,
		       const struct lttng_ust_channel_buffer *channel,
		       const char *text, size_t len, size_t most)
{
	size_t n = len < most ? len : most;

	channel->ops->event_write(to, text, n, 1);
	for (; n < most; n++)
		channel->ops->event_write(to, " ", 1, 1);
	channel->ops->event_write(to, "", 1, 1);
}

static void record(void *context, struct lttng_ust_probe_ctx *probe,
		   struct lttng_ust_ring_buffer_ctx *to,
		   struct lttng_ust_channel_buffer *channel)
{
	char buf[DCTX_LOG_TEXT], tag;
	dctx_any value = value_of(context, buf);
	struct shape now = shape_of(&value), shape;

	if (!take(context, probe, &shape))
		shape = now;
	tag = (char)shape.tag;
	if (now.tag != shape.tag) {
		value.as.u = 0;
		now.len = 0;
	}
	channel->ops->event_write(to, &tag, 1, lttng_ust_rb_alignof(char));
	if (shape.tag == DCTXI_TAG_TEXT) {
		write_text(to, channel, now.len > 0 ? value.as.bytes.data : "",
			   now.len, shape.len);
	} else if (shape.tag != DCTXI_TAG_NONE) {
		if (value.kind == DCTX_KIND_BOOL)
			value.as.u = value.as.b;
		channel->ops->event_write(to, &value.as.u, sizeof value.as.u,
					  lttng_ust_rb_alignof(uint64_t));
	}
}

/* A copy of a text that does not outlive its call, for a filter that compares
 * two such: an id is whole, hex digits past that are cut. */
static const char *keep_text(const char *text, size_t len)
{
	static __thread char room[2][40]
		__attribute__((tls_model("initial-exec")));
	static __thread unsigned turn
		__attribute__((tls_model("initial-exec")));
	char *to = room[turn++ % 2];

	if (len >= sizeof room[0])
		len = sizeof room[0] - 1;
	memcpy(to, text, len);
	to[len] = '\0';
	return to;
}

/* Texts end at a NUL here. */
static void get_value(void *context, struct lttng_ust_probe_ctx *probe,
		      struct lttng_ust_ctx_value *out)
{
	char buf[DCTX_LOG_TEXT];
	dctx_any value = value_of(context, buf);
	struct shape shape = shape_of(&value);

	(void)probe;
	out->sel = shape.tag;
	if (shape.tag == DCTXI_TAG_TEXT) {
		out->u.str = value.as.bytes.data;
		if (out->u.str == buf || shape.len == 0)
			out->u.str = keep_text(buf, shape.len);
		return;
	}
	out->u.u64 = value.kind == DCTX_KIND_BOOL ? value.as.b : value.as.u;
	/* 2.13's filters take no unsigned ones; as they read this it is the
	 * same number. */
	if (shape.tag == DCTXI_TAG_UINT && out->u.u64 <= INT64_MAX)
		out->sel = DCTXI_TAG_INT;
}

static struct lttng_ust_context_provider provider = {
	.struct_size = sizeof provider,
	.name = "$app.dctx",
	.get_size = get_size,
	.record = record,
	.get_value = get_value,
};
static struct lttng_ust_registered_context_provider *registered;
static pid_t registered_by;

bool dctxi_lttng_context_begin(void)
{
	if (registered != NULL)
		return true;
	registered = lttng_ust_context_provider_register(&provider);
	registered_by = getpid();
	return registered != NULL;
}

void dctxi_lttng_context_end(void)
{
	if (registered_by != getpid())
		return;
	lttng_ust_context_provider_unregister(registered);
	registered = NULL;
}
