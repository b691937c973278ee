/* SPDX-License-Identifier: MIT */
/*
 * span_threads_test.c - proves that spans go from thread to thread: recorded
 * into and closed by several at once, entered by several at once, left behind
 * by one when another closes them, parents of what runs elsewhere; and that a
 * fork's child goes on with ids of its own.
 */
#include "spans.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_U32(k_num, "span.threads.num", DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");

static dctx_span *open_span(const dctx_span_site *site)
{
	dctx_span *span = dctx_span_open(site, NULL, NULL, 0);

	DCTXT_EXPECT(span != NULL);
	return span;
}

static void *work_under(void *arg)
{
	dctx_snapshot *snapshot = arg;
	dctx_span *current;

	DCTX_ATTACH(snapshot);
	current = dctx_span_current();
	DCTXT_EXPECT(strcmp(dctx_span_site_of(current)->name, "a") == 0);
	DCTXT_EXPECT(dctx_span_record(current, "from", &DCTX_ANY("afar")) ==
		     DCTX_OK);
	/* It is not entered in this store. */
	dctx_span_leave(current);
	DCTXT_EXPECT(dctx_span_current() == current);
	DCTX_SPAN(b, "b");
	DCTXT_EXPECT(dctx_span_current() == b);
	return NULL;
}

static void a_span_opened_under_a_snapshot_finds_its_parent(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	dctxt_spans_begin();
	{
		DCTX_SPAN(a, "a");
		snapshot = dctx_capture_here();
		assert_non_null(snapshot);
		dctxt_on_thread(work_under, snapshot);
	}
	assert_int_equal(dctxt_spans(), 2);
	assert_true(dctxt_is_child(dctxt_span(0), dctxt_span(1)));
	assert_string_equal(dctxt_span(1)->fields, "from=afar");
	assert_true(dctxt_span(0)->thread != dctxt_span(1)->thread);
	/* The parent has ended, and is still the parent. */
	{
		DCTX_ATTACH(snapshot);
		DCTX_SPAN(late, "late");
	}
	assert_true(dctxt_is_child(dctxt_span(2), dctxt_span(1)));
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctxt_spans_end();
}

static void what_was_captured_does_not_change_with_the_span(void **state)
{
	dctx_snapshot *inside, *outside;
	dctx_store *task;
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	DCTX_SCOPE("scope");
	a = open_span(&site_a);
	dctx_span_enter(a);
	inside = dctx_capture_here();
	assert_int_equal(dctx_store_fork(dctx_current(), &task), DCTX_OK);
	dctx_span_leave(a);
	outside = dctx_capture_here();
	dctx_task_enter(task);
	assert_ptr_equal(dctx_span_current(), a);
	dctx_task_leave(task);
	{
		DCTX_ATTACH(inside);
		assert_ptr_equal(dctx_span_current(), a);
		DCTX_ATTACH(outside);
		assert_null(dctx_span_current());
	}
	assert_null(dctx_span_current());
	dctx_snapshot_unref(inside);
	dctx_snapshot_unref(outside);
	dctx_task_free(task);
	dctx_span_close(a);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

#define THREADS 4
#define TIMES 300

struct user {
	dctx_span *span;
	int n;
};

static void *record_much(void *arg)
{
	static const char *const names[] = {"w", "x", "y", "z"};
	struct user *user = arg;
	char text[40];

	for (int i = 0; i < TIMES; i++) {
		snprintf(text, sizeof text, "%*d", i % 30 + 1, user->n);
		(void)dctx_span_record(user->span, names[i % 4],
				       &DCTX_ANY(&text[0]));
		(void)dctx_span_event(
			user->span, "event",
			(const dctx_span_field[]){{"i", DCTX_ANY(i)}}, 1);
		if (i == TIMES / 2)
			(void)dctx_span_status(user->span, DCTX_BUSY, text);
		dctx_span_enter(user->span);
		DCTXT_EXPECT(dctx_span_current() == user->span ||
			     dctx_span_current() == NULL);
		dctx_span_leave(user->span);
		if (i == TIMES - 20 && user->n == 0)
			dctx_span_close(dctx_span_ref(user->span));
	}
	dctx_span_unref(user->span);
	return NULL;
}

static void several_record_and_one_closes(void **state)
{
	struct user users[THREADS];
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	for (int round = 0; round < 5; round++) {
		a = open_span(&site_a);
		for (int i = 0; i < THREADS; i++)
			users[i] = (struct user){dctx_span_ref(a), i};
		dctxt_together(THREADS, record_much, users, sizeof *users);
		dctx_span_unref(a);
	}
	assert_int_equal(dctxt_spans(), 5);
	assert_int_equal(dctxt_span(0)->status, DCTX_BUSY);
	assert_int_equal(dctxt_span(0)->field_count, 4);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 0);
	dctxt_spans_end();
}

