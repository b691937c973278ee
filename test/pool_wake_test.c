/* SPDX-License-Identifier: MIT */
/*
 * pool_wake_test.c - proves that no job is forgotten by workers that go to
 * sleep while it comes: bursts from several threads, each after a pause about
 * as long as a worker takes to fall asleep, all complete.
 */
#include "jobs.h"

#include <stdlib.h>

enum { SUBMITTERS = 3, BURSTS = 400, BURST = 5 };

struct source {
	dctx_executor *pool;
	unsigned seed;
};

/* Up to 150 us, by the processor or asleep. */
static void pause_at_random(struct source *s)
{
	int64_t until =
		dctx_deadline_in((rand_r(&s->seed) / 7) % 150 * DCTX_US);

	if (rand_r(&s->seed) / 7 % 2 == 0)
		(void)dctx_wait(until);
	else
		while (dctx_now() < until)
			continue;
}

/* The one that waits does nothing but that: a job that was forgotten is not
 * run by somebody else. */
static void submit_a_burst(struct source *s)
{
	dctx_job *jobs[BURST];
	struct gate gate = GATE_INIT;
	int n = 1 + rand_r(&s->seed) / 7 % BURST;

	for (int i = 0; i < n; i++)
		DCTXT_EXPECT(dctx_submit(s->pool, count_up, &gate, NULL,
					 &jobs[i]) == DCTX_OK);
	for (int i = 0; i < n; i++) {
		DCTXT_EXPECT(
			dctx_job_wait(jobs[i], dctx_deadline_in(60 * DCTX_S)) ==
			DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(jobs[i], NULL) == DCTX_OK);
		dctx_job_unref(jobs[i]);
	}
	DCTXT_EXPECT(gate.count == n);
}

static void *submit_bursts(void *arg)
{
	for (int i = 0; i < BURSTS; i++) {
		pause_at_random(arg);
		submit_a_burst(arg);
	}
	return NULL;
}

static void submit_to(unsigned threads)
{
	struct source sources[SUBMITTERS];
	dctx_executor *pool =
		pool_of(threads, SUBMITTERS * BURST, DCTX_FULL_REJECTS);
	dctx_executor_stats stats;

	for (int i = 0; i < SUBMITTERS; i++)
		sources[i] = (struct source){pool, (unsigned)i + threads};
	dctxt_together(SUBMITTERS, submit_bursts, sources, sizeof(*sources));
	stats = stats_of(pool);
	assert_int_equal(stats.submitted, stats.completed);
	assert_int_equal(stats.running + stats.queued, 0);
	end(pool);
}

static void one_worker_wakes_for_every_job(void **state)
{
	(void)state;
	submit_to(1);
}

static void two_workers_wake_for_every_job(void **state)
{
	(void)state;
	submit_to(2);
}

static void many_workers_wake_for_every_job(void **state)
{
	(void)state;
	submit_to(8);
}

/* All workers sleep, and as many jobs come as there are: each waits for all
 * others, so all workers must have been woken. */
static void as_many_wake_as_there_are_jobs(void **state)
{
	enum { ALL = 4 };
	dctx_executor *pool = pool_of(ALL, ALL, DCTX_FULL_REJECTS);
	dctx_job *jobs[ALL];

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct gate gate = GATE_INIT;

		for (int i = 0; i < ALL; i++)
			jobs[i] = submit(pool, stand, &gate);
		await(&gate, ALL);
		open_gate(&gate);
		for (int i = 0; i < ALL; i++)
			assert_int_equal(finish(jobs[i], NULL), DCTX_OK);
		(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	}
	end(pool);
}

static void workers_that_sleep_wake_for_a_shutdown(void **state)
{
	struct gate gate = GATE_INIT;

	(void)state;
	for (int round = 0; round < 50; round++) {
		dctx_executor *pool = pool_of(4, 4, DCTX_FULL_REJECTS);

		for (int i = 0; i < 4; i++)
			assert_int_equal(
				dctx_submit(pool, count_up, &gate, NULL, NULL),
				DCTX_OK);
		if (round % 2 == 0)
			(void)dctx_wait(dctx_deadline_in(DCTX_MS));
		end(pool);
	}
	assert_int_equal(gate.count, 200);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(one_worker_wakes_for_every_job),
		DCTXT_TEST(two_workers_wake_for_every_job),
		DCTXT_TEST(many_workers_wake_for_every_job),
		DCTXT_TEST(as_many_wake_as_there_are_jobs),
		DCTXT_TEST(workers_that_sleep_wake_for_a_shutdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
