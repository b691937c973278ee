/* SPDX-License-Identifier: MIT */
/*
 * pair.c - two threads at once; and floor B, an atomic add that both want.
 *
 * The two may be siblings on one core, which each have half of it when the
 * other runs: so what they do on one object is compared with what the same two
 * do on an object each. Laps are short and take turns, so that a phase of the
 * machine meets all of them; a repeat is the median of its rounds.
 */
#include "pair.h"

#include "floors.h"

#include <pthread.h>
#include <sched.h>

#define TURNS 1000
#define ROUNDS 60
#define MAX_LAPS 4

static struct pair {
	void *(*make)(void);
	struct lap *laps;
	int count;
	void *object[2];
	double ns[2];
	double round[MAX_LAPS][ROUNDS];
	pthread_barrier_t between; /* who has no part in a lap sleeps there */
	int arrived;
} pair;

static int parts_of(const struct lap *lap)
{
	return (lap->whose[0] != NOBODY) + (lap->whose[1] != NOBODY);
}

/* Both go on at the same moment, which is sooner than a barrier's sleepers. */
static void meet(int arrivals)
{
	__atomic_add_fetch(&pair.arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&pair.arrived, __ATOMIC_ACQUIRE) < arrivals)
		sched_yield();
}

static double timed(const struct lap *lap, int who, int arrivals)
{
	double start;

	if (lap->whose[who] == NOBODY)
		return 0;
	meet(arrivals);
	start = now_ns();
	lap->loop(pair.object[lap->whose[who]], TURNS);
	return (now_ns() - start) / TURNS;
}

/* Returns how many arrived at laps until then. */
static int one_lap(int n, int round, int who, int arrivals)
{
	const struct lap *lap = &pair.laps[n];

	arrivals += parts_of(lap);
	pthread_barrier_wait(&pair.between);
	pair.ns[who] = timed(lap, who, arrivals);
	pthread_barrier_wait(&pair.between);
	if (who == 0)
		pair.round[n][round] =
			(pair.ns[0] + pair.ns[1]) / parts_of(lap);
	return arrivals;
}

static void *one_of_two(void *arg)
{
	int who = *(int *)arg, arrivals = 0;

	pin(who);
	if (pair.make != NULL)
		pair.object[who] = pair.make();
	for (int rep = 0; rep < REPEATS; rep++) {
		for (int i = 0; i < ROUNDS * pair.count; i++)
			arrivals = one_lap(i % pair.count, i / pair.count, who,
					   arrivals);
		for (int i = 0; who == 0 && i < pair.count; i++)
			pair.laps[i].ns[rep] = median(pair.round[i], ROUNDS);
	}
	return NULL;
}

void pair_run(void *(*make)(void), struct lap *laps, int count)
{
	pthread_t id[2];
	int who[2] = {0, 1};

	must_be(count <= MAX_LAPS, "so many laps");
	pair = (struct pair){.make = make, .laps = laps, .count = count};
	must_be(pthread_barrier_init(&pair.between, NULL, 2) == 0, "a barrier");
	for (int i = 0; i < 2; i++)
		must_be(pthread_create(&id[i], NULL, one_of_two, &who[i]) == 0,
			"a thread");
	for (int i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	pthread_barrier_destroy(&pair.between);
}

double pair_percent(const struct lap *lap, const struct lap *than)
{
	double percent[REPEATS];

	for (int rep = 0; rep < REPEATS; rep++)
		percent[rep] = 100 * (lap->ns[rep] / than->ns[rep] - 1);
	return median(percent, REPEATS);
}

void pair_add(void *unused, uint64_t turns)
{
	static _Alignas(64) uint64_t word;

	(void)unused;
	while (turns--)
		__atomic_fetch_add(&word, 1, __ATOMIC_RELAXED);
}

double floor_both(void)
{
	struct lap lap = LAP_SHARED(pair_add);

	pair_run(NULL, &lap, 1);
	return median(lap.ns, REPEATS);
}
