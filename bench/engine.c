/* SPDX-License-Identifier: MIT */
/*
 * engine.c - times an operation and the floors.
 *
 * The machine has fast and slow phases of seconds to minutes, and a row is a
 * ratio to floors: so operation and floors run in turn, some 50 microseconds
 * each, and a repeat is the median of many such rounds. What a phase does to
 * one it does to all; what interrupts a round is left out.
 */
#include "engine.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS 50000
#define ROUNDS 40

/* One of the loops that run in turn. */
struct lane {
	loop_fn *loop;
	uint64_t turns;
	double ns[REPEATS];
};

enum { OPERATION = FLOORS, WITHOUT, LANES };

void (*engine_undo)(void);
uint64_t engine_most;

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

/* Threads made later start from there too. */
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
	double start = now_ns(), ns;

	lane->loop(lane->turns);
	ns = now_ns() - start;
	if (engine_undo != NULL)
		engine_undo();
	return ns;
}

/* Finds the turns that fill a slice; warms everything up on the way. */
static void calibrate(struct lane *lane)
{
	uint64_t most = engine_most != 0 ? engine_most : UINT64_MAX;
	double ns;

	lane->turns = 16;
	while ((ns = slice(lane)) < SLICE_NS / 2 && lane->turns <= most / 2)
		lane->turns *= 2;
	ns = slice(lane);
	lane->turns = 1 + (uint64_t)((double)lane->turns * SLICE_NS / ns);
	if (lane->turns > most)
		lane->turns = most;
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

static void *wait_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

bool engine_company(void)
{
	pthread_t id;

	return pthread_create(&id, NULL, wait_for_ever, NULL) == 0;
}

void engine_time(loop_fn *loop, loop_fn *without, int repeats,
		 struct timing *out)
{
	struct lane lanes[LANES] = {0};

	for (int i = 0; i < LOOP_FLOORS; i++)
		lanes[i].loop = floor_loops[i];
	lanes[OPERATION].loop = loop;
	lanes[WITHOUT].loop = without;
	for (int i = 0; i < LANES; i++)
		if (lanes[i].loop != NULL)
			calibrate(&lanes[i]);
	for (int rep = 0; rep < repeats; rep++) {
		repeat(lanes, rep);
		lanes[OPERATION].ns[rep] -= lanes[WITHOUT].ns[rep];
	}
	out->ns = median(lanes[OPERATION].ns, repeats);
	for (int i = 0; i < FLOORS; i++)
		out->floors[i] = median(lanes[i].ns, repeats);
}
