/* SPDX-License-Identifier: MIT */
/*
 * scatter_stress_test.c - proves over 10,000 scatters of 24 slices on 1, 2, 4
 * and 16 threads, with failures, delays, cancels and refusals by lot, that no
 * slice sees another's context, that none is lost or run twice, and that the
 * counts of outcomes add up.
 */
#include "kit.h"

#include <stdio.h>
#include <unistd.h>

DCTX_KEY_U64(k_id, "id", DCTX_LOCAL);

enum { SLICES = 24, CALLERS = 2, ROUNDS = 1250 };

static dctx_executor *pool;

struct caller {
	unsigned dice;
	uint64_t first;
	/* What became of all slices. */
	size_t outcome[DCTX_DROPPED + 1];
	size_t ran, scatters;
};

struct one {
	uint64_t id;
	dctx_source *source;
	atomic_uchar calls[SLICES];
	unsigned char act[SLICES]; /* what each does */
};

enum { SUCCEED, FAIL, SLEEP, CANCEL, WAIT, NEST, ACTS };

static unsigned roll(struct caller *c, unsigned sides)
{
	c->dice = c->dice * 1664525 + 1013904223;
	return (c->dice >> 10) % sides;
}

static dctx_status see_outer(void *user, size_t i, void **out_result)
{
	(void)i;
	(void)out_result;
	DCTXT_EXPECT(dctx_get(k_id, 0) == ((struct one *)user)->id + 1);
	return DCTX_OK;
}

static dctx_status nest(struct one *one)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = pool};
	dctx_slice inner[3];

	dctx_set(k_id, one->id + 1);
	return dctx_scatter(3, see_outer, one, &options, inner);
}

static dctx_status act(void *user, size_t i, void **out_result)
{
	struct one *one = user;

	one->calls[i]++;
	DCTXT_EXPECT(dctx_get(k_id, 0) == one->id);
	*out_result = one;
	switch (one->act[i]) {
	case FAIL:
		return DCTX_CODEC;
	case SLEEP:
		usleep((useconds_t)(one->id % 200));
		return DCTX_OK;
	case CANCEL:
		(void)dctx_cancel(one->source, "by lot");
		return DCTX_OK;
	case WAIT:
		return dctx_wait(dctx_deadline_in(200 * DCTX_US));
	case NEST:
		return nest(one);
	default:
		dctx_set(k_id, 0);
		return DCTX_OK;
	}
}

static void count(struct caller *c, const struct one *one,
		  const dctx_slice *slice)
{
	for (int i = 0; i < SLICES; i++) {
		DCTXT_EXPECT(one->calls[i] == slice[i].ran);
		DCTXT_EXPECT(!slice[i].ran || slice[i].result == one);
		DCTXT_EXPECT(slice[i].ran || slice[i].status != DCTX_OK);
		c->outcome[slice[i].status]++;
		c->ran += slice[i].ran;
	}
	c->scatters++;
}

static void expect_policy(const dctx_scatter_options *o, dctx_status status,
			  const dctx_slice *slice)
{
	size_t good = 0;

	for (int i = 0; i < SLICES; i++)
		good += slice[i].status == DCTX_OK;
	if (o->policy == DCTX_ALL)
		DCTXT_EXPECT((status == DCTX_OK) == (good == SLICES));
	else if (o->policy == DCTX_QUORUM)
		DCTXT_EXPECT(status != DCTX_OK || good >= o->quorum);
	else if (o->policy == DCTX_FIRST_SUCCESS)
		DCTXT_EXPECT(status != DCTX_OK || good >= 1);
}

