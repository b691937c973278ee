/* SPDX-License-Identifier: MIT */
/*
 * executor_fork_test.c - proves that a fork's child finds its executors whole:
 * without the parent's threads, and without jobs that nobody will run.
 */
#include "jobs.h"

/* What the child of a busy pool has. */
struct forked {
	dctx_executor *pool;
	dctx_job *runs, *waits;
	struct gate *gate;
};

static void use_in_the_child(void *arg)
{
	struct forked *f = arg;
#ifdef DCTXT_CHILD_THREADS
	struct gate gate = GATE_INIT;
	dctx_job *job;
#endif

	DCTXT_EXPECT(dctx_job_wait(f->waits, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_wait(f->runs, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(f->waits, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_job_status(f->runs, NULL) == DCTX_CANCELED);
#ifdef DCTXT_CHILD_THREADS
	for (int i = 0; i < 4; i++) {
		DCTXT_EXPECT(dctx_submit(f->pool, count_up, &gate, NULL,
					 &job) == DCTX_OK);
		DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_OK);
		dctx_job_unref(job);
	}
	DCTXT_EXPECT(gate.count == 4);
#endif
	DCTXT_EXPECT(dctx_executor_shutdown(f->pool, true,
					    dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	dctx_job_unref(f->runs);
	dctx_job_unref(f->waits);
	dctx_executor_unref(f->pool);
}

static void *submit_inline(void *arg)
{
	DCTXT_EXPECT(dctx_submit(dctx_executor_inline(), stand, arg, NULL,
				 NULL) == DCTX_OK);
	return NULL;
}

/* What ran there when the child was made, but for what it runs itself. */
static void see_inline_in_the_child(void *arg)
{
	const dctx_executor_stats *before = arg;
	dctx_executor_stats s;

	DCTXT_EXPECT(dctx_submit(dctx_executor_inline(), see_num, NULL, NULL,
				 NULL) == DCTX_OK);
	s = stats_of(dctx_executor_inline());
	DCTXT_EXPECT(s.running == 0);
	DCTXT_EXPECT(s.cancelled == before->cancelled + 1);
	DCTXT_EXPECT(s.completed == before->completed + 1);
	DCTXT_EXPECT(s.submitted == before->submitted + 1);
}

static void a_child_counts_what_ran_inline_elsewhere_as_cancelled(void **state)
{
	struct gate gate = GATE_INIT;
	dctx_executor_stats before;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, submit_inline, &gate),
			 0);
	await(&gate, 1);
	before = stats_of(dctx_executor_inline());
	assert_int_equal(before.running, 1);
	assert_true(dctxt_in_child(see_inline_in_the_child, &before));
	open_gate(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(stats_of(dctx_executor_inline()).running, 0);
}

static void *submit_to_a_full_pool(void *arg)
{
	struct forked *f = arg;

	DCTXT_EXPECT(dctx_submit(f->pool, count_up, f->gate, NULL, NULL) ==
		     DCTX_OK);
	return NULL;
}

static void shut_down_in_the_child(void *arg)
{
	struct forked *f = arg;

	DCTXT_EXPECT(dctx_executor_shutdown(f->pool, true,
					    dctx_deadline_in(20 * DCTX_S)) ==
		     DCTX_OK);
}

static void a_childs_shutdown_waits_for_no_submitter_elsewhere(void **state)
{
	struct gate gate = GATE_INIT;
	struct forked f = {.pool = pool_of(1, 1, DCTX_FULL_BLOCKS),
			   .gate = &gate};
	pthread_t thread;

	(void)state;
	f.runs = hold(f.pool, &gate);
	f.waits = submit(f.pool, count_up, &gate);
	assert_int_equal(
		pthread_create(&thread, NULL, submit_to_a_full_pool, &f), 0);
	while (stats_of(f.pool).queued < 2)
		(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	(void)dctx_wait(dctx_deadline_in(5 * DCTX_MS));
	assert_true(dctxt_in_child(shut_down_in_the_child, &f));
	open_gate(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(finish(f.runs, NULL), DCTX_OK);
	assert_int_equal(finish(f.waits, NULL), DCTX_OK);
	end(f.pool);
	assert_int_equal(gate.count, 2);
}

static void a_child_has_the_pool_without_threads_and_jobs(void **state)
{
	struct gate gate = GATE_INIT;
	struct forked f = {.pool = pool_of(1, 8, DCTX_FULL_REJECTS)};

	(void)state;
	f.runs = hold(f.pool, &gate);
	f.waits = submit(f.pool, count_up, &gate);
	assert_true(dctxt_in_child(use_in_the_child, &f));
	open_gate(&gate);
	assert_int_equal(finish(f.runs, NULL), DCTX_OK);
	assert_int_equal(finish(f.waits, NULL), DCTX_OK);
	assert_int_equal(gate.count, 1);
	end(f.pool);
}

#ifdef DCTXT_CHILD_THREADS
static void say_yes(void *arg)
{
	dctx_executor *pool = arg;
	void *result = NULL;
	dctx_job *job;

	DCTXT_EXPECT(dctx_get(k_num, 0) == 3);
	DCTXT_EXPECT(dctx_submit(pool, see_num, NULL, NULL, &job) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(job, &result) == DCTX_OK);
	DCTXT_EXPECT((uintptr_t)result == 3);
	dctx_job_unref(job);
}

static void *fork_there(void *arg)
{
	return (void *)(uintptr_t)dctxt_in_child(say_yes, arg);
}

static void a_job_may_fork(void **state)
{
	dctx_executor *pool = pool_of(2, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate);
	void *result;

	(void)state;
	dctx_set(k_num, 3);
	assert_int_equal(finish(submit(pool, fork_there, pool), &result),
			 DCTX_OK);
	assert_true((uintptr_t)result);
	open_gate(&gate);
	finish(holder, NULL);
	end(pool);
}
#endif

/* A queue of one, which nobody runs here. */
static dctx_status queue_execute(void *user, dctx_runnable *item)
{
	*(dctx_runnable **)user = item;
	return DCTX_OK;
}

static const dctx_executor_ops queue_ops = {
	.struct_size = sizeof(queue_ops), .execute = queue_execute};

struct left {
	dctx_runnable *item;
	dctx_job *job;
	struct gate gate;
};

/* Also when the child then runs what its copy of the queue has. */
static void wait_in_the_child(void *arg)
{
	struct left *left = arg;

	DCTXT_EXPECT(dctx_job_wait(left->job, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(left->job, NULL) == DCTX_CANCELED);
	dctx_runnable_run(left->item);
	DCTXT_EXPECT(left->gate.count == 0);
	DCTXT_EXPECT(dctx_job_status(left->job, NULL) == DCTX_CANCELED);
	dctx_job_unref(left->job);
}

static void a_child_waits_for_no_job_of_a_tables_queue(void **state)
{
	struct left left = {.gate = GATE_INIT};
	dctx_executor *queue = NULL;

	(void)state;
	assert_int_equal(dctx_executor_new(&queue_ops, &left.item, &queue),
			 DCTX_OK);
	left.job = submit(queue, count_up, &left.gate);
	assert_true(dctxt_in_child(wait_in_the_child, &left));
	dctx_runnable_run(left.item);
	assert_int_equal(finish(left.job, NULL), DCTX_OK);
	assert_int_equal(left.gate.count, 1);
	dctx_executor_unref(queue);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_child_waits_for_no_job_of_a_tables_queue),
		DCTXT_TEST(a_child_has_the_pool_without_threads_and_jobs),
		DCTXT_TEST(
			a_child_counts_what_ran_inline_elsewhere_as_cancelled),
		DCTXT_TEST(a_childs_shutdown_waits_for_no_submitter_elsewhere),
#ifdef DCTXT_CHILD_THREADS
		DCTXT_TEST(a_job_may_fork),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
