/* SPDX-License-Identifier: MIT */
/*
 * coroutine_test.c - proves that a stackful coroutine may yield inside a scope:
 * its scheduler enters the coroutine's task before it switches to it and leaves
 * it after, and each coroutine finds its scopes as it left them.
 *
 * The sanitizers that follow stacks must be told of such switches, which is
 * their own subject: there the test only says that it did not run.
 *
 * Not under: musl - it has no makecontext.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

enum { STACK = 65536, COROUTINES = 50, YIELDS = 20 };

struct coroutine {
	ucontext_t here;
	dctx_store *task;
	uint64_t number;
	bool over;
	char *stack;
};

static struct coroutine *running;
static ucontext_t scheduler;

static void yield(void)
{
	swapcontext(&running->here, &scheduler);
}

/* A coroutine's work: scopes that stay open over its yields. */
static void nest(struct coroutine *self, int depth)
{
	uint64_t mine = self->number * 100 + (uint64_t)depth;
	char text[32];
	DCTX_SCOPE("nest");

	snprintf(text, sizeof(text), "at %d", (int)mine);
	dctx_set(k_num, mine);
	dctx_set(k_text, text);
	yield();
	if (depth < YIELDS)
		nest(self, depth + 1);
	yield();
	DCTXT_EXPECT(dctx_get(k_num, 0) == mine);
	DCTXT_EXPECT(strcmp(dctx_get(k_text, ""), text) == 0);
	DCTXT_EXPECT(dctx_depth() == (size_t)depth + 2);
}

static void work(void)
{
	struct coroutine *self = running;

	nest(self, 0);
	DCTXT_EXPECT(!dctx_has(k_num));
	DCTXT_EXPECT(dctx_depth() == 1);
	self->over = true;
	yield();
}

static void begin(struct coroutine *co, uint64_t number)
{
	memset(co, 0, sizeof(*co));
	co->number = number;
	co->stack = malloc(STACK);
	assert_non_null(co->stack);
	assert_int_equal(dctx_task_new(NULL, &co->task), DCTX_OK);
	assert_int_equal(getcontext(&co->here), 0);
	co->here.uc_stack.ss_sp = co->stack;
	co->here.uc_stack.ss_size = STACK;
	co->here.uc_link = NULL;
	makecontext(&co->here, work, 0);
}

static void resume(struct coroutine *co)
{
	running = co;
	dctx_task_enter(co->task);
	swapcontext(&scheduler, &co->here);
	dctx_task_leave(co->task);
}

static void coroutines_keep_their_scopes_over_yields(void **state)
{
	static struct coroutine all[COROUTINES];
	int left = COROUTINES;

	(void)state;
	for (uint64_t i = 0; i < COROUTINES; i++)
		begin(&all[i], i);
	dctx_set(k_num, 77);
	while (left > 0) {
		left = 0;
		for (int i = 0; i < COROUTINES; i++) {
			if (!all[i].over)
				resume(&all[i]);
			left += !all[i].over;
		}
		assert_int_equal(dctx_get(k_num, 0), 77);
	}
	for (int i = 0; i < COROUTINES; i++) {
		dctx_task_free(all[i].task);
		free(all[i].stack);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_coroutine_dropped_at_a_yield_loses_nothing(void **state)
{
	struct coroutine co;

	(void)state;
	dctx_set(k_num, 77);
	begin(&co, 1);
	for (int i = 0; i < 5; i++)
		resume(&co);
	assert_int_equal(dctx_store_depth(co.task), 6);
	dctx_task_free(co.task);
	free(co.stack);
	assert_int_equal(dctx_get(k_num, 0), 77);
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(coroutines_keep_their_scopes_over_yields),
		DCTXT_TEST(a_coroutine_dropped_at_a_yield_loses_nothing),
	};

#if defined(DCTXT_ASAN) || defined(DCTXT_TSAN)
	(void)tests;
	puts("not run under a sanitizer that follows stacks");
	return 0;
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
