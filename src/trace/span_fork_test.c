/* SPDX-License-Identifier: MIT */
/*
 * span_fork_test.c - proves that a child of fork goes on with a span that
 * another thread of its parent was at work on.
 */
#include "trace/layer_mode.h"
#include "trace/span_recorded.h"

#include <dctx/dctx.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child that hangs is killed. */
#define PATIENCE 120

static const dctx_span_site site = {"shared", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static dctx_span *span;
static pthread_barrier_t held, forked;

/* Holds both locks while the other thread forks. */
static void *hold(void *arg)
{
	struct dctxi_layered *layered = dctxi_layered(span);

	(void)arg;
	dctxi_span_lock(span);
	dctxi_mutex_lock(&layered->lock);
	pthread_barrier_wait(&held);
	pthread_barrier_wait(&forked);
	dctxi_mutex_unlock(&layered->lock);
	dctxi_mutex_unlock(&span->lock);
	return NULL;
}

static bool holds_in_child(bool (*claim)(void))
{
	pthread_t other;
	int status = -1;
	pid_t child;

	assert_int_equal(pthread_barrier_init(&held, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&forked, NULL, 2), 0);
	assert_int_equal(pthread_create(&other, NULL, hold, NULL), 0);
	pthread_barrier_wait(&held);
	child = fork();
	if (child == 0) {
		alarm(PATIENCE);
		_exit(claim() ? 0 : 1);
	}
	pthread_barrier_wait(&forked);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status == 0;
}

static int begin(void **state)
{
	(void)state;
	if (dctx_layer_mount(dctx_layer_async(), 0) != DCTX_OK)
		return -1;
	span = dctx_span_open(&site, NULL, NULL, 0);
	return span != NULL && dctx_span_record(span, "before", &DCTX_ANY(1)) ==
				       DCTX_OK
		       ? 0
		       : -1;
}

static int end(void **state)
{
	(void)state;
	dctx_span_close(span);
	return dctx_layer_unmount(dctx_layer_async()) == DCTX_OK ? 0 : -1;
}

static bool says(const char *name)
{
	dctx_any value;

	return dctx_span_field_get(span, name, NULL, 0, &value);
}

/* Texts longer than the span's own room, so that the arena is asked, too. */
static bool is_recorded_anew(void)
{
	static char text[3000];

	memset(text, 'x', sizeof text - 1);
	if (dctx_span_record(span, "after", &DCTX_ANY(1)) != DCTX_OK ||
	    dctx_span_record(span, "text", &DCTX_ANY(text)) != DCTX_OK ||
	    says("before") || !says("after") || !says("text") ||
	    span->recorded.dropped_fields != 1)
		return false;
	dctx_span_close(dctx_span_ref(span));
	return dctx_span_record(span, "late", &DCTX_ANY(1)) == DCTX_STALE;
}

static void a_child_records_anew_and_counts_what_was_there(void **state)
{
	(void)state;
	assert_true(holds_in_child(is_recorded_anew));
	assert_true(says("before"));
	assert_int_equal(span->recorded.dropped_fields, 0);
}

static bool chain_is(const char *expected)
{
	char text[64];

	return dctx_chain_text("/", text, sizeof text) == strlen(expected) &&
	       strcmp(text, expected) == 0;
}

static bool is_entered_in_a_task(void)
{
	dctx_store *task;
	bool there;

	if (dctx_task_new(NULL, &task) != DCTX_OK)
		return false;
	dctx_task_enter(task);
	dctx_span_enter(span);
	there = chain_is("shared");
	dctx_span_leave(span);
	dctx_span_close(span);
	there = there && chain_is("");
	dctx_task_leave(task);
	dctx_task_free(task);
	return there;
}

static void a_childs_task_has_the_spans_scope(void **state)
{
	(void)state;
	assert_true(holds_in_child(is_entered_in_a_task));
}

/* What was left behind is inherited once. */
static bool is_inherited_once(void)
{
	struct dctxi_mutex free_one = {.word = 0};

	if (!dctxi_mutex_lock_or_inherit(&span->lock) ||
	    dctxi_mutex_try(&span->lock))
		return false;
	dctxi_mutex_unlock(&span->lock);
	return !dctxi_mutex_lock_or_inherit(&span->lock) &&
	       !dctxi_mutex_lock_or_inherit(&free_one);
}

static void a_lock_that_was_left_behind_is_inherited_once(void **state)
{
	(void)state;
	assert_true(holds_in_child(is_inherited_once));
}

static bool is_inherited_by_a_grandchild(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		alarm(PATIENCE); /* no child has its parent's */
		_exit(is_inherited_once() ? 0 : 1);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static void a_grandchild_inherits_it_too(void **state)
{
	(void)state;
	assert_true(holds_in_child(is_inherited_by_a_grandchild));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_child_records_anew_and_counts_what_was_there),
		cmocka_unit_test(a_childs_task_has_the_spans_scope),
		cmocka_unit_test(a_lock_that_was_left_behind_is_inherited_once),
		cmocka_unit_test(a_grandchild_inherits_it_too),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
