/* SPDX-License-Identifier: MIT */
/*
 * scatter_split_test.c - proves that a splitter's arguments are each dropped
 * once, whatever fails, and that a range is cut without a gap or a double.
 */
#include "crew.h"

#include <stdlib.h>

enum { ROOM = 40 };

static struct crew crew;
static dctx_slice slice[ROOM];

/* Gives `n` arguments, then `last`. */
struct source {
	size_t n;
	dctx_status last;
	size_t given, dropped, merged;
};

static dctx_status next(void *user, size_t i, void **out_arg)
{
	struct source *source = user;
	size_t *arg;

	if (i == source->n)
		return source->last;
	DCTXT_EXPECT(i == source->given);
	arg = malloc(sizeof(*arg));
	if (arg == NULL)
		return DCTX_NOMEM;
	*arg = i;
	source->given++;
	*out_arg = arg;
	return DCTX_OK;
}

static void drop(void *user, void *arg)
{
	((struct source *)user)->dropped++;
	free(arg);
}

static atomic_int ran;

static dctx_status thrice(void *arg, void **out_result)
{
	size_t i = *(size_t *)arg;

	ran++;
	*out_result = (void *)(uintptr_t)(3 * i);
	return i == 13 ? DCTX_CODEC : DCTX_OK;
}

static dctx_status count_merge(void *user, dctx_slice *all, size_t n)
{
	struct source *source = user;

	(void)all;
	DCTXT_EXPECT(source->dropped == source->given);
	source->merged = n;
	return DCTX_OK;
}

static dctx_status split(struct source *source, dctx_executor *executor,
			 size_t *out_n)
{
	const dctx_splitter splitter = {next, drop, source};
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = executor,
					      .merge = count_merge};
	dctx_status status;

	ran = 0;
	status = dctx_scatter_split(&splitter, thrice, &options, slice, ROOM,
				    out_n);
	assert_int_equal(source->dropped, source->given);
	return status;
}

static void a_splitters_slices_run_and_their_arguments_go(void **state)
{
	size_t n = 0;

	(void)state;
	crew_begin(&crew, 3, 64);
	for (int parallel = 0; parallel < 2; parallel++) {
		struct source source = {.n = 12, .last = DCTX_STALE};

		assert_int_equal(
			split(&source, parallel ? crew.executor : NULL, &n),
			DCTX_OK);
		assert_int_equal(n, 12);
		assert_int_equal(ran, 12);
		assert_int_equal(source.dropped, 12);
		assert_int_equal(source.merged, 12);
		for (size_t i = 0; i < n; i++)
			assert_ptr_equal(slice[i].result,
					 (void *)(uintptr_t)(3 * i));
	}
	crew_end(&crew);
}

static void a_splitter_that_fails_at_the_kth_runs_nothing(void **state)
{
	(void)state;
	for (size_t k = 0; k < 10; k++) {
		struct source source = {.n = k, .last = DCTX_CORRUPT};
		size_t n = 99;

		assert_int_equal(split(&source, NULL, &n), DCTX_CORRUPT);
		assert_int_equal(n, k);
		assert_int_equal(ran, 0);
		assert_int_equal(source.dropped, k);
		for (size_t i = 0; i < k; i++) {
			assert_int_equal(slice[i].status, DCTX_CORRUPT);
			assert_null(slice[i].result);
		}
	}
}

static void a_splitter_without_slices_is_fine_and_not_merged(void **state)
{
	struct source source = {.n = 0, .last = DCTX_STALE};
	size_t n = 99;

	(void)state;
	assert_int_equal(split(&source, NULL, &n), DCTX_OK);
	assert_int_equal(n, 0);
	assert_int_equal(source.merged, 0);
}

static void more_slices_than_there_is_room_for_are_refused(void **state)
{
	struct source source = {.n = ROOM + 5, .last = DCTX_STALE};
	size_t n = 0;

	(void)state;
	assert_int_equal(split(&source, NULL, &n), DCTX_LIMIT);
	assert_int_equal(n, ROOM);
	assert_int_equal(source.given, ROOM + 1);
	assert_int_equal(ran, 0);
}

