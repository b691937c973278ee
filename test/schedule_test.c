/* SPDX-License-Identifier: MIT */
/*
 * schedule_test.c - proves that the schedules which made a store grow without
 * end leave ours as it was: spans entered and left at every step of a task
 * while scopes of the task stay open over its yields.
 *
 * A naive store, which ignores a leave that is not of its own depth, runs the
 * same schedules and does grow: the scenario is real, the test no tautology.
 */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

/* What a schedule is run against. `close` ends a span, `leave` a scope. */
struct stack {
	dctx_guard (*enter)(const char *name);
	void (*close)(dctx_guard guard);
	void (*leave)(dctx_guard guard);
	size_t (*depth)(void);
};

static size_t naive_depth = 1;

static dctx_guard naive_enter(const char *name)
{
	dctx_guard guard = {NULL, ++naive_depth};

	(void)name;
	return guard;
}

static void naive_leave(dctx_guard guard)
{
	if (guard.id == naive_depth)
		naive_depth--;
}

static size_t naive_count(void)
{
	return naive_depth;
}

static dctx_guard our_enter(const char *name)
{
	return dctx_enter(name);
}

static void our_close(dctx_guard guard)
{
	(void)dctx_scope_retire(guard);
}

static size_t our_depth(void)
{
	return dctx_depth();
}

static const struct stack naive = {naive_enter, naive_leave, naive_leave,
				   naive_count};
static const struct stack ours = {our_enter, our_close, dctx_leave, our_depth};

/* A span around each step of a task that yields once inside a scope. */
static void yield_once(const struct stack *s)
{
	dctx_guard span = s->enter("handler");
	dctx_guard scope = s->enter("inner");

	s->close(span);
	span = s->enter("handler");
	s->leave(scope);
	s->close(span);
}

/* One long span over scopes that each yield a few times. */
static void yield_often(const struct stack *s, int scopes, int yields)
{
	dctx_guard span = s->enter("handler");

	for (int i = 0; i < scopes; i++) {
		dctx_guard scope = s->enter("inner");

		for (int y = 0; y < yields; y++) {
			s->close(span);
			span = s->enter("handler");
		}
		s->leave(scope);
	}
	s->close(span);
}

static void the_naive_store_grows_by_two_a_task(void **state)
{
	(void)state;
	naive_depth = 1;
	for (size_t n = 1; n <= 100; n++) {
		yield_once(&naive);
		assert_int_equal(naive_depth, 1 + 2 * n);
	}
}

static void the_naive_store_grows_by_one_a_yield(void **state)
{
	(void)state;
	naive_depth = 1;
	yield_often(&naive, 10, 2);
	assert_int_equal(naive_depth, 1 + 20);
}

static void a_span_around_each_step_leaves_nothing(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	for (uint64_t n = 1; n <= 100; n++) {
		yield_once(&ours);
		assert_int_equal(dctx_depth(), 1);
		assert_int_equal(dctx_chain(NULL, 0), 0);
		assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), n);
		assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), n);
	}
	assert_int_equal(dctx_get(k_num, 0), 1);
}

static void one_span_over_many_yields_leaves_nothing(void **state)
{
	size_t before;

	(void)state;
	yield_often(&ours, 1, 1);
	before = dctxt_heap_bytes();
	for (int yields = 1; yields <= 3; yields++) {
		yield_often(&ours, 10000, yields);
		assert_int_equal(dctx_depth(), 1);
	}
	assert_int_equal(dctx_chain(NULL, 0), 0);
	assert_int_equal(dctxt_heap_bytes(), before);
}

/* A task of the real kind: its span and scope stay open over its yields. */
struct job {
	dctx_store *task;
	dctx_guard span;
	dctx_guard scope;
	uint64_t number;
	int step;
};

static void begin_job(struct job *job, uint64_t number)
{
	assert_int_equal(dctx_fork(&job->task), DCTX_OK);
	job->number = number;
	job->step = 0;
}

/* Runs one step; gives false when the job is over. */
static bool run_job(struct job *job)
{
	bool more = true;

	dctx_task_enter(job->task);
	if (job->step == 0) {
		job->span = dctx_enter("handler");
		dctx_set(k_num, job->number);
	} else if (job->step == 1) {
		job->scope = dctx_enter("inner");
		dctx_set(k_text, "of the job");
	} else if (job->step == 2) {
		dctx_leave(job->scope);
	} else {
		DCTXT_EXPECT(dctx_scope_retire(job->span) == DCTX_OK);
		more = false;
	}
	DCTXT_EXPECT(dctx_depth() == (job->step == 1 ? 3u : more ? 2u : 1u));
	DCTXT_EXPECT(!more || dctx_get(k_num, 0) == job->number);
	job->step++;
	dctx_task_leave(job->task);
	return more;
}

