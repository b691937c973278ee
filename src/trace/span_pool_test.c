/* SPDX-License-Identifier: MIT */
#include "trace/span_pool.h"

#include "plat/heap.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MANY 5000

static dctx_span *taken[MANY];

/* What there is without asking the system. */
static int left(void)
{
	int n = 0;

	dctxi_refusal.countdown = 0;
	while (n < MANY && (taken[n] = dctxi_span_take()) != NULL)
		n++;
	dctxi_refusal.countdown = -1;
	return n;
}

static void give(int n)
{
	while (n > 0)
		dctxi_span_give(taken[--n]);
}

static void *take_and_give(void *arg)
{
	(void)arg;
	for (int i = 0; i < MANY; i++) {
		taken[i] = dctxi_span_take();
		assert_non_null(taken[i]);
	}
	give(MANY);
	return NULL;
}

static void what_is_kept_has_a_bound(void **state)
{
	int n;

	(void)state;
	(void)take_and_give(NULL);
	n = left();
	/* A thread's own and 64 batches of 16. */
	assert_in_range(n, 64 * 16 + 16, 64 * 16 + 31);
	give(n);
	assert_int_equal(left(), n);
	give(n);
}

static void one_thread_has_what_another_gave(void **state)
{
	pthread_t thread;
	int before, after;

	(void)state;
	before = left();
	for (int i = 0; i < before; i++) {
		dctxi_arena_end(&taken[i]->arena);
		dctxi_raw_free(dctxi_span_object(taken[i]));
	}
	assert_int_equal(left(), 0);
	assert_int_equal(pthread_create(&thread, NULL, take_and_give, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* But for what that thread kept until its end. */
	after = left();
	assert_int_equal(after, 64 * 16);
	give(after);
}

static void an_arena_gives_memory_for_any_type(void **state)
{
	struct dctxi_arena arena = {.spare = NULL};

	(void)state;
	dctxi_arena_begin(&arena);
	for (size_t size = 1; size < 3000; size += 37) {
		char *given = dctxi_arena_alloc(&arena, size);

		assert_non_null(given);
		assert_int_equal((uintptr_t)given % 16, 0);
		memset(given, 1, size);
	}
	assert_null(dctxi_arena_alloc(&arena, SIZE_MAX));
	assert_null(dctxi_arena_alloc(&arena, SIZE_MAX - 8));
	dctxi_arena_reset(&arena);
	/* Its own room and the spare block, and no more than that. */
	dctxi_refusal.countdown = 0;
	assert_non_null(dctxi_arena_alloc(&arena, DCTXI_ARENA_OWN));
	assert_non_null(dctxi_arena_alloc(&arena, 1000));
	assert_non_null(dctxi_arena_alloc(&arena, 1000));
	assert_null(dctxi_arena_alloc(&arena, 1000));
	dctxi_refusal.countdown = -1;
	dctxi_arena_end(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_has_a_bound),
		cmocka_unit_test(one_thread_has_what_another_gave),
		cmocka_unit_test(an_arena_gives_memory_for_any_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
