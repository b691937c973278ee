/* SPDX-License-Identifier: MIT */
/*
 * A cancel from a signal handler: wherever it interrupts its own thread, it
 * waits for nobody, sets descriptors at once and leaves functions to whoever
 * drives the timers.
 */
#include "kit.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static _Atomic(dctx_source *) target;
static atomic_int cancels;

static void cancel_target(int number)
{
	dctx_source *source = target;

	(void)number;
	if (source != NULL &&
	    dctx_cancel_from_signal(source, "alarm") == DCTX_OK)
		atomic_fetch_add(&cancels, 1);
}

static void handle(int number)
{
	struct sigaction action = {.sa_handler = cancel_target,
				   .sa_flags = SA_RESTART};

	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static dctx_snapshot *under(dctx_source *source)
{
	dctx_snapshot *snapshot = NULL;

	DCTX_SCOPE("under");
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	return snapshot;
}

static void tell(void *arg, dctx_status status)
{
	atomic_int *times = arg;

	DCTXT_EXPECT(status == DCTX_CANCELED);
	atomic_fetch_add(times, 1);
}

/* The thread sanitizer keeps handlers back until a call that it knows. */
static void let_handlers_run(void)
{
#ifdef DCTXT_TSAN
	raise(0);
#endif
}

/* The functions of a cancel in a handler run soon. */
static void wait_for(atomic_int *times)
{
	for (int i = 0; atomic_load(times) == 0; i++) {
		assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
		assert_true(i < 60000);
		usleep(i < 100 ? 0 : 1000);
	}
}

static void a_handler_sets_descriptors_and_leaves_functions(void **state)
{
	dctx_source *s = NULL;
	dctx_snapshot *c;
	dctx_waiter *w, *wfd;
	atomic_int times = 0;
	int fd;

	(void)state;
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &s), DCTX_OK);
	c = under(s);
	assert_int_equal(dctx_snapshot_on_done(c, tell, &times, &w), DCTX_OK);
	assert_int_equal(dctx_snapshot_on_done_fd(c, &fd, &wfd), DCTX_OK);
	assert_false(readable(fd));
	handle(SIGUSR1);
	target = s;
	raise(SIGUSR1);
	target = NULL;
	assert_true(readable(fd));
	assert_int_equal(times, 0);
	assert_int_equal(dctx_snapshot_done(c), DCTX_CANCELED);
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	assert_int_equal(times, 1);
	assert_int_equal(dctx_cancel(s, NULL), DCTX_STALE);
	assert_int_equal(dctx_waiter_remove(w), DCTX_STALE);
	assert_int_equal(dctx_waiter_remove(wfd), DCTX_STALE);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
	assert_int_equal(dctx_timers_thread(true), DCTX_OK);
}

/* One life of a source: waiters come and go until the handler has cancelled. */
static void live(long *out_turns)
{
	dctx_source *s = NULL;
	dctx_snapshot *c;
	dctx_waiter *stays, *wfd, *w;
	atomic_int times = 0, others = 0;
	int fd;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &s), DCTX_OK);
	c = under(s);
	assert_int_equal(dctx_snapshot_on_done(c, tell, &times, &stays),
			 DCTX_OK);
	assert_int_equal(dctx_snapshot_on_done_fd(c, &fd, &wfd), DCTX_OK);
	target = s;
	while (dctx_snapshot_done(c) == DCTX_OK) {
		int before = atomic_load(&others);
		dctx_status status;

		assert_int_equal(dctx_snapshot_on_done(c, tell, &others, &w),
				 DCTX_OK);
		status = dctx_waiter_remove_wait(w);
		assert_int_equal(atomic_load(&others) - before,
				 status == DCTX_STALE);
		++*out_turns;
		let_handlers_run();
	}
	target = NULL;
	assert_true(readable(fd));
	wait_for(&times);
	assert_int_equal(dctx_waiter_remove_wait(stays), DCTX_STALE);
	assert_int_equal(dctx_waiter_remove(wfd), DCTX_STALE);
	assert_int_equal(times, 1);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

