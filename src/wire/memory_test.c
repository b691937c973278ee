/* SPDX-License-Identifier: MIT */
/*
 * A message in a process without memory: each request of the library's fails in
 * turn, alone and with all that follow, from an empty cache. The call then says
 * DCTX_NOMEM, leaves its results alone, and every object made on the way was
 * destroyed once.
 */
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A number that counts its objects. */
static int alive;

static dctx_status number_encode(const void *value, dctx_writer *w)
{
	dctx_write_u64(w, *(const uint64_t *)value);
	return DCTX_OK;
}

static dctx_status number_decode(void *value, dctx_reader *r)
{
	if (dctx_read_u64(r, value) != DCTX_OK)
		return DCTX_CORRUPT;
	alive++;
	return DCTX_OK;
}

static dctx_status number_copy(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(uint64_t));
	alive++;
	return DCTX_OK;
}

static void number_destroy(void *value)
{
	(void)value;
	alive--;
}

static dctx_status number_of_text(const void *older, void *newer,
				  dctx_reader *room)
{
	const dctx_bytes *text = older;

	if (dctx_read_room(room, 64) == NULL)
		return DCTX_NOMEM;
	return number_copy(newer, &(uint64_t){text->len});
}

static dctx_status text_of_number(const void *older, void *newer,
				  dctx_reader *room)
{
	dctx_bytes *text = newer;
	char *memory = dctx_read_room(room, 700);

	(void)older;
	if (memory == NULL)
		return DCTX_NOMEM;
	memset(memory, 't', 700);
	*text = (dctx_bytes){memory, 700};
	return DCTX_OK;
}