/* One enters, another closes. */
struct pair {
	struct dctxt_baton baton;
	dctx_span *span;
	size_t depth;
};

static void *enter_and_be_left(void *arg)
{
	struct pair *pair = arg;
	dctx_span *b = open_span(&site_b);

	dctx_set(k_num, 1);
	dctx_span_enter(pair->span);
	DCTX_SCOPE("opened in it");
	dctxt_baton_pass(&pair->baton, 1);
	dctxt_baton_wait(&pair->baton, 2);
	/* Closed by now; still entered until the next step. */
	DCTXT_EXPECT(dctx_span_record(pair->span, "x", &DCTX_ANY(1)) ==
		     DCTX_STALE);
	dctx_span_enter(b);
	DCTXT_EXPECT(dctx_span_current() == b);
	dctx_span_leave(b);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	/* Nothing is the matter with leaving what was left by itself. */
	dctx_span_leave(pair->span);
	dctx_span_close(b);
	DCTXT_EXPECT(dctx_depth() == 2 && dctx_get(k_num, 0) == 1);
	dctx_span_unref(pair->span);
	return NULL;
}

static void a_span_closed_elsewhere_is_left_at_the_next_step(void **state)
{
	struct pair pair = {.baton = DCTXT_BATON_INIT};
	pthread_t thread;

	(void)state;
	dctxt_spans_begin();
	pair.span = dctx_span_ref(open_span(&site_a));
	assert_int_equal(
		pthread_create(&thread, NULL, enter_and_be_left, &pair), 0);
	dctxt_baton_wait(&pair.baton, 1);
	dctx_span_close(pair.span);
	dctxt_baton_pass(&pair.baton, 2);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(dctxt_spans(), 2);
	dctxt_spans_end();
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 0);
	assert_int_equal(dctxt_count_all(), 1);
}

/* A task goes on on another thread, in a span with a scope open in it. */
struct task {
	dctx_store *store;
	dctx_span *span;
	dctx_guard scope;
};

static void *go_on(void *arg)
{
	struct task *task = arg;

	dctx_task_enter(task->store);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	dctx_span_enter(task->span);
	DCTXT_EXPECT(dctx_span_current() == task->span);
	dctx_leave(task->scope);
	DCTXT_EXPECT(dctx_span_current() == task->span);
	dctx_span_leave(task->span);
	dctx_span_close(task->span);
	DCTXT_EXPECT(dctx_depth() == 1);
	dctx_task_leave(task->store);
	return NULL;
}

static void a_task_takes_its_span_to_another_thread(void **state)
{
	struct task task = {NULL, NULL, {NULL, 0}};

	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_task_new(NULL, &task.store), DCTX_OK);
	dctx_task_enter(task.store);
	task.span = open_span(&site_a);
	dctx_span_enter(task.span);
	task.scope = dctx_enter("over a yield");
	dctx_span_leave(task.span);
	dctx_task_leave(task.store);
	dctxt_on_thread(go_on, &task);
	dctx_task_free(task.store);
	assert_true(dctxt_span(0)->task > 0);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Closed elsewhere while a task has it left with a scope open in it. */
