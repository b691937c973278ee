/* SPDX-License-Identifier: MIT */
/*
 * Values of a user's type are written and read by the type's own functions,
 * whatever those claim or refuse.
 */
#include "wire/literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A user's type: a pair, as "3x4". */
struct pair {
	int w, h;
};

static dctx_status refusal;
static int destroyed;

static size_t pair_format(const void *value, char *buf, size_t size)
{
	const struct pair *pair = value;

	return (size_t)snprintf(buf, size, "%dx%d", pair->w, pair->h);
}

static dctx_status pair_parse(void *value, const char *text, size_t len)
{
	struct pair *pair = value;

	assert_int_equal(pair->w, 0);
	assert_int_equal(pair->h, 0);
	if (refusal != DCTX_OK)
		return refusal;
	if (len != 3 || text[1] != 'x')
		return DCTX_INVALID;
	pair->w = text[0] - '0';
	pair->h = text[2] - '0';
	return DCTX_OK;
}

static void pair_destroy(void *value)
{
	(void)value;
	destroyed++;
}

static const dctx_type pair_type = {
	.struct_size = sizeof pair_type,
	.name = "pair",
	.size = sizeof(struct pair),
	.format = pair_format,
	.parse = pair_parse,
	.destroy = pair_destroy,
};

static size_t endless_format(const void *value, char *buf, size_t size)
{
	(void)value;
	if (size > 0)
		memset(buf, 'x', size);
	return SIZE_MAX;
}

static const dctx_type endless_type = {
	.struct_size = sizeof endless_type,
	.name = "endless",
	.size = sizeof(struct pair),
	.format = endless_format,
};

static const dctx_type mute_type = {
	.struct_size = sizeof mute_type,
	.name = "mute",
	.size = sizeof(struct pair),
};

static void a_users_type_formats_and_parses(void **state)
{
	const dctx_key key = {
		.kind = DCTX_KIND_TYPE, .name = "pair", .type = &pair_type};
	const struct pair pair = {3, 4};
	dctx_any value = {DCTX_KIND_TYPE, &pair_type, {.object = &pair}};
	struct dctxi_literal read = {.object = NULL};
	char buf[8];

	(void)state;
	assert_int_equal(dctxi_literal_write(&value, buf, sizeof buf), 3);
	assert_string_equal(buf, "3x4");
	assert_int_equal(dctxi_literal_write(&value, buf, 3), 3);
	assert_int_equal(dctxi_literal_read(&key, (dctx_bytes){"5x6", 3}, NULL,
					    0, &read),
			 DCTX_OK);
	assert_int_equal(((const struct pair *)read.value.as.object)->w, 5);
	assert_ptr_equal(read.value.type, &pair_type);
	dctxi_literal_drop(&read);
	assert_int_equal(destroyed, 1);
	dctxi_literal_drop(&read);
	/* What failed is not destroyed. */
	assert_int_equal(
		dctxi_literal_read(&key, (dctx_bytes){"5", 1}, NULL, 0, &read),
		DCTX_CODEC);
	refusal = DCTX_NOMEM;
	assert_int_equal(dctxi_literal_read(&key, (dctx_bytes){"5x6", 3}, NULL,
					    0, &read),
			 DCTX_NOMEM);
	refusal = DCTX_OK;
	assert_int_equal(destroyed, 1);
}

static void a_format_that_says_too_much_is_too_long(void **state)
{
	const struct pair pair = {3, 4};
	dctx_any value = {DCTX_KIND_TYPE, &endless_type, {.object = &pair}};
	char buf[8];

	(void)state;
	assert_true(dctxi_literal_write(&value, buf, sizeof buf) ==
		    DCTXI_NO_TEXT - 1);
	assert_true(dctxi_literal_write(&value, NULL, 0) == DCTXI_NO_TEXT - 1);
}

static void what_has_no_text_says_so(void **state)
{
	const dctx_key key = {
		.kind = DCTX_KIND_TYPE, .name = "mute", .type = &mute_type};
	dctx_any value = {DCTX_KIND_TYPE, &mute_type, {.object = &key}};
	struct dctxi_literal read;
	char buf[8];

	(void)state;
	assert_true(dctxi_literal_write(&value, buf, 8) == DCTXI_NO_TEXT);
	value.type = NULL;
	assert_true(dctxi_literal_write(&value, buf, 8) == DCTXI_NO_TEXT);
	value.kind = (dctx_kind)(DCTX_KIND_TYPE + 1);
	assert_true(dctxi_literal_write(&value, buf, 8) == DCTXI_NO_TEXT);
	value.kind = (dctx_kind)0;
	assert_true(dctxi_literal_write(&value, buf, 8) == DCTXI_NO_TEXT);
	assert_int_equal(
		dctxi_literal_read(&key, (dctx_bytes){"", 0}, NULL, 0, &read),
		DCTX_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_users_type_formats_and_parses),
		cmocka_unit_test(a_format_that_says_too_much_is_too_long),
		cmocka_unit_test(what_has_no_text_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
