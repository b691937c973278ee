/* SPDX-License-Identifier: MIT */
/*
 * crossing.h - a message that what ends a context goes along in: written by the
 * library or by hand, read by it or looked into.
 */
#ifndef DCTXT_CROSSING_H
#define DCTXT_CROSSING_H

#include "kit.h"
#include "message.h"


#define FAR (3600 * DCTX_S)

static struct message m;

DCTX_KEY_STR(k_str, "str", DCTX_WIRE);

__attribute__((unused))
static size_t encode(const dctx_encode_options *options, unsigned char *buf,
		     size_t size)
{
	size_t len = 0;

	assert_int_equal(dctx_encode_with(options, buf, size, &len), DCTX_OK);
	return len;
}

__attribute__((unused))
static void encode_here(const dctx_encode_options *options)
{
	m.len = encode(options, m.bytes, sizeof m.bytes);
}

__attribute__((unused))
static dctx_snapshot *decoded(unsigned flags, int64_t received_at)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .received_at = received_at};
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_OK);
	return s;
}

__attribute__((unused))
static void refused(unsigned flags, dctx_status status)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags};
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 status);
	assert_null(s);
}

/* The entry of a name, as any reader of messages sees it. */
__attribute__((unused))
static bool entry_of(const char *name, dctx_entry *out)
{
	dctx_message message;

	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	while (dctx_message_entry(&message, out))
		if (out->key.len == strlen(name) &&
		    memcmp(out->key.data, name, out->key.len) == 0)
			return true;
	return false;
}

__attribute__((unused))
static uint64_t number_at(const void *at, size_t width)
{
	const unsigned char *byte = at;
	uint64_t v = 0;

	for (size_t i = 0; i < width; i++)
		v |= (uint64_t)byte[i] << 8 * i;
	return v;
}

__attribute__((unused))
static int64_t budget(void)
{
	dctx_entry e;

	assert_true(entry_of("dctx.deadline", &e));
	assert_true(e.reserved);
	assert_int_equal(e.version, 1);
	assert_int_equal(e.value.len, 8);
	return (int64_t)number_at(e.value.data, 8);
}

/* A message with one entry of a u64. */
__attribute__((unused))
static void put_budgets(size_t n, const uint64_t *left)
{
	begin(&m, n);
	for (size_t i = 0; i < n; i++)
		put_scalar(&m, "dctx.deadline", left[i], 8);
	put_number(&m, 0, 8);
}

__attribute__((unused))
static void put_cancel(unsigned status, const void *text, size_t len,
		       uint64_t said)
{
	unsigned char value[2048] = {0};

	value[0] = (unsigned char)status;
	value[1] = 7;
	for (size_t i = 0; i < 8; i++)
		value[5 + i] = (unsigned char)(said >> 8 * i);
	memcpy(value + 13, text, len);
	begin(&m, 1);
	put_versioned(&m, "dctx.cancel", 1, value, 13 + len);
	put_number(&m, 0, 8);
}

#endif
