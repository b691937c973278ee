/* SPDX-License-Identifier: MIT */
/*
 * uv_refused_test.c - proves what becomes of libuv's executor without memory,
 * without descriptors, in a fork's child, and when threads are cancelled or
 * end.
 */
#include "dctx_uv.h"

#include "jobs.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* libuv has one thread here. */
static dctx_executor *lend_of(unsigned threads)
{
	const dctx_uv_options options = {.struct_size = DCTX_UV_OPTIONS_SIZE,
					 .threads = threads};
	dctx_executor *executor = NULL;

	assert_int_equal(dctx_uv_executor_new(&options, &executor), DCTX_OK);
	return executor;
}

static dctx_executor *lend(void)
{
	return lend_of(0);
}

static void *submit_while_cancelled(void *arg)
{
	dctx_job *job = NULL;

	(void)pthread_cancel(pthread_self());
	DCTXT_EXPECT(dctx_submit(arg, see_num, NULL, NULL, &job) == DCTX_OK);
	dctx_job_unref(job);
	pthread_testcancel();
	return NULL;
}

/* It starts libuv's threads, and waits for them where POSIX would end it. */
static void a_cancelled_thread_submits_to_the_end(void **state)
{
	dctx_executor *executor = lend();

	(void)state;
	assert_ptr_equal(dctxt_on_thread(submit_while_cancelled, executor),
			 PTHREAD_CANCELED);
	assert_int_equal(finish(submit(executor, see_num, NULL), NULL),
			 DCTX_OK);
	end(executor);
}

/* The loop is there: without memory for that libuv ends the process. */
static void without_memory_there_is_no_executor(void **state)
{
	dctx_executor *executor = NULL;
	dctx_status status;
	long failed = 0;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	end(lend());
	for (;;) {
		dctxt_heap_fail(failed + 1, false);
		status = dctx_uv_executor_new(NULL, &executor);
		(void)dctxt_heap_relent();
		if (status == DCTX_OK)
			break;
		assert_int_equal(status, DCTX_NOMEM);
		assert_null(executor);
		failed++;
	}
	assert_true(failed > 0);
	end(executor);
}

static void requests_are_used_again(void **state)
{
	dctx_executor *executor;
	size_t before = 0;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	executor = lend();
	for (int i = 0; i < 2000; i++) {
		if (i == 200)
			before = dctxt_heap_blocks();
		finish(submit(executor, see_num, NULL), NULL);
	}
	assert_true(dctxt_heap_blocks() < before + 20);
	end(executor);
}

/* libuv's only thread is held up, and all requests that there are go behind
 * that, more than in the test before: the next one takes memory, and nothing
 * else of a warm submit does. */
struct rush {
	dctx_executor *holds, *behind;
	dctx_job *holder;
	struct gate gate;
};

static void rush_begin(struct rush *rush, unsigned n)
{
	finish(submit(rush->holds, see_num, NULL), NULL);
	rush->holder = hold(rush->holds, &rush->gate);
	rush->behind = lend_of(n);
	for (unsigned i = 0; i < n; i++)
		dctx_job_unref(submit(rush->behind, see_num, NULL));
}

static void rush_end(struct rush *rush)
{
	open_gate(&rush->gate);
	finish(rush->holder, NULL);
	end(rush->behind);
	end(rush->holds);
}

static dctx_status submit_without_memory(dctx_executor *executor,
					 struct rush *rush, dctx_job **out)
{
	dctx_status status;

	dctxt_heap_fail(1, false);
	status = dctx_submit(executor, count_up, &rush->gate, NULL, out);
	(void)dctxt_heap_relent();
	return status;
}

static void without_memory_for_a_request_a_job_is_refused(void **state)
{
	struct rush rush = {.holds = lend(), .gate = GATE_INIT};
	dctx_executor *warm = lend();
	dctx_job *job = NULL;

	(void)state;
	finish(submit(warm, see_num, NULL), NULL);
	rush_begin(&rush, 100);
	if (dctxt_heap_watched()) {
		assert_int_equal(submit_without_memory(warm, &rush, &job),
				 DCTX_NOMEM);
		assert_null(job);
		assert_int_equal(stats_of(warm).rejected, 1);
	}
	job = submit(warm, count_up, &rush.gate);
	rush_end(&rush);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	assert_int_equal(rush.gate.count, 1);
	end(warm);
}

static void those_under_way_come_to_a_job_without_a_request(void **state)
{
	struct rush rush = {.gate = GATE_INIT};
	dctx_job *warm[2], *job = NULL;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	rush.holds = lend_of(2);
	for (int i = 0; i < 2; i++)
		warm[i] = submit(rush.holds, see_num, NULL);
	for (int i = 0; i < 2; i++)
		finish(warm[i], NULL);
	rush_begin(&rush, 200);
	assert_int_equal(submit_without_memory(rush.holds, &rush, &job),
			 DCTX_OK);
	rush_end(&rush);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	assert_int_equal(rush.gate.count, 1);
}

struct family {
	dctx_executor *executor;
	dctx_job *runs, *waits;
	struct gate *gate;
};

static void lose_descriptors(void *arg)
{
	struct family *family = arg;
	dctx_executor *executor = NULL;
	struct rlimit were, none;
	dctx_job *job = NULL;

	DCTXT_EXPECT(getrlimit(RLIMIT_NOFILE, &were) == 0);
	none = were;
	none.rlim_cur = 0;
	DCTXT_EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
	DCTXT_EXPECT(dctx_uv_executor_new(NULL, &executor) == DCTX_SYSTEM);
	DCTXT_EXPECT(executor == NULL);
	DCTXT_EXPECT(dctx_submit(family->executor, count_up, family->gate, NULL,
				 &job) == DCTX_SYSTEM);
	DCTXT_EXPECT(job == NULL && family->gate->count == 0);
	DCTXT_EXPECT(setrlimit(RLIMIT_NOFILE, &were) == 0);
	DCTXT_EXPECT(dctx_uv_executor_new(NULL, &executor) == DCTX_OK);
	DCTXT_EXPECT(dctx_executor_shutdown(executor, true, 0) == DCTX_OK);
	dctx_executor_unref(executor);
}

