/* SPDX-License-Identifier: MIT */
/*
 * timer_test.c - proves that the process's timers run once, never early, by the
 * library's thread or by whoever asks for it, and not after they were disarmed;
 * whoever arms and disarms them at the same time.
 */
#include "timers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* A timer that knows whether it came early. */
struct punctual {
	dctx_timer timer;
	int64_t deadline;
	int early, ran;
};

static void look_at_the_clock(void *arg)
{
	struct punctual *p = arg;

	if (dctx_now() < p->deadline)
		add(&p->early);
	add(&p->ran);
}

static void none_runs_before_its_deadline(void **state)
{
	enum { N = 300 };
	static struct punctual all[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		struct punctual *p = &all[(i * 7) % N];

		dctx_timer_init(&p->timer, look_at_the_clock, p);
		p->deadline = dctx_deadline_in((i * 7919 % 30000) * DCTX_US);
		assert_int_equal(dctx_timer_arm(&p->timer, p->deadline),
				 DCTX_OK);
	}
	for (int i = 0; i < N; i++) {
		wait_until(&all[i].ran, 1);
		assert_int_equal(all[i].early, 0);
	}
	nap();
	for (int i = 0; i < N; i++)
		assert_int_equal(seen(&all[i].ran), 1);
}

static void an_earlier_timer_does_not_wait_for_a_later_one(void **state)
{
	int late = 0, soon = 0;
	dctx_timer last = DCTX_TIMER_INIT(add, &late);
	dctx_timer first = DCTX_TIMER_INIT(add, &soon);

	(void)state;
	arm_in(&last, 3600 * DCTX_S);
	nap();
	arm_in(&first, DCTX_MS);
	wait_until(&soon, 1);
	assert_int_equal(dctx_timer_disarm(&last), DCTX_OK);
	assert_int_equal(late, 0);
}

static void one_that_was_disarmed_does_not_run(void **state)
{
	int ran = 0, other = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);
	dctx_timer after = DCTX_TIMER_INIT(add, &other);

	(void)state;
	arm_in(&timer, 20 * DCTX_MS);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_OK);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_STALE);
	arm_in(&timer, 20 * DCTX_MS);
	assert_int_equal(dctx_timer_arm(&timer, DCTX_NO_DEADLINE), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&timer, DCTX_NO_DEADLINE), DCTX_OK);
	arm_in(&after, 30 * DCTX_MS);
	wait_until(&other, 1);
	assert_int_equal(ran, 0);
}

static void a_past_deadline_is_due_at_once_and_a_moved_one_later(void **state)
{
	int ran = 0, moved = 0;
	dctx_timer past = DCTX_TIMER_INIT(add, &ran);
	dctx_timer timer = DCTX_TIMER_INIT(add, &moved);

	(void)state;
	arm_in(&timer, 10 * DCTX_MS);
	arm_in(&timer, 3600 * DCTX_S);
	assert_int_equal(dctx_timer_arm(&past, INT64_MIN), DCTX_OK);
	wait_until(&ran, 1);
	assert_int_equal(dctx_timer_arm(&past, 1), DCTX_OK);
	wait_until(&ran, 2);
	arm_in(&past, 20 * DCTX_MS);
	wait_until(&ran, 3);
	assert_int_equal(seen(&moved), 0);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_OK);
}

struct self {
	dctx_timer timer;
	int ran, goal;
	int64_t period;
	dctx_status disarmed;
};

static void again(void *arg)
{
	struct self *self = arg;

	self->disarmed = dctx_timer_disarm_wait(&self->timer);
	if (self->goal == 0 || self->ran + 1 < self->goal)
		DCTXT_EXPECT(dctx_timer_arm(&self->timer,
					    dctx_deadline_in(self->period)) ==
			     DCTX_OK);
	add(&self->ran);
}

static void a_function_may_arm_its_timer_again(void **state)
{
	struct self self = {.goal = 50, .period = 100 * DCTX_US};

	(void)state;
	dctx_timer_init(&self.timer, again, &self);
	arm_in(&self.timer, 0);
	wait_until(&self.ran, 50);
	assert_int_equal(self.disarmed, DCTX_STALE);
	assert_int_equal(dctx_timer_disarm(&self.timer), DCTX_STALE);
}

static void a_function_may_free_its_timer(void **state)
{
	dctx_timer *timer = malloc(sizeof(*timer));
	int ran = 0;
	dctx_timer after = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	assert_non_null(timer);
	dctx_timer_init(timer, free, timer);
	assert_int_equal(dctx_timer_arm(timer, 1), DCTX_OK);
	arm_in(&after, DCTX_MS);
	wait_until(&ran, 1);
}

/* A function that says when it has begun, and stays in there. */
struct slow {
	dctx_timer timer;
	int begun, may_end, ended;
};

