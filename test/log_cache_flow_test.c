/* SPDX-License-Identifier: MIT */
/*
 * log_cache_flow_test.c - proves that lines that were kept are right for tasks,
 * threads and processes, that they go with their thread, and that warm ones
 * take no memory.
 */
#include "logged.h"

#include <stdio.h>

DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_STR(k_text, "text", DCTX_LOG);

static atomic_int asked;

static size_t count(const dctx_any *value, char *buf, size_t size)
{
	atomic_fetch_add(&asked, 1);
	return (size_t)snprintf(buf, size, "%u", (unsigned)value->as.u);
}

static int begin(void **state)
{
	static const dctx_field counted = {.struct_size = DCTX_FIELD_SIZE,
					   .flags = DCTX_FIELD_LOG,
					   .format = count};

	if (dctx_field_set(&k_num.key, &counted) != DCTX_OK)
		return -1;
	atomic_store(&asked, 0);
	return dctxt_begin(state);
}

/* A line that must be this, and for which the format was asked so often. */
static void line(const char *want, int times)
{
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), want);
	assert_int_equal(atomic_exchange(&asked, 0), times);
	assert_string_equal(dctx_log_here(DCTX_LOG_LOGFMT), want);
	assert_int_equal(atomic_load(&asked), 0);
}

/* W19: what the thread has is no stand-in for what the task has not. */
static void a_task_tells_nothing_of_its_thread(void **state)
{
	char text[64];
	dctx_store *task;

	(void)state;
	dctx_set(k_text, "others");
	line("text=others", 0);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	line("", 0);
	assert_int_equal(dctx_log_signal(text, sizeof(text)), 0);
	dctx_set(k_num, 1);
	line("num=1", 1);
	dctx_task_leave(task);
	line("text=others", 0);
	dctx_store_log_text(task, DCTX_LOG_LOGFMT, text, sizeof(text));
	assert_string_equal(text, "num=1");
	dctx_task_free(task);
}

static void tasks_do_not_mix(void **state)
{
	dctx_store *a, *b;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_fork(&a), DCTX_OK);
	dctx_set(k_num, 2);
	assert_int_equal(dctx_fork(&b), DCTX_OK);
	line("num=2", 1);
	for (int i = 0; i < 3; i++) {
		dctx_task_enter(a);
		line("num=1", i == 0);
		dctx_task_leave(a);
		dctx_task_enter(b);
		line("num=2", i == 0);
		dctx_task_leave(b);
		line("num=2", 0);
	}
	dctx_task_enter(a);
	dctx_set(k_num, 7);
	line("num=7", 1);
	dctx_task_leave(a);
	dctx_task_free(a);
	/* The next one has its memory, and what it begins with that of the
	 * snapshot. */
	dctx_set(k_num, 8);
	assert_int_equal(dctx_fork(&a), DCTX_OK);
	dctx_task_enter(a);
	line("num=8", 1);
	dctx_task_leave(a);
	dctx_task_free(a);
	dctx_task_free(b);
}

static void tasks_made_in_one_place_do_not_mix(void **state)
{
	_Alignas(16) char memory[DCTX_TASK_SIZE];
	dctx_store *task;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		dctx_snapshot *with;
		char want[16];

		snprintf(want, sizeof(want), "num=%u", i);
		dctx_set(k_num, i);
		assert_int_equal(dctx_capture(&with), DCTX_OK);
		assert_int_equal(
			dctx_task_init(memory, sizeof(memory), with, &task),
			DCTX_OK);
		dctx_snapshot_unref(with);
		dctx_task_enter(task);
		line(want, 1);
		dctx_task_leave(task);
		dctx_task_done(task);
	}
}

static void more_contexts_than_are_kept_are_right_each_time(void **state)
{
	dctx_store *tasks[30];
	char want[16];

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		dctx_set(k_num, i);
		assert_int_equal(dctx_fork(&tasks[i]), DCTX_OK);
	}
	for (unsigned n = 0; n < 300; n++) {
		unsigned i = n * 7 % 30;

		dctx_task_enter(tasks[i]);
		snprintf(want, sizeof(want), "num=%u", i);
		assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), want);
		dctx_task_leave(tasks[i]);
	}
	for (unsigned i = 0; i < 30; i++)
		dctx_task_free(tasks[i]);
}

/* A task that goes from thread to thread: what one of them kept does not hold
 * when the task comes back changed. */
struct walk {
	struct dctxt_baton baton;
	dctx_store *task;
};

