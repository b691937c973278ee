/* SPDX-License-Identifier: MIT */
/*
 * layer_schedule_threads_test.c - proves that a task which goes from thread to
 * thread takes its spans' scopes along, that a span may be closed on another
 * thread than its task's, also at the same time, and that neither leaves a
 * scope behind; while a naive store, played the same, does.
 */
#include "layered.h"
#include "played.h"

#include <stdio.h>

enum { TURNS = 10000, NAIVE_TURNS = 1000, SETTLED = 1000 };

struct schedule {
	const char *name;
	const char *before, *turn;
	const char *layers;
	enum dctxt_naive naive;
	size_t leaks, wrong; /* of the naive store: each turn; after all */
	uint64_t unbalanced; /* as dctx counts, each turn */
};

/* What both threads work on, in turns. */
struct shared {
	const struct schedule *schedule;
	struct dctxt_played played;
	bool naive;
	size_t wrong[2];
	size_t bytes, scopes;
	size_t uneven; /* turns after which there were others */
};

struct player {
	struct shared *shared;
	int me;
};

/* Only who has the turn may look: thread 0, between two turns. */
static void look(struct shared *shared, int turn)
{
	if (shared->naive)
		return;
	if (turn == SETTLED)
		shared->bytes = dctxt_heap_bytes();
	shared->uneven += dctxt_played_scopes(&shared->played) !=
				  shared->scopes ||
			  dctxt_played_names(&shared->played) != shared->scopes;
}

static void *play(void *arg)
{
	struct player *player = arg;
	struct shared *shared = player->shared;
	int turns = shared->naive ? NAIVE_TURNS : TURNS;

	for (int i = 1; i <= turns; i++) {
		shared->wrong[player->me] += (shared->naive ? dctxt_play_naive
							    : dctxt_play)(
			&shared->played, shared->schedule->turn, player->me);
		if (player->me == 0)
			look(shared, i);
	}
	return NULL;
}

static void begin(struct shared *shared, const struct schedule *schedule,
		  bool naive)
{
	static const struct dctxt_baton baton = DCTXT_BATON_INIT;

	memset(shared, 0, sizeof(*shared));
	shared->schedule = schedule;
	shared->naive = naive;
	shared->played.naive = schedule->naive;
	shared->played.baton = baton;
	if (naive)
		dctxt_play_naive(&shared->played, schedule->before, 0);
	else
		assert_int_equal(
			dctxt_play(&shared->played, schedule->before, 0), 0);
	shared->scopes = dctxt_played_scopes(&shared->played);
}

static void on_two_threads(struct shared *shared)
{
	struct player players[2] = {{shared, 0}, {shared, 1}};

	dctxt_together(2, play, players, sizeof(*players));
}

static void check(const struct schedule *s)
{
	static struct shared shared;
	size_t before;

	fprintf(stderr, "%s\n", s->name);
	assert_int_equal(dctxt_begin(NULL), 0);
	begin(&shared, s, true);
	before = dctxt_naive_scopes(&shared.played);
	on_two_threads(&shared);
	assert_int_equal(dctxt_naive_scopes(&shared.played) - before,
			 NAIVE_TURNS * s->leaks);
	assert_int_equal(shared.wrong[0] + shared.wrong[1], s->wrong);
	dctxt_play_end(&shared.played);

	dctxt_layers_mount(s->layers, 0);
	begin(&shared, s, false);
	on_two_threads(&shared);
	assert_int_equal(shared.wrong[0] + shared.wrong[1], 0);
	assert_int_equal(shared.uneven, 0);
	assert_in_range(dctxt_heap_bytes(), 0, shared.bytes + 8192);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN),
			 TURNS * s->unbalanced);
	assert_int_equal(dctxt_count_all(), TURNS * s->unbalanced);
	dctxt_play_end(&shared.played);
	dctxt_layers_unmount();
}

/* (c) */
static void a_task_takes_its_scopes_from_thread_to_thread(void **state)
{
	static const struct schedule schedules[] = {
		{"a span that goes to and fro", "oA @a eA lA @-",
		 "@a eA (p lA @- |1 ?- @a eA ?p )p ?- lA @- |0", "async",
		 DCTXT_NAIVE_DEEP, 2, NAIVE_TURNS, 0},
		{"two tasks that change places",
		 "oA oB @a eA lA @b eB lB @-",
		 "@a eA (p lA @- |1 @b eB (q lB @- @a eA ?p )p lA @- |0 "
		 "@b eB ?q )q lB @-",
		 "both", DCTXT_NAIVE_DEEP, 4, 2 * NAIVE_TURNS, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* (e): the other thread's own scope stands at the same depth. */
static void a_close_on_another_thread_takes_no_scope_there(void **state)
{
	static const struct schedule schedules[] = {
		{"a close on another thread, in a task", "",
		 "oA @a eA lA @- |1 @b (q cA ?q )q @- |0 @a oB eB lB cB @-",
		 "async", DCTXT_NAIVE_TASKS, 1, 1, 1},
		{"a close on another thread, in no task", "",
		 "oA @a eA lA @- |1 (q cA ?q )q |0 @a oB eB lB cB @-", "both",
		 DCTXT_NAIVE_TASKS, 1, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		check(&schedules[i]);
}

/* Spans on their way from the task's thread to the one that closes them. */
enum { RACED = 20000, ON_THE_WAY = 64 };
static _Atomic(dctx_span *) on_the_way[ON_THE_WAY];

static void *close_all(void *arg)
{
	(void)arg;
	for (int i = 0; i < RACED; i++) {
		_Atomic(dctx_span *) *place = &on_the_way[i % ON_THE_WAY];
		dctx_span *span;

		while ((span = atomic_exchange(place, NULL)) == NULL)
			sched_yield();
		dctx_span_close(span);
	}
	return NULL;
}

static void *run_the_task(void *arg)
{
	static const dctx_span_site site = {"raced", NULL, DCTX_LEVEL_INFO,
					    __FILE__, __LINE__};
	dctx_store *task = arg;

	for (int i = 0; i < RACED; i++) {
		_Atomic(dctx_span *) *place = &on_the_way[i % ON_THE_WAY];
		dctx_span *span = dctx_span_open(&site, NULL, NULL, 0);

		dctx_task_enter(task);
		dctx_span_enter(span);
		dctx_span_leave(span);
		DCTXT_EXPECT(dctx_depth() <= ON_THE_WAY + 4);
		dctx_task_leave(task);
		while (atomic_load(place) != NULL)
			sched_yield();
		atomic_store(place, span);
	}
	return NULL;
}

static void *run_or_close(void *task)
{
	return *(dctx_store **)task != NULL ? run_the_task(*(void **)task)
					    : close_all(NULL);
}

static void closes_race_with_the_task_and_leave_nothing(void **state)
{
	dctx_store *tasks[2] = {NULL, NULL};

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &tasks[0]), DCTX_OK);
	dctxt_together(2, run_or_close, tasks, sizeof(*tasks));
	dctx_task_enter(tasks[0]);
	dctxt_span_end(dctxt_span_begin(
		&(dctx_span_site){"last", NULL, DCTX_LEVEL_INFO, __FILE__, 1},
		NULL, NULL));
	assert_int_equal(dctx_depth(), 1);
	dctx_task_leave(tasks[0]);
	dctx_task_free(tasks[0]);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), RACED);
	assert_int_equal(dctxt_count_all(), RACED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_task_takes_its_scopes_from_thread_to_thread),
		DCTXT_TEST(a_close_on_another_thread_takes_no_scope_there),
		DCTXT_LAYERED(closes_race_with_the_task_and_leave_nothing,
			      async),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