static void stay(void *arg)
{
	struct slow *slow = arg;

	add(&slow->begun);
	while (seen(&slow->may_end) == 0)
		nap();
	add(&slow->ended);
}

static void *let_end_soon(void *slow)
{
	for (int i = 0; i < 20; i++)
		nap();
	add(&((struct slow *)slow)->may_end);
	return NULL;
}

static void disarm_and_wait_waits_for_the_function_that_runs(void **state)
{
	struct slow slow = {.begun = 0};
	pthread_t thread;

	(void)state;
	dctx_timer_init(&slow.timer, stay, &slow);
	arm_in(&slow.timer, 0);
	wait_until(&slow.begun, 1);
	assert_int_equal(dctx_timer_disarm(&slow.timer), DCTX_STALE);
	assert_int_equal(seen(&slow.ended), 0);
	assert_int_equal(pthread_create(&thread, NULL, let_end_soon, &slow), 0);
	assert_int_equal(dctx_timer_disarm_wait(&slow.timer), DCTX_STALE);
	assert_int_equal(slow.ended, 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(dctx_timer_disarm_wait(&slow.timer), DCTX_STALE);
	arm_in(&slow.timer, LONG);
	assert_int_equal(dctx_timer_disarm_wait(&slow.timer), DCTX_OK);
}

static void disarm_and_wait_ends_one_that_arms_itself(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct self *self = calloc(1, sizeof(*self));

		assert_non_null(self);
		dctx_timer_init(&self->timer, again, self);
		arm_in(&self->timer, 0);
		wait_until(&self->ran, 1);
		(void)dctx_timer_disarm_wait(&self->timer);
		free(self);
	}
}

struct of_thread {
	int ran;
	char name[16];
	bool blocked;
	pthread_t thread;
};

static void look_at_the_thread(void *arg)
{
	struct of_thread *of = arg;
	sigset_t set;

	prctl(PR_GET_NAME, of->name);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	of->blocked = true;
	for (int i = 1; i < 32; i++)
		if (i != SIGKILL && i != SIGSTOP)
			of->blocked &= sigismember(&set, i) == 1;
	of->thread = pthread_self();
	add(&of->ran);
}

static void the_thread_has_its_name_and_takes_no_signal(void **state)
{
	struct of_thread of = {.ran = 0};
	dctx_timer timer = DCTX_TIMER_INIT(look_at_the_thread, &of);
	sigset_t before, after;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	arm_in(&timer, 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < 32; i++)
		assert_int_equal(sigismember(&before, i),
				 sigismember(&after, i));
	wait_until(&of.ran, 1);
	assert_string_equal(of.name, "dctx-timers");
	assert_true(of.blocked);
	assert_false(pthread_equal(of.thread, pthread_self()));
}

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static struct {
	int ran, clean;
} contexts;

static void leave_things_open(void *unused)
{
	(void)unused;
	if (!dctx_has(k_num) && dctx_depth() == 1)
		add(&contexts.clean);
	DCTXT_EXPECT(dctx_set(k_num, 5) == DCTX_OK);
	(void)dctx_enter("left open");
	add(&contexts.ran);
}

static void each_function_begins_in_an_empty_context(void **state)
{
	dctx_timer timer = DCTX_TIMER_INIT(leave_things_open, NULL);

	(void)state;
	for (int i = 1; i <= 3; i++) {
		arm_in(&timer, 0);
		wait_until(&contexts.ran, i);
	}
	assert_int_equal(contexts.clean, 3);
}

static void end_the_thread(void *count)
{
	add(count);
	pthread_exit(NULL);
}

static void a_function_that_ends_the_thread_leaves_the_rest(void **state)
{
	int ends = 0, ran = 0;
	dctx_timer end[3], after = DCTX_TIMER_INIT(add, &ran);
	int64_t at = dctx_deadline_in(5 * DCTX_MS);

	(void)state;
	for (int i = 0; i < 3; i++) {
		dctx_timer_init(&end[i], end_the_thread, &ends);
		assert_int_equal(dctx_timer_arm(&end[i], at), DCTX_OK);
	}
	assert_int_equal(dctx_timer_arm(&after, at), DCTX_OK);
	wait_until(&ran, 1);
	assert_int_equal(ends, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_timer_disarm_wait(&end[i]), DCTX_STALE);
	arm_in(&end[0], 0);
	wait_until(&ends, 4);
	arm_in(&after, 0);
	wait_until(&ran, 2);
}

static void errno_stays_as_it_was(void **state)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	errno = ERANGE;
	arm_in(&timer, 0);
	wait_until(&ran, 1);
	errno = ERANGE;
	arm_in(&timer, LONG);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_OK);
	assert_int_equal(errno, ERANGE);
}

