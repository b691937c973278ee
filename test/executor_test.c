/* SPDX-License-Identifier: MIT */
/*
 * executor_test.c - proves that a job runs once under what was current where it
 * was submitted, and that it completes once whatever becomes of it.
 */
#include "jobs.h"

#include <stdlib.h>

static void a_job_sees_what_was_there_when_submitted(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_job *job, *later;
	void *result;

	(void)state;
	dctx_set(k_num, 7);
	job = submit(pool, see_num, NULL);
	dctx_set(k_num, 8);
	later = submit(pool, see_num, NULL);
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 7);
	assert_int_equal(finish(later, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 8);
	end(pool);
}

static void *change_and_leave_open(void *arg)
{
	(void)dctx_enter("left open");
	dctx_set(k_num, 1000);
	return arg;
}

static void what_a_job_leaves_open_is_gone_for_the_next(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_executor_stats stats;
	void *result;

	(void)state;
	assert_int_equal(
		finish(submit(pool, change_and_leave_open, NULL), NULL),
		DCTX_OK);
	assert_int_equal(finish(submit(pool, see_num, NULL), &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 0);
	stats = stats_of(pool);
	assert_int_equal(stats.unclean, 0);
	assert_int_equal(stats.completed, 2);
	end(pool);
}

static void *put_something_in_its_place(void *arg)
{
	dctx_snapshot *snapshot;

	dctx_set(k_num, 99);
	DCTXT_EXPECT(dctx_capture(&snapshot) == DCTX_OK);
	DCTXT_EXPECT(dctx_restore(snapshot) == DCTX_OK);
	dctx_snapshot_unref(snapshot);
	return arg;
}

static void *see_worker(void *arg)
{
	DCTXT_EXPECT(dctx_depth() == 1);
	return see_num(arg);
}

static void a_worker_that_is_not_empty_is_counted_and_emptied(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	uint64_t before = dctxt_count(DCTX_EV_UNCLEAN_WORKER);
	void *result;

	(void)state;
	finish(submit(pool, put_something_in_its_place, NULL), NULL);
	assert_int_equal(finish(submit(pool, see_worker, NULL), &result),
			 DCTX_OK);
	assert_int_equal((uintptr_t)result, 0);
	assert_int_equal(stats_of(pool).unclean, 1);
	assert_int_equal(dctxt_count(DCTX_EV_UNCLEAN_WORKER), before + 1);
	end(pool);
}

struct taken {
	dctx_snapshot *snapshot;
	struct gate gate;
};

/* Changes nothing, so what is captured is what the job was brought. */
static void *take_and_stand(void *arg)
{
	struct taken *taken = arg;

	DCTXT_EXPECT(dctx_capture(&taken->snapshot) == DCTX_OK);
	return stand(&taken->gate);
}

static void what_a_job_captures_ends_with_the_job(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct taken taken = {.gate = GATE_INIT};
	int64_t deadline = dctx_deadline_in(3600 * DCTX_S);
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
				       .deadline = deadline};
	dctx_job *job;

	(void)state;
	dctx_set(k_num, 6);
	assert_int_equal(
		dctx_submit(pool, take_and_stand, &taken, &options, &job),
		DCTX_OK);
	await(&taken.gate, 1);
	assert_int_equal(dctx_snapshot_done(taken.snapshot), DCTX_OK);
	assert_int_equal(dctx_snapshot_deadline(taken.snapshot), deadline);
	assert_int_equal(dctx_job_cancel(job, "enough"), DCTX_OK);
	assert_int_equal(dctx_snapshot_done(taken.snapshot), DCTX_CANCELED);
	open_gate(&taken.gate);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	/* The job is gone, what it was below is not. */
	assert_int_equal(dctx_snapshot_done(taken.snapshot), DCTX_CANCELED);
	dctx_snapshot_unref(taken.snapshot);
	assert_int_equal(stats_of(pool).unclean, 0);
	end(pool);
}