static void a_slice_that_fails_loses_no_argument(void **state)
{
	struct source source = {.n = ROOM, .last = DCTX_STALE};
	size_t n = 0;

	(void)state;
	crew_begin(&crew, 2, 64);
	assert_int_equal(split(&source, crew.executor, &n), DCTX_CODEC);
	assert_int_equal(slice[13].status, DCTX_CODEC);
	assert_int_equal(source.dropped, ROOM);
	crew_end(&crew);
}

static unsigned char hit[1000];
static uint64_t base;

static dctx_status mark(void *user, uint64_t from, uint64_t to)
{
	DCTXT_EXPECT(from < to && to - from <= *(uint64_t *)user);
	for (; from < to; from++)
		hit[from - base]++;
	return DCTX_OK;
}

static void a_range_is_cut_without_gap_or_double(void **state)
{
	static const uint64_t steps[] = {1, 7, 10, 999, 1000, 5000};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	size_t failed = 9;

	(void)state;
	crew_begin(&crew, 3, 64);
	options.executor = crew.executor;
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		uint64_t step = steps[k];

		base = k % 2 ? UINT64_MAX - 1000 : 5;
		memset(hit, 0, sizeof(hit));
		assert_int_equal(dctx_scatter_range(base, base + 1000, step,
						    mark, &step, &options,
						    &failed),
				 DCTX_OK);
		assert_int_equal(failed, 0);
		for (int i = 0; i < 1000; i++)
			assert_int_equal(hit[i], 1);
	}
	crew_end(&crew);
}

static dctx_status fail_above_30(void *user, uint64_t from, uint64_t to)
{
	(void)user;
	(void)to;
	return from >= 30 ? DCTX_CODEC : DCTX_OK;
}

static void a_ranges_failures_are_counted(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT};
	size_t failed = 9;

	(void)state;
	assert_int_equal(dctx_scatter_range(0, 100, 10, fail_above_30, NULL,
					    &options, &failed),
			 DCTX_OK);
	assert_int_equal(failed, 7);
	options.policy = DCTX_ALL;
	assert_int_equal(dctx_scatter_range(0, 100, 10, fail_above_30, NULL,
					    &options, &failed),
			 DCTX_CODEC);
	assert_int_equal(failed, 7); /* those that were cancelled, too */
	assert_int_equal(dctx_scatter_range(7, 7, 10, fail_above_30, NULL, NULL,
					    &failed),
			 DCTX_OK);
	assert_int_equal(failed, 0);
}

static void bad_arguments_are_invalid(void **state)
{
	const dctx_splitter none = {NULL, NULL, NULL};
	const dctx_scatter_options merges = {.struct_size = DCTX_SCATTER_SIZE,
					     .merge = count_merge};
	size_t n = 5;

	(void)state;
	assert_int_equal(
		dctx_scatter_split(NULL, thrice, NULL, slice, ROOM, &n),
		DCTX_INVALID);
	assert_int_equal(
		dctx_scatter_split(&none, thrice, NULL, slice, ROOM, &n),
		DCTX_INVALID);
	assert_int_equal(dctx_scatter_range(5, 4, 1, mark, &n, NULL, &n),
			 DCTX_INVALID);
	assert_int_equal(dctx_scatter_range(4, 5, 0, mark, &n, NULL, &n),
			 DCTX_INVALID);
	assert_int_equal(dctx_scatter_range(4, 5, 1, mark, &n, &merges, &n),
			 DCTX_INVALID);
	assert_int_equal(n, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_splitters_slices_run_and_their_arguments_go),
		DCTXT_TEST(a_splitter_that_fails_at_the_kth_runs_nothing),
		DCTXT_TEST(a_splitter_without_slices_is_fine_and_not_merged),
		DCTXT_TEST(more_slices_than_there_is_room_for_are_refused),
		DCTXT_TEST(a_slice_that_fails_loses_no_argument),
		DCTXT_TEST(a_range_is_cut_without_gap_or_double),
		DCTXT_TEST(a_ranges_failures_are_counted),
		DCTXT_TEST(bad_arguments_are_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
