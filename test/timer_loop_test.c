/* SPDX-License-Identifier: MIT */
/*
 * timer_loop_test.c - proves that the process's timers can be run by a loop of
 * the user's: with the library's thread off, in a fork's child, by functions
 * that do not come back; and that a loop that sleeps is woken in time.
 */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LONG (60 * DCTX_S)

static void nap(void)
{
	const struct timespec ms = {0, 1000000};

	nanosleep(&ms, NULL);
}

static int seen(const int *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

static void wait_until(const int *count, int enough)
{
	int64_t until = dctx_deadline_in(LONG);

	while (seen(count) < enough) {
		assert_true(dctx_now() < until);
		nap();
	}
}

static void add(void *count)
{
	__atomic_fetch_add((int *)count, 1, __ATOMIC_ACQ_REL);
}

static void arm(dctx_timer *timer, int64_t at)
{
	assert_int_equal(dctx_timer_arm(timer, at), DCTX_OK);
}

static size_t run_due(void)
{
	size_t ran = 12345;

	assert_int_equal(dctx_timers_run_due(&ran), DCTX_OK);
	return ran;
}

static void thread(bool on)
{
	assert_int_equal(dctx_timers_thread(on), DCTX_OK);
}

/* Each test begins without the thread, and no timer is left armed. */
static int begin(void **state)
{
	thread(false);
	return dctxt_begin(state);
}

static int end(void **state)
{
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static void with_the_thread_off_timers_run_when_asked(void **state)
{
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	int64_t now = dctx_now();

	(void)state;
	arm(&b, now + LONG);
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	arm(&a, now - 5);
	assert_int_equal(dctx_timers_next_due(), now - 5);
	for (int i = 0; i < 5; i++)
		nap();
	assert_int_equal(seen(&ran), 0);
	assert_int_equal(run_due(), 1);
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	assert_int_equal(ran, 1);
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	assert_int_equal(dctx_timer_disarm(&b), DCTX_OK);
}

static void with_the_thread_on_again_what_is_due_runs(void **state)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm(&timer, 1);
	thread(true);
	wait_until(&ran, 1);
	thread(false);
	arm(&timer, 1);
	nap();
	assert_int_equal(seen(&ran), 1);
	assert_int_equal(run_due(), 1);
}

struct slow {
	int begun, ended;
	bool turn_off;
};

static void take_long(void *arg)
{
	struct slow *slow = arg;

	add(&slow->begun);
	if (slow->turn_off)
		DCTXT_EXPECT(dctx_timers_thread(false) == DCTX_OK);
	for (int i = 0; i < 20; i++)
		nap();
	add(&slow->ended);
}

static void off_waits_for_the_function_that_runs(void **state)
{
	struct slow slow = {.begun = 0};
	dctx_timer timer = DCTX_TIMER_INIT(take_long, &slow);

	(void)state;
	for (int i = 1; i <= 3; i++) {
		thread(true);
		arm(&timer, 1);
		wait_until(&slow.begun, i);
		thread(false);
		assert_int_equal(slow.ended, i);
	}
}

static void a_function_may_turn_the_thread_off_that_runs_it(void **state)
{
	struct slow slow = {.turn_off = true};
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(take_long, &slow);
	dctx_timer later = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	thread(true);
	arm(&timer, 1);
	wait_until(&slow.ended, 1);
	thread(false);
	arm(&later, 2);
	nap();
	assert_int_equal(seen(&ran), 0);
	assert_int_equal(run_due(), 1);
}

static bool readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void the_descriptor_tells_of_an_earlier_timer(void **state)
{
	int ran = 0, fd = -1, same = -2;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	int64_t now = dctx_now();

	(void)state;
	assert_int_equal(dctx_timers_fd(&fd), DCTX_OK);
	assert_int_equal(dctx_timers_fd(&same), DCTX_OK);
	assert_int_equal(fd, same);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	arm(&a, now + LONG);
	assert_true(readable(fd));
	assert_int_equal(run_due(), 0);
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	arm(&b, now + LONG + 1);
	assert_false(readable(fd));
	arm(&b, now + LONG - 1);
	assert_true(readable(fd));
	assert_int_equal(run_due(), 0);
	assert_int_equal(dctx_timers_next_due(), now + LONG - 1);
	assert_int_equal(dctx_timer_disarm(&a), DCTX_OK);
	assert_int_equal(dctx_timer_disarm(&b), DCTX_OK);
	assert_false(readable(fd));
	(void)run_due();
}

/* A loop as a user writes it, until something has run so often. */
static void loop(const int *count, int enough)
{
	struct pollfd poll_fd = {.events = POLLIN};

	assert_int_equal(dctx_timers_fd(&poll_fd.fd), DCTX_OK);
	while (seen(count) < enough) {
		int64_t next = dctx_timers_next_due(), now = dctx_now();
		int64_t ms = 30000;

		if (next < now)
			ms = 0;
		else if (next - now < ms * DCTX_MS)
			ms = (next - now + DCTX_MS - 1) / DCTX_MS;
		(void)poll(&poll_fd, 1, (int)ms);
		(void)run_due();
	}
}

static void *arm_some(void *timers)
{
	for (int i = 0; i < 20; i++) {
		nap();
		DCTXT_EXPECT(dctx_timer_arm((dctx_timer *)timers + i,
					    dctx_deadline_in(i * DCTX_US)) ==
			     DCTX_OK);
	}
	return NULL;
}

static void a_loop_that_sleeps_runs_what_another_thread_arms(void **state)
{
	dctx_timer timers[20];
	pthread_t other;
	int ran = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		dctx_timer_init(&timers[i], add, &ran);
	assert_int_equal(pthread_create(&other, NULL, arm_some, timers), 0);
	loop(&ran, 20);
	assert_int_equal(pthread_join(other, NULL), 0);
}

static jmp_buf out;

static void jump(void *count)
{
	add(count);
	longjmp(out, 1);
}

static void *disarm_and_wait(void *timer)
{
	DCTXT_EXPECT(dctx_timer_disarm_wait(timer) == DCTX_STALE);
	return timer;
}

static void a_function_that_jumps_out_leaves_the_rest(void **state)
{
	int jumps = 0, ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(jump, &jumps);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	dctx_mark mark;

	(void)state;
	assert_int_equal(run_due(), 0);
	mark = dctx_mark_here();
	for (int i = 1; i <= 10; i++) {
		arm(&a, 1);
		arm(&b, 2);
		if (setjmp(out) == 0)
			(void)run_due();
		assert_int_equal(jumps, i);
		assert_int_equal(ran, i - 1);
		assert_int_equal(dctx_timer_disarm_wait(&a), DCTX_STALE);
		assert_true(dctx_timers_next_due() <= 2);
		assert_int_equal(dctx_rewind(mark), DCTX_OK);
		assert_int_equal(run_due(), 1);
		assert_int_equal(ran, i);
		assert_ptr_equal(dctxt_on_thread(disarm_and_wait, &a), &a);
	}
}

static void end_thread(void *count)
{
	add(count);
	pthread_exit(NULL);
}

static void *run_on_a_thread(void *unused)
{
	(void)unused;
	DCTXT_EXPECT(dctx_timers_run_due(NULL) == DCTX_OK);
	return NULL;
}

static void a_function_that_ends_its_thread_leaves_the_rest(void **state)
{
	int ends = 0, ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(end_thread, &ends);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm(&a, 1);
	arm(&b, 2);
	(void)dctxt_on_thread(run_on_a_thread, NULL);
	assert_int_equal(ends, 1);
	assert_int_equal(dctx_timer_disarm_wait(&a), DCTX_STALE);
	assert_int_equal(run_due(), 1);
	assert_int_equal(ran, 1);
}

static void run_the_rest(void *count)
{
	size_t ran = 0;

	add(count);
	DCTXT_EXPECT(dctx_timers_run_due(&ran) == DCTX_OK);
	DCTXT_EXPECT(ran == 1);
}

static void a_run_within_a_run_runs_the_rest(void **state)
{
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(run_the_rest, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm(&a, 1);
	arm(&b, 2);
	assert_int_equal(run_due(), 1);
	assert_int_equal(ran, 2);
}

enum { SHARED = 5000 };

static void threads_that_run_at_once_share_what_is_due(void **state)
{
	static dctx_timer timers[SHARED];
	static int ran[SHARED];
	int unused[4];

	(void)state;
	for (int i = 0; i < SHARED; i++) {
		dctx_timer_init(&timers[i], add, &ran[i]);
		arm(&timers[i], i);
	}
	dctxt_together(4, run_on_a_thread, unused, sizeof(*unused));
	for (int i = 0; i < SHARED; i++)
		assert_int_equal(ran[i], 1);
}

/* What a fork's child has at hand. */
struct forked {
	dctx_timer due, later;
	int due_ran, later_ran, new_ran;
	int fd;
};

static void look_in_the_child(void *arg)
{
	struct forked *f = arg;
	size_t ran = 0;
	int fd = -1;

	DCTXT_EXPECT(fcntl(f->fd, F_GETFD) == -1 && errno == EBADF);
	DCTXT_EXPECT(dctx_timers_run_due(&ran) == DCTX_OK);
	DCTXT_EXPECT(ran == 1 && f->due_ran == 1);
	DCTXT_EXPECT(dctx_timer_disarm(&f->later) == DCTX_OK);
	DCTXT_EXPECT(dctx_timers_next_due() == DCTX_NO_DEADLINE);
	DCTXT_EXPECT(dctx_timers_fd(&fd) == DCTX_OK);
	DCTXT_EXPECT(dctx_timers_next_due() == DCTX_NO_DEADLINE);
	DCTXT_EXPECT(dctx_timer_arm(&f->later, dctx_deadline_in(LONG)) ==
		     DCTX_OK);
	DCTXT_EXPECT(readable(fd));
}

static void a_child_has_the_timers_and_its_own_descriptor(void **state)
{
	struct forked f = {.due_ran = 0};
	uint64_t earlier;

	(void)state;
	dctx_timer_init(&f.due, add, &f.due_ran);
	dctx_timer_init(&f.later, add, &f.later_ran);
	assert_int_equal(dctx_timers_fd(&f.fd), DCTX_OK);
	(void)dctx_timers_next_due();
	arm(&f.due, 1);
	arm(&f.later, dctx_deadline_in(LONG));
	/* Only a test may: it is to be seen that the child does not set it. */
	assert_int_equal(read(f.fd, &earlier, sizeof(earlier)),
			 sizeof(earlier));
	assert_true(dctxt_in_child(look_in_the_child, &f));
	assert_false(readable(f.fd));
	assert_int_equal(f.due_ran, 0);
	assert_int_equal(run_due(), 1);
	assert_int_equal(dctx_timer_disarm(&f.later), DCTX_OK);
}

#ifndef DCTXT_TSAN
/* TSan's runtime has no threads in the child of a process that had some. */
static void arm_in_the_child(void *arg)
{
	struct forked *f = arg;
	dctx_timer timer = DCTX_TIMER_INIT(add, &f->new_ran);

	DCTXT_EXPECT(dctx_timer_disarm_wait(&f->due) == DCTX_STALE);
	DCTXT_EXPECT(dctx_timer_arm(&timer, dctx_deadline_in(DCTX_MS)) ==
		     DCTX_OK);
	while (seen(&f->new_ran) == 0 || seen(&f->later_ran) == 0)
		nap();
	DCTXT_EXPECT(seen(&f->due_ran) == 0);
}

static void stay(void *arg)
{
	struct forked *f = arg;

	while (seen(&f->due_ran) == 0)
		nap();
}

static void the_thread_starts_anew_in_a_child(void **state)
{
	struct forked f = {.due_ran = 0};

	(void)state;
	thread(true);
	/* The parent's thread is in its function meanwhile. */
	dctx_timer_init(&f.due, stay, &f);
	dctx_timer_init(&f.later, add, &f.later_ran);
	arm(&f.due, 1);
	for (int i = 0; i < 5; i++)
		nap();
	arm(&f.later, dctx_deadline_in(20 * DCTX_MS));
	assert_true(dctxt_in_child(arm_in_the_child, &f));
	assert_int_equal(f.later_ran, 0);
	add(&f.due_ran);
	wait_until(&f.later_ran, 1);
	thread(false);
}
#endif

static struct {
	int stop;
	dctx_timer timer[2];
	int ran;
} busy;

static void *arm_all_the_time(void *which)
{
	while (seen(&busy.stop) == 0)
		DCTXT_EXPECT(dctx_timer_arm(&busy.timer[*(int *)which],
					    dctx_deadline_in(DCTX_MS)) ==
			     DCTX_OK);
	return NULL;
}

static void use_timers(void *unused)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);

	(void)unused;
	DCTXT_EXPECT(dctx_timers_thread(false) == DCTX_OK);
	DCTXT_EXPECT(dctx_timer_arm(&timer, 1) == DCTX_OK);
	DCTXT_EXPECT(dctx_timers_run_due(NULL) == DCTX_OK);
	DCTXT_EXPECT(ran == 1);
}