static void the_inline_executor_runs_before_submitting_returns(void **state)
{
	dctx_job *job = NULL;
	void *result;

	(void)state;
	dctx_set(k_num, 5);
	job = submit(dctx_executor_inline(), see_num, NULL);
	assert_int_equal(dctx_job_status(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 5);
	dctx_job_unref(job);
	job = submit(dctx_executor_inline(), change_and_leave_open, NULL);
	dctx_job_unref(job);
	assert_int_equal(dctx_get(k_num, 0), 5);
	assert_int_equal(dctx_depth(), 1);
}

static void a_cancelled_job_that_waits_completes_at_once(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *job;

	(void)state;
	job = submit(pool, count_up, &gate);
	assert_int_equal(dctx_job_status(job, NULL), DCTX_BUSY);
	assert_int_equal(dctx_job_cancel(job, "not wanted"), DCTX_OK);
	assert_int_equal(dctx_job_status(job, NULL), DCTX_CANCELED);
	assert_int_equal(dctx_job_cancel(job, "again"), DCTX_STALE);
	open_gate(&gate);
	assert_int_equal(finish(job, NULL), DCTX_CANCELED);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(gate.count, 0);
	end(pool);
}

static void *until_over(void *arg)
{
	struct gate *gate = arg;

	pass(gate);
	return (void *)(uintptr_t)dctx_wait(dctx_deadline_in(60 * DCTX_S));
}

static void a_cancelled_job_that_runs_is_told(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *job = submit(pool, until_over, &gate);
	void *result;

	(void)state;
	await(&gate, 1);
	assert_int_equal(dctx_job_cancel(job, "enough"), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_OK);
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_CANCELED);
	end(pool);
}

static void a_job_ends_with_the_context_of_who_submitted(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_source *stop;
	dctx_job *job;
	void *result;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	{
		DCTX_SCOPE("request");
		dctx_add_source(stop);
		job = submit(pool, until_over, &gate);
	}
	await(&gate, 1);
	dctx_cancel(stop, "client is gone");
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_CANCELED);
	dctx_source_unref(stop);
	end(pool);
}

static void a_deadline_of_the_job_holds_inside_it(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE};
	struct gate gate = GATE_INIT;
	dctx_job *job;
	void *result;

	(void)state;
	options.deadline = dctx_deadline_in(200 * DCTX_MS);
	assert_int_equal(dctx_submit(pool, until_over, &gate, &options, &job),
			 DCTX_OK);
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_DEADLINE_EXCEEDED);
	end(pool);
}

static void a_job_whose_deadline_came_in_the_queue_does_not_run(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE};
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *job;

	(void)state;
	options.deadline = dctx_deadline_in(DCTX_MS);
	assert_int_equal(dctx_submit(pool, count_up, &gate, &options, &job),
			 DCTX_OK);
	(void)dctx_wait(dctx_deadline_in(5 * DCTX_MS));
	open_gate(&gate);
	assert_int_equal(finish(job, NULL), DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(gate.count, 0);
	assert_int_equal(stats_of(pool).timed_out, 1);
	end(pool);
}

static void nothing_is_submitted_under_a_context_that_is_over(void **state)
{
	struct gate gate = GATE_INIT;
	dctx_job *job = NULL;

	(void)state;
	DCTX_SCOPE("late");
	dctx_set_deadline(0);
	assert_int_equal(dctx_submit(dctx_executor_inline(), count_up, &gate,
				     NULL, &job),
			 DCTX_DEADLINE_EXCEEDED);
	assert_null(job);
	assert_int_equal(gate.count, 0);
}

static void *set_and_fork_again(void *arg)
{
	dctx_set(k_num, dctx_get(k_num, 0) + 1);
	return see_num(arg);
}

static void a_forked_job_has_a_store_of_its_own(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
				       .flags = DCTX_SUBMIT_FORK};
	dctx_job *job;
	void *result;

	(void)state;
	dctx_set(k_num, 40);
	assert_int_equal(
		dctx_submit(pool, set_and_fork_again, NULL, &options, &job),
		DCTX_OK);
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 41);
	assert_int_equal(dctx_get(k_num, 0), 40);
	assert_int_equal(stats_of(pool).unclean, 0);
	end(pool);
}

static void *see_chain(void *arg)
{
	dctx_chain_text("/", arg, 64);
	return NULL;
}

