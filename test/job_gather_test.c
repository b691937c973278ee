/* SPDX-License-Identifier: MIT */
/*
 * job_gather_test.c - proves that a job begins without a share of gathered
 * keys, and that what it gave comes to who waits for it, once.
 */
#include "jobs.h"

#include <stdio.h>

DCTX_KEY_U64(k_cost, "cost", DCTX_LOCAL);
DCTX_KEY_STR(k_warnings, "warnings", DCTX_LOCAL);
DCTX_KEY_STR(k_jumpy, "jumpy", DCTX_LOCAL);
DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);
DCTX_KEY_GATHER(k_warnings, &dctx_gather_union);

static const dctx_submit_options forked = {.struct_size = DCTX_SUBMIT_SIZE,
					   .flags = DCTX_SUBMIT_FORK,
					   .name = "forked"};

static void *spend(void *arg)
{
	uintptr_t n = (uintptr_t)arg;
	char text[16];

	DCTXT_EXPECT(!dctx_has(k_cost)); /* the submitter's is not its own */
	snprintf(text, sizeof(text), "job %u", (unsigned)n);
	dctx_set(k_cost, n);
	dctx_set(k_warnings, text);
	return NULL;
}

static dctx_job *spending(dctx_executor *executor, uintptr_t n,
			  const dctx_submit_options *options)
{
	dctx_job *job = NULL;

	assert_int_equal(dctx_submit(executor, spend, (void *)n, options, &job),
			 DCTX_OK);
	return job;
}

static void spend_on(dctx_executor *executor,
		     const dctx_submit_options *options)
{
	dctx_job *job[4];
	DCTX_SCOPE("request");

	dctx_set(k_cost, 100);
	for (uintptr_t i = 0; i < 4; i++)
		job[i] = spending(executor, i + 1, options);
	for (int i = 3; i >= 0; i--) /* in the order of the waits */
		assert_int_equal(finish(job[i], NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 110);
	assert_string_equal(dctx_get(k_warnings, ""),
			    "job 4\njob 3\njob 2\njob 1");
}

static void what_a_job_gave_comes_to_who_waits(void **state)
{
	dctx_executor *pool = pool_of(2, 8, DCTX_FULL_REJECTS);

	(void)state;
	spend_on(pool, NULL);
	spend_on(pool, &forked);
	spend_on(dctx_executor_inline(), NULL);
	spend_on(dctx_executor_inline(), &forked);
	assert_false(dctx_has(k_cost)); /* and is gone with the scope */
	end(pool);
}

static void *wait_too(void *job)
{
	DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	return (void *)(uintptr_t)dctx_get(k_cost, 0);
}

static void of_all_who_wait_one_gets_it(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate);
	dctx_job *job = spending(pool, 7, NULL);
	pthread_t thread[4];
	uint64_t sum = 0;
	void *got;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, wait_too, job), 0);
	open_gate(&gate);
	finish(holder, NULL);
	assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
	sum = dctx_get(k_cost, 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &got);
		sum += (uintptr_t)got;
	}
	assert_int_equal(sum, 7);
	assert_int_equal(finish(job, NULL), DCTX_OK); /* again: no more */
	assert_true(dctx_get(k_cost, 0) <= 7);
	end(pool);
}

static void *spend_below(void *pool)
{
	dctx_job *job;

	spend((void *)1);
	DCTXT_EXPECT(dctx_submit(pool, spend, (void *)20, NULL, &job) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_cost, 0) == 21);
	dctx_job_unref(job);
	return NULL;
}

/* On one thread the outer job runs the inner one itself. */
static void jobs_of_jobs_add_up(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);

	(void)state;
	dctx_set(k_cost, 300);
	assert_int_equal(finish(submit(pool, spend_below, pool), NULL),
			 DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 321);
	end(pool);
}

static void what_nobody_waits_for_and_what_never_ran_gives_nothing(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *job;

	(void)state;
	job = spending(pool, 1, NULL);
	assert_int_equal(dctx_job_cancel(job, NULL), DCTX_OK);
	assert_int_equal(finish(job, NULL), DCTX_CANCELED);
	assert_int_equal(dctx_submit(pool, spend, (void *)2, NULL, NULL),
			 DCTX_OK);
	dctx_job_unref(spending(pool, 4, NULL));
	open_gate(&gate);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	end(pool);
	assert_false(dctx_has(k_cost));
}

static jmp_buf away;

static dctx_status jump(void *user, const dctx_any *have, const dctx_any *comes,
			dctx_any *out)
{
	(void)user;
	(void)have;
	(void)comes;
	(void)out;
	longjmp(away, 1);
}

static const dctx_gatherer jumps = {"jumps", jump, NULL};
DCTX_KEY_GATHER(k_jumpy, &jumps);

static void *spend_and_more(void *arg)
{
	dctx_set(k_jumpy, "more");
	return spend(arg);
}

/* What was joined before stays, and nothing is joined twice. */
static void a_merge_may_jump_out_of_a_wait(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_mark mark = dctx_mark_here();
	dctx_job *volatile job;

	(void)state;
	job = submit(pool, spend_and_more, (void *)3);
	if (setjmp(away) == 0) {
		(void)dctx_job_wait(job, DCTX_NO_DEADLINE);
		fail();
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 3);
	assert_false(dctx_has(k_jumpy));
	assert_int_equal(finish(job, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 3);
	end(pool);
}

static void *wrapped(void *arg)
{
	dctx_snapshot **out = arg;

	spend((void *)5);
	DCTXT_EXPECT(dctx_gather_take(out) == DCTX_OK);
	return NULL;
}

static void forked_work_begins_without_a_share(void **state)
{
	dctx_snapshot *gave = NULL;
	dctx_work *work;

	(void)state;
	dctx_set(k_cost, 100);
	assert_int_equal(dctx_wrap_with(wrapped, &gave, &forked, &work),
			 DCTX_OK);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(gave, k_cost, 0), 5);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 105);
	dctx_snapshot_unref(gave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_a_job_gave_comes_to_who_waits),
		DCTXT_TEST(of_all_who_wait_one_gets_it),
		DCTXT_TEST(jobs_of_jobs_add_up),
		DCTXT_TEST(
			what_nobody_waits_for_and_what_never_ran_gives_nothing),
		DCTXT_TEST(a_merge_may_jump_out_of_a_wait),
		DCTXT_TEST(forked_work_begins_without_a_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
