/* SPDX-License-Identifier: MIT */
/*
 * process_test.c - proves that after fork(2) the child has its thread's
 * context, can go on with it, and finds no lock held, although other threads
 * of the parent were registering keys and using contexts at that moment.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static const char *chain(void)
{
	static char text[64];

	dctx_chain_text("/", text, sizeof(text));
	return text;
}

/* What the guards of the parent's scopes are in the child too. */
struct opened {
	dctx_guard outer, inner;
};

static void go_on(void *arg)
{
	const struct opened *opened = arg;

	DCTXT_EXPECT(dctx_get(k_num, 0) == 2);
	DCTXT_EXPECT(strcmp(dctx_get(k_text, ""), "of the parent") == 0);
	DCTXT_EXPECT(strcmp(chain(), "outer/inner") == 0);
	{
		DCTX_SCOPE("of the child");
		dctx_set(k_num, 3);
		DCTXT_EXPECT(dctx_get(k_num, 0) == 3);
	}
	dctx_leave(opened->inner);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 1);
	dctx_leave(opened->outer);
	DCTXT_EXPECT(!dctx_has(k_num));
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(dctxt_count_all() == 0);
}

static void a_child_process_has_its_threads_context(void **state)
{
	struct opened opened;

	(void)state;
	opened.outer = dctx_enter("outer");
	dctx_set(k_num, 1);
	dctx_set(k_text, "of the parent");
	opened.inner = dctx_enter("inner");
	dctx_set(k_num, 2);
	assert_true(dctxt_in_child(go_on, &opened));
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_string_equal(chain(), "outer/inner");
	dctx_leave(opened.outer);
}

static void go_on_in_the_task(void *task)
{
	DCTXT_EXPECT(dctx_task_try() == task);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 5);
	dctx_task_leave(task);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 1);
	dctx_task_free(task);
}

static void a_child_process_is_in_its_threads_task(void **state)
{
	dctx_store *task;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	dctx_set(k_num, 5);
	assert_true(dctxt_in_child(go_on_in_the_task, task));
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void go_on_from_a_thread(void *arg)
{
	(void)arg;
	DCTXT_EXPECT(dctx_get(k_num, 0) == 8);
	DCTXT_EXPECT(strcmp(chain(), "of the thread") == 0);
	DCTXT_EXPECT(dctx_set(k_num, 9) == DCTX_OK);
}

static void *fork_on_a_thread(void *arg)
{
	(void)dctx_enter("of the thread");
	dctx_set(k_num, 8);
	DCTXT_EXPECT(dctxt_in_child(go_on_from_a_thread, NULL));
	return arg;
}

static void any_thread_may_fork(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	(void)dctxt_on_thread(fork_on_a_thread, NULL);
}

enum { FORKS = 50, KEYS = 12000 };

static dctx_key keys[KEYS];
static char names[KEYS][24];
static atomic_bool stop;

static void *register_and_work(void *arg)
{
	(void)arg;
	for (int i = 0; i < KEYS && !atomic_load(&stop); i++) {
		dctx_snapshot *snapshot;
		DCTX_SCOPE("busy");

		snprintf(names[i], sizeof(names[i]), "busy-%d", i);
		keys[i].kind = DCTX_KIND_U64;
		keys[i].version = 1;
		keys[i].name = names[i];
		DCTXT_EXPECT(dctx_key_register(&keys[i]) == DCTX_OK);
		DCTXT_EXPECT(dctx_capture(&snapshot) == DCTX_OK);
		dctx_snapshot_unref(snapshot);
	}
	return NULL;
}

/* Needs every lock that the other thread may have held. */
static void register_in_the_child(void *arg)
{
	static dctx_key key = {.kind = DCTX_KIND_U64, .name = "child's"};
	dctx_store *task;
	uint32_t count = dctx_registry_size(NULL);

	(void)arg;
	DCTXT_EXPECT(dctx_key_register(&key) == DCTX_OK);
	DCTXT_EXPECT(dctx_registry_size(NULL) == count + 1);
	DCTXT_EXPECT(dctx_registry_find(NULL, "child's") == &key);
	for (uint32_t i = 0; i < count; i++) {
		const dctx_key *key = dctx_registry_nth(NULL, i);

		DCTXT_EXPECT(dctx_registry_find(NULL, key->name) == key);
	}
	DCTXT_EXPECT(dctx_fork(&task) == DCTX_OK);
	dctx_task_free(task);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
}

static void a_child_process_finds_no_lock_held(void **state)
{
	pthread_t thread;

	(void)state;
	dctx_set(k_num, 7);
	assert_int_equal(pthread_create(&thread, NULL, register_and_work, NULL),
			 0);
	for (int i = 0; i < FORKS; i++)
		assert_true(dctxt_in_child(register_in_the_child, NULL));
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_child_process_has_its_threads_context),
		DCTXT_TEST(a_child_process_is_in_its_threads_task),
		DCTXT_TEST(any_thread_may_fork),
		DCTXT_TEST(a_child_process_finds_no_lock_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
