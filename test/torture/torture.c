/* SPDX-License-Identifier: MIT */
/*
 * torture [SECONDS [PAIRS]] - races cancels, deadlines, drops, asking, waiting
 * and removing against each other, and says how often each two met. Fails when
 * something does not hold, or when two met fewer than a thousand times; for
 * that a machine that is busy with other things gets ten times as long.
 */
#include "torture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id /* glibc */
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define RACES 32
#define MET_MIN 1000
#define AWAKE (300 * DCTX_US)
#define PAIRS_MAX 16
#define WITHIN 8000 /* ns; what a side takes */

/* Of each race; all pairs count together. */
static struct {
	atomic_long rounds, met, first, second;
} counts[RACES];

/* Above all that is raced; replaced when it was cancelled. */
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static dctx_source *shared;
static atomic_long storms;

/* Of rounds that wait asleep, and awake: what they took, and how many met. */
static struct {
	atomic_long ns, met;
} ways[2];
static int64_t ends, ends_at_last, crowded_until;

void must(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* Each thread's own. */
static __thread uint64_t random_state;

unsigned any(unsigned n)
{
	if (random_state == 0)
		random_state = (uint64_t)dctx_now() ^ me() << 16;
	random_state = random_state * 6364136223846793005u + 1;
	return (unsigned)(random_state >> 33) % n;
}

void until(int64_t when)
{
	while (dctx_now() < when)
		continue;
}

bool overlap(struct span a, struct span b)
{
	return a.from < b.to && b.from < a.to;
}

static dctx_source *source_below(dctx_source *parent)
{
	dctx_source *source;

	MUST(dctx_source_new(parent, DCTX_NO_DEADLINE, &source) == DCTX_OK);
	return source;
}

static dctx_source *shared_ref(void)
{
	dctx_source *source;

	pthread_mutex_lock(&shared_lock);
	source = dctx_source_ref(shared);
	pthread_mutex_unlock(&shared_lock);
	return source;
}

static bool goes_on(void)
{
	int64_t now = dctx_now();
	bool enough = true;

	for (int i = 0; i < races_count; i++)
		enough = enough && atomic_load(&counts[i].met) >= MET_MIN;
	return now < ends || (!enough && now < ends_at_last);
}

/* Cancels what all pairs stand under, every some milliseconds. */
static void *storm(void *arg)
{
	while (goes_on()) {
		dctx_source *old;

		MUST(dctx_wait(dctx_deadline_in(3 * DCTX_MS)) == DCTX_OK);
		pthread_mutex_lock(&shared_lock);
		old = shared;
		shared = source_below(NULL);
		pthread_mutex_unlock(&shared_lock);
		MUST(dctx_cancel(old, "storm") == DCTX_OK);
		dctx_source_unref(old);
		atomic_fetch_add(&storms, 1);
	}
	return arg;
}

void round_drop(struct round *round)
{
	round->context = dctx_snapshot_unref(round->context);
	dctx_source_unref(round->lower);
	dctx_source_unref(round->upper);
	round->dropped = true;
}

static void round_begin(struct round *round, const struct race *race)
{
	dctx_source *above = shared_ref();

	*round = (struct round){.race = race, .left_thread = me()};
	round->deadline = DCTX_NO_DEADLINE;
	round->upper = source_below(above);
	round->lower = source_below(round->upper);
	round->held = dctx_source_ref(round->lower);
	dctx_source_unref(above);
	DCTX_SCOPE("torture");
	MUST(dctx_add_source(round->lower) == DCTX_OK);
	if (race->soon) {
		round->deadline = dctx_deadline_in(20 * DCTX_US) + any(20000);
		MUST(dctx_set_deadline(round->deadline) == DCTX_OK);
	}
	MUST(dctx_capture(&round->context) == DCTX_OK);
	race->begin(round);
}

/* What was answered stays, and is what was first in time. */
static void answer_check(const struct round *round)
{
	dctx_cause_info first, again;
	dctx_status status = dctx_snapshot_done(round->context);

	(void)dctx_snapshot_cause(round->context, &first);
	(void)dctx_snapshot_cause(round->context, &again);
	if (status == DCTX_OK)
		return;
	MUST(first.status == status && again.status == status);
	MUST(first.when == again.when && first.code == again.code);
	if (status == DCTX_DEADLINE_EXCEEDED)
		MUST(first.when == round->deadline);
	else
		MUST(first.when < round->deadline);
}

static bool round_end(struct round *round)
{
	const struct race *race = round->race;
	long n = race - races;
	bool met, first;

	if (!round->dropped)
		answer_check(round);
	watch_settle(round, &round->watch[0]);
	watch_settle(round, &round->watch[1]);
	met = race->met != NULL ? race->met(round)
				: overlap(round->left, round->right);
	first = race->first(round);
	atomic_fetch_add(&counts[n].rounds, 1);
	atomic_fetch_add(&counts[n].met, met);
	atomic_fetch_add(&counts[n].first, met && first);
	atomic_fetch_add(&counts[n].second, met && !first);
	watch_check(round, &round->watch[0]);
	watch_check(round, &round->watch[1]);
	if (!round->dropped)
		round_drop(round);
	dctx_source_unref(round->held);
	return met;
}

/*
 * Two threads, and whose turn it is. In some rounds the right one is awake by
 * the time that the left one begins: so they meet where each has a processor.
 * In the others the left one is interrupted somewhere in what it does and lets
 * the right one go on, which one processor is enough for. Pairs disturb each
 * other, which is wanted, but meet less often: after a third of the time there
 * is one.
 */
struct pair {
	pthread_t left, right;
	struct round round;
	timer_t alarm;
	bool leaves; /* after a third of the time */
	atomic_bool awake;
	atomic_long called, joined, begun, ended;
	atomic_bool over;
};

/* Who sleeps is given a processor sooner, on a busy machine, than who yields.
 */
void nap(void)
{
	(void)usleep(20);
}

/* Waits awake for a moment, if that is to meet; then lets others run. */
static void await(const struct pair *pair, const atomic_long *word, long value)
{
	int64_t patience = dctx_now() + (atomic_load(&pair->awake) ? AWAKE : 0);

	while (atomic_load(word) != value)
		if (dctx_now() > patience)
			nap();
}

/* Either comes later now and then. */
static void lag(void)
{
	if (any(2) == 0)
		until(dctx_now() + any(4000));
}

/* Sleeps wherever the thread is. */
static void interrupted(int signal)
{
	int kept = errno;

	(void)signal;
	nap();
	errno = kept;
}

static void alarm_begin(struct pair *pair)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
				 .sigev_signo = SIGUSR1};

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	MUST(timer_create(CLOCK_MONOTONIC, &event, &pair->alarm) == 0);
}

