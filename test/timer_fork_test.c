/* SPDX-License-Identifier: MIT */
/*
 * timer_fork_test.c - proves that a fork's child has the timers of its parent,
 * a thread and a descriptor of its own when it asks for them, and no lock that
 * somebody else holds.
 */
#include "timers.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

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
	arm_at(&f.due, 1);
	arm_at(&f.later, dctx_deadline_in(LONG));
	/* Only a test may: it is to be seen that the child does not set it. */
	assert_int_equal(read(f.fd, &earlier, sizeof(earlier)),
			 sizeof(earlier));
	assert_true(dctxt_in_child(look_in_the_child, &f));
	assert_false(readable(f.fd));
	assert_int_equal(f.due_ran, 0);
	assert_int_equal(run_due(), 1);
	assert_int_equal(dctx_timer_disarm(&f.later), DCTX_OK);
}

#ifdef DCTXT_CHILD_THREADS
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
	arm_at(&f.due, 1);
	for (int i = 0; i < 5; i++)
		nap();
	arm_at(&f.later, dctx_deadline_in(20 * DCTX_MS));
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
		arm_at(&a, 1);
		arm_at(&b, 2);
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
		DCTXT_TEST_OFF(a_child_has_the_timers_and_its_own_descriptor),
#ifdef DCTXT_CHILD_THREADS
		DCTXT_TEST_OFF(the_thread_starts_anew_in_a_child),
#endif
		DCTXT_TEST_OFF(a_child_never_finds_a_lock_held),
		DCTXT_TEST_OFF(a_function_may_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
