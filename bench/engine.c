/* SPDX-License-Identifier: MIT */
/*
 * engine.c - times an operation and the floors.
 *
 * The machine has fast and slow phases of seconds to minutes, and a row is a
 * ratio to floors: so operation and floors run in turn, some 50 microseconds
 * each, and a repeat is the median of many such rounds. What a phase does to
 * one it does to all; what interrupts a round is left out.
 */
#include "bench.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define SLICE_NS 50000
#define ROUNDS 40

/* One of the loops that run in turn. */
struct lane {
	void (*loop)(uint64_t turns);
	uint64_t turns;
	double ns[REPEATS];
};

enum { OPERATION = FLOORS, WITHOUT, LANES };

double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), ascending);
	return values[count / 2];
}

/* Keeps the calling thread on the n-th of the CPUs it may use, if there is
 * one; threads made later start from there. */
void pin(int n)
{
	static cpu_set_t allowed;
	static bool known;
	cpu_set_t one;

	if (!known)
		known = sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
	for (int cpu = 0; known && cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || n-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static double slice(const struct lane *lane)
{
	double start = now_ns();

	lane->loop(lane->turns);
	return now_ns() - start;
}

/* Finds the turns that fill a slice; warms everything up on the way. */
static void calibrate(struct lane *lane)
{
	double ns;

	lane->turns = 16;
	while ((ns = slice(lane)) < SLICE_NS / 2)
		lane->turns *= 2;
	ns = slice(lane);
	lane->turns = 1 + (uint64_t)((double)lane->turns * SLICE_NS / ns);
}

static void repeat(struct lane *lanes, int rep)
{
	double ns[LANES][ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < LANES; i++)
			if (lanes[i].loop != NULL)
				ns[i][round] = slice(&lanes[i]);
	for (int i = 0; i < LANES; i++)
		if (lanes[i].loop != NULL)
			lanes[i].ns[rep] = median(ns[i], ROUNDS) /
					   (double)lanes[i].turns;
}

/* Fills `out`; without a loop in `op` (or with NULL) only the floors. */
void engine_time(const struct op *op, struct timing *out)
{
	struct lane lanes[LANES] = {0};

	for (int i = 0; i < LOOP_FLOORS; i++)
		lanes[i].loop = floor_loops[i];
	if (op != NULL) {
		lanes[OPERATION].loop = op->loop;
		lanes[WITHOUT].loop = op->without;
	}
	for (int i = 0; i < LANES; i++)
		if (lanes[i].loop != NULL)
			calibrate(&lanes[i]);
	for (int rep = 0; rep < REPEATS; rep++) {
		repeat(lanes, rep);
		lanes[OPERATION].ns[rep] -= lanes[WITHOUT].ns[rep];
	}
	out->ns = median(lanes[OPERATION].ns, REPEATS);
	for (int i = 0; i < FLOORS; i++)
		out->floors[i] = median(lanes[i].ns, REPEATS);
}
