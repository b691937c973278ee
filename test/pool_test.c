/* SPDX-License-Identifier: MIT */
/*
 * pool_test.c - proves what a full pool does with one more, that every job that
 * was taken completes, and that a shutdown leaves nobody waiting.
 */
#include "jobs.h"

#include <stdlib.h>

static void threads_and_queue_bound_a_pool(void **state)
{
	dctx_executor *pool = pool_of(2, 3, DCTX_FULL_REJECTS);
	dctx_job *jobs[5], *more = NULL;

	(void)state;
	for (unsigned round = 1; round <= 3; round++) {
		struct gate gate = GATE_INIT;

		jobs[0] = hold(pool, &gate);
		jobs[1] = hold(pool, &gate);
		for (int i = 2; i < 5; i++)
			jobs[i] = submit(pool, count_up, &gate);
		assert_int_equal(dctx_submit(pool, count_up, &gate, NULL,
					     &more),
				 DCTX_BUSY);
		assert_null(more);
		assert_int_equal(stats_of(pool).running, 2);
		assert_int_equal(stats_of(pool).queued, 3);
		assert_int_equal(stats_of(pool).rejected, round);
		open_gate(&gate);
		for (int i = 0; i < 5; i++)
			assert_int_equal(finish(jobs[i], NULL), DCTX_OK);
		assert_int_equal(gate.count, 3);
	}
	end(pool);
}

static void a_rejected_job_never_runs_and_its_room_is_free_after(void **state)
{
	dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
				     .threads = 1};
	struct gate gate = GATE_INIT, other = GATE_INIT;
	dctx_executor *each;
	dctx_job *job;

	(void)state;
	assert_int_equal(dctx_thread_each_new(&options, &each), DCTX_OK);
	job = hold(each, &gate);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_submit(each, count_up, &gate, NULL, NULL),
				 DCTX_BUSY);
	open_gate(&gate);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	/* Its thread is about to end: until then there is no room. */
	while (dctx_submit(each, stand, &other, NULL, &job) == DCTX_BUSY)
		(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	await(&other, 1);
	open_gate(&other);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	assert_int_equal(gate.count, 0);
	end(each);
}

static void *note_thread(void *arg)
{
	*(pthread_t *)arg = pthread_self();
	return see_num(arg);
}

