/* SPDX-License-Identifier: MIT */
/*
 * oom_executor_test.c - proves that an allocation that fails while an executor
 * is made, a job is submitted, runs or is cancelled does no more than fail its
 * call or end its job: every handle completes. And that what is warm allocates
 * nothing.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "jobs.h"

#include <stdio.h>

static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static void *set_some(void *arg)
{
	(void)dctx_set(k_num, 5);
	return arg;
}

static dctx_status submit_here(unsigned flags, const char *name)
{
	dctx_submit_options options = {
		.struct_size = DCTX_SUBMIT_SIZE, .flags = flags, .name = name};
	struct gate gate = GATE_INIT;
	dctx_job *job = NULL;
	dctx_status status;

	DCTX_SCOPE("request");
	status = dctx_set(k_num, 4);
	status = first(status, dctx_submit(dctx_executor_inline(), set_some,
					   &gate, &options, &job));
	if (job == NULL)
		return status;
	status = first(status, dctx_job_status(job, NULL));
	DCTXT_EXPECT(status != DCTX_BUSY);
	dctx_job_unref(job);
	return status;
}

static dctx_status submit_a_snapshot(void)
{
	return submit_here(0, "name");
}

static dctx_status submit_a_fork(void)
{
	return submit_here(DCTX_SUBMIT_FORK, NULL);
}

static dctx_status keep(void *user, dctx_runnable *item)
{
	*(dctx_runnable **)user = item;
	return DCTX_OK;
}

static const dctx_executor_ops ops = {
	.struct_size = sizeof(ops), .name = "kept", .execute = keep};

static dctx_status use_a_table(void)
{
	dctx_runnable *item = NULL;
	dctx_executor *executor;
	dctx_job *job = NULL;
	dctx_status status = dctx_executor_new(&ops, &item, &executor);

	if (status != DCTX_OK)
		return status;
	status = dctx_submit(executor, set_some, &item, NULL, &job);
	DCTXT_EXPECT((status == DCTX_OK) == (item != NULL));
	if (status == DCTX_OK) {
		DCTXT_EXPECT(dctx_job_cancel(job, "a reason") == DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_CANCELED);
		dctx_runnable_run(item);
	}
	dctx_job_unref(job);
	dctx_executor_unref(executor);
	return status;
}

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"submit a snapshot", submit_a_snapshot},
		{"submit a fork", submit_a_fork},
		{"use a table", use_a_table},
	};

	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

/* All of it fails from the n-th on, also on the worker. */
static dctx_status use_a_pool(long n)
{
	dctx_executor *pool = NULL;
	dctx_job *job = NULL;
	dctx_status status;

	dctxt_heap_fail(n, true);
	status = dctx_pool_new(NULL, &pool);
	if (status == DCTX_OK)
		status = dctx_submit(pool, set_some, pool, NULL, &job);
	if (status == DCTX_OK) {
		status = dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S));
		DCTXT_EXPECT(status == DCTX_OK);
		status = dctx_job_status(job, NULL);
	}
	dctx_job_unref(job);
	if (pool != NULL)
		DCTXT_EXPECT(dctx_executor_shutdown(
				     pool, true,
				     dctx_deadline_in(60 * DCTX_S)) == DCTX_OK);
	dctx_executor_unref(pool);
	(void)dctxt_heap_relent();
	return status;
}

static void a_pool_without_memory_completes_its_jobs(void **state)
{
	int refused = 0;

	(void)state;
	for (long n = 1; n <= 20; n++) {
		dctx_status status = use_a_pool(n);

		refused += status != DCTX_OK;
		assert_true(status == DCTX_OK || status == DCTX_NOMEM ||
			    status == DCTX_SYSTEM);
	}
	assert_true(refused > 0);
}

enum { MOST = 16 };

static void turn(dctx_executor *pool, int n)
{
	dctx_job *jobs[MOST];

	for (int i = 0; i < n; i++)
		DCTXT_EXPECT(dctx_submit(pool, see_num, NULL, NULL, &jobs[i]) ==
			     DCTX_OK);
	for (int i = 0; i < n; i++) {
		DCTXT_EXPECT(dctx_job_wait(jobs[i], DCTX_NO_DEADLINE) ==
			     DCTX_OK);
		dctx_job_unref(jobs[i]);
	}
}

/* Both workers have run something, and there were more jobs at once than there
 * will be, with those that a worker gives back when it looks for the next. */
static void warm_up(dctx_executor *pool)
{
	struct gate gate = GATE_INIT;
	dctx_job *one = hold(pool, &gate), *two = hold(pool, &gate);

	open_gate(&gate);
	finish(one, NULL);
	finish(two, NULL);
	for (int i = 0; i < 100; i++)
		turn(pool, MOST);
}

static void a_warm_pool_allocates_nothing(void **state)
{
	dctx_executor *pool = pool_of(2, 64, DCTX_FULL_BLOCKS);

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_num, 3);
	warm_up(pool);
	dctxt_heap_fail(0, false);
	for (int i = 0; i < 100; i++)
		turn(pool, MOST / 2);
	assert_int_equal(dctxt_heap_relent(), 0);
	end(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
		DCTXT_TEST(a_pool_without_memory_completes_its_jobs),
		DCTXT_TEST(a_warm_pool_allocates_nothing),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