static void without_descriptors_there_is_no_loop(void **state)
{
	struct gate gate = GATE_INIT;
	struct family family = {.executor = lend(), .gate = &gate};

	(void)state;
	assert_true(dctxt_in_child(lose_descriptors, &family));
	end(family.executor);
}

/* What waits is dropped by the next submit, which needs no thread. */
static void be_a_child(void *arg)
{
	struct family *family = arg;
	struct gate gate = GATE_INIT;
	dctx_job *job = NULL;

	DCTXT_EXPECT(dctx_job_status(family->waits, NULL) == DCTX_BUSY);
#ifdef DCTXT_CHILD_THREADS
	for (int i = 0; i < 4; i++) {
		if (!DCTXT_EXPECT(dctx_submit(family->executor, count_up, &gate,
					      NULL, &job) == DCTX_OK))
			return;
		DCTXT_EXPECT(
			dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
			DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_OK);
		dctx_job_unref(job);
	}
	DCTXT_EXPECT(gate.count == 4);
#else
	(void)gate;
	(void)job;
	(void)dctx_executor_shutdown(family->executor, true, 0);
#endif
	DCTXT_EXPECT(dctx_job_status(family->waits, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_job_wait(family->runs, 0) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(family->runs, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(family->gate->count == 0);
	DCTXT_EXPECT(dctx_executor_shutdown(family->executor, true,
					    dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	dctx_job_unref(family->waits);
	dctx_job_unref(family->runs);
	dctx_executor_unref(family->executor);
}

static void a_child_begins_anew(void **state)
{
	struct gate gate = GATE_INIT;
	struct family family = {.executor = lend(), .gate = &gate};

	(void)state;
	family.runs = hold(family.executor, &gate);
	family.waits = submit(family.executor, count_up, &gate);
	assert_true(dctxt_in_child(be_a_child, &family));
	open_gate(&gate);
	assert_int_equal(finish(family.runs, NULL), DCTX_OK);
	assert_int_equal(finish(family.waits, NULL), DCTX_OK);
	assert_int_equal(gate.count, 1);
	end(family.executor);
}

#ifdef DCTXT_CHILD_THREADS
static void *leave_the_child(void *arg)
{
	/* Nothing tells when the other thread is back in libuv, for good. */
	usleep(200000);
	_exit(arg == NULL ? 7 : 8);
}

/* In the child it frees the executor, and then goes back into its thread. */
static void *fork_there(void *arg)
{
	struct family *family = arg;
	pthread_t other;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		dctx_executor_unref(family->executor);
		if (pthread_create(&other, NULL, leave_the_child, NULL) != 0)
			_exit(9);
		return NULL;
	}
	DCTXT_EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid);
	DCTXT_EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	pass(family->gate);
	return NULL;
}

static void a_job_may_fork_and_end_its_executor_there(void **state)
{
	struct gate gate = GATE_INIT;
	struct family family = {.executor = lend(), .gate = &gate};

	(void)state;
	/* Nobody has the job, which would hold the executor. */
	assert_int_equal(
		dctx_submit(family.executor, fork_there, &family, NULL, NULL),
		DCTX_OK);
	await(&gate, 1);
	end(family.executor);
}

static void *end_the_thread(void *arg)
{
	pthread_exit(arg);
}

static void lose_a_thread(void *arg)
{
	dctx_uv_options options = {.struct_size = DCTX_UV_OPTIONS_SIZE,
				   .threads = 1};
	struct gate *gate = arg;
	dctx_executor *executor;
	dctx_job *ends, *job;

	(void)setenv("UV_THREADPOOL_SIZE", "2", 1);
	DCTXT_EXPECT(dctx_uv_executor_new(&options, &executor) == DCTX_OK);
	DCTXT_EXPECT(dctx_submit(executor, end_the_thread, NULL, NULL, &ends) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_submit(executor, count_up, gate, NULL, &job) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(ends, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_OK);
	DCTXT_EXPECT(gate->count == 1);
	dctx_job_unref(ends);
	dctx_job_unref(job);
	DCTXT_EXPECT(dctx_executor_shutdown(executor, true,
					    dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	dctx_executor_unref(executor);
}

static void a_job_that_ends_its_thread_does_not_stop_the_others(void **state)
{
	struct gate gate = GATE_INIT;

	(void)state;
	assert_true(dctxt_in_child(lose_a_thread, &gate));
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		/* First: it is about libuv's first request. */
		DCTXT_TEST(a_cancelled_thread_submits_to_the_end),
		DCTXT_TEST(without_memory_there_is_no_executor),
		DCTXT_TEST(requests_are_used_again),
		DCTXT_TEST(without_memory_for_a_request_a_job_is_refused),
		DCTXT_TEST(those_under_way_come_to_a_job_without_a_request),
		DCTXT_TEST(without_descriptors_there_is_no_loop),
		DCTXT_TEST(a_child_begins_anew),
#ifdef DCTXT_CHILD_THREADS
		DCTXT_TEST(a_job_may_fork_and_end_its_executor_there),
		DCTXT_TEST(a_job_that_ends_its_thread_does_not_stop_the_others),
#endif
	};

	(void)setenv("UV_THREADPOOL_SIZE", "1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