static void a_span_that_a_task_left_is_closed_elsewhere(void **state)
{
	dctx_store *task;
	dctx_span *a, *b;
	size_t before = 0;

	(void)state;
	dctxt_layer_begin();
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	(void)dctx_enter("outer");
	dctx_task_leave(task);
	for (int i = 0; i < 1000; i++) {
		dctx_task_enter(task);
		a = open_span(&site_a);
		dctx_span_enter(a);
		dctx_guard inner = dctx_enter("over a yield");
		dctx_span_leave(a);
		dctx_task_leave(task);
		dctx_span_close(a);
		dctx_task_enter(task);
		b = open_span(&site_b);
		dctx_span_enter(b);
		assert_ptr_equal(dctx_span_current(), b);
		dctx_span_leave(b);
		dctx_span_close(b);
		dctx_leave(inner);
		assert_int_equal(dctx_depth(), 2);
		dctx_task_leave(task);
		(void)dctxt_layer_text();
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	dctx_task_free(task);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* One opens, the other closes, for ever. */
#define HANDED 64

struct belt {
	struct dctxt_baton baton;
	dctx_span *span[HANDED];
	int rounds;
};

static void *close_all(void *arg)
{
	struct belt *belt = arg;

	for (int round = 0; round < belt->rounds; round++) {
		dctxt_baton_wait(&belt->baton, 1);
		for (int i = 0; i < HANDED; i++)
			dctx_span_close(belt->span[i]);
		dctxt_baton_pass(&belt->baton, 0);
	}
	return NULL;
}

static void what_one_opens_and_another_closes_takes_no_malloc(void **state)
{
	struct belt belt = {.baton = DCTXT_BATON_INIT, .rounds = 40};
	pthread_t thread;

	(void)state;
	dctxt_layer_begin();
	assert_int_equal(pthread_create(&thread, NULL, close_all, &belt), 0);
	for (int round = 0; round < belt.rounds; round++) {
		if (round == 20)
			dctxt_heap_fail(0, false);
		for (int i = 0; i < HANDED; i++) {
			belt.span[i] = open_span(&site_a);
			(void)dctx_span_record(belt.span[i], "text",
					       &DCTX_ANY("of some length"));
		}
		dctxt_baton_pass(&belt.baton, 1);
		dctxt_baton_wait(&belt.baton, 0);
	}
	assert_int_equal(dctxt_heap_relent(), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void *open_and_end(void *arg)
{
	dctx_span *a = open_span(&site_a);

	dctx_span_enter(a);
	dctx_set(k_num, 1);
	return arg != NULL ? a : NULL;
}

static void a_threads_end_takes_what_it_entered_along(void **state)
{
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = dctxt_on_thread(open_and_end, &state);
	dctx_span_record(a, "after", &DCTX_ANY(1));
	dctx_span_close(a);
	assert_string_equal(dctxt_span(0)->fields, "after=1");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

struct forked {
	dctx_span *span;
	dctx_trace next; /* what the parent would have */
};

static void in_child(void *arg)
{
	struct forked *forked = arg;
	dctx_trace its;
	dctx_span *b;

	DCTXT_EXPECT(dctx_span_current() == forked->span);
	b = open_span(&site_b);
	DCTXT_EXPECT(dctx_span_trace(b, &its));
	DCTXT_EXPECT(memcmp(its.trace_id, forked->next.trace_id, 16) == 0);
	memcpy(forked->next.span_id, its.span_id, 8);
	dctx_span_enter(b);
	dctx_span_leave(b);
	dctx_span_close(b);
	dctx_span_leave(forked->span);
	dctx_span_close(forked->span);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	/* The id is what the parent compares by its exit status. */
	_Exit(its.span_id[0]);
}

/* Ids of 8 bytes whose first would agree once in 256: so 4 children in a row
 * that have the parent's next are no chance. */
static void a_forks_child_has_ids_of_its_own(void **state)
{
	struct forked forked;
	int same = 0, status;
	dctx_trace its;
	dctx_span *b;

	(void)state;
	dctxt_layer_begin();
	forked.span = open_span(&site_a);
	dctx_span_enter(forked.span);
	assert_true(dctx_span_trace(forked.span, &forked.next));
	for (int i = 0; i < 4; i++) {
		pid_t child = fork();

		if (child == 0)
			in_child(&forked);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		b = open_span(&site_b);
		assert_true(dctx_span_trace(b, &its));
		same += its.span_id[0] == WEXITSTATUS(status);
		dctx_span_close(b);
	}
	assert_true(same < 4);
	dctx_span_leave(forked.span);
	dctx_span_close(forked.span);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_span_opened_under_a_snapshot_finds_its_parent),
		DCTXT_TEST(what_was_captured_does_not_change_with_the_span),
		DCTXT_TEST(several_record_and_one_closes),
		DCTXT_TEST(a_span_closed_elsewhere_is_left_at_the_next_step),
		DCTXT_TEST(a_task_takes_its_span_to_another_thread),
		DCTXT_TEST(a_span_that_a_task_left_is_closed_elsewhere),
		DCTXT_TEST(what_one_opens_and_another_closes_takes_no_malloc),
		DCTXT_TEST(a_threads_end_takes_what_it_entered_along),
		DCTXT_TEST(a_forks_child_has_ids_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