static const dctx_type number_type = {
	.struct_size = sizeof number_type,
	.name = "number",
	.size = sizeof(uint64_t),
	.copy = number_copy,
	.destroy = number_destroy,
	.encode = number_encode,
	.decode = number_decode,
};
/* From a text over a number to a text, which is long. */
static const dctx_migration older[] = {
	{1, 2, DCTX_KIND_STR, NULL, NULL, number_of_text},
	{2, 3, DCTX_KIND_TYPE, &number_type, NULL, text_of_number},
};
static const dctx_key_options options = {sizeof options, NULL, older, 2};
DCTX_KEY_DECLARE_TYPE(k_number, uint64_t);
DCTX_KEY_TYPE(k_number, "number", uint64_t, &number_type, DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", DCTX_WIRE, 3, &options);
DCTX_KEY_BYTES(k_large, "large", DCTX_WIRE);

enum { ENTRIES = 300, NAMES = 80 };

static unsigned char message[32768];
static size_t message_len;

/* More entries and names than stand on the stack, those nobody knows among
 * them; a large value, an object, a text of version 1. */
static void make_message(void)
{
	static unsigned char large[600], number[8] = {7};
	static char keys[ENTRIES][16];
	dctx_entry entries[ENTRIES] = {{.version = 1}};
	dctx_bytes names[NAMES];
	const dctx_message_parts parts = {sizeof parts, 2, entries,
					  ENTRIES,	names, NAMES};

	memset(large, 'l', sizeof large);
	memcpy(large, "\x50\2\0\0\0\0\0\0", 8);
	for (int i = 0; i < ENTRIES; i++) {
		sprintf(keys[i], "key %d", i);
		entries[i].key = (dctx_bytes){keys[i], strlen(keys[i])};
		entries[i].version = 1;
		entries[i].value = (dctx_bytes){"\0\0\0\0\0\0\0\0", 8};
	}
	entries[0].key = (dctx_bytes){"number", 6};
	entries[0].value = (dctx_bytes){number, 8};
	entries[1].key = (dctx_bytes){"large", 5};
	entries[1].value = (dctx_bytes){large, sizeof large};
	entries[2].key = (dctx_bytes){"text", 4};
	for (int i = 0; i < NAMES; i++)
		names[i] = (dctx_bytes){"name", 4};
	dctx_limit_set(DCTX_LIMIT_CHAIN, 0);
	assert_int_equal(dctx_message_write(&parts, message, sizeof message,
					    &message_len),
			 DCTX_OK);
}

/* A call that may fail for want of memory; its results are as they were. */
typedef dctx_status call(void);

static dctx_status decode_with(unsigned flags)
{
	const dctx_decode_options how = {.struct_size = sizeof how,
					 .flags = flags};
	dctx_snapshot *s = NULL;
	dctx_status status =
		dctx_decode_with(message, message_len, &how, &s);

	assert_int_equal(s != NULL, status == DCTX_OK);
	dctx_snapshot_unref(s);
	return status;
}

static dctx_status decode(void)
{
	return decode_with(0);
}

/* A lack of memory is no bad value, and strictness needs a table. */
static dctx_status decode_strictly_what_is_good(void)
{
	return decode_with(DCTX_DECODE_STRICT | DCTX_DECODE_SKIP_BAD);
}

static dctx_status decode_here(void)
{
	dctx_guard guard = {NULL, 77};
	dctx_status status =
		dctx_decode_here(message, message_len, &guard);

	assert_int_equal(guard.id != 77, status == DCTX_OK);
	if (status == DCTX_OK)
		dctx_leave(guard);
	return status;
}

/* From the store, whose object makes it be captured. */
static dctx_status encode(void)
{
	static unsigned char buf[4096];
	size_t len = 77;
	dctx_status status = dctx_encode(buf, sizeof buf, &len);

	assert_int_equal(len != 77, status == DCTX_OK);
	return status;
}

static dctx_status encode_alloc(void)
{
	void *out = NULL;
	size_t len = 77;
	dctx_status status = dctx_encode_alloc(&out, &len);

	assert_int_equal(len != 77, status == DCTX_OK);
	assert_int_equal(out != NULL, status == DCTX_OK);
	free(out);
	return status;
}

static dctx_status encode_along(void)
{
	static unsigned char buf[4096];
	const dctx_entry entry = {{"along", 5}, {"", 0}, 1, false, 0};
	const dctx_encode_options how = {.struct_size = sizeof how,
					 .entries = &entry,
					 .entry_count = 1};
	size_t len = 77;
	dctx_status status = dctx_encode_with(&how, buf, sizeof buf, &len);

	assert_int_equal(len != 77, status == DCTX_OK);
	return status;
}

static dctx_status attempt(call *fn, long n, bool once)
{
	dctx_status status;

	dctxi_cache_drop(dctxi_local());
	dctxi_refusal.once = once;
	dctxi_refusal.asked = 0;
	dctxi_refusal.countdown = n;
	status = fn();
	dctxi_refusal.countdown = -1;
	assert_null(dctxi_local()->held);
	return status;
}

/* Returns how many requests there were. */
static long fail_each(call *fn, bool once)
{
	int before = alive;
	long n = 0;

	while (attempt(fn, n, once) != DCTX_OK) {
		assert_int_equal(dctx_last_error()->status, DCTX_NOMEM);
		assert_int_equal(alive, before);
		assert_in_range(n++, 0, 100);
	}
	assert_int_equal(alive, before);
	return n;
}

static void every_request_of_a_decode_may_fail(void **state)
{
	(void)state;
	make_message();
	for (int once = 0; once < 2; once++) {
		assert_in_range(fail_each(decode, once), 9, 20);
		assert_in_range(fail_each(decode_strictly_what_is_good, once),
				10, 20);
		assert_in_range(fail_each(decode_here, once), 9, 20);
	}
}

static void every_request_of_an_encode_may_fail(void **state)
{
	DCTX_SCOPE("scope");

	(void)state;
	dctx_set(k_number, &(uint64_t){7});
	for (int once = 0; once < 2; once++) {
		assert_in_range(fail_each(encode, once), 1, 20);
		assert_in_range(fail_each(encode_alloc, once), 3, 20);
		assert_in_range(fail_each(encode_along, once), 3, 20);
	}
	dctx_unset(k_number);
	assert_in_range(fail_each(encode_along, true), 2, 20);
	for (int i = 0; i < 100; i++)
		(void)dctx_enter("deep");
	assert_in_range(fail_each(encode, true), 2, 20);
}

/* What the last test left on the stack of scopes. */
static int leave_all(void **state)
{
	(void)state;
	return dctx_restore(NULL) != DCTX_OK || alive != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_of_a_decode_may_fail),
		cmocka_unit_test_teardown(every_request_of_an_encode_may_fail,
					  leave_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
