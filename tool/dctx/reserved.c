/* SPDX-License-Identifier: MIT */
/* reserved.c - see dctx/envelope.h and dctx/auth.h for what they are made of.
 */
#include "reserved.h"

#include <dctx/trace.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TRACE_HEAD = DCTX_TRACE_ID + DCTX_SPAN_ID + 4, CANCEL_HEAD = 13 };
enum { BOOT_ID = 16, UNTIL = 8 + BOOT_ID + 8 };

static uint64_t load(const unsigned char *at, size_t len)
{
	uint64_t number = 0;

	while (len-- > 0)
		number = number << 8 | at[len];
	return number;
}

/* `format` is one of this file's, for a number of 64 bits. */
static void add_number(struct text *out, const char *format, uint64_t number)
{
	char line[96];

	snprintf(line, sizeof line, format, number);
	text_str(out, line);
}

static bool deadline_means(dctx_bytes value, struct text *out)
{
	uint64_t left;

	if (value.len != 8)
		return false;
	left = load(value.data, 8);
	if (left == 0)
		text_str(out, "no time was left");
	else
		add_number(out, "%" PRIu64 " ns were left", left);
	return true;
}

static bool cancel_means(dctx_bytes value, struct text *out)
{
	const unsigned char *at = value.data;
	size_t len = value.len;

	if (len < CANCEL_HEAD || at[0] < 1 || at[0] > 2 ||
	    load(at + 5, 8) != len - CANCEL_HEAD)
		return false;
	text_str(out, at[0] == 1 ? "canceled" : "deadline exceeded");
	if (load(at + 1, 4) <= INT32_MAX)
		add_number(out, ", code %" PRIu64, load(at + 1, 4));
	else
		add_number(out, ", code -%" PRIu64,
			   ((uint64_t)1 << 32) - load(at + 1, 4));
	if (len > CANCEL_HEAD)
		text_str(out, ": ");
	text_add(out, at + CANCEL_HEAD, len - CANCEL_HEAD);
	return true;
}

/* Bytes stand behind their length. */
static bool counted(dctx_bytes *value)
{
	const unsigned char *at = value->data;

	if (value->len < 8 || load(at, 8) != value->len - 8)
		return false;
	*value = (dctx_bytes){at + 8, value->len - 8};
	return true;
}

static bool trace_means(dctx_bytes value, struct text *out)
{
	const unsigned char *at;
	uint64_t flags;

	if (!counted(&value) || value.len < TRACE_HEAD)
		return false;
	at = value.data;
	flags = load(at + DCTX_TRACE_ID + DCTX_SPAN_ID, 4);
	text_hex(out, (dctx_bytes){at, DCTX_TRACE_ID});
	text_char(out, '-');
	text_hex(out, (dctx_bytes){at + DCTX_TRACE_ID, DCTX_SPAN_ID});
	add_number(out, "-%02" PRIx64, flags & 0xff);
	if (flags & DCTX_TRACE_DEBUG)
		text_str(out, " debug");
	if (flags & DCTX_TRACE_UNDECIDED)
		text_str(out, " undecided");
	if (value.len > TRACE_HEAD)
		text_char(out, ' ');
	text_add(out, at + TRACE_HEAD, value.len - TRACE_HEAD);
	return true;
}

static bool baggage_means(dctx_bytes value, struct text *out)
{
	if (!counted(&value))
		return false;
	text_add(out, value.data, value.len);
	return true;
}

static bool auth_means(dctx_bytes value, struct text *out)
{
	const unsigned char *at = value.data;
	size_t len = value.len;

	if (len < 2 || (size_t)at[0] + 2 > len ||
	    (size_t)at[0] + at[1 + at[0]] + 2 != len)
		return false;
	text_str(out, "signed with ");
	text_add(out, at + 1, at[0]);
	add_number(out, ", a code of %" PRIu64 " bytes", at[1 + at[0]]);
	return true;
}

static bool until_means(dctx_bytes value, struct text *out)
{
	const unsigned char *at = value.data;

	if (value.len < UNTIL)
		return false;
	add_number(out, "until %" PRIu64 " ns of boot ", load(at, 8));
	text_hex(out, (dctx_bytes){at + 8, BOOT_ID});
	add_number(out, ", time namespace %" PRIu64, load(at + 8 + BOOT_ID, 8));
	return true;
}

static const struct {
	const char *key;
	bool (*means)(dctx_bytes value, struct text *out);
} entries[] = {
	{"dctx.deadline", deadline_means}, {"dctx.cancel", cancel_means},
	{"dctx.trace", trace_means},	   {"dctx.baggage", baggage_means},
	{"dctx.auth", auth_means},	   {"dctx.until", until_means},
};

bool reserved_means(const dctx_entry *entry, struct text *out)
{
	if (entry->version != 1)
		return false;
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		if (entry->key.len == strlen(entries[i].key) &&
		    memcmp(entry->key.data, entries[i].key, entry->key.len) ==
			    0)
			return entries[i].means(entry->value, out);
	return false;
}