/* Wakes in time, and not when it suits. */
static void wake_in_time(void)
{
	MUST(prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul) == 0);
}

/* Interrupts this thread soon, where it is in its side then: that begins now,
 * or shortly before the deadline. */
static void alarm_soon(const struct pair *pair)
{
	int64_t deadline = pair->round.deadline;
	int64_t now = dctx_now(), from = now;
	struct itimerspec when = {.it_value.tv_nsec = 1};

	if (pair->round.race->soon && deadline - WITHIN > now)
		from = deadline - WITHIN;
	when.it_value.tv_nsec += from - now + any(WITHIN);
	MUST(timer_settime(pair->alarm, 0, &when, NULL) == 0);
}

static void *right(void *arg)
{
	struct pair *pair = arg;
	struct round *round = &pair->round;

	wake_in_time();
	for (long turn = 1;; turn++) {
		await(pair, &pair->called, turn);
		atomic_store(&pair->joined, turn);
		await(pair, &pair->begun, turn);
		if (atomic_load(&pair->over))
			return NULL;
		if (pair->awake)
			lag();
		round->right.from = dctx_now();
		round->race->right(round);
		round->right.to = dctx_now();
		atomic_store(&pair->ended, turn);
	}
}

/* The race that met least often so far, or any. */
static const struct race *next_race(void)
{
	int least = 0;

	if (any(4) == 0)
		return &races[any((unsigned)races_count)];
	for (int i = 1; i < races_count; i++)
		if (atomic_load(&counts[i].met) <
		    atomic_load(&counts[least].met))
			least = i;
	return &races[least];
}

