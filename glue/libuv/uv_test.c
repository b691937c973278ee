/* SPDX-License-Identifier: MIT */
/*
 * uv_test.c - proves that libuv's threads are an executor: for any thread,
 * whatever loops of the program's do, with no more threads than asked for and
 * with a turn for whoever else uses them; and that nothing is left there.
 */
#include "dctx_uv.h"

#include "../lent_load.h"

#include <stdlib.h>
#include <uv.h>

/* As the main program has libuv make it: each test knows who is in it. */
enum { POOL = 2 };

static dctx_executor *lend(struct lending how)
{
	const dctx_uv_options options = {.struct_size = DCTX_UV_OPTIONS_SIZE,
					 .threads = how.threads,
					 .queue = how.queue,
					 .by_deadline = how.by_deadline};
	dctx_executor *executor = NULL;

	assert_int_equal(dctx_uv_executor_new(&options, &executor), DCTX_OK);
	assert_non_null(executor);
	return executor;
}

/* A loop of the program's, and work on it that knows nothing of dctx. */
struct native {
	uv_loop_t loop;
	uv_work_t work[POOL];
	struct gate *gate;
	int after;
};

static void native_begin(struct native *native, struct gate *gate)
{
	assert_int_equal(uv_loop_init(&native->loop), 0);
	native->gate = gate;
	native->after = 0;
}

static void native_end(struct native *native)
{
	assert_int_equal(uv_run(&native->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&native->loop), 0);
}

static void native_after(uv_work_t *work, int status)
{
	((struct native *)work->data)->after += status == 0;
}

static void native_queue(struct native *native, int i, uv_work_cb fn)
{
	native->work[i].data = native;
	assert_int_equal(uv_queue_work(&native->loop, &native->work[i], fn,
				       native_after),
			 0);
}

/* All of the pool's threads at once. */
static void see_nothing(uv_work_t *work)
{
	struct gate *gate = ((struct native *)work->data)->gate;

	pass(gate);
	await(gate, POOL);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 0);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(local == 0);
}

static void nothing_of_a_job_is_left_on_the_threads(void **state)
{
	dctx_executor *executor = lend((struct lending){.threads = POOL});
	pthread_t here = pthread_self();
	struct gate gate = GATE_INIT;
	struct native native;
	dctx_job *job[POOL];

	(void)state;
	native_begin(&native, &gate);
	assert_int_equal(
		dctx_accessor_add(dctx_accessors_default(), &local_accessor),
		DCTX_OK);
	dctx_set(k_num, local = 7);
	for (int i = 0; i < POOL; i++)
		job[i] = submit(executor, see_local, &here);
	for (int i = 0; i < POOL; i++)
		finish(job[i], NULL);
	local = 0;
	for (int i = 0; i < POOL; i++)
		native_queue(&native, i, see_nothing);
	native_end(&native);
	assert_int_equal(native.after, POOL);
	assert_int_equal(dctx_accessor_remove(dctx_accessors_default(),
					      local_accessor.name),
			 DCTX_OK);
	end(executor);
}

/* A server's loop: a timer submits, the job tells the loop. */
struct server {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_async_t told;
	dctx_executor *executor;
	dctx_job *job;
	uint64_t seen;
};

static void *see_and_tell(void *arg)
{
	struct server *server = arg;

	server->seen = dctx_get(k_num, 0);
	DCTXT_EXPECT(uv_async_send(&server->told) == 0);
	return arg;
}

static void when_told(uv_async_t *told)
{
	struct server *server = told->data;

	DCTXT_EXPECT(server->seen == 5);
	uv_close((uv_handle_t *)&server->timer, NULL);
	uv_close((uv_handle_t *)told, NULL);
}

