/* SPDX-License-Identifier: MIT */
/*
 * scatter_policy_test.c - proves when a scatter is over and with what: what
 * each policy makes of failures, who is cancelled, and what the merge gets.
 */
#include "crew.h"

#include <unistd.h>

enum { MANY = 24 };

static struct crew crew;
static atomic_int ran;

static void *as_result(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

/* Slice 3 fails once all run; the others wait for their end. */
static atomic_int begun;

static dctx_status wait_but_3(void *user, size_t i, void **out_result)
{
	dctx_cause_info cause;

	(void)out_result;
	begun++;
	if (i == 3) {
		while (begun < *(int *)user)
			usleep(100);
		return DCTX_CODEC;
	}
	(void)dctx_wait(DCTX_NO_DEADLINE);
	DCTXT_EXPECT(dctx_cause(&cause) == DCTX_CANCELED);
	DCTXT_EXPECT(strncmp(cause.message, "slice 3 failed: ", 16) == 0);
	return dctx_done();
}

static void the_first_failure_cancels_its_siblings(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_slice slice[MANY];
	int together = 6;

	(void)state;
	crew_begin(&crew, together, 64);
	options.executor = crew.executor;
	options.at_a_time = (unsigned)together;
	begun = 0;
	assert_int_equal(
		dctx_scatter(MANY, wait_but_3, &together, &options, slice),
		DCTX_CODEC);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status,
				 i == 3 ? DCTX_CODEC : DCTX_CANCELED);
	assert_true(slice[0].ran);
	assert_false(slice[MANY - 1].ran);
	assert_int_equal(dctx_done(), DCTX_OK);
	crew_end(&crew);
}

static dctx_status odd_ones_fail(void *user, size_t i, void **out_result)
{
	(void)user;
	ran++;
	*out_result = as_result(i);
	return i % 2 ? DCTX_CODEC : DCTX_OK;
}

static void collect_runs_all_and_keeps_each_reason(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT};
	dctx_slice slice[MANY];

	(void)state;
	crew_begin(&crew, 3, 64);
	for (int parallel = 0; parallel < 2; parallel++) {
		options.executor = parallel ? crew.executor : NULL;
		ran = 0;
		assert_int_equal(dctx_scatter(MANY, odd_ones_fail, NULL,
					      &options, slice),
				 DCTX_OK);
		assert_int_equal(ran, MANY);
		for (size_t i = 0; i < MANY; i++)
			assert_int_equal(slice[i].status,
					 i % 2 ? DCTX_CODEC : DCTX_OK);
	}
	crew_end(&crew);
}

/* So many succeed, the others wait until they are cancelled. */
static dctx_status few_succeed(void *user, size_t i, void **out_result)
{
	(void)out_result;
	if (i < *(size_t *)user)
		return DCTX_OK;
	return dctx_wait(DCTX_NO_DEADLINE);
}

static void a_quorum_is_enough_and_cancels_the_rest(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_QUORUM,
					.quorum = 3};
	dctx_slice slice[8];
	size_t good = 3;

	(void)state;
	crew_begin(&crew, 8, 64);
	options.executor = crew.executor;
	assert_int_equal(dctx_scatter(8, few_succeed, &good, &options, slice),
			 DCTX_OK);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(slice[i].status,
				 i < 3 ? DCTX_OK : DCTX_CANCELED);
	options.policy = DCTX_FIRST_SUCCESS;
	good = 1;
	assert_int_equal(dctx_scatter(8, few_succeed, &good, &options, slice),
			 DCTX_OK);
	assert_int_equal(slice[0].status, DCTX_OK);
	assert_int_equal(slice[7].status, DCTX_CANCELED);
	crew_end(&crew);
}

static dctx_status all_fail(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	ran++;
	return DCTX_CORRUPT;
}