static void expect_run_here(dctx_executor *pool)
{
	pthread_t thread;
	dctx_job *job;
	void *result;

	job = submit(pool, note_thread, &thread);
	assert_int_equal(dctx_job_status(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 9);
	assert_true(pthread_equal(thread, pthread_self()));
	assert_int_equal(dctx_get(k_num, 0), 9);
	assert_int_equal(dctx_depth(), 1);
	dctx_job_unref(job);
}

/* Again and again: room that is not taken is not given back. */
static void caller_runs_on_the_thread_that_submits(void **state)
{
	dctx_executor *pool = pool_of(1, 1, DCTX_FULL_CALLER_RUNS);

	(void)state;
	dctx_set(k_num, 9);
	for (unsigned round = 1; round <= 3; round++) {
		struct gate gate = GATE_INIT;
		dctx_job *holder = hold(pool, &gate), *waits;

		waits = submit(pool, count_up, &gate);
		expect_run_here(pool);
		expect_run_here(pool);
		assert_int_equal(stats_of(pool).caller_ran, 2 * round);
		open_gate(&gate);
		assert_int_equal(finish(waits, NULL), DCTX_OK);
		assert_int_equal(finish(holder, NULL), DCTX_OK);
	}
	end(pool);
}

static void the_oldest_that_is_dropped_completes(void **state)
{
	dctx_executor *pool = pool_of(1, 2, DCTX_FULL_DROPS_OLDEST);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *jobs[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		jobs[i] = submit(pool, count_up, &gate);
	assert_int_equal(finish(jobs[0], NULL), DCTX_DROPPED);
	assert_int_equal(finish(jobs[1], NULL), DCTX_DROPPED);
	open_gate(&gate);
	assert_int_equal(finish(jobs[2], NULL), DCTX_OK);
	assert_int_equal(finish(jobs[3], NULL), DCTX_OK);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(gate.count, 2);
	assert_int_equal(stats_of(pool).dropped, 2);
	end(pool);
}

struct submitter {
	dctx_executor *pool;
	struct gate *gate;
	dctx_job *job;
	atomic_int status; /* -1: has not returned */
	int64_t deadline;
};

static void *submit_there(void *arg)
{
	struct submitter *s = arg;

	DCTX_SCOPE("submitter");
	dctx_set_deadline(s->deadline);
	pass(s->gate);
	s->status = dctx_submit(s->pool, count_up, s->gate, NULL, &s->job);
	return NULL;
}

static void a_submitter_blocks_until_there_is_room(void **state)
{
	dctx_executor *pool = pool_of(1, 1, DCTX_FULL_BLOCKS);
	struct gate gate = GATE_INIT, there = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *waits;
	struct submitter s = {.pool = pool, .gate = &there, .status = -1};
	pthread_t thread;

	(void)state;
	s.deadline = DCTX_NO_DEADLINE;
	waits = submit(pool, count_up, &gate);
	assert_int_equal(pthread_create(&thread, NULL, submit_there, &s), 0);
	await(&there, 1);
	(void)dctx_wait(dctx_deadline_in(5 * DCTX_MS));
	assert_int_equal(s.status, -1);
	open_gate(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(s.status, DCTX_OK);
	assert_int_equal(finish(s.job, NULL), DCTX_OK);
	finish(waits, NULL);
	finish(holder, NULL);
	assert_int_equal(there.count, 1);
	end(pool);
}

static void a_blocked_submitter_obeys_its_deadline(void **state)
{
	dctx_executor *pool = pool_of(1, 1, DCTX_FULL_BLOCKS);
	struct gate gate = GATE_INIT, there = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *waits;
	struct submitter s = {.pool = pool, .gate = &there, .status = -1};

	(void)state;
	waits = submit(pool, count_up, &gate);
	s.deadline = dctx_deadline_in(20 * DCTX_MS);
	submit_there(&s);
	assert_int_equal(s.status, DCTX_DEADLINE_EXCEEDED);
	assert_true(dctx_now() >= s.deadline);
	assert_null(s.job);
	open_gate(&gate);
	finish(waits, NULL);
	finish(holder, NULL);
	assert_int_equal(there.count, 0);
	end(pool);
}

static void a_shutdown_lets_blocked_submitters_go(void **state)
{
	dctx_executor *pool = pool_of(1, 1, DCTX_FULL_BLOCKS);
	struct gate gate = GATE_INIT, there = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *waits;
	struct submitter s = {.pool = pool, .gate = &there, .status = -1};
	pthread_t thread;

	(void)state;
	s.deadline = DCTX_NO_DEADLINE;
	waits = submit(pool, count_up, &gate);
	assert_int_equal(pthread_create(&thread, NULL, submit_there, &s), 0);
	await(&there, 1);
	assert_int_equal(
		dctx_executor_shutdown(pool, true, dctx_deadline_in(DCTX_MS)),
		DCTX_DEADLINE_EXCEEDED);
	pthread_join(thread, NULL);
	assert_int_equal(s.status, DCTX_STALE);
	open_gate(&gate);
	assert_int_equal(finish(waits, NULL), DCTX_OK);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	end(pool);
}

static void a_graceful_shutdown_runs_what_waits(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *jobs[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		jobs[i] = submit(pool, count_up, &gate);
	assert_int_equal(dctx_executor_shutdown(pool, true, dctx_now()),
			 DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_submit(pool, count_up, &gate, NULL, NULL),
			 DCTX_STALE);
	open_gate(&gate);
	end(pool);
	assert_int_equal(gate.count, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(finish(jobs[i], NULL), DCTX_OK);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
}

static void *until_over(void *arg)
{
	pass(arg);
	return (void *)(uintptr_t)dctx_wait(dctx_deadline_in(60 * DCTX_S));
}

static void an_immediate_shutdown_cancels_all(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *runs = submit(pool, until_over, &gate), *jobs[4];
	void *result;

	(void)state;
	await(&gate, 1);
	for (int i = 0; i < 4; i++)
		jobs[i] = submit(pool, count_up, &gate);
	assert_int_equal(dctx_executor_shutdown(pool, false,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(finish(jobs[i], NULL), DCTX_CANCELED);
	assert_int_equal(finish(runs, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_CANCELED);
	assert_int_equal(gate.count, 0);
	assert_int_equal(stats_of(pool).cancelled, 4);
	assert_int_equal(dctx_executor_shutdown(pool, true, dctx_now()),
			 DCTX_OK);
	dctx_executor_unref(pool);
}

static void *shut_down_own(void *arg)
{
	return (void *)(uintptr_t)dctx_executor_shutdown(arg, true,
							 DCTX_NO_DEADLINE);
}

static void a_job_that_shuts_its_own_pool_down_is_not_waited_for(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	void *result;

	(void)state;
	assert_int_equal(finish(submit(pool, shut_down_own, pool), &result),
			 DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_BUSY);
	end(pool);
}

static void the_last_reference_shuts_down_and_runs_what_waits(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *job;

	(void)state;
	job = submit(pool, count_up, &gate);
	dctx_executor_unref(pool);
	open_gate(&gate);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(gate.count, 1);
}

/* A thread that ends is about to give its room back. */
static dctx_job *submit_to_each(dctx_executor *each, void *(*fn)(void *),
				void *arg)
{
	dctx_job *job = NULL;

	while (dctx_submit(each, fn, arg, NULL, &job) == DCTX_BUSY)
		(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	assert_non_null(job);
	return job;
}

static void expect_room_for_one(dctx_executor *each)
{
	struct gate gate = GATE_INIT;
	dctx_job *holder = submit_to_each(each, stand, &gate);

	await(&gate, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_submit(each, count_up, &gate, NULL, NULL),
				 DCTX_BUSY);
	open_gate(&gate);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(gate.count, 0);
}

static void *end_the_thread(void *arg)
{
	pthread_exit(arg);
}

static dctx_executor *one_each(void)
{
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = 1};
	dctx_executor *each = NULL;

	assert_int_equal(dctx_thread_each_new(&options, &each), DCTX_OK);
	return each;
}

/* A fault of the Java failover's: given back twice, the bound grows. */
static void a_job_gives_its_room_back_exactly_once(void **state)
{
	dctx_executor *each = one_each();
	struct gate gate = GATE_INIT;

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			finish(submit_to_each(each, count_up, &gate), NULL),
			DCTX_OK);
	expect_room_for_one(each);
	end(each);
	assert_int_equal(gate.count, 20);
}

static void a_job_that_ends_its_thread_gives_its_room_back(void **state)
{
	dctx_executor *each = one_each();

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
			finish(submit_to_each(each, end_the_thread, NULL),
			       NULL),
			DCTX_CANCELED);
		expect_room_for_one(each);
	}
	end(each);
}

static void *fn_of_each(void *arg)
{
	pthread_t *seen = arg;

	*seen = pthread_self();
	return see_num(NULL);
}

static void a_thread_a_job_is_not_the_submitters(void **state)
{
	dctx_executor *each;
	pthread_t seen;
	void *result;

	(void)state;
	assert_int_equal(dctx_thread_each_new(NULL, &each), DCTX_OK);
	dctx_set(k_num, 12);
	assert_int_equal(finish(submit(each, fn_of_each, &seen), &result),
			 DCTX_OK);
	assert_int_equal((uintptr_t)result, 12);
	assert_false(pthread_equal(seen, pthread_self()));
	end(each);
}

static void a_pool_of_bad_options_is_not_made(void **state)
{
	const dctx_pool_options bad[] = {
		{.struct_size = DCTX_POOL_SIZE - 1},
		{.struct_size = DCTX_POOL_SIZE,
		 .when_full = (dctx_when_full)(DCTX_FULL_DROPS_OLDEST + 1)}};
	dctx_executor *executor = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_pool_new(&bad[i], &executor),
				 DCTX_INVALID);
		assert_int_equal(dctx_thread_each_new(&bad[i], &executor),
				 DCTX_INVALID);
	}
	assert_null(executor);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(threads_and_queue_bound_a_pool),
		DCTXT_TEST(
			a_rejected_job_never_runs_and_its_room_is_free_after),
		DCTXT_TEST(caller_runs_on_the_thread_that_submits),
		DCTXT_TEST(the_oldest_that_is_dropped_completes),
		DCTXT_TEST(a_submitter_blocks_until_there_is_room),
		DCTXT_TEST(a_blocked_submitter_obeys_its_deadline),
		DCTXT_TEST(a_shutdown_lets_blocked_submitters_go),
		DCTXT_TEST(a_graceful_shutdown_runs_what_waits),
		DCTXT_TEST(an_immediate_shutdown_cancels_all),
		DCTXT_TEST(
			a_job_that_shuts_its_own_pool_down_is_not_waited_for),
		DCTXT_TEST(the_last_reference_shuts_down_and_runs_what_waits),
		DCTXT_TEST(a_job_gives_its_room_back_exactly_once),
		DCTXT_TEST(a_job_that_ends_its_thread_gives_its_room_back),
		DCTXT_TEST(a_thread_a_job_is_not_the_submitters),
		DCTXT_TEST(a_pool_of_bad_options_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
