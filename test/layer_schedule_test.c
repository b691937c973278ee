/* SPDX-License-Identifier: MIT */
/*
 * layer_schedule_test.c - proves that the schedules which made the crate
 * dcontext leak, or pop the scopes of others, do neither here; and that they
 * are real: a naive store, played the same, grows by a scope or more each turn,
 * or shows what is another's.
 */
#include "layered.h"
#include "played.h"

#include <stdio.h>

enum {
	TURNS = 10000,
	NAIVE_TURNS = 1000,
	SETTLED = 1000,
	ONCE = 1,
	EACH = NAIVE_TURNS /* wrong numbers: one a turn */
};

/*
 * A schedule: `turn` comes again and again, after `before`. How many scopes the
 * naive store has left over after each, how many numbers it showed wrongly
 * after all, and what dctx counts in each.
 */
struct schedule {
	const char *name;
	const char *before, *turn;
	const char *layers;
	enum dctxt_naive naive;
	size_t leaks, wrong;
	uint64_t mismatched, stale, unbalanced;
};

static void naive_goes_wrong(const struct schedule *s)
{
	struct dctxt_played played = {.naive = s->naive};
	size_t before, wrong = 0;

	dctxt_play_naive(&played, s->before, 0);
	before = dctxt_naive_scopes(&played);
	for (size_t i = 1; i <= NAIVE_TURNS; i++) {
		wrong += dctxt_play_naive(&played, s->turn, 0);
		assert_int_equal(dctxt_naive_scopes(&played),
				 before + i * s->leaks);
	}
	assert_int_equal(wrong, s->wrong);
	assert_true(s->leaks + s->wrong > 0);
	dctxt_play_end(&played);
}

static void counted_is(const struct schedule *s, uint64_t turns)
{
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE),
			 turns * s->mismatched);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), turns * s->stale);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN),
			 turns * s->unbalanced);
	assert_int_equal(dctxt_count_all(),
			 turns * (s->mismatched + s->stale + s->unbalanced));
}

static void ours_stays_flat(const struct schedule *s)
{
	struct dctxt_played played = {.naive = s->naive};
	size_t scopes, names, bytes = 0;
	long steps = 0;

	dctxt_layers_mount(s->layers, 0);
	assert_int_equal(dctxt_play(&played, s->before, 0), 0);
	scopes = dctxt_played_scopes(&played);
	names = dctxt_played_names(&played);
	for (int i = 1; i <= TURNS; i++) {
		assert_int_equal(dctxt_play(&played, s->turn, 0), 0);
		assert_int_equal(dctxt_played_scopes(&played), scopes);
		assert_int_equal(dctxt_played_names(&played), names);
		if (i == SETTLED) {
			bytes = dctxt_heap_bytes();
			steps = dctxt_lookup_steps();
		}
	}
	assert_in_range(dctxt_heap_bytes(), 0, bytes + 4096);
	assert_int_equal(dctxt_lookup_steps(), steps);
	counted_is(s, TURNS);
	dctxt_play_end(&played);
	dctxt_layers_unmount();
}

static void check(const struct schedule *s)
{
	fprintf(stderr, "%s, %s\n", s->name, s->layers);
	assert_int_equal(dctxt_begin(NULL), 0);
	naive_goes_wrong(s);
	ours_stays_flat(s);
}

