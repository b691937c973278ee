/* SPDX-License-Identifier: MIT */
/*
 * thread_test.c - proves that each thread has a store of its own, that what a
 * thread leaves open at its end, however it ends, is freed and never leaks a
 * context, and that many threads at once do not disturb each other.
 */
#include "kit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static void set_all(int id)
{
	static const char large[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789";
	struct dctxt_thing made = {.id = id};

	dctx_set(k_num, (uint64_t)id);
	dctx_set(k_text, large);
	dctx_set(k_thing, &made);
}

static void *begin_empty(void *arg)
{
	DCTXT_EXPECT(!dctx_has(k_num));
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(dctx_chain(NULL, 0) == 0);
	dctx_set(k_num, 2);
	(void)dctx_enter("of the thread");
	return arg;
}

static void a_new_thread_begins_empty_and_keeps_to_itself(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	(void)dctx_enter("of main");
	(void)dctxt_on_thread(begin_empty, NULL);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_depth(), 2);
}

static void *read_only(void *arg)
{
	DCTXT_EXPECT(dctx_get(k_num, 5) == 5);
	DCTXT_EXPECT(dctx_task_try() == NULL);
	return arg;
}

static void a_thread_that_only_reads_takes_no_memory(void **state)
{
	size_t before;

	(void)state;
	(void)dctxt_on_thread(read_only, NULL);
	before = dctxt_heap_blocks();
	(void)dctxt_on_thread(read_only, NULL);
	assert_int_equal(dctxt_heap_blocks(), before);
}

static void *leave_scopes_open(void *arg)
{
	set_all(1);
	(void)dctx_enter("open");
	set_all(2);
	(void)dctx_enter_copy("open too");
	set_all(3);
	return arg;
}

static void *leave_an_attach_open(void *arg)
{
	dctx_guard guard;

	set_all(1);
	DCTXT_EXPECT(dctx_attach(arg, &guard) == DCTX_OK);
	set_all(2);
	dctx_snapshot_unref(arg);
	return arg;
}

static void *leave_a_task_entered(void *arg)
{
	set_all(1);
	dctx_task_enter(arg);
	(void)dctx_enter("open");
	set_all(2);
	return arg;
}

static void *leave_by_exit(void *arg)
{
	DCTX_SCOPE("ended inside");
	set_all(1);
	{
		DCTX_ATTACH(NULL);
		set_all(2);
		pthread_exit(arg);
	}
}

/* Runs a thread twice; the second must leave the heap as the first did. */
static void check_no_leak(void *(*fn)(void *), void *first, void *second)
{
	size_t blocks;

	(void)dctxt_on_thread(fn, first);
	blocks = dctxt_heap_blocks();
	(void)dctxt_on_thread(fn, second);
	assert_in_range(dctxt_heap_blocks(), 0, blocks);
	assert_int_equal(dctxt_alive(), 0);
}

static void open_scopes_go_with_their_thread(void **state)
{
	(void)state;
	check_no_leak(leave_scopes_open, NULL, NULL);
}

static void an_open_attach_goes_with_its_thread(void **state)
{
	dctx_snapshot *first, *second;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_capture(&first), DCTX_OK);
	dctx_set(k_num, 2);
	assert_int_equal(dctx_capture(&second), DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	check_no_leak(leave_an_attach_open, first, second);
}

static void an_entered_task_is_left_by_its_threads_end(void **state)
{
	dctx_store *tasks[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_task_new(NULL, &tasks[i]), DCTX_OK);
		(void)dctxt_on_thread(leave_a_task_entered, tasks[i]);
	}
	for (int i = 0; i < 2; i++) {
		dctx_task_enter(tasks[i]);
		assert_int_equal(dctx_get(k_num, 0), 2);
		assert_int_equal(dctx_depth(), 2);
		dctx_task_leave(tasks[i]);
		dctx_task_free(tasks[i]);
	}
	assert_int_equal(dctxt_alive(), 0);
}

static void a_thread_ended_by_pthread_exit_loses_nothing(void **state)
{
	(void)state;
	check_no_leak(leave_by_exit, NULL, NULL);
}

static sem_t ready;

static void *wait_to_be_cancelled(void *arg)
{
	DCTX_SCOPE("waits");
	set_all(1);
	(void)dctx_enter("left open");
	set_all(2);
	sem_post(&ready);
	for (;;)
		pause();
	return arg;
}

static void a_cancelled_thread_loses_nothing(void **state)
{
	(void)state;
	assert_int_equal(sem_init(&ready, 0, 0), 0);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		void *result;

		assert_int_equal(pthread_create(&thread, NULL,
						wait_to_be_cancelled, NULL),
				 0);
		sem_wait(&ready);
		pthread_cancel(thread);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_ptr_equal(result, PTHREAD_CANCELED);
		assert_int_equal(dctxt_alive(), 0);
	}
	sem_destroy(&ready);
}

