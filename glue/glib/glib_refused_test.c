/* SPDX-License-Identifier: MIT */
/*
 * glib_refused_test.c - proves what becomes of a GThreadPool's executor when
 * the system has no thread for it, without memory, and in a fork's child.
 *
 * Not under: valgrind - it refuses too large a stack with an error that ends a
 * program of GLib's.
 */
#define _GNU_SOURCE /* pthread_setattr_default_np */
#include "dctx_glib.h"

#include "jobs.h"
#include "unseen.h"

#include <glib.h>

static dctx_executor *lend_one(bool exclusive)
{
	const dctx_glib_options options = {.struct_size =
						   DCTX_GLIB_OPTIONS_SIZE,
					   .threads = 1,
					   .exclusive = exclusive};
	dctx_executor *executor = NULL;

	assert_int_equal(dctx_glib_executor_new(&options, &executor), DCTX_OK);
	return executor;
}

/* Threads with stacks that no machine has room for; false: as they were. */
static void refuse_threads(bool refuse)
{
	static pthread_attr_t were;
	pthread_attr_t none;

	if (!refuse) {
		assert_int_equal(pthread_setattr_default_np(&were), 0);
		assert_int_equal(pthread_attr_destroy(&were), 0);
		return;
	}
	/* Those that are kept for the next pool would do. */
	g_thread_pool_set_max_unused_threads(0);
	assert_int_equal(pthread_getattr_default_np(&were), 0);
	assert_int_equal(pthread_attr_init(&none), 0);
	assert_int_equal(pthread_attr_setstacksize(&none, SIZE_MAX / 4), 0);
	assert_int_equal(pthread_setattr_default_np(&none), 0);
	assert_int_equal(pthread_attr_destroy(&none), 0);
}

static void an_exclusive_one_without_threads_is_none(void **state)
{
	const dctx_glib_options options = {.struct_size =
						   DCTX_GLIB_OPTIONS_SIZE,
					   .threads = 2,
					   .exclusive = true};
	dctx_executor *executor = NULL;

	(void)state;
	refuse_threads(true);
	assert_int_equal(dctx_glib_executor_new(&options, &executor),
			 DCTX_SYSTEM);
	refuse_threads(false);
	assert_null(executor);
}

static void refuse_twice(dctx_executor *executor, struct gate *gate)
{
	struct dctxt_thing made = {.id = 1};
	dctx_job *job = NULL;

	refuse_threads(true);
	for (int i = 0; i < 2; i++) {
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		assert_int_equal(
			dctx_submit(executor, count_up, gate, NULL, &job),
			DCTX_SYSTEM);
	}
	refuse_threads(false);
	assert_null(job);
	assert_int_equal(dctxt_alive(), 0);
}

static void without_a_thread_a_job_is_refused(void **state)
{
	dctx_executor *executor = lend_one(false);
	struct gate gate = GATE_INIT;

	(void)state;
	refuse_twice(executor, &gate);
	assert_int_equal(stats_of(executor).rejected, 2);
	end(executor);
	assert_int_equal(gate.count, 0);
}

/* GLib has queued what it refused. */
static void a_refused_job_does_not_run_later(void **state)
{
	dctx_executor *executor = lend_one(false);
	struct gate gate = GATE_INIT;

	(void)state;
	refuse_twice(executor, &gate);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			finish(submit(executor, count_up, &gate), NULL),
			DCTX_OK);
	end(executor);
	assert_int_equal(gate.count, 3);
}

/* One busy thread, and no second one to be had. */
static void with_one_thread_a_job_waits_for_it(void **state)
{
	const dctx_glib_options options = {
		.struct_size = DCTX_GLIB_OPTIONS_SIZE, .threads = 4};
	struct gate gate = GATE_INIT;
	dctx_executor *executor;
	dctx_job *holder, *job;

	(void)state;
	assert_int_equal(dctx_glib_executor_new(&options, &executor), DCTX_OK);
	holder = hold(executor, &gate);
	refuse_threads(true);
	job = submit(executor, count_up, &gate);
	refuse_threads(false);
	open_gate(&gate);
	finish(holder, NULL);
	assert_int_equal(finish(job, NULL), DCTX_OK);
	end(executor);
}

/* GLib's own allocations must not fail: that ends the process. So this comes
 * first, when there are no threads of its yet. */
static void without_memory_there_is_no_executor(void **state)
{
	dctx_executor *executor = NULL;
	dctx_status status;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	dctxt_heap_fail(1, false);
	status = dctx_glib_executor_new(NULL, &executor);
	(void)dctxt_heap_relent();
	assert_int_equal(status, DCTX_NOMEM);
	assert_null(executor);
}

struct family {
	dctx_executor *executor;
	dctx_job *runs, *waits;
	struct gate *gate;
};

static void be_a_child(void *arg)
{
	struct family *family = arg;
	dctx_job *job = NULL;

	DCTXT_EXPECT(dctx_job_status(family->waits, NULL) == DCTX_BUSY);
	DCTXT_EXPECT(dctx_submit(family->executor, count_up, family->gate, NULL,
				 &job) == DCTX_STALE);
	DCTXT_EXPECT(job == NULL);
	DCTXT_EXPECT(dctx_job_status(family->waits, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_job_wait(family->runs, 0) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(family->runs, NULL) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_executor_shutdown(family->executor, true, 0) ==
		     DCTX_OK);
	DCTXT_EXPECT(family->gate->count == 0);
	dctx_job_unref(family->waits);
	dctx_job_unref(family->runs);
	dctx_executor_unref(family->executor);
}

static void a_child_has_nothing_to_run_on(void **state)
{
	struct gate gate = GATE_INIT;
	struct family family = {.executor = lend_one(true), .gate = &gate};

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_memory_there_is_no_executor),
		DCTXT_TEST(an_exclusive_one_without_threads_is_none),
		DCTXT_TEST(without_a_thread_a_job_is_refused),
		DCTXT_TEST(a_refused_job_does_not_run_later),
		DCTXT_TEST(with_one_thread_a_job_waits_for_it),
		DCTXT_TEST(a_child_has_nothing_to_run_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