struct storm {
	pthread_t thread;
	atomic_bool over;
};

static void *kill_on(void *arg)
{
	struct storm *storm = arg;
	unsigned nap = 1;

	while (!atomic_load(&storm->over)) {
		pthread_kill(storm->thread, SIGUSR1);
		nap = nap * 1103515245u + 12345u;
		usleep(20 + (nap >> 16) % 200);
	}
	return NULL;
}

static void a_storm_of_handlers_that_cancel_stops_nobody(void **state)
{
	struct storm storm = {.thread = pthread_self()};
	pthread_t killer;
	long turns = 0;

	(void)state;
	cancels = 0;
	handle(SIGUSR1);
	assert_int_equal(pthread_create(&killer, NULL, kill_on, &storm), 0);
	for (int i = 0; i < 500; i++)
		live(&turns);
	atomic_store(&storm.over, true);
	assert_int_equal(pthread_join(killer, NULL), 0);
	assert_int_equal(cancels, 500);
	assert_true(turns > 0);
}

static void an_interval_timer_may_cancel(void **state)
{
	struct itimerval on = {{0, 150}, {0, 150}}, off = {{0, 0}, {0, 0}};
	long turns = 0;

	(void)state;
	cancels = 0;
	handle(SIGALRM);
	assert_int_equal(setitimer(ITIMER_REAL, &on, NULL), 0);
	for (int i = 0; i < 300; i++)
		live(&turns);
	assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
	assert_int_equal(cancels, 300);
}

static atomic_int begun;

/* Two threads register on one source: its hall becomes many meanwhile. */
static void *come_and_go(void *arg)
{
	dctx_snapshot *c = arg;
	atomic_int times = 0;

	atomic_fetch_add(&begun, 1);
	while (dctx_snapshot_done(c) == DCTX_OK) {
		dctx_waiter *w;

		if (!DCTXT_EXPECT(dctx_snapshot_on_done(c, tell, &times, &w) ==
				  DCTX_OK))
			break;
		(void)dctx_waiter_remove_wait(w);
		let_handlers_run();
	}
	return NULL;
}

/* Once is enough, but the thread sanitizer loses some. */
static void signal_once(pthread_t thread, dctx_snapshot *c)
{
	pthread_kill(thread, SIGUSR1);
#ifdef DCTXT_TSAN
	for (int i = 1; dctx_snapshot_done(c) == DCTX_OK; i++) {
		usleep(1000);
		if (i % 100 == 0)
			pthread_kill(thread, SIGUSR1);
	}
#else
	(void)c;
#endif
}

static void a_handler_may_cancel_what_many_wait_on(void **state)
{
	(void)state;
	handle(SIGUSR1);
	for (int i = 0; i < 50; i++) {
		dctx_source *s = NULL;
		dctx_snapshot *c;
		pthread_t thread[2];

		assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &s),
				 DCTX_OK);
		c = under(s);
		atomic_store(&begun, 0);
		for (int t = 0; t < 2; t++)
			assert_int_equal(pthread_create(&thread[t], NULL,
							come_and_go, c),
					 0);
		target = s;
		while (atomic_load(&begun) < 2)
			usleep(100);
		usleep(1000);
		signal_once(thread[i % 2], c);
		for (int t = 0; t < 2; t++)
			assert_int_equal(pthread_join(thread[t], NULL), 0);
		target = NULL;
		assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
		dctx_snapshot_unref(c);
		dctx_source_unref(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_handler_sets_descriptors_and_leaves_functions),
		DCTXT_TEST(a_storm_of_handlers_that_cancel_stops_nobody),
		DCTXT_TEST(an_interval_timer_may_cancel),
		DCTXT_TEST(a_handler_may_cancel_what_many_wait_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
