/* SPDX-License-Identifier: MIT */
/*
 * secret_test.c - proves that values of keys with DCTX_SECRET are in no dump,
 * and in no memory that was given back: the process's own memory is searched.
 *
 * Not under: asan tsan valgrind musl aarch64 s390x qemu-i386 - they have
 * malloc's memory elsewhere, or qemu does not say where it is.
 */
#define _GNU_SOURCE 1

#include "data/box.h"
#include "plat/searched.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct token {
	char text[32];
};

static dctx_status token_encode(const void *value, dctx_writer *w)
{
	const struct token *token = value;

	dctx_write_bytes(w, token->text, sizeof token->text);
	return DCTX_OK;
}

static dctx_status token_decode(void *value, dctx_reader *r)
{
	struct token *token = value;
	dctx_bytes text;
	dctx_status status = dctx_read_bytes(r, &text);

	if (status != DCTX_OK || text.len != sizeof token->text)
		return DCTX_CODEC;
	memcpy(token->text, text.data, text.len);
	return DCTX_OK;
}

static size_t token_format(const void *value, char *buf, size_t size)
{
	const struct token *token = value;

	return (size_t)snprintf(buf, size, "%s", token->text);
}

static const dctx_type token_type = {.struct_size = sizeof token_type,
				     .name = "token",
				     .size = sizeof(struct token),
				     .encode = token_encode,
				     .decode = token_decode,
				     .format = token_format};

DCTX_KEY_STR(k_word, "word", DCTX_WIRE | DCTX_LOG | DCTX_SECRET);
DCTX_KEY_BYTES(k_blob, "blob", DCTX_SECRET);
DCTX_KEY_DECLARE_TYPE(k_token, struct token);
DCTX_KEY_TYPE(k_token, "token", struct token, &token_type,
	      DCTX_WIRE | DCTX_SECRET);
DCTX_KEY_STR(k_open, "open", DCTX_WIRE | DCTX_LOG);

static void set_all(void)
{
	struct token token;

	dctx_set(k_word, dctxi_secret(token.text));
	dctx_set(k_blob, ((dctx_bytes){token.text, DCTXI_SECRET}));
	dctx_set(k_token, &token);
	dctx_replace(k_word, token.text);
	assert_string_equal(dctx_get(k_word, "-"), token.text);
	assert_string_equal(dctx_get(k_token, NULL)->text, token.text);
	dctxi_wipe(&token, sizeof token);
}

static void what_is_left_leaves_no_trace_in_memory(void **state)
{
	dctx_snapshot *s = NULL, *t = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		set_all();
		assert_int_equal(dctx_capture(&s), DCTX_OK);
		assert_int_not_equal(dctxi_secrets_in_heap(), 0);
	}
	assert_int_not_equal(dctxi_secrets_in_heap(), 0);
	assert_int_equal(dctx_snapshot_merge(s, NULL, &t), DCTX_OK);
	dctx_snapshot_unref(s);
	dctx_snapshot_unref(t);
	assert_int_equal(dctxi_secrets_in_heap(), 0);
}

static void what_came_in_a_message_leaves_none(void **state)
{
	unsigned char message[512];
	dctx_snapshot *s = NULL;
	size_t len = 0;

	(void)state;
	{
		DCTX_SCOPE("request");
		set_all();
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	assert_int_equal(dctxi_secrets_in((const char *)message, len), 2);
	assert_int_equal(dctx_decode(message, len, &s), DCTX_OK);
	assert_int_not_equal(dctxi_secrets_in_heap(), 0);
	dctx_snapshot_unref(s);
	/* And one that fails behind them. */
	assert_int_equal(dctx_decode(message, len - 1, &s), DCTX_CORRUPT);
	assert_int_equal(dctxi_secrets_in_heap(), 0);
	dctxi_wipe(message, sizeof message);
}

static void no_dump_shows_one(void **state)
{
	static char text[65536];

	(void)state;
	DCTX_SCOPE("request");
	set_all();
	dctx_set(k_open, "for all to see");
	for (int form = DCTX_DUMP_TEXT; form <= DCTX_DUMP_JSON; form++) {
		size_t len = dctx_dump((dctx_dump_form)form, DCTX_DUMP_VALUES,
				       text, sizeof text);

		assert_in_range(len, 1, sizeof text - 1);
		assert_int_equal(dctxi_secrets_in(text, len), 0);
		assert_non_null(strstr(text, "for all to see"));
		assert_non_null(strstr(text, "secret"));
		assert_non_null(strstr(text, "word"));
	}
}

static void a_number_cannot_be_one(void **state)
{
	static dctx_key_u64 pin = DCTX_KEY_INIT_U64("pin", DCTX_SECRET);

	(void)state;
	assert_int_equal(dctx_key_register(&pin.key), DCTX_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_leaves_no_trace_in_memory),
		cmocka_unit_test(what_came_in_a_message_leaves_none),
		cmocka_unit_test(no_dump_shows_one),
		cmocka_unit_test(a_number_cannot_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