static void step(struct walk *w, unsigned n)
{
	char want[16], buf[64];

	dctx_task_enter(w->task);
	for (unsigned i = 0; i < 2; i++) {
		dctx_set(k_num, n + i);
		snprintf(want, sizeof(want), "num=%u", n + i);
		dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
		DCTXT_EXPECT(strcmp(buf, want) == 0);
	}
	dctx_task_leave(w->task);
}

static void *other_thread(void *arg)
{
	struct walk *w = arg;

	for (int i = 0; i < 20; i++) {
		dctxt_baton_wait(&w->baton, 2 * i + 1);
		step(w, 1000 + (unsigned)i % 3);
		dctxt_baton_pass(&w->baton, 2 * i + 2);
	}
	return NULL;
}

static void a_task_that_wanders_is_right_on_each_thread(void **state)
{
	struct walk w = {.baton = DCTXT_BATON_INIT};
	pthread_t thread;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &w.task), DCTX_OK);
	assert_int_equal(pthread_create(&thread, NULL, other_thread, &w), 0);
	for (int i = 0; i < 20; i++) {
		dctxt_baton_wait(&w.baton, 2 * i);
		step(&w, (unsigned)i % 3);
		dctxt_baton_pass(&w.baton, 2 * i + 1);
	}
	pthread_join(thread, NULL);
	dctx_task_free(w.task);
}

/* Threads that all attach one snapshot, whose number nobody gave yet. */
static void *attach_and_log(void *arg)
{
	dctx_guard guard = dctx_attach_here(arg);

	for (int i = 0; i < 100; i++)
		DCTXT_EXPECT(strcmp(dctx_log_here(DCTX_LOG_LOGFMT), "num=4") ==
			     0);
	dctx_leave(guard);
	return NULL;
}

static void threads_share_a_snapshot(void **state)
{
	dctx_snapshot *shared;
	pthread_t threads[4];

	(void)state;
	dctx_set(k_num, 4);
	assert_int_equal(dctx_capture(&shared), DCTX_OK);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, attach_and_log, shared);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(atomic_load(&asked), 4, 4);
	dctx_snapshot_unref(shared);
}

static void log_in_child(void *unused)
{
	(void)unused;
	atomic_store(&asked, 0);
	DCTXT_EXPECT(strcmp(dctx_log_here(DCTX_LOG_LOGFMT), "num=1") == 0);
	DCTXT_EXPECT(atomic_load(&asked) == 0);
	dctx_set(k_num, 2);
	DCTXT_EXPECT(strcmp(dctx_log_here(DCTX_LOG_LOGFMT), "num=2") == 0);
}

static void a_forks_child_goes_on_with_its_own(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	line("num=1", 1);
	assert_true(dctxt_in_child(log_in_child, NULL));
	line("num=1", 0);
}

static void *log_once(void *unused)
{
	char buf[64];

	(void)unused;
	dctx_set(k_num, 1);
	dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
	dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
	return NULL;
}

static void a_threads_end_frees_its_lines(void **state)
{
	size_t blocks;

	(void)state;
	for (int i = 0; i < 3; i++)
		dctxt_on_thread(log_once, NULL);
	blocks = dctxt_heap_blocks();
	for (int i = 0; i < 10; i++)
		dctxt_on_thread(log_once, NULL);
	assert_int_equal(dctxt_heap_blocks(), blocks);
}

static void warm_lines_take_no_memory(void **state)
{
	char buf[200];
	long asked_for;

	(void)state;
	for (int warm = 0; warm < 2; warm++) {
		dctxt_heap_fail(0, false);
		for (unsigned i = 0; i < 200; i++) {
			DCTX_SCOPE("request");
			dctx_set(k_num, i);
			dctx_set(k_text, "some text of a request");
			for (int style = 0; style < 3; style++)
				dctx_log_text((dctx_log_style)style, buf,
					      sizeof(buf));
			snprintf(buf, sizeof(buf), DCTX_LOGGED("%u"), i);
		}
		asked_for = dctxt_heap_relent();
	}
	assert_int_equal(asked_for, 0);
}

#define CACHE_TEST(f) cmocka_unit_test_setup_teardown(f, begin, dctxt_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_task_tells_nothing_of_its_thread),
		CACHE_TEST(tasks_do_not_mix),
		CACHE_TEST(tasks_made_in_one_place_do_not_mix),
		CACHE_TEST(more_contexts_than_are_kept_are_right_each_time),
		CACHE_TEST(a_task_that_wanders_is_right_on_each_thread),
		CACHE_TEST(threads_share_a_snapshot),
		CACHE_TEST(a_forks_child_goes_on_with_its_own),
		CACHE_TEST(a_threads_end_frees_its_lines),
		CACHE_TEST(warm_lines_take_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