static void scatter_once(struct caller *c)
{
	struct one one = {.id = c->first + 2 * c->scatters};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.executor = pool};
	dctx_slice slice[SLICES];
	dctx_status status;
	DCTX_SCOPE("scatter");

	options.policy = (dctx_scatter_policy)roll(c, 4);
	options.quorum = 1 + roll(c, SLICES);
	options.at_a_time = roll(c, 3) ? 0 : 1 + roll(c, 8);
	if (roll(c, 4) == 0)
		options.timeout = 1 + roll(c, 400000);
	for (int i = 0; i < SLICES; i++)
		one.act[i] =
			roll(c, 6) ? SUCCEED : (unsigned char)roll(c, ACTS);
	if (!DCTXT_EXPECT(dctx_source_new(NULL, DCTX_NO_DEADLINE,
					  &one.source) == DCTX_OK))
		return;
	dctx_set(k_id, one.id);
	dctx_add_source(one.source);
	status = dctx_scatter(SLICES, act, &one, &options, slice);
	DCTXT_EXPECT(dctx_get(k_id, 0) == one.id);
	expect_policy(&options, status, slice);
	count(c, &one, slice);
	dctx_source_unref(one.source);
}

static void *call(void *arg)
{
	struct caller *c = arg;

	for (int i = 0; i < ROUNDS; i++)
		scatter_once(c);
	return NULL;
}

static void expect_outcomes(const struct caller *c)
{
	size_t sum = 0;

	for (size_t i = 0; i <= DCTX_DROPPED; i++)
		sum += c->outcome[i];
	assert_int_equal(c->scatters, ROUNDS);
	assert_int_equal(sum, ROUNDS * SLICES);
	assert_true(c->ran <= sum);
	assert_int_equal(sum, c->outcome[DCTX_OK] + c->outcome[DCTX_CODEC] +
				      c->outcome[DCTX_CANCELED] +
				      c->outcome[DCTX_DEADLINE_EXCEEDED]);
	assert_true(c->outcome[DCTX_OK] > 0 && c->outcome[DCTX_CODEC] > 0 &&
		    c->outcome[DCTX_CANCELED] > 0 &&
		    c->outcome[DCTX_DEADLINE_EXCEEDED] > 0);
}

static void expect_counts(void)
{
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};

	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(dctx_executor_stats_read(pool, &stats), DCTX_OK);
	assert_int_equal(stats.running, 0);
	assert_int_equal(stats.queued, 0);
	assert_int_equal(stats.unclean, 0);
	assert_int_equal(stats.submitted, stats.completed + stats.dropped +
						  stats.cancelled +
						  stats.timed_out);
	assert_true(stats.completed > 0);
	assert_true(stats.scatters >= CALLERS * ROUNDS);
	assert_int_equal(stats.slices + stats.missing,
			 SLICES * CALLERS * ROUNDS +
				 3 * (stats.scatters - CALLERS * ROUNDS));
	assert_in_range(stats.partial, 1, stats.scatters);
}

static void on_threads(unsigned threads, dctx_when_full when_full)
{
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = threads,
					   .queue = 16,
					   .when_full = when_full};
	struct caller callers[CALLERS];

	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	memset(callers, 0, sizeof(callers));
	for (unsigned i = 0; i < CALLERS; i++) {
		callers[i].dice = threads * 77 + i;
		callers[i].first = 1000000 * (i + 1);
	}
	dctxt_together(CALLERS, call, callers, sizeof(callers[0]));
	for (unsigned i = 0; i < CALLERS; i++)
		expect_outcomes(&callers[i]);
	expect_counts();
	dctx_executor_unref(pool);
}

static void outcomes_add_up_on_1_thread(void **state)
{
	(void)state;
	on_threads(1, DCTX_FULL_BLOCKS);
}

static void outcomes_add_up_on_2_threads(void **state)
{
	(void)state;
	on_threads(2, DCTX_FULL_DROPS_OLDEST);
}

static void outcomes_add_up_on_4_threads(void **state)
{
	(void)state;
	on_threads(4, DCTX_FULL_REJECTS);
}

static void outcomes_add_up_on_16_threads(void **state)
{
	(void)state;
	on_threads(16, DCTX_FULL_CALLER_RUNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(outcomes_add_up_on_1_thread),
		DCTXT_TEST(outcomes_add_up_on_2_threads),
		DCTXT_TEST(outcomes_add_up_on_4_threads),
		DCTXT_TEST(outcomes_add_up_on_16_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
