/* SPDX-License-Identifier: MIT */
/*
 * job_wait_test.c - proves that jobs which wait for jobs of their own pool, or
 * submit some, do not stop it.
 */
#include "jobs.h"

#include <stdlib.h>

struct nested {
	dctx_executor *pool;
	int depth;
};

/* Waits for a job of its own pool, which does the same. */
static void *nest(void *arg)
{
	struct nested *n = arg;
	struct nested below = {n->pool, n->depth - 1};
	dctx_job *job;
	void *result = NULL;

	if (n->depth == 0)
		return (void *)1;
	if (!DCTXT_EXPECT(dctx_submit(n->pool, nest, &below, NULL, &job) ==
			  DCTX_OK))
		return NULL;
	DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(job, &result) == DCTX_OK);
	dctx_job_unref(job);
	return (char *)result + 1;
}

static void jobs_that_wait_for_jobs_of_their_pool_do_not_stop_it(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 4; threads *= 2) {
		dctx_executor *pool = pool_of(threads, 64, DCTX_FULL_BLOCKS);
		struct nested n = {pool, 20};
		dctx_job *jobs[8];
		void *result;

		for (int i = 0; i < 8; i++)
			jobs[i] = submit(pool, nest, &n);
		for (int i = 0; i < 8; i++) {
			assert_int_equal(finish(jobs[i], &result), DCTX_OK);
			assert_int_equal((uintptr_t)result, 21);
		}
		end(pool);
	}
}

struct many {
	dctx_executor *pool;
	struct gate *gate;
	dctx_job *job;
};

static void *submit_many(void *arg)
{
	struct many *s = arg;

	for (int i = 0; i < 20; i++)
		DCTXT_EXPECT(dctx_submit(s->pool, count_up, s->gate, NULL,
					 NULL) == DCTX_OK);
	return NULL;
}

static void a_job_that_submits_to_its_own_full_pool_is_not_stuck(void **state)
{
	dctx_executor *pool = pool_of(1, 2, DCTX_FULL_BLOCKS);
	struct gate gate = GATE_INIT;
	struct many s = {.pool = pool, .gate = &gate};

	(void)state;
	assert_int_equal(finish(submit(pool, submit_many, &s), NULL), DCTX_OK);
	end(pool);
	assert_int_equal(gate.count, 20);
}

static void *wait_for_oneself(void *arg)
{
	dctx_job **job = arg;

	return (void *)(uintptr_t)dctx_job_wait(*job, DCTX_NO_DEADLINE);
}

static void *wait_when_known(void *arg)
{
	static dctx_job *self;
	struct many *s = arg;

	await(s->gate, 1);
	self = s->job;
	return wait_for_oneself(&self);
}

static void a_job_that_waits_for_itself_is_told(void **state)
{
	dctx_executor *pool = pool_of(1, 2, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	struct many s = {.pool = pool, .gate = &gate};
	void *result;

	(void)state;
	s.job = submit(pool, wait_when_known, &s);
	pass(&gate);
	assert_int_equal(finish(s.job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_BUSY);
	end(pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(
			jobs_that_wait_for_jobs_of_their_pool_do_not_stop_it),
		DCTXT_TEST(
			a_job_that_submits_to_its_own_full_pool_is_not_stuck),
		DCTXT_TEST(a_job_that_waits_for_itself_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
