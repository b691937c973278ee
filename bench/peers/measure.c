/* SPDX-License-Identifier: MIT */
/* measure.c - what the program of every peer uses, in whatever language. */
#include "peer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

void peer_must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "failed: %s\n", what);
	exit(2);
}

static void tell(const struct timing *timing)
{
	printf("{\"ns\": %.3f, \"floors\": ", timing->ns);
	floors_print(timing->floors);
	puts("}");
	fflush(stdout);
}

void peer_measure(loop_fn *loop, loop_fn *without, bool hurry)
{
	struct timing timing;

	engine_time(loop, without, hurry ? 1 : REPEATS, &timing);
	tell(&timing);
}

void peer_tell(double ns, double wake, bool hurry)
{
	struct timing timing;

	engine_time(NULL, NULL, hurry ? 1 : REPEATS, &timing);
	timing.ns = ns;
	timing.floors[W] = wake;
	tell(&timing);
}

double peer_wake_floor;

double peer_wake(const struct wake_way *way)
{
	const struct wake_way *ways[] = {&wake_bare, way};
	double ns[2];

	peer_must(wake_times(ways, 2, ns), "a thread");
	peer_wake_floor = ns[0];
	return ns[1];
}

uint64_t peer_turns;

static void *contend(void *turn)
{
	pin(1);
	for (;;) {
		(*(void (**)(void))turn)();
		__atomic_store_n(&peer_turns, peer_turns + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void see_it_run(void)
{
	uint64_t seen = __atomic_load_n(&peer_turns, __ATOMIC_RELAXED);

	while (__atomic_load_n(&peer_turns, __ATOMIC_RELAXED) == seen)
		continue;
}

void peer_contended(int n)
{
	pin(n);
	engine_undo = see_it_run;
}

bool peer_counts;

void peer_contend(void (*turn)(void))
{
	static void (*kept)(void);
	pthread_t id;

	if (peer_counts)
		return;
	kept = turn;
	peer_contended(0);
	peer_must(pthread_create(&id, NULL, contend, &kept) == 0, "a thread");
}