static void a_child_never_finds_a_lock_held(void **state)
{
	int which[2] = {0, 1};
	pthread_t threads[2];

	(void)state;
	thread(true);
	for (int i = 0; i < 2; i++) {
		dctx_timer_init(&busy.timer[i], add, &busy.ran);
		assert_int_equal(pthread_create(&threads[i], NULL,
						arm_all_the_time, &which[i]),
				 0);
	}
	for (int i = 0; i < 30; i++)
		assert_true(dctxt_in_child(use_timers, NULL));
	add(&busy.stop);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		(void)dctx_timer_disarm_wait(&busy.timer[i]);
	}
	thread(false);
}

static void run_dry(void *unused)
{
	(void)unused;
	DCTXT_EXPECT(dctx_timers_run_due(NULL) == DCTX_OK);
}

static void fork_in_a_function(void *ok)
{
	if (dctxt_in_child(run_dry, NULL))
		add(ok);
}

static void a_function_may_fork(void **state)
{
	int ok = 0, ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(fork_in_a_function, &ok);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	for (int on = 0; on < 2; on++) {
		arm(&a, 1);
		arm(&b, 2);
		if (on)
			thread(true);
		else
			assert_int_equal(run_due(), 2);
		wait_until(&ran, on + 1);
		thread(false);
		assert_int_equal(ok, on + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_the_thread_off_timers_run_when_asked),
		TEST(with_the_thread_on_again_what_is_due_runs),
		TEST(off_waits_for_the_function_that_runs),
		TEST(a_function_may_turn_the_thread_off_that_runs_it),
		TEST(the_descriptor_tells_of_an_earlier_timer),
		TEST(a_loop_that_sleeps_runs_what_another_thread_arms),
		TEST(a_function_that_jumps_out_leaves_the_rest),
		TEST(a_function_that_ends_its_thread_leaves_the_rest),
		TEST(a_run_within_a_run_runs_the_rest),
		TEST(threads_that_run_at_once_share_what_is_due),
		TEST(a_child_has_the_timers_and_its_own_descriptor),
#ifndef DCTXT_TSAN
		TEST(the_thread_starts_anew_in_a_child),
#endif
		TEST(a_child_never_finds_a_lock_held),
		TEST(a_function_may_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
