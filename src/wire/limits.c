/* SPDX-License-Identifier: MIT */
#include "wire/limits.h"

#include "data/utf8.h"

static const char deadline_key[] = "dctx.deadline";
static const char cancel_key[] = "dctx.cancel";

#define WIRE_CANCELED 1u
#define WIRE_DEADLINE 2u
#define CANCEL_HEAD 13u /* what stands before the message's text */

static inline bool is(dctx_bytes key, const char *name, size_t len)
{
	return key.len == len && key.data != NULL &&
	       memcmp(key.data, name, len) == 0;
}

static bool is_deadline(dctx_bytes key)
{
	return is(key, deadline_key, sizeof deadline_key - 1);
}

bool dctxi_limits_have(dctx_bytes key)
{
	return is_deadline(key) || is(key, cancel_key, sizeof cancel_key - 1);
}

static void add(struct dctxi_limits_out *out, const char *key, size_t key_len,
		const void *value, size_t len)
{
	out->entry[out->n++] = (dctx_entry){
		.key = {key, key_len},
		.value = {value, len},
		.version = DCTXI_LIMITS_VERSION,
		.reserved = true,
	};
}

/* The text of a cause, which ends with a NUL and may be the user's at a signal:
 * long, and in any encoding. What is no UTF-8 is a question mark a byte. */
static size_t put_message(unsigned char *to, dctx_bytes message)
{
	size_t len = dctxi_utf8_cut(message.data, DCTXI_MESSAGE_MAX);

	memcpy(to, message.data, len);
	if (!dctxi_utf8_valid(to, len))
		for (size_t i = 0; i < len; i++)
			if (to[i] >= 0x80)
				to[i] = '?';
	return len;
}

static void add_cancel(const struct dctxi_limits *limits,
		       struct dctxi_limits_out *out)
{
	unsigned char *at = out->cancel;
	size_t len = put_message(at + CANCEL_HEAD, limits->message);

	at[0] = limits->status == DCTX_DEADLINE_EXCEEDED ? WIRE_DEADLINE
							 : WIRE_CANCELED;
	dctxi_store32(at + 1, (uint32_t)limits->code);
	dctxi_store64(at + 5, len);
	add(out, cancel_key, sizeof cancel_key - 1, at, CANCEL_HEAD + len);
}

void dctxi_limits_write(const struct dctxi_limits *limits,
			struct dctxi_limits_out *out)
{
	out->n = 0;
	if (limits->status != DCTX_OK)
		add_cancel(limits, out);
	if (limits->remaining == INT64_MAX)
		return;
	dctxi_store64(out->budget, (uint64_t)limits->remaining);
	add(out, deadline_key, sizeof deadline_key - 1, out->budget, 8);
}

static dctx_status read_deadline(dctx_bytes value, struct dctxi_limits *limits,
				 size_t *out_used)
{
	uint64_t left;

	if (value.len < 8)
		return DCTX_CORRUPT;
	left = dctxi_load64(value.data);
	/* Of several the shortest; past the clock's end it is none. */
	if (left < (uint64_t)limits->remaining)
		limits->remaining = (int64_t)left;
	*out_used = 8;
	return DCTX_OK;
}

static dctx_status read_cancel(dctx_bytes value, struct dctxi_limits *limits,
			       size_t *out_used)
{
	const unsigned char *at = value.data;
	const char *text = (const char *)at + CANCEL_HEAD;
	uint64_t len;

	if (value.len < CANCEL_HEAD ||
	    (at[0] != WIRE_CANCELED && at[0] != WIRE_DEADLINE))
		return DCTX_CORRUPT;
	len = dctxi_load64(at + 5);
	if (len > value.len - CANCEL_HEAD || !dctxi_utf8_valid(text, len) ||
	    memchr(text, '\0', (size_t)len) != NULL)
		return DCTX_CORRUPT;
	*out_used = CANCEL_HEAD + (size_t)len;
	/* The first cancel counts, as everywhere. */
	if (limits->status != DCTX_OK)
		return DCTX_OK;
	limits->status =
		at[0] == WIRE_DEADLINE ? DCTX_DEADLINE_EXCEEDED : DCTX_CANCELED;
	limits->code = (int32_t)dctxi_load32(at + 1);
	limits->message = (dctx_bytes){text, (size_t)len};
	return DCTX_OK;
}

dctx_status dctxi_limits_read(const dctx_entry *entry,
			      struct dctxi_limits *limits, size_t *out_used)
{
	if (entry->version != DCTXI_LIMITS_VERSION)
		return DCTX_UNSUPPORTED;
	if (is_deadline(entry->key))
		return read_deadline(entry->value, limits, out_used);
	return read_cancel(entry->value, limits, out_used);
}