static void wrong_use_is_refused(void **state)
{
	dctx_timer timer = DCTX_TIMER_INIT(NULL, NULL);
	dctx_wheel *wheel;

	(void)state;
	assert_int_equal(dctx_timer_arm(NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_timer_arm(NULL, DCTX_NO_DEADLINE), DCTX_INVALID);
	assert_int_equal(dctx_timer_arm(&timer, 1), DCTX_INVALID);
	assert_int_equal(dctx_timer_disarm(NULL), DCTX_INVALID);
	assert_int_equal(dctx_timer_disarm_wait(NULL), DCTX_INVALID);
	assert_int_equal(dctx_timers_fd(NULL), DCTX_INVALID);
	dctx_timer_init(&timer, free, NULL);
	assert_int_equal(dctx_wheel_new(dctx_now(), &wheel), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(wheel, &timer, 1), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&timer, 1), DCTX_BUSY);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_BUSY);
	assert_int_equal(dctx_timer_disarm_wait(&timer), DCTX_BUSY);
	assert_null(dctx_wheel_free(wheel));
	arm_in(&timer, LONG);
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_OK);
}

/* Timers that two threads fight over. */
enum { SHARED = 64, ROUNDS = 20000 };
static struct {
	dctx_timer timer[SHARED];
	int ran[SHARED];
	int disarmed;
} fight;

struct fighter {
	unsigned seed;
	int first; /* whose half it arms; it disarms all */
	int armed;
};

static void *arm_and_disarm(void *arg)
{
	struct fighter *f = arg;

	for (int i = 0; i < ROUNDS; i++) {
		int mine = f->first + rand_r(&f->seed) % (SHARED / 2);
		int any = rand_r(&f->seed) % SHARED;
		int64_t in = rand_r(&f->seed) % 2000 * DCTX_US;

		/* Only one at a time may arm it, so: unless it is armed. */
		if (dctx_timer_disarm(&fight.timer[mine]) == DCTX_OK)
			add(&fight.disarmed);
		DCTXT_EXPECT(dctx_timer_arm(&fight.timer[mine],
					    dctx_deadline_in(in)) == DCTX_OK);
		f->armed++;
		if (dctx_timer_disarm(&fight.timer[any]) == DCTX_OK)
			add(&fight.disarmed);
	}
	return NULL;
}

static void what_two_threads_arm_runs_or_is_disarmed_once(void **state)
{
	struct fighter f[2] = {{1, 0, 0}, {2, SHARED / 2, 0}};
	int ran = 0;

	(void)state;
	for (int i = 0; i < SHARED; i++)
		dctx_timer_init(&fight.timer[i], add, &fight.ran[i]);
	dctxt_together(2, arm_and_disarm, f, sizeof(*f));
	for (int i = 0; i < SHARED; i++) {
		if (dctx_timer_disarm_wait(&fight.timer[i]) == DCTX_OK)
			fight.disarmed++;
		ran += seen(&fight.ran[i]);
	}
	assert_int_equal(ran + fight.disarmed, f[0].armed + f[1].armed);
}

static void a_hundred_thousand_timers_all_run(void **state)
{
	const int n = 100000;
	dctx_timer *timers = calloc((size_t)n, sizeof(*timers));
	int ran = 0;

	(void)state;
	assert_non_null(timers);
	for (int i = 0; i < n; i++) {
		dctx_timer_init(&timers[i], add, &ran);
		arm_in(&timers[i], (i * INT64_C(7919) % 50000) * DCTX_US);
	}
	wait_until(&ran, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(dctx_timer_disarm_wait(&timers[i]),
				 DCTX_STALE);
	assert_int_equal(ran, n);
	free(timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(none_runs_before_its_deadline),
		DCTXT_TEST(an_earlier_timer_does_not_wait_for_a_later_one),
		DCTXT_TEST(one_that_was_disarmed_does_not_run),
		DCTXT_TEST(
			a_past_deadline_is_due_at_once_and_a_moved_one_later),
		DCTXT_TEST(a_function_may_arm_its_timer_again),
		DCTXT_TEST(a_function_may_free_its_timer),
		DCTXT_TEST(disarm_and_wait_waits_for_the_function_that_runs),
		DCTXT_TEST(disarm_and_wait_ends_one_that_arms_itself),
		DCTXT_TEST(the_thread_has_its_name_and_takes_no_signal),
		DCTXT_TEST(each_function_begins_in_an_empty_context),
		DCTXT_TEST(a_function_that_ends_the_thread_leaves_the_rest),
		DCTXT_TEST(errno_stays_as_it_was),
		DCTXT_TEST(wrong_use_is_refused),
		DCTXT_TEST(what_two_threads_arm_runs_or_is_disarmed_once),
		DCTXT_TEST(a_hundred_thousand_timers_all_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
