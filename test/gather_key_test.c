/* SPDX-License-Identifier: MIT */
/*
 * gather_key_test.c - proves that a key is gathered in one way that fits it,
 * and what the ready-made ways make of values at the ends of their ranges.
 */
#include "gathers.h"

#include <math.h>
#include <stdlib.h>

#define ADDS(k, value)                                                         \
	assert_int_equal(dctx_gather_add(&(k).key, &DCTX_ANY(value)), DCTX_OK)

static void a_sum_stays_at_the_ends_of_its_range(void **state)
{
	(void)state;
	ADDS(k_cost, UINT64_MAX - 1);
	ADDS(k_cost, 5);
	assert_true(dctx_get(k_cost, 0) == UINT64_MAX);
	ADDS(k_small, 100);
	ADDS(k_small, 100);
	assert_int_equal(dctx_get(k_small, 0), INT8_MAX);
	for (int i = 0; i < 3; i++)
		ADDS(k_small, -128);
	assert_int_equal(dctx_get(k_small, 0), INT8_MIN);
	ADDS(k_large, INT64_MIN);
	ADDS(k_large, INT64_MIN);
	assert_true(dctx_get(k_large, 0) == INT64_MIN);
	ADDS(k_short, 65000);
	ADDS(k_short, 65000);
	assert_int_equal(dctx_get(k_short, 0), UINT16_MAX);
	ADDS(k_float, 3e38f);
	ADDS(k_float, 3e38f);
	assert_true(isinf(dctx_get(k_float, 0)));
}

static void a_nan_counts_only_where_there_is_no_other(void **state)
{
	(void)state;
	ADDS(k_most, (double)NAN);
	assert_true(isnan(dctx_get(k_most, 0)));
	ADDS(k_most, -2.0);
	assert_true(dctx_get(k_most, 0) == -2.0);
	ADDS(k_most, (double)NAN);
	assert_true(dctx_get(k_most, 0) == -2.0);
}

static void what_is_added_must_be_the_keys(void **state)
{
	(void)state;
	ADDS(k_small, 1);
	assert_int_equal(dctx_gather_add(&k_small.key, &DCTX_ANY("1")),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_last_error()->expected, DCTX_KIND_I8);
	assert_int_equal(dctx_gather_add(&k_small.key, &DCTX_ANY(300)),
			 DCTX_INVALID);
	assert_int_equal(dctx_gather_add(&k_small.key, NULL), DCTX_INVALID);
	assert_int_equal(dctx_gather_add(&k_error.key, &DCTX_ANY(3)),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_gather_add(NULL, &DCTX_ANY(3)), DCTX_INVALID);
	assert_int_equal(dctx_get(k_small, 0), 1);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 5);
	ADDS(k_plain, 3);
	ADDS(k_plain, 4);
	assert_int_equal(dctx_get(k_plain, 0), 4);
}

static void a_key_is_gathered_in_one_way(void **state)
{
	static const dctx_gatherer nothing = {"nothing", NULL, NULL};
	const dctx_gatherer *how = NULL;

	(void)state;
	assert_int_equal(dctx_gather(&k_cost.key, &dctx_gather_sum), DCTX_OK);
	assert_int_equal(dctx_gather(&k_cost.key, &dctx_gather_max),
			 DCTX_CONFLICT);
	assert_string_equal(dctx_last_error()->what, "cost");
	assert_int_equal(dctx_gather(&k_plain.key, &dctx_gather_union),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_gather(&k_degraded.key, &dctx_gather_sum),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_gather(&k_error.key, &dctx_gather_or),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_gather(&k_plain.key, &nothing), DCTX_INVALID);
	assert_int_equal(dctx_gather(NULL, &dctx_gather_sum), DCTX_INVALID);
	assert_int_equal(dctx_gather(&k_plain.key, NULL), DCTX_INVALID);
	assert_ptr_equal(dctx_gather_next(NULL, &how), &k_cost.key);
	assert_ptr_equal(how, &dctx_gather_sum);
	assert_ptr_equal(dctx_gather_next(&k_cost.key, NULL), &k_small.key);
	assert_null(dctx_gather_next(&k_plain.key, NULL));
}

static void lines_of_large_texts_are_there_once(void **state)
{
	char text[3][6000];

	(void)state;
	for (int i = 0; i < 3; i++) {
		char *at = text[i];

		for (int j = 0; j < 500; j++)
			at += snprintf(at, 16, "line %d\n",
				       (j * 7 + i * 100) % 600);
		assert_int_equal(dctx_gather_add(&k_warnings.key,
						 &DCTX_ANY((char *)text[i])),
				 DCTX_OK);
	}
	for (int j = 0; j < 600; j++) {
		char line[16];
		const char *all = dctx_get(k_warnings, "");
		int n = 0;

		snprintf(line, sizeof line, "line %d", j);
		for (const char *at = all; (at = strstr(at, line)) != NULL;
		     at++)
			n += at[strlen(line)] == '\n' ||
			     at[strlen(line)] == '\0';
		assert_true(n == 1);
	}
}

static void a_frozen_registrys_keys_are_gathered_no_more(void **state)
{
	static dctx_key_u32 k_own = DCTX_KEY_INIT_U32("own", DCTX_LOCAL);
	dctx_registry *registry;

	(void)state;
	assert_int_equal(dctx_registry_new("frozen", &registry), DCTX_OK);
	assert_int_equal(dctx_registry_add(registry, &k_own.key), DCTX_OK);
	dctx_registry_freeze(registry);
	assert_int_equal(dctx_gather(&k_own.key, &dctx_gather_sum),
			 DCTX_FROZEN);
	dctx_registry_free(registry);
	assert_int_equal(dctx_gather(&k_own.key, &dctx_gather_sum), DCTX_OK);
}

/* The last test, since what is gathered is so for ever. */
static void there_is_an_end_to_gathered_keys(void **state)
{
	static dctx_key_u32 keys[257];
	static char names[257][8];
	dctx_status status = DCTX_OK;
	size_t n = 0;

	(void)state;
	for (; n < 257 && status == DCTX_OK; n++) {
		keys[n] = (dctx_key_u32)DCTX_KEY_INIT_U32("", DCTX_LOCAL);
		snprintf(names[n], sizeof names[n], "n%zu", n);
		keys[n].key.name = names[n];
		status = dctx_gather(&keys[n].key, &dctx_gather_sum);
	}
	assert_int_equal(status, DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, 256);
	assert_int_equal(dctx_gather(&k_cost.key, &dctx_gather_sum), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_key_is_gathered_in_one_way),
		DCTXT_TEST(a_sum_stays_at_the_ends_of_its_range),
		DCTXT_TEST(a_nan_counts_only_where_there_is_no_other),
		DCTXT_TEST(what_is_added_must_be_the_keys),
		DCTXT_TEST(lines_of_large_texts_are_there_once),
		DCTXT_TEST(a_frozen_registrys_keys_are_gathered_no_more),
		DCTXT_TEST(there_is_an_end_to_gathered_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
