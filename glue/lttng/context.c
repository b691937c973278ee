/* SPDX-License-Identifier: MIT */
/*
 * Theory. LTTng asks for a value's size, then, when it has room for all of an
 * event, for the value, on the thread that hit the tracepoint and without
 * anything else of that thread in between but signal handlers, which may hit
 * tracepoints, too. What is written must be as long as was said, or the rest of
 * the buffer is lost; but another thread may map the name to another key
 * meanwhile. So what was said is kept, by the event and the context, in a few
 * records of the thread's, and what is written is made to fit that.
 *
 * An event that LTTng has no room for leaves its records; they are overwritten
 * in turn. A handler that interrupts is done with its records when it goes
 * back, so that it may share one with what it interrupted: that writes it
 * after. For an event with more contexts than there are records some are found
 * no more; then the value says again how long it is.
 *
 * All of this is signal-safe; the records lie in the thread's block of the
 * loader's, so that the first touch does not allocate.
 */
#include "context.h"

#include "provider.h"

#include <dctx/log.h>

#include <string.h>

/* What is told of a value. */
struct shape {
	enum dctxi_tag tag;
	uint32_t len; /* of a text */
};

struct said {
	const void *context, *probe;
	struct shape shape;
};

enum { RECORDS = 24 };
static __thread struct said said[RECORDS]
	__attribute__((tls_model("initial-exec")));
static __thread unsigned next __attribute__((tls_model("initial-exec")));

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
		shape.len = (uint32_t)strnlen(value->as.bytes.data,
					      value->as.bytes.len);
		break;
	default:
		break;
	}
	return shape;
}

static struct said *find(const void *context, const void *probe)
{
	for (unsigned i = 0; i < RECORDS; i++)
		if (said[i].context == context && said[i].probe == probe)
			return &said[i];
	return NULL;
}

static void keep(const void *context, const void *probe, struct shape shape)
{
	struct said *record = find(context, probe);

	if (record == NULL) {
		record = &said[next];
		next = (next + 1) % RECORDS;
	}
	/* The compiler keeps this order for a handler, which takes another. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*record = (struct said){context, probe, shape};
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
	const struct said *kept = find(context, probe);
	char buf[DCTX_LOG_TEXT];
	dctx_any value = value_of(context, buf);
	struct shape now = shape_of(&value);
	struct shape shape = kept != NULL ? kept->shape : now;
	char tag = (char)shape.tag;

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

/* Texts end at a NUL here, and such of our own making, ids and hex digits, must
 * outlive this call: those that are longer than ids are cut. */
static void get_value(void *context, struct lttng_ust_probe_ctx *probe,
		      struct lttng_ust_ctx_value *out)
{
	static __thread char room[40]
		__attribute__((tls_model("initial-exec")));
	char buf[DCTX_LOG_TEXT];
	dctx_any value = value_of(context, buf);
	struct shape shape = shape_of(&value);
	const char *text = value.as.bytes.data;

	(void)probe;
	out->sel = shape.tag;
	out->u.u64 = value.as.u;
	if (value.kind == DCTX_KIND_BOOL)
		out->u.u64 = value.as.b;
	/* 2.13's filters take no unsigned ones; as they read this it is the
	 * same number. */
	if (shape.tag == DCTXI_TAG_UINT && out->u.u64 <= INT64_MAX)
		out->sel = DCTXI_TAG_INT;
	if (shape.tag != DCTXI_TAG_TEXT)
		return;
	out->u.str = shape.len > 0 ? text : "";
	if (text == buf) {
		memcpy(room, buf, sizeof room - 1);
		room[shape.len < sizeof room ? shape.len : sizeof room - 1] =
			'\0';
		out->u.str = room;
	}
}

static struct lttng_ust_context_provider provider = {
	.struct_size = sizeof provider,
	.name = "$app.dctx",
	.get_size = get_size,
	.record = record,
	.get_value = get_value,
};
static struct lttng_ust_registered_context_provider *registered;

bool dctxi_lttng_context_begin(void)
{
	registered = lttng_ust_context_provider_register(&provider);
	return registered != NULL;
}

void dctxi_lttng_context_end(void)
{
	lttng_ust_context_provider_unregister(registered);
}