static void a_quorum_out_of_reach_ends_at_once(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_QUORUM,
					.quorum = 6};
	dctx_slice slice[8];

	(void)state;
	ran = 0;
	assert_int_equal(dctx_scatter(8, all_fail, NULL, &options, slice),
			 DCTX_CORRUPT);
	assert_int_equal(ran, 3);
	assert_int_equal(slice[3].status, DCTX_CANCELED);
	options.policy = DCTX_FIRST_SUCCESS;
	ran = 0;
	assert_int_equal(dctx_scatter(8, all_fail, NULL, &options, slice),
			 DCTX_CORRUPT);
	assert_int_equal(ran, 8);
}

static int merged;
static size_t merged_missing;
static dctx_status merged_reason;

static dctx_status merge(void *user, dctx_slice *slice, size_t n)
{
	(void)user;
	merged++;
	merged_missing = 0;
	DCTXT_EXPECT(dctx_done() == DCTX_OK);
	for (size_t i = 0; i < n; i++) {
		DCTXT_EXPECT(slice[i].status == DCTX_OK ||
			     slice[i].status == merged_reason);
		merged_missing += slice[i].status != DCTX_OK;
	}
	return merged_missing == n ? DCTX_CONFLICT : DCTX_OK;
}

static void a_merge_gets_what_is_missing_with_its_reason(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT,
					.merge = merge};
	dctx_slice slice[MANY];

	(void)state;
	merged = 0;
	merged_reason = DCTX_CODEC;
	assert_int_equal(
		dctx_scatter(MANY, odd_ones_fail, NULL, &options, slice),
		DCTX_OK);
	assert_int_equal(merged, 1);
	assert_int_equal(merged_missing, MANY / 2);
}

static dctx_status be_late_at_1(void *user, size_t i, void **out_result)
{
	(void)user;
	if (i == 1)
		return dctx_wait(DCTX_NO_DEADLINE);
	*out_result = as_result(i);
	return DCTX_OK;
}

static int fallback;

static dctx_status fall_back(void *user, dctx_slice *slice, size_t n)
{
	(void)user;
	for (size_t i = 0; i < n; i++)
		if (slice[i].status == DCTX_DEADLINE_EXCEEDED)
			slice[i].result = &fallback;
	return DCTX_OK;
}

static void a_merge_may_fill_the_place_of_one_that_is_late(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT,
					.timeout = DCTX_S,
					.merge = fall_back};
	dctx_slice slice[3];

	(void)state;
	crew_begin(&crew, 3, 64);
	options.executor = crew.executor;
	assert_int_equal(dctx_scatter(3, be_late_at_1, NULL, &options, slice),
			 DCTX_OK);
	assert_ptr_equal(slice[0].result, as_result(0));
	assert_ptr_equal(slice[1].result, &fallback);
	assert_ptr_equal(slice[2].result, as_result(2));
	crew_end(&crew);
}

static void a_merge_is_called_when_all_are_missing(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT,
					.merge = merge};
	dctx_slice slice[4];

	(void)state;
	merged = 0;
	merged_reason = DCTX_CORRUPT;
	assert_int_equal(dctx_scatter(4, all_fail, NULL, &options, slice),
			 DCTX_CONFLICT);
	assert_int_equal(merged, 1);
	assert_int_equal(merged_missing, 4);
}

static void no_slices_and_a_policy_not_met_are_not_merged(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.merge = merge};
	dctx_slice slice[4];

	(void)state;
	merged = 0;
	assert_int_equal(dctx_scatter(0, all_fail, NULL, &options, NULL),
			 DCTX_OK);
	assert_int_equal(dctx_scatter(4, all_fail, NULL, &options, slice),
			 DCTX_CORRUPT);
	assert_int_equal(merged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_first_failure_cancels_its_siblings),
		DCTXT_TEST(a_merge_is_called_when_all_are_missing),
		DCTXT_TEST(collect_runs_all_and_keeps_each_reason),
		DCTXT_TEST(a_quorum_is_enough_and_cancels_the_rest),
		DCTXT_TEST(a_quorum_out_of_reach_ends_at_once),
		DCTXT_TEST(a_merge_gets_what_is_missing_with_its_reason),
		DCTXT_TEST(a_merge_may_fill_the_place_of_one_that_is_late),
		DCTXT_TEST(no_slices_and_a_policy_not_met_are_not_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