/* A thread's own destructor that goes on using dctx, round after round: as many
 * as there are, but with TSan, whose own state is gone in the last ones. */
#ifdef DCTXT_TSAN
enum { ROUNDS = 2 };
#else
enum { ROUNDS = 4 }; /* PTHREAD_DESTRUCTOR_ITERATIONS of glibc */
#endif

static pthread_key_t late;
static atomic_int late_rounds;

static void use_late(void *arg)
{
	DCTX_SCOPE("late");
	dctx_snapshot *snapshot;

	(void)dctx_set(k_num, 1);
	(void)dctx_get(k_text, "-");
	if (dctx_capture(&snapshot) == DCTX_OK)
		dctx_snapshot_unref(snapshot);
	(void)dctx_enter("left open");
	set_all(1);
	if (atomic_fetch_add(&late_rounds, 1) + 1 < ROUNDS)
		pthread_setspecific(late, arg);
}

static void *end_late(void *arg)
{
	atomic_store(&late_rounds, 0);
	pthread_setspecific(late, &late);
	set_all(1);
	return arg;
}

static void destructors_may_use_dctx_in_every_round(void **state)
{
	(void)state;
	assert_int_equal(pthread_key_create(&late, use_late), 0);
	check_no_leak(end_late, NULL, NULL);
	assert_int_equal(atomic_load(&late_rounds), ROUNDS);
	pthread_key_delete(late);
}

static void *begin_late(void *arg)
{
	atomic_store(&late_rounds, 0);
	pthread_setspecific(late, &late);
	return arg;
}

static void a_first_use_in_a_destructor_loses_nothing(void **state)
{
	(void)state;
	assert_int_equal(pthread_key_create(&late, use_late), 0);
	check_no_leak(begin_late, NULL, NULL);
	pthread_key_delete(late);
}

enum { HAMMERS = 8, BLOWS = 2000 };

struct hammer {
	dctx_snapshot *shared;
	dctx_guard foreign;
	uint64_t number;
};

/* One round of everything a thread may do with its own store. */
static void strike(const struct hammer *h, uint64_t i)
{
	dctx_store *task;
	dctx_snapshot *mine;
	DCTX_SCOPE("strike");

	set_all((int)h->number);
	DCTXT_EXPECT(dctx_fork(&task) == DCTX_OK);
	DCTXT_EXPECT(dctx_capture(&mine) == DCTX_OK);
	{
		DCTX_ATTACH(h->shared);
		DCTXT_EXPECT(dctx_get(k_num, 0) == 4711);
		dctx_set(k_num, i);
		dctx_leave(h->foreign);
		DCTXT_EXPECT(dctx_get(k_num, 0) == i);
	}
	dctx_task_enter(task);
	DCTXT_EXPECT(dctx_get(k_num, 0) == h->number);
	dctx_set(k_num, i);
	dctx_task_leave(task);
	dctx_task_free(task);
	DCTXT_EXPECT(dctx_snapshot_get(mine, k_num, 0) == h->number);
	dctx_snapshot_unref(mine);
	DCTXT_EXPECT(dctx_registry_find(NULL, "thing") == &k_thing.key);
	DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == (int)h->number);
}

static void *hammer(void *arg)
{
	const struct hammer *h = arg;

	for (uint64_t i = 0; i < BLOWS; i++) {
		strike(h, i);
		DCTXT_EXPECT(!dctx_has(k_num));
		DCTXT_EXPECT(dctx_depth() == 1);
	}
	return NULL;
}

static void eight_threads_do_not_disturb_each_other(void **state)
{
	struct hammer hammers[HAMMERS];
	dctx_guard guard = dctx_enter("of main");
	dctx_snapshot *shared;

	(void)state;
	dctx_set(k_num, 4711);
	assert_int_equal(dctx_capture(&shared), DCTX_OK);
	for (uint64_t i = 0; i < HAMMERS; i++)
		hammers[i] = (struct hammer){shared, guard, i + 1};
	dctxt_together(HAMMERS, hammer, hammers, sizeof(hammers[0]));
	assert_int_equal(dctx_get(k_num, 0), 4711);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), HAMMERS * BLOWS);
	dctx_leave(guard);
	dctx_snapshot_unref(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_new_thread_begins_empty_and_keeps_to_itself),
		DCTXT_TEST(a_thread_that_only_reads_takes_no_memory),
		DCTXT_TEST(open_scopes_go_with_their_thread),
		DCTXT_TEST(an_open_attach_goes_with_its_thread),
		DCTXT_TEST(an_entered_task_is_left_by_its_threads_end),
		DCTXT_TEST(a_thread_ended_by_pthread_exit_loses_nothing),
		DCTXT_TEST(a_cancelled_thread_loses_nothing),
		DCTXT_TEST(destructors_may_use_dctx_in_every_round),
		DCTXT_TEST(a_first_use_in_a_destructor_loses_nothing),
		DCTXT_TEST(eight_threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
