/* SPDX-License-Identifier: MIT */
/*
 * layer_schedule_coroutine_test.c - proves that a stackful coroutine which
 * yields inside of an entered span, and of a scope in it, finds both as it left
 * them, that nobody else sees them meanwhile, and that none is left over; while
 * a naive store of the thread's has more scopes with each turn.
 *
 * The sanitizers that follow stacks must be told of such switches, which is
 * their own subject: there the test only says that it did not run.
 *
 * Not under: musl - it has no makecontext.
 */
#include "layered.h"
#include "played.h"

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

enum { STACK = 65536, COROUTINES = 20, TURNS = 500, YIELDS = 3 };

struct coroutine {
	ucontext_t here;
	dctx_store *task;
	uint64_t number;
	int turns; /* that it shall do */
	bool over;
	char *stack;
};

static const dctx_span_site site = {"coroutine", NULL, DCTX_LEVEL_INFO,
				    __FILE__, __LINE__};

static struct coroutine *running;
static ucontext_t scheduler;

static void yield(void)
{
	swapcontext(&running->here, &scheduler);
}

/* What each coroutine does in its span: a scope, and yields in that. */
static void inside(const dctx_span *span, uint64_t mine)
{
	DCTX_SCOPE("inner");

	dctx_set(k_num, mine);
	for (int i = 0; i < YIELDS; i++) {
		yield();
		DCTXT_EXPECT(dctx_get(k_num, 0) == mine);
		DCTXT_EXPECT(dctx_depth() == 3);
		DCTXT_EXPECT(dctx_span_current() == span);
	}
}

static void work(void)
{
	struct coroutine *self = running;

	for (int i = 0; i < self->turns; i++) {
		dctx_span *span = dctxt_span_begin(&site, NULL, NULL);

		inside(span, self->number * TURNS + (uint64_t)i);
		DCTXT_EXPECT(!dctx_has(k_num));
		dctxt_span_end(span);
		DCTXT_EXPECT(dctx_depth() == 1);
	}
	self->over = true;
	yield();
}

static void begin(struct coroutine *co, uint64_t number, int turns)
{
	memset(co, 0, sizeof(*co));
	co->number = number;
	co->turns = turns;
	co->stack = malloc(STACK);
	assert_non_null(co->stack);
	assert_int_equal(dctx_task_new(NULL, &co->task), DCTX_OK);
	assert_int_equal(getcontext(&co->here), 0);
	co->here.uc_stack.ss_sp = co->stack;
	co->here.uc_stack.ss_size = STACK;
	co->here.uc_link = NULL;
	makecontext(&co->here, work, 0);
}

static void end(struct coroutine *co)
{
	dctx_task_free(co->task);
	free(co->stack);
}

static void resume(struct coroutine *co)
{
	running = co;
	dctx_task_enter(co->task);
	swapcontext(&scheduler, &co->here);
	dctx_task_leave(co->task);
}

/* Resumes each that is not over; gives how many are left. */
static int round_of(struct coroutine *all)
{
	int left = 0;

	for (int i = 0; i < COROUTINES; i++) {
		if (!all[i].over)
			resume(&all[i]);
		left += !all[i].over;
	}
	return left;
}

static void coroutines_keep_their_spans_over_yields(void **state)
{
	static struct coroutine all[COROUTINES];
	size_t bytes = 0;
	long steps = 0;

	(void)state;
	for (uint64_t i = 0; i < COROUTINES; i++)
		begin(&all[i], i, TURNS);
	dctx_set(k_num, 77);
	for (int rounds = 1; round_of(all) == COROUTINES; rounds++) {
		assert_int_equal(dctx_get(k_num, 0), 77);
		assert_int_equal(dctx_depth(), 1);
		assert_null(dctx_span_current());
		if (rounds % (TURNS * YIELDS / 10) != 0)
			continue;
		if (steps == 0) {
			bytes = dctxt_heap_bytes();
			steps = dctxt_lookup_steps();
		}
		assert_in_range(dctxt_heap_bytes(), 0, bytes + 16384);
		assert_int_equal(dctxt_lookup_steps(), steps);
	}
	for (int i = 0; i < COROUTINES; i++) {
		assert_true(all[i].over);
		end(&all[i]);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_coroutine_dropped_in_its_span_leaves_nothing(void **state)
{
	struct coroutine co;
	size_t blocks = 0;

	(void)state;
	dctx_set(k_num, 77);
	for (uint64_t i = 0; i < 1000; i++) {
		dctx_span *span;

		begin(&co, i, 1);
		resume(&co);
		assert_int_equal(dctx_store_depth(co.task), 3);
		dctx_task_enter(co.task);
		span = dctx_span_current();
		dctx_task_leave(co.task);
		end(&co);
		dctx_span_close(span);
		if (i == 100)
			blocks = dctxt_heap_blocks();
	}
	assert_int_equal(dctxt_heap_blocks(), blocks);
	assert_int_equal(dctx_get(k_num, 0), 77);
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_count_all(), 0);
}

/* The same without tasks, on the naive store of the thread: "e(" to the yield,
 * ")l" after it, for two coroutines in turns. */
static void a_naive_store_grows_with_each_turn(void **state)
{
	struct dctxt_played played = {.naive = DCTXT_NAIVE_DEEP};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 1; i <= 1000; i++) {
		wrong += dctxt_play_naive(
			&played, "oA oB eA (p eB (q ?p )p lA ?q )q lB", 0);
		assert_int_equal(dctxt_naive_scopes(&played), 2 * i);
	}
	assert_int_equal(wrong, 1000);
	dctxt_play_end(&played);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(coroutines_keep_their_spans_over_yields, both),
		DCTXT_LAYERED(a_coroutine_dropped_in_its_span_leaves_nothing,
			      async),
		DCTXT_TEST(a_naive_store_grows_with_each_turn),
	};

#if defined(DCTXT_ASAN) || defined(DCTXT_TSAN)
	(void)tests;
	puts("not run under a sanitizer that follows stacks");
	return 0;
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
