/* SPDX-License-Identifier: MIT */
/*
 * executor_table_test.c - proves that any table of functions is an executor:
 * one that refuses, one that fails, a list that somebody else runs; and what a
 * program reads of them.
 */
#include "jobs.h"

#include <stdlib.h>

/* A list that the test runs by itself. */
struct list {
	dctx_runnable *items[16];
	int n;
	dctx_status refuses;
	bool graceful, was_shut, freed;
};

static dctx_status list_execute(void *user, dctx_runnable *item)
{
	struct list *list = user;

	if (list->refuses != DCTX_OK)
		return list->refuses;
	*dctx_runnable_word(item) = list;
	list->items[list->n++] = item;
	return DCTX_OK;
}

static void list_shutdown(void *user, bool graceful)
{
	struct list *list = user;

	list->was_shut = true;
	list->graceful = graceful;
}

static void list_free(void *user)
{
	((struct list *)user)->freed = true;
}

static const dctx_executor_ops list_ops = {
	.struct_size = sizeof(list_ops),
	.name = "list",
	.execute = list_execute,
	.shutdown = list_shutdown,
	.free = list_free,
};

static dctx_executor *list_executor(struct list *list)
{
	dctx_executor *executor = NULL;

	assert_int_equal(dctx_executor_new(&list_ops, list, &executor),
			 DCTX_OK);
	return executor;
}