static void a_name_is_a_scope_around_the_job(void **state)
{
	dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
				       .name = "resize"};
	char text[64];

	(void)state;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_submit(dctx_executor_inline(), see_chain, text,
				     &options, NULL),
			 DCTX_OK);
	assert_string_equal(text, "request/resize");
}

static void *end_the_thread(void *arg)
{
	dctx_set(k_num, 3);
	pthread_exit(arg);
}

static void a_job_that_ends_its_thread_completes(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	void *result;

	(void)state;
	dctx_set(k_num, 7);
	for (int i = 0; i < 3; i++) {
		dctx_job *lost = submit(pool, end_the_thread, NULL);
		dctx_job *next = submit(pool, see_num, NULL);

		assert_int_equal(finish(lost, NULL), DCTX_CANCELED);
		assert_int_equal(finish(next, &result), DCTX_OK);
		assert_int_equal((uintptr_t)result, 7);
	}
	end(pool);
}

static void a_wait_ends_in_time_and_the_job_goes_on(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate);
	int64_t until = dctx_deadline_in(2 * DCTX_MS);

	(void)state;
	assert_int_equal(dctx_job_wait(holder, until), DCTX_DEADLINE_EXCEEDED);
	assert_true(dctx_now() >= until);
	{
		DCTX_SCOPE("late");
		dctx_set_timeout(DCTX_MS);
		assert_int_equal(dctx_job_wait(holder, DCTX_NO_DEADLINE),
				 DCTX_DEADLINE_EXCEEDED);
	}
	open_gate(&gate);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	end(pool);
}

static void null_arguments_are_invalid(void **state)
{
	dctx_submit_options small = {.struct_size = 1};
	struct gate gate = GATE_INIT;

	(void)state;
	assert_int_equal(dctx_submit(NULL, count_up, &gate, NULL, NULL),
			 DCTX_INVALID);
	assert_int_equal(
		dctx_submit(dctx_executor_inline(), NULL, &gate, NULL, NULL),
		DCTX_INVALID);
	assert_int_equal(dctx_submit(dctx_executor_inline(), count_up, &gate,
				     &small, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_pool_new(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_thread_each_new(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_executor_new(NULL, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_job_wait(NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_job_status(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_job_cancel(NULL, NULL), DCTX_INVALID);
	assert_null(dctx_job_ref(NULL));
	assert_null(dctx_job_unref(NULL));
	assert_null(dctx_executor_ref(NULL));
	assert_null(dctx_executor_unref(NULL));
	assert_int_equal(dctx_executor_shutdown(NULL, true, 0), DCTX_INVALID);
	assert_int_equal(gate.count, 0);
}

static void what_a_job_held_is_gone_when_it_is_waited_for(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct dctxt_thing made = {.id = 1};
	dctx_job *job;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		job = submit(pool, see_num, NULL);
	}
	assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
	dctx_job_unref(job);
	end(pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_job_sees_what_was_there_when_submitted),
		DCTXT_TEST(what_a_job_leaves_open_is_gone_for_the_next),
		DCTXT_TEST(a_worker_that_is_not_empty_is_counted_and_emptied),
		DCTXT_TEST(what_a_job_captures_ends_with_the_job),
		DCTXT_TEST(the_inline_executor_runs_before_submitting_returns),
		DCTXT_TEST(a_cancelled_job_that_waits_completes_at_once),
		DCTXT_TEST(a_cancelled_job_that_runs_is_told),
		DCTXT_TEST(a_job_ends_with_the_context_of_who_submitted),
		DCTXT_TEST(a_deadline_of_the_job_holds_inside_it),
		DCTXT_TEST(a_job_whose_deadline_came_in_the_queue_does_not_run),
		DCTXT_TEST(nothing_is_submitted_under_a_context_that_is_over),
		DCTXT_TEST(a_forked_job_has_a_store_of_its_own),
		DCTXT_TEST(a_name_is_a_scope_around_the_job),
		DCTXT_TEST(a_job_that_ends_its_thread_completes),
		DCTXT_TEST(a_wait_ends_in_time_and_the_job_goes_on),
		DCTXT_TEST(null_arguments_are_invalid),
		DCTXT_TEST(what_a_job_held_is_gone_when_it_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