static void when_time(uv_timer_t *timer)
{
	struct server *server = timer->data;
	dctx_job *job;

	DCTX_SCOPE("request");
	dctx_set(k_num, 4);
	/* Which would never end if the loop had to run for it. */
	DCTXT_EXPECT(dctx_submit(server->executor, see_num, NULL, NULL, &job) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	dctx_job_unref(job);
	dctx_set(k_num, 5);
	DCTXT_EXPECT(dctx_submit(server->executor, see_and_tell, server, NULL,
				 &server->job) == DCTX_OK);
}

static void a_loops_callback_submits_waits_and_is_told(void **state)
{
	struct server server = {.executor = lend_one(4)};

	(void)state;
	assert_int_equal(uv_loop_init(&server.loop), 0);
	assert_int_equal(uv_timer_init(&server.loop, &server.timer), 0);
	assert_int_equal(uv_async_init(&server.loop, &server.told, when_told),
			 0);
	server.timer.data = server.told.data = &server;
	assert_int_equal(uv_timer_start(&server.timer, when_time, 0, 0), 0);
	assert_int_equal(uv_run(&server.loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(finish(server.job, NULL), DCTX_OK);
	assert_int_equal(uv_loop_close(&server.loop), 0);
	end(server.executor);
}

static void *submit_here(void *arg)
{
	void *seen = NULL;
	dctx_job *job;

	dctx_set(k_num, 9);
	if (DCTXT_EXPECT(dctx_submit(arg, see_num, NULL, NULL, &job) ==
			 DCTX_OK)) {
		DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, &seen) == DCTX_OK);
		dctx_job_unref(job);
	}
	return seen;
}

static void any_thread_submits(void **state)
{
	dctx_executor *executor = lend_one(4);

	(void)state;
	assert_int_equal((uintptr_t)dctxt_on_thread(submit_here, executor), 9);
	assert_int_equal((uintptr_t)submit_here(executor), 9);
	end(executor);
}

static void note_count(uv_work_t *work)
{
	struct native *native = work->data;

	native->gate->passed = native->gate->count;
}

static void hold_up(uv_work_t *work)
{
	(void)stand(((struct native *)work->data)->gate);
}

/* One thread of the pool is held up, so all else is on the other. */
static void others_get_their_turn_between_two_jobs(void **state)
{
	dctx_executor *executor = lend_one(8);
	struct gate held = GATE_INIT, gate = GATE_INIT;
	struct native holder, native;
	dctx_job *first, *job[8];

	(void)state;
	native_begin(&holder, &held);
	native_queue(&holder, 0, hold_up);
	await(&held, 1);
	native_begin(&native, &gate);
	first = hold(executor, &gate);
	for (int i = 0; i < 8; i++)
		job[i] = submit(executor, count_up, &gate);
	gate.passed = -1;
	native_queue(&native, 0, note_count);
	open_gate(&gate);
	finish(first, NULL);
	for (int i = 0; i < 8; i++)
		assert_int_equal(finish(job[i], NULL), DCTX_OK);
	native_end(&native);
	assert_int_equal(gate.passed, 0);
	open_gate(&held);
	native_end(&holder);
	end(executor);
}

static void count(uv_work_t *work)
{
	((struct native *)work->data)->gate->count++;
}

static void no_more_threads_are_taken_than_asked_for(void **state)
{
	dctx_executor *executor = lend_one(8);
	struct gate gate = GATE_INIT, others = GATE_INIT;
	dctx_job *holder = hold(executor, &gate);
	dctx_job *job = submit(executor, count_up, &gate);
	struct native native;

	(void)state;
	native_begin(&native, &others);
	native_queue(&native, 0, count);
	native_queue(&native, 1, count);
	native_end(&native);
	assert_int_equal(others.count, 2);
	assert_int_equal(gate.count, 0);
	assert_int_equal(stats_of(executor).queued, 1);
	open_gate(&gate);
	finish(holder, NULL);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	end(executor);
}

static void unless_told_it_uses_all_threads(void **state)
{
	dctx_executor *executor = NULL;
	struct gate gate = GATE_INIT;
	dctx_job *job[POOL];

	(void)state;
	assert_int_equal(dctx_uv_executor_new(NULL, &executor), DCTX_OK);
	for (int i = 0; i < POOL; i++)
		job[i] = submit(executor, stand, &gate);
	await(&gate, POOL);
	open_gate(&gate);
	for (int i = 0; i < POOL; i++)
		finish(job[i], NULL);
	end(executor);
}

static void what_is_no_option_is_invalid(void **state)
{
	dctx_uv_options options = {.struct_size = DCTX_UV_OPTIONS_SIZE - 1};
	dctx_executor *executor = NULL;

	(void)state;
	assert_int_equal(dctx_uv_executor_new(&options, &executor),
			 DCTX_INVALID);
	assert_null(executor);
	assert_int_equal(dctx_uv_executor_new(NULL, NULL), DCTX_INVALID);
}

static void metrics_have_its_name(void **state)
{
	static char text[1 << 16];
	dctx_uv_options options = {.struct_size = DCTX_UV_OPTIONS_SIZE,
				   .name = "0123456789abcdefg"};
	dctx_executor *executor, *plain = lend_one(4);
	size_t len;

	(void)state;
	assert_int_equal(dctx_uv_executor_new(&options, &executor), DCTX_OK);
	assert_int_equal(
		dctx_executors_prometheus(text, sizeof(text) - 1, &len),
		DCTX_OK);
	text[len] = '\0';
	assert_non_null(strstr(text, "executor=\"libuv\""));
	assert_non_null(strstr(text, "executor=\"0123456789abcde\""));
	end(plain);
	end(executor);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LENT_CLAIMS,
		LENT_LOADS,
		DCTXT_TEST(nothing_of_a_job_is_left_on_the_threads),
		DCTXT_TEST(a_loops_callback_submits_waits_and_is_told),
		DCTXT_TEST(any_thread_submits),
		DCTXT_TEST(others_get_their_turn_between_two_jobs),
		DCTXT_TEST(no_more_threads_are_taken_than_asked_for),
		DCTXT_TEST(unless_told_it_uses_all_threads),
		DCTXT_TEST(what_is_no_option_is_invalid),
		DCTXT_TEST(metrics_have_its_name),
	};

	(void)setenv("UV_THREADPOOL_SIZE", "2", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
