/* SPDX-License-Identifier: MIT */
/*
 * executor_stress_test.c - proves that under load of every kind no job sees
 * another's context, each completes once, and the counts of what became of them
 * add up.
 */
#include "jobs.h"

#include <sched.h>
#include <stdlib.h>

enum { SUBMITTERS = 3, ROUNDS = 60, BATCH = 14 };

struct load {
	dctx_executor *executor;
	unsigned seed;
	uint64_t base;
	uint64_t taken, refused;
	uint64_t ended[DCTX_DROPPED + 1];
};

struct errand {
	uint64_t expected;
	unsigned kind;
	dctx_executor *executor;
	atomic_int runs;
};

static void *run_errand(void *arg)
{
	struct errand *e = arg;
	dctx_job *job;

	e->runs++;
	DCTXT_EXPECT(dctx_get(k_num, 0) == e->expected);
	DCTXT_EXPECT(dctx_depth() == 1);
	(void)dctx_enter("left open");
	dctx_set(k_num, UINT64_MAX);
	if (e->kind % 8 == 0)
		sched_yield();
	if (e->kind % 16 == 1)
		(void)dctx_wait(dctx_deadline_in(100 * DCTX_US));
	if (e->kind % 32 == 2)
		pthread_exit(arg);
	if (e->kind % 8 == 3 &&
	    dctx_submit(e->executor, see_num, NULL, NULL, &job) == DCTX_OK) {
		void *result = NULL;

		if (dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK &&
		    dctx_job_status(job, &result) == DCTX_OK)
			DCTXT_EXPECT((uintptr_t)result == UINTPTR_MAX);
		dctx_job_unref(job);
	}
	return arg;
}

static void submit_one(struct load *load, struct errand *e, dctx_job **job)
{
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE};
	dctx_status status;

	DCTX_SCOPE("request");
	dctx_set(k_num, e->expected);
	if (e->kind % 4 == 0)
		options.flags = DCTX_SUBMIT_FORK;
	if (e->kind % 64 == 5)
		options.deadline = dctx_deadline_in(50 * DCTX_US);
	*job = NULL;
	status = dctx_submit(load->executor, run_errand, e, &options, job);
	if (status == DCTX_OK)
		load->taken++;
	else
		load->refused++;
	DCTXT_EXPECT((*job != NULL) == (status == DCTX_OK));
	if (status == DCTX_OK && e->kind % 16 == 6)
		(void)dctx_job_cancel(*job, "at random");
}

static void finish_one(struct load *load, struct errand *e, dctx_job *job)
{
	dctx_status status;
	void *result = NULL;

	if (job == NULL) {
		DCTXT_EXPECT(e->runs == 0);
		return;
	}
	DCTXT_EXPECT(dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	status = dctx_job_status(job, &result);
	load->ended[status]++;
	if (status == DCTX_OK)
		DCTXT_EXPECT(result == e && e->runs == 1);
	else
		DCTXT_EXPECT(e->runs == 0 ||
			     (e->runs == 1 && e->kind % 32 == 2));
	dctx_job_unref(job);
}

static void *put_load_on(void *arg)
{
	struct load *load = arg;
	struct errand errands[BATCH];
	dctx_job *jobs[BATCH];

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < BATCH; i++) {
			errands[i] = (struct errand){
				.expected = ++load->base,
				.kind = (unsigned)rand_r(&load->seed) / 7,
				.executor = load->executor};
			submit_one(load, &errands[i], &jobs[i]);
		}
		for (int i = 0; i < BATCH; i++)
			finish_one(load, &errands[i], jobs[i]);
	}
	return NULL;
}

static void expect_sums(const struct load *loads, dctx_executor *executor)
{
	dctx_executor_stats s = stats_of(executor);
	uint64_t taken = 0, ended = 0;

	for (int i = 0; i < SUBMITTERS; i++) {
		taken += loads[i].taken;
		for (int k = 0; k <= DCTX_DROPPED; k++)
			ended += loads[i].ended[k];
	}
	assert_int_equal(taken, ended);
	assert_true(s.submitted >= taken);
	assert_int_equal(s.submitted,
			 s.completed + s.dropped + s.cancelled + s.timed_out);
	assert_int_equal(s.running + s.queued, 0);
	assert_int_equal(s.unclean, 0);
}

static void load_executor(dctx_executor *executor)
{
	struct load loads[SUBMITTERS];

	for (int i = 0; i < SUBMITTERS; i++)
		loads[i] = (struct load){.executor = executor,
					 .seed = (unsigned)i + 1,
					 .base = (uint64_t)i << 32};
	dctxt_together(SUBMITTERS, put_load_on, loads, sizeof(*loads));
	assert_int_equal(dctx_executor_shutdown(executor, true,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	expect_sums(loads, executor);
	dctx_executor_unref(executor);
}

static void load_pools(dctx_when_full when_full)
{
	for (unsigned threads = 1; threads <= 16; threads *= 4)
		load_executor(pool_of(threads, 8, when_full));
}

static void pools_that_reject(void **state)
{
	(void)state;
	load_pools(DCTX_FULL_REJECTS);
}

static void pools_that_block(void **state)
{
	(void)state;
	load_pools(DCTX_FULL_BLOCKS);
}

static void pools_that_drop_the_oldest(void **state)
{
	(void)state;
	load_pools(DCTX_FULL_DROPS_OLDEST);
}

static void a_thread_each(void **state)
{
	dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
				     .threads = 8,
				     .when_full = DCTX_FULL_BLOCKS};
	dctx_executor *each;

	(void)state;
	assert_int_equal(dctx_thread_each_new(&options, &each), DCTX_OK);
	load_executor(each);
}

static void *load_until_shut(void *arg)
{
	struct load *load = arg;
	struct errand errand = {.expected = load->base,
				.executor = load->executor};
	dctx_status status;

	dctx_set(k_num, load->base);
	do {
		dctx_job *job;

		errand.runs = 0;
		status = dctx_submit(load->executor, run_errand, &errand, NULL,
				     &job);
		if (status != DCTX_OK)
			continue;
		DCTXT_EXPECT(
			dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
			DCTX_OK);
		status = dctx_job_status(job, NULL);
		DCTXT_EXPECT(status == DCTX_OK || status == DCTX_CANCELED);
		dctx_job_unref(job);
	} while (status != DCTX_STALE);
	return NULL;
}

static void *shut_down(void *arg)
{
	struct load *load = arg;

	(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	DCTXT_EXPECT(dctx_executor_shutdown(load->executor, false,
					    dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	return NULL;
}

static void *load_or_shut(void *arg)
{
	struct load *load = arg;

	return load->base == 1 ? shut_down(arg) : load_until_shut(arg);
}

static void shutdowns_in_the_middle_leave_nobody_waiting(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct load loads[SUBMITTERS];
		dctx_executor *pool = pool_of(2, 1, DCTX_FULL_BLOCKS);

		for (int i = 0; i < SUBMITTERS; i++)
			loads[i] = (struct load){.executor = pool,
						 .base = (uint64_t)i + 1};
		dctxt_together(SUBMITTERS, load_or_shut, loads, sizeof(*loads));
		expect_sums(loads, pool);
		dctx_executor_unref(pool);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(pools_that_reject),
		DCTXT_TEST(pools_that_block),
		DCTXT_TEST(pools_that_drop_the_oldest),
		DCTXT_TEST(a_thread_each),
		DCTXT_TEST(shutdowns_in_the_middle_leave_nobody_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
