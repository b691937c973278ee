/* SPDX-License-Identifier: MIT */
/*
 * Who waits is told of the end of a context: once, or never after it was
 * removed; before those further down; on whichever thread cancels, or by the
 * timers.
 */
#include "kit.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static dctx_source *source(dctx_source *parent)
{
	dctx_source *s = NULL;

	assert_int_equal(dctx_source_new(parent, DCTX_NO_DEADLINE, &s),
			 DCTX_OK);
	return s;
}

/* A context directly under a source. */
static dctx_snapshot *under(dctx_source *s)
{
	dctx_snapshot *snapshot = NULL;

	DCTX_SCOPE("under");
	assert_int_equal(dctx_add_source(s), DCTX_OK);
	assert_int_equal(dctx_store_capture(dctx_current(), &snapshot),
			 DCTX_OK);
	return snapshot;
}

struct told {
	int times;
	dctx_status status;
	int turn;
	pthread_t thread;
};

static int turns;

static void tell(void *arg, dctx_status status)
{
	struct told *told = arg;

	__atomic_fetch_add(&told->times, 1, __ATOMIC_SEQ_CST);
	told->status = status;
	told->turn = turns++;
	told->thread = pthread_self();
}

static void a_cancel_calls_who_waits_before_it_returns(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = under(s);
	struct told told = {0};
	dctx_waiter *w;

	(void)state;
	assert_int_equal(dctx_snapshot_on_done(c, tell, &told, &w), DCTX_OK);
	assert_int_equal(told.times, 0);
	assert_int_equal(dctx_cancel(s, "enough"), DCTX_OK);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.status, DCTX_CANCELED);
	assert_int_equal(dctx_cancel(s, "again"), DCTX_STALE);
	assert_int_equal(told.times, 1);
	assert_int_equal(dctx_waiter_remove(w), DCTX_STALE);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void one_that_was_removed_is_never_called(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = under(s);
	struct told told = {0};
	dctx_waiter *w;

	(void)state;
	assert_int_equal(dctx_snapshot_on_done(c, tell, &told, &w), DCTX_OK);
	assert_int_equal(dctx_waiter_remove(w), DCTX_OK);
	assert_int_equal(dctx_waiter_remove(NULL), DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(told.times, 0);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void who_comes_too_late_is_called_at_once(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = under(s);
	struct told told = {0};
	dctx_waiter *w;

	(void)state;
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_snapshot_on_done(c, tell, &told, &w), DCTX_OK);
	assert_int_equal(told.times, 1);
	assert_int_equal(dctx_waiter_remove(w), DCTX_STALE);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void those_further_up_are_called_first(void **state)
{
	dctx_source *s[4];
	dctx_snapshot *c[4];
	struct told told[4] = {{0}};
	dctx_waiter *w[4];

	(void)state;
	turns = 0;
	for (int i = 0; i < 4; i++) {
		s[i] = source(i > 0 ? s[i - 1] : NULL);
		c[i] = under(s[i]);
	}
	for (int i = 0; i < 4; i++) {
		int at = (i * 3) % 4;

		assert_int_equal(dctx_snapshot_on_done(c[at], tell, &told[at],
						       &w[at]),
				 DCTX_OK);
	}
	dctx_cancel(s[1], NULL);
	assert_int_equal(told[0].times, 0);
	for (int i = 1; i < 4; i++) {
		assert_int_equal(told[i].times, 1);
		assert_int_equal(told[i].turn, i - 1);
	}
	for (int i = 0; i < 4; i++) {
		dctx_waiter_remove(w[i]);
		dctx_snapshot_unref(c[i]);
		dctx_source_unref(s[i]);
	}
}

/* The cancel rang before there was anybody to ring. */
static void who_comes_in_a_grace_is_called_at_its_end(void **state)
{
	dctx_source *s = source(NULL);
	struct told told = {0};
	dctx_waiter *w;
	int64_t end;

	(void)state;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_add_source(s), DCTX_OK);
	assert_int_equal(dctx_set_grace(50 * DCTX_MS), DCTX_OK);
	DCTX_SCOPE("clean up");
	assert_int_equal(dctx_shield(), DCTX_OK);
	end = dctx_deadline_in(50 * DCTX_MS);
	assert_int_equal(dctx_cancel(s, NULL), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_OK);
	assert_int_equal(dctx_on_done(tell, &told, &w), DCTX_OK);
	assert_int_equal(dctx_wait(DCTX_NO_DEADLINE), DCTX_CANCELED);
	assert_true(dctx_now() >= end);
	for (int i = 0; __atomic_load_n(&told.times, __ATOMIC_ACQUIRE) == 0;
	     i++) {
		assert_true(i < 10000);
		usleep(1000);
	}
	assert_int_equal(dctx_waiter_remove_wait(w), DCTX_STALE);
	assert_int_equal(told.times, 1);
	dctx_source_unref(s);
}

/* A deadline is waited for by the timers. */
static void a_deadline_calls_who_waits_and_never_early(void **state)
{
	struct told told = {0};
	dctx_waiter *w;
	int64_t deadline;

	(void)state;
	DCTX_SCOPE("short");
	assert_int_equal(dctx_set_timeout(20 * DCTX_MS), DCTX_OK);
	deadline = dctx_deadline();
	assert_int_equal(dctx_on_done(tell, &told, &w), DCTX_OK);
	while (__atomic_load_n(&told.times, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	assert_true(dctx_now() >= deadline);
	assert_int_equal(dctx_waiter_remove_wait(w), DCTX_STALE);
	assert_int_equal(told.status, DCTX_DEADLINE_EXCEEDED);
	assert_false(pthread_equal(told.thread, pthread_self()));
}

static bool readable(int fd, int timeout)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, timeout) == 1;
}

static void a_descriptor_becomes_readable_and_stays_so(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = under(s);
	dctx_waiter *w;
	int fd = -1;

	(void)state;
	assert_int_equal(dctx_snapshot_on_done_fd(c, &fd, &w), DCTX_OK);
	assert_false(readable(fd, 0));
	dctx_cancel(s, NULL);
	assert_true(readable(fd, 0));
	assert_true(readable(fd, 0));
	assert_int_equal(dctx_waiter_remove(w), DCTX_STALE);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void a_descriptor_becomes_readable_at_the_deadline(void **state)
{
	dctx_waiter *w;
	int fd = -1;

	(void)state;
	DCTX_SCOPE("short");
	dctx_set_timeout(10 * DCTX_MS);
	assert_int_equal(dctx_on_done_fd(&fd, &w), DCTX_OK);
	assert_true(readable(fd, 20000));
	assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
	dctx_waiter_remove(w);
}

static void *cancel_soon(void *arg)
{
	usleep(10000);
	dctx_cancel(arg, "by another thread");
	return NULL;
}

static void a_sleep_ends_with_its_context(void **state)
{
	dctx_source *s = source(NULL);
	dctx_cause_info cause;
	pthread_t thread;

	(void)state;
	DCTX_SCOPE("sleeps");
	dctx_add_source(s);
	assert_int_equal(dctx_wait(dctx_now() + DCTX_MS), DCTX_OK);
	pthread_create(&thread, NULL, cancel_soon, s);
	assert_int_equal(dctx_wait(DCTX_NO_DEADLINE), DCTX_CANCELED);
	pthread_join(thread, NULL);
	assert_int_equal(dctx_cause(&cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "by another thread");
	assert_int_equal(cause.distance, 0);
	dctx_source_unref(s);
}

static void a_sleep_ends_at_the_deadline_and_not_before(void **state)
{
	int64_t deadline;

	(void)state;
	DCTX_SCOPE("sleeps");
	dctx_set_timeout(10 * DCTX_MS);
	deadline = dctx_deadline();
	assert_int_equal(dctx_wait(DCTX_NO_DEADLINE), DCTX_DEADLINE_EXCEEDED);
	assert_true(dctx_now() >= deadline);
}

/* A shield keeps a cancel away for the grace; then it counts. */
static void a_waiter_behind_a_shield_is_called_after_the_grace(void **state)
{
	dctx_source *s = source(NULL);
	struct told told = {0};
	int64_t cancelled;
	dctx_waiter *w;

	(void)state;
	DCTX_SCOPE("cleans up");
	dctx_add_source(s);
	dctx_set_grace(30 * DCTX_MS);
	assert_int_equal(dctx_grace(), 30 * DCTX_MS);
	dctx_shield();
	assert_int_equal(dctx_on_done(tell, &told, &w), DCTX_OK);
	cancelled = dctx_now();
	dctx_cancel(s, NULL);
	while (__atomic_load_n(&told.times, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	assert_true(dctx_now() >= cancelled + 30 * DCTX_MS);
	assert_int_equal(dctx_waiter_remove_wait(w), DCTX_STALE);
	assert_int_equal(told.status, DCTX_CANCELED);
	dctx_source_unref(s);
}

/* A function may remove its own waiter and cancel more. */
struct nest {
	dctx_waiter *waiter;
	dctx_source *next;
	int times;
};

static void nested(void *arg, dctx_status status)
{
	struct nest *nest = arg;

	(void)status;
	nest->times++;
	assert_int_equal(dctx_waiter_remove_wait(nest->waiter), DCTX_STALE);
	if (nest->next != NULL)
		dctx_cancel(nest->next, NULL);
}

static void a_function_may_cancel_and_remove(void **state)
{
	dctx_source *a = source(NULL), *b = source(NULL);
	dctx_snapshot *under_a = under(a), *under_b = under(b);
	struct nest first = {.next = b}, second = {.next = a};

	(void)state;
	assert_int_equal(dctx_snapshot_on_done(under_a, nested, &first,
					       &first.waiter),
			 DCTX_OK);
	assert_int_equal(dctx_snapshot_on_done(under_b, nested, &second,
					       &second.waiter),
			 DCTX_OK);
	dctx_cancel(a, NULL);
	assert_int_equal(first.times, 1);
	assert_int_equal(second.times, 1);
	dctx_snapshot_unref(under_a);
	dctx_snapshot_unref(under_b);
	dctx_source_unref(a);
	dctx_source_unref(b);
}

/* Removed by one thread while another cancels: called, or never. */
struct race {
	dctx_source *source;
	dctx_snapshot *context;
	pthread_barrier_t *barrier;
	int called;
};

static void count(void *arg, dctx_status status)
{
	(void)status;
	__atomic_fetch_add((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void *cancel_now(void *arg)
{
	struct race *race = arg;

	pthread_barrier_wait(race->barrier);
	dctx_cancel(race->source, NULL);
	return NULL;
}

static void a_removal_that_succeeds_wins_against_a_cancel(void **state)
{
	pthread_barrier_t barrier;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 300; i++) {
		struct race race = {.barrier = &barrier};
		dctx_status status;
		pthread_t thread;
		dctx_waiter *w;

		race.source = source(NULL);
		race.context = under(race.source);
		assert_int_equal(dctx_snapshot_on_done(race.context, count,
						       &race.called, &w),
				 DCTX_OK);
		pthread_create(&thread, NULL, cancel_now, &race);
		pthread_barrier_wait(&barrier);
		status = dctx_waiter_remove_wait(w);
		assert_int_equal(race.called, status == DCTX_OK ? 0 : 1);
		pthread_join(thread, NULL);
		assert_int_equal(race.called, status == DCTX_OK ? 0 : 1);
		dctx_snapshot_unref(race.context);
		dctx_source_unref(race.source);
	}
	pthread_barrier_destroy(&barrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_cancel_calls_who_waits_before_it_returns),
		DCTXT_TEST(one_that_was_removed_is_never_called),
		DCTXT_TEST(who_comes_too_late_is_called_at_once),
		DCTXT_TEST(those_further_up_are_called_first),
		DCTXT_TEST(who_comes_in_a_grace_is_called_at_its_end),
		DCTXT_TEST(a_deadline_calls_who_waits_and_never_early),
		DCTXT_TEST(a_descriptor_becomes_readable_and_stays_so),
		DCTXT_TEST(a_descriptor_becomes_readable_at_the_deadline),
		DCTXT_TEST(a_sleep_ends_with_its_context),
		DCTXT_TEST(a_sleep_ends_at_the_deadline_and_not_before),
		DCTXT_TEST(
			a_waiter_behind_a_shield_is_called_after_the_grace),
		DCTXT_TEST(a_function_may_cancel_and_remove),
		DCTXT_TEST(a_removal_that_succeeds_wins_against_a_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