static void a_span_kept_over_yields_needs_no_repair(void **state)
{
	(void)state;
	dctx_set(k_num, 99);
	(void)dctx_enter("host");
	for (uint64_t n = 0; n < 10000; n++) {
		struct job job;

		begin_job(&job, n);
		while (run_job(&job))
			assert_int_equal(dctx_get(k_num, 0), 99);
		dctx_task_free(job.task);
		assert_int_equal(dctx_depth(), 2);
	}
	assert_int_equal(dctx_chain(NULL, 0), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

enum { REQUESTS = 1000 };

static void a_thousand_interleaved_requests_keep_apart(void **state)
{
	static struct job jobs[REQUESTS];
	int left = REQUESTS;
	unsigned dice = 12345;

	(void)state;
	(void)dctx_enter("loop");
	for (uint64_t i = 0; i < REQUESTS; i++)
		begin_job(&jobs[i], i);
	while (left > 0) {
		struct job *job;

		dice = dice * 1103515245 + 12345;
		job = &jobs[(dice >> 8) % REQUESTS];
		if (job->task == NULL || run_job(job))
			continue;
		job->task = dctx_task_free(job->task);
		left--;
	}
	assert_int_equal(dctx_depth(), 2);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctxt_count_all(), 0);
}

/* Two threads that take turns: each runs every other step of the jobs. */
struct mover {
	struct dctxt_baton *baton;
	struct job *jobs;
	int turn;
};

enum { TURNS = 400, AT_ONCE = 10, MOVED = TURNS / 4 * AT_ONCE };

static void *move_jobs(void *arg)
{
	const struct mover *mover = arg;
	uint64_t mine = 1000 + (uint64_t)mover->turn;

	dctx_set(k_num, mine);
	for (int turn = mover->turn; turn < TURNS; turn += 2) {
		dctxt_baton_wait(mover->baton, turn);
		for (int i = 0; i < AT_ONCE; i++)
			(void)run_job(&mover->jobs[turn / 4 * AT_ONCE + i]);
		DCTXT_EXPECT(dctx_get(k_num, 0) == mine);
		DCTXT_EXPECT(dctx_depth() == 1);
		dctxt_baton_pass(mover->baton, turn + 1);
	}
	return NULL;
}

static void tasks_move_between_threads(void **state)
{
	static struct job jobs[MOVED];
	static struct dctxt_baton baton = DCTXT_BATON_INIT;
	struct mover movers[2] = {{&baton, jobs, 0}, {&baton, jobs, 1}};

	(void)state;
	for (uint64_t i = 0; i < MOVED; i++)
		begin_job(&jobs[i], i);
	dctxt_together(2, move_jobs, movers, sizeof(movers[0]));
	for (int i = 0; i < MOVED; i++) {
		assert_int_equal(jobs[i].step, 4);
		assert_int_equal(dctx_store_depth(jobs[i].task), 1);
		dctx_task_free(jobs[i].task);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_closed_in_another_task_pops_nothing_there(void **state)
{
	struct job one, two;

	(void)state;
	begin_job(&one, 1);
	begin_job(&two, 2);
	(void)run_job(&one);
	(void)run_job(&two);
	dctx_task_enter(two.task);
	assert_int_equal(dctx_scope_retire(one.span), DCTX_STALE);
	dctx_leave(one.span);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctx_task_leave(two.task);
	assert_int_equal(dctx_store_depth(one.task), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	dctx_task_free(one.task);
	dctx_task_free(two.task);
}

static void a_forgotten_guard_ends_with_its_span(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		dctx_guard span = dctx_enter("span");

		(void)dctx_enter("forgotten");
		dctx_set(k_num, i);
		dctx_leave(span);
		assert_int_equal(dctx_depth(), 1);
		assert_false(dctx_has(k_num));
		assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), i);
	}
}

static void a_forgotten_guard_ends_with_its_task(void **state)
{
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		dctx_store *task;
		dctx_guard span;

		assert_int_equal(dctx_fork(&task), DCTX_OK);
		dctx_task_enter(task);
		span = dctx_enter("span");
		(void)dctx_enter("forgotten");
		dctx_set(k_text, "of the forgotten scope");
		assert_int_equal(dctx_scope_retire(span), DCTX_OK);
		assert_int_equal(dctx_depth(), 2);
		dctx_task_leave(task);
		dctx_task_free(task);
		if (i == 10)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	assert_int_equal(dctx_depth(), 1);
}

static void a_task_ended_at_its_yield_leaves_the_thread_alone(void **state)
{
	(void)state;
	(void)dctx_enter("ambient");
	dctx_set(k_num, 5);
	for (int steps = 1; steps <= 3; steps++) {
		struct job job;

		begin_job(&job, 1);
		for (int i = 0; i < steps; i++)
			(void)run_job(&job);
		dctx_task_free(job.task);
		assert_int_equal(dctx_depth(), 2);
		assert_int_equal(dctx_get(k_num, 0), 5);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_naive_store_grows_by_two_a_task),
		DCTXT_TEST(the_naive_store_grows_by_one_a_yield),
		DCTXT_TEST(a_span_around_each_step_leaves_nothing),
		DCTXT_TEST(one_span_over_many_yields_leaves_nothing),
		DCTXT_TEST(a_span_kept_over_yields_needs_no_repair),
		DCTXT_TEST(a_thousand_interleaved_requests_keep_apart),
		DCTXT_TEST(tasks_move_between_threads),
		DCTXT_TEST(a_span_closed_in_another_task_pops_nothing_there),
		DCTXT_TEST(a_forgotten_guard_ends_with_its_span),
		DCTXT_TEST(a_forgotten_guard_ends_with_its_task),
		DCTXT_TEST(a_task_ended_at_its_yield_leaves_the_thread_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