/* Mostly as they meet sooner here. */
static bool better_awake(void)
{
	double asleep = (double)ways[0].met / (double)(ways[0].ns + 1);
	double awake = (double)ways[1].met / (double)(ways[1].ns + 1);

	return any(8) == 0 ? any(2) == 0 : awake > asleep;
}

static void *left(void *arg)
{
	struct pair *pair = arg;
	struct round *round = &pair->round;
	long turn = 0;

	wake_in_time();
	alarm_begin(pair);
	while (goes_on() && (!pair->leaves || dctx_now() < crowded_until)) {
		bool awake = better_awake();
		int64_t since = dctx_now();

		atomic_store(&pair->awake, awake);
		atomic_store(&pair->called, ++turn);
		await(pair, &pair->joined, turn);
		round_begin(round, next_race());
		atomic_store(&pair->begun, turn);
		if (awake)
			lag();
		else
			alarm_soon(pair);
		round->left.from = dctx_now();
		round->race->left(round);
		round->left.to = dctx_now();
		atomic_store(&round->left_done, true);
		await(pair, &pair->ended, turn);
		atomic_fetch_add(&ways[awake].met, round_end(round));
		atomic_fetch_add(&ways[awake].ns, dctx_now() - since);
	}
	atomic_store(&pair->over, true);
	atomic_store(&pair->called, ++turn);
	atomic_store(&pair->begun, turn);
	return NULL;
}

/* Whether all met often enough. */
static bool report(void)
{
	bool enough = true;

	printf("%-28s %9s %9s\n", "race", "rounds", "met");
	for (int i = 0; i < races_count; i++) {
		long met = counts[i].met;

		printf("%-28s %9ld %9ld  %s %ld, %s %ld%s\n", races[i].name,
		       counts[i].rounds, met, races[i].outcome[0],
		       counts[i].first, races[i].outcome[1], counts[i].second,
		       met < MET_MIN ? "  TOO FEW" : "");
		enough = enough && met >= MET_MIN;
	}
	printf("met awake %ld, interrupted %ld\n", ways[1].met, ways[0].met);
	printf("%ld cancels of what all stand under\n", storms);
	return enough;
}

int main(int argc, char **argv)
{
	static struct pair pair[PAIRS_MAX];
	long seconds = argc > 1 ? atol(argv[1]) : 30;
	long pairs = argc > 2 ? atol(argv[2]) : 2;
	struct sigaction action = {.sa_handler = interrupted};
	pthread_t weather;

	MUST(sigaction(SIGUSR1, &action, NULL) == 0);
	MUST(seconds > 0 && pairs > 0 && pairs <= PAIRS_MAX);
	ends = dctx_deadline_in(seconds * DCTX_S);
	crowded_until = dctx_deadline_in(seconds * DCTX_S / 3);
	ends_at_last = dctx_deadline_in(10 * seconds * DCTX_S);
	shared = source_below(NULL);
	MUST(pthread_create(&weather, NULL, storm, NULL) == 0);
	for (int i = 0; i < pairs; i++) {
		pair[i].leaves = i > 0;
		MUST(pthread_create(&pair[i].left, NULL, left, &pair[i]) == 0);
		MUST(pthread_create(&pair[i].right, NULL, right, &pair[i]) ==
		     0);
	}
	for (int i = 0; i < pairs; i++) {
		pthread_join(pair[i].left, NULL);
		pthread_join(pair[i].right, NULL);
	}
	pthread_join(weather, NULL);
	dctx_source_unref(shared);
	return report() ? 0 : 1;
}
