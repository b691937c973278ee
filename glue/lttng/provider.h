/* SPDX-License-Identifier: MIT */
/*
 * provider.h - how LTTng-UST 2.13 and later asks a process for its own context.
 *
 * The functions are exported and their interface is a part of its ABI, which
 * says of each struct that it only grows at its end; but no header of it that
 * is installed declares them.
 */
#ifndef DCTXI_PROVIDER_H
#define DCTXI_PROVIDER_H

#include <lttng/ust-events.h>
#include <lttng/ust-ringbuffer-context.h>

#include <stddef.h>
#include <stdint.h>

/* What a value is, in the stream the byte before it. */
enum dctxi_tag {
	DCTXI_TAG_NONE = 0,
	DCTXI_TAG_INT = 4, /* of 64 bits, as the next two */
	DCTXI_TAG_UINT = 8,
	DCTXI_TAG_FLOAT = 10,
	DCTXI_TAG_TEXT = 11, /* up to its NUL */
};

/* A value for a filter, which looks at it at once. */
struct lttng_ust_ctx_value {
	int sel; /* a tag */
	union {
		int64_t s64;
		uint64_t u64;
		const char *str;
		double d;
	} u;
};

/* The first argument of all three is a lttng_ust_app_context; the second is of
 * the one event that is being recorded. `record` is called after `get_size` of
 * all of an event's contexts, or not at all, and must write as many bytes. */
struct lttng_ust_context_provider {
	uint32_t struct_size;
	const char *name; /* "$app.PROVIDER" */
	size_t (*get_size)(void *context, struct lttng_ust_probe_ctx *probe,
			   size_t offset);
	void (*record)(void *context, struct lttng_ust_probe_ctx *probe,
		       struct lttng_ust_ring_buffer_ctx *to,
		       struct lttng_ust_channel_buffer *channel);
	void (*get_value)(void *context, struct lttng_ust_probe_ctx *probe,
			  struct lttng_ust_ctx_value *value);
	void *priv;
};

/* A context that a session asks for, for as long as it does. */
struct lttng_ust_app_context {
	uint32_t struct_size;
	struct lttng_ust_event_field *event_field;
	char *ctx_name; /* "$app.PROVIDER:NAME" */
};

struct lttng_ust_registered_context_provider;

/* NULL: the name is taken, or there is no memory. */
struct lttng_ust_registered_context_provider *
lttng_ust_context_provider_register(
	struct lttng_ust_context_provider *provider);

/* No event is in the provider's functions when it is back. */
void lttng_ust_context_provider_unregister(
	struct lttng_ust_registered_context_provider *registered);

#endif