/* (a), (b) and more yields: the naive store as a thread's, as in 0.7.1. */
static void a_task_that_yields_in_its_spans_scope_leaks_nothing(void **state)
{
	static const struct schedule schedules[] = {
		{"a yield in each of many spans", "",
		 "oA @a eA (p lA @- ?- @a eA ?p )p lA cA @-", "async",
		 DCTXT_NAIVE_DEEP, 2, EACH, 0, 0, 0},
		{"two yields in each of many spans", "",
		 "oA @a eA (p lA eA ?p lA @- @a eA ?p )p ?- lA cA @-", "both",
		 DCTXT_NAIVE_DEEP, 2, EACH, 0, 0, 0},
		{"many yields in one span", "oA @a eA lA @-",
		 "@a eA (p lA @- @a eA ?p lA @- @a eA ?p )p ?- lA @-", "async",
		 DCTXT_NAIVE_DEEP, 2, EACH, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* (d): both orders. They share a store, which sub-tasks should not: the second
 * time a leave takes the other's scope along, and what was entered in it. */
static void sub_tasks_joined_in_one_task_leak_nothing(void **state)
{
	static const struct schedule schedules[] = {
		{"the first ends first", "",
		 "@a oA oB eA lA eB lB eA lA cA eB lB cB @-", "async",
		 DCTXT_NAIVE_TASKS, 1, 0, 0, 0, 1},
		{"the second ends first", "",
		 "@a oA oB eA (p lA eB lB eA )p (r (s lA eB lB cB eA ?s )s "
		 ")r lA cA @-",
		 "both", DCTXT_NAIVE_TASKS, 0, EACH, 1, 0, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* (d) as it should be: each has a store of its own, a fork. */
static void sub_tasks_of_their_own_see_their_own_only(void **state)
{
	static const struct schedule schedule = {
		"sub-tasks with a store each",
		"",
		"oA oB @a eA (p lA @b eB (q lB @a eA ?p )p ?- lA cA "
		"@b eB ?q )q ?- lB cB @-",
		"both",
		DCTXT_NAIVE_DEEP,
		4,
		3 * EACH,
		0,
		0,
		0};

	(void)state;
	check(&schedule);
}

/* (e): the other task's own scope stands at the same depth. */
static void a_close_in_another_task_takes_no_scope_there(void **state)
{
	static const struct schedule schedule = {
		"a close in another task",
		"",
		"oA @a eA lA @b (q cA ?q )q @a oB eB lB cB @-",
		"async",
		DCTXT_NAIVE_TASKS,
		1,
		ONCE,
		0,
		0,
		1};

	(void)state;
	check(&schedule);
}

/* (f) */
static void a_scope_forgotten_in_a_span_goes_with_it(void **state)
{
	static const struct schedule schedules[] = {
		{"a forgotten scope in a thread", "", "oA eA (p lA ?- cA",
		 "sync", DCTXT_NAIVE_DEEP, 2, EACH, 1, 0, 0},
		{"a forgotten scope in a task", "", "@a oA eA (p lA cA ?- @-",
		 "async", DCTXT_NAIVE_TASKS, 2, EACH, 1, 0, 0},
		{"one forgotten before a yield", "",
		 "@a oA eA (p lA @- @a eA (q )q lA cA ?- @-", "both",
		 DCTXT_NAIVE_TASKS, 2, EACH, 1, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* (g): the span is closed before its task is gone, and after. */
static void a_task_dropped_at_its_yield_leaves_the_thread_alone(void **state)
{
	static const struct schedule schedules[] = {
		{"a task dropped, then its span closed", "",
		 "(t oA @a eA (p lA @- xa cA ?t )t ?-", "async",
		 DCTXT_NAIVE_DEEP, 3, 2 * EACH, 0, 0, 0},
		{"a span closed, then its task dropped", "",
		 "(t oA @a eA (p lA @- cA xa ?t )t ?-", "both",
		 DCTXT_NAIVE_DEEP, 3, 2 * EACH, 0, 0, 1},
		{"a task dropped inside of its span", "",
		 "(t oA @a eA (p xa cA ?t )t ?-", "async", DCTXT_NAIVE_DEEP, 3,
		 2 * EACH, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* (h): guards of the application and of spans. */
static void a_stale_guard_leaves_no_later_scope(void **state)
{
	static const struct schedule schedules[] = {
		{"guards in no order", "", "(p (q )p (r (s )q ?s )s ?r )r ?-",
		 "sync", DCTXT_NAIVE_TASKS, 0, EACH, 1, 1, 0},
		{"spans in no order", "",
		 "oA oB eA eB lA (r (s lA ?s )s ?r )r ?- lB cA cB", "sync",
		 DCTXT_NAIVE_DEEP, 1, 0, 0, 0, 2},
		{"spans and guards in no order", "",
		 "oA (p eA )p (q (r lA ?r )r ?q )q ?- cA", "sync",
		 DCTXT_NAIVE_DEEP, 2, EACH, 1, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_task_that_yields_in_its_spans_scope_leaks_nothing),
		DCTXT_TEST(sub_tasks_joined_in_one_task_leak_nothing),
		DCTXT_TEST(sub_tasks_of_their_own_see_their_own_only),
		DCTXT_TEST(a_close_in_another_task_takes_no_scope_there),
		DCTXT_TEST(a_scope_forgotten_in_a_span_goes_with_it),
		DCTXT_TEST(a_task_dropped_at_its_yield_leaves_the_thread_alone),
		DCTXT_TEST(a_stale_guard_leaves_no_later_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