static void a_table_of_the_users_runs_and_drops(void **state)
{
	struct list list = {.n = 0};
	dctx_executor *executor = list_executor(&list);
	struct gate gate = GATE_INIT;
	dctx_job *ran, *dropped;
	void *result;

	(void)state;
	dctx_set(k_num, 7);
	ran = submit(executor, see_num, NULL);
	dropped = submit(executor, count_up, &gate);
	dctx_set(k_num, 8);
	assert_int_equal(stats_of(executor).queued, 2);
	assert_ptr_equal(*dctx_runnable_word(list.items[0]), &list);
	assert_int_equal(dctx_runnable_deadline(list.items[0]),
			 DCTX_NO_DEADLINE);
	dctx_runnable_run(list.items[0]);
	dctx_runnable_drop(list.items[1], DCTX_NOMEM);
	assert_int_equal(finish(ran, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 7);
	assert_int_equal(finish(dropped, NULL), DCTX_NOMEM);
	assert_int_equal(gate.count, 0);
	assert_int_equal(dctx_get(k_num, 0), 8);
	assert_int_equal(stats_of(executor).queued, 0);
	dctx_executor_unref(executor);
	assert_true(list.was_shut && list.graceful && list.freed);
}

static void a_table_that_refuses_all_lets_nothing_leak(void **state)
{
	struct list list = {.refuses = DCTX_BUSY};
	dctx_executor *executor = list_executor(&list);
	struct dctxt_thing made = {.id = 1};
	dctx_job *job = NULL;

	(void)state;
	for (int i = 0; i < 10; i++) {
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		assert_int_equal(
			dctx_submit(executor, see_num, NULL, NULL, &job),
			DCTX_BUSY);
	}
	assert_null(job);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(stats_of(executor).rejected, 10);
	assert_int_equal(stats_of(executor).submitted, 0);
	assert_int_equal(dctx_executor_shutdown(executor, true, dctx_now()),
			 DCTX_OK);
	dctx_executor_unref(executor);
	assert_true(list.freed);
}

static void a_cancelled_job_that_a_table_holds_completes_at_once(void **state)
{
	struct list list = {.n = 0};
	dctx_executor *executor = list_executor(&list);
	struct dctxt_thing made = {.id = 1};
	struct gate gate = GATE_INIT;
	dctx_job *job;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		job = submit(executor, count_up, &gate);
	}
	assert_int_equal(dctx_job_cancel(job, NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(finish(job, NULL), DCTX_CANCELED);
	dctx_runnable_run(list.items[0]);
	assert_int_equal(gate.count, 0);
	assert_int_equal(stats_of(executor).cancelled, 1);
	dctx_executor_unref(executor);
	assert_true(list.freed);
}

static void a_shutdown_waits_for_what_a_table_holds(void **state)
{
	struct list list = {.n = 0};
	dctx_executor *executor = list_executor(&list);
	struct gate gate = GATE_INIT;
	dctx_job *job = submit(executor, count_up, &gate);

	(void)state;
	assert_int_equal(dctx_executor_shutdown(executor, false,
						dctx_deadline_in(DCTX_MS)),
			 DCTX_DEADLINE_EXCEEDED);
	assert_true(list.was_shut && !list.graceful);
	assert_int_equal(dctx_submit(executor, count_up, &gate, NULL, NULL),
			 DCTX_STALE);
	dctx_runnable_drop(list.items[0], DCTX_CANCELED);
	assert_int_equal(dctx_executor_shutdown(executor, false, dctx_now()),
			 DCTX_OK);
	assert_int_equal(finish(job, NULL), DCTX_CANCELED);
	assert_false(list.freed);
	dctx_executor_unref(executor);
	assert_true(list.freed);
}

static void the_counts_add_up(void **state)
{
	dctx_executor *pool = pool_of(1, 2, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate), *first, *second;
	dctx_executor_stats s;
	uint64_t queued = 0, ran = 0;

	(void)state;
	first = submit(pool, count_up, &gate);
	second = submit(pool, count_up, &gate);
	assert_int_equal(dctx_submit(pool, count_up, &gate, NULL, NULL),
			 DCTX_BUSY);
	assert_int_equal(dctx_job_cancel(first, NULL), DCTX_OK);
	open_gate(&gate);
	finish(holder, NULL);
	finish(first, NULL);
	finish(second, NULL);
	s = stats_of(pool);
	assert_int_equal(s.submitted, 3);
	assert_int_equal(s.completed, 2);
	assert_int_equal(s.cancelled, 1);
	assert_int_equal(s.rejected, 1);
	assert_int_equal(s.dropped + s.timed_out + s.caller_ran + s.unclean, 0);
	assert_int_equal(s.running + s.queued, 0);
	for (int i = 0; i < 24; i++) {
		queued += s.queue_ns[i];
		ran += s.run_ns[i];
	}
	assert_int_equal(queued, 2);
	assert_int_equal(ran, 2);
	end(pool);
}

static void collectors_read_all_executors(void **state)
{
	static char text[1 << 16];
	struct list list = {.n = 0};
	dctx_executor_ops ops = list_ops;
	dctx_executor *odd, *pool = pool_of(1, 2, DCTX_FULL_REJECTS);
	size_t len = 0, again = 0;

	(void)state;
	ops.name = "a \"b\\c\nd";
	assert_int_equal(dctx_executor_new(&ops, &list, &odd), DCTX_OK);
	finish(submit(pool, see_num, NULL), NULL);
	assert_int_equal(dctx_executors_prometheus(NULL, 0, &len),
			 DCTX_TOO_SMALL);
	assert_true(len < sizeof(text));
	assert_int_equal(dctx_executors_prometheus(text, len - 1, &again),
			 DCTX_TOO_SMALL);
	assert_int_equal(dctx_executors_prometheus(text, sizeof(text), &len),
			 DCTX_OK);
	text[len] = '\0';
	assert_int_equal(text[len - 1], '\n');
	assert_non_null(strstr(text, "# TYPE dctx_executor_submitted_total "
				     "counter\n"));
	assert_non_null(strstr(text, "dctx_executor_submitted_total{executor="
				     "\"test\",id="));
	assert_non_null(strstr(text, "{executor=\"a \\\"b\\\\c\\nd\",id="));
	assert_non_null(strstr(text, "le=\"0.000001024\"} "));
	assert_non_null(strstr(text, "le=\"+Inf\"} 1\n"));
	assert_non_null(strstr(text, "dctx_executor_run_seconds_count"));
	dctx_executor_unref(odd);
	end(pool);
}

static void a_dump_shows_all_executors(void **state)
{
	static char text[1 << 16];
	dctx_executor *pool = pool_of(1, 2, DCTX_FULL_REJECTS);
	size_t len;

	(void)state;
	finish(submit(pool, see_num, NULL), NULL);
	len = dctx_dump(DCTX_DUMP_JSON, 0, text, sizeof(text));
	assert_true(len < sizeof(text));
	assert_non_null(strstr(text, "\"executors\":{\"all\":[{"));
	assert_non_null(strstr(text, "\"name\":\"test\""));
	assert_non_null(strstr(text, "\"submitted\":1"));
	end(pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_table_of_the_users_runs_and_drops),
		DCTXT_TEST(a_table_that_refuses_all_lets_nothing_leak),
		DCTXT_TEST(
			a_cancelled_job_that_a_table_holds_completes_at_once),
		DCTXT_TEST(a_shutdown_waits_for_what_a_table_holds),
		DCTXT_TEST(the_counts_add_up),
		DCTXT_TEST(collectors_read_all_executors),
		DCTXT_TEST(a_dump_shows_all_executors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
