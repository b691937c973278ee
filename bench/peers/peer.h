/* SPDX-License-Identifier: MIT */
/* peer.h - an operation as one system does it, and the program around them. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#ifdef __cplusplus
extern "C" {
#endif

#include "engine.h"
#include "wake.h"

/* Each row has a process of its own, so nothing needs to be torn down. */
struct peer_op {
	/* As in ./run. */
	const char *name;
	/* What the system's user writes, in short. */
	const char *call;
	void (*setup)(void);
	loop_fn *loop;
	/* What of the loop is not the operation: taken off it, or NULL. */
	loop_fn *without;
};

/* What is no loop: gives the figure in nanoseconds. */
struct peer_figure {
	const char *name;
	const char *call;
	double (*measure)(void);
};

/* Of each peer: its version, its table, ended by one without a name. */
const char *peer_version(void);
extern const struct peer_op peer_ops[];

/* Of those that end work: the same for that. */
extern __attribute__((weak)) const struct peer_op peer_stop_ops[];
extern __attribute__((weak)) const struct peer_figure peer_stop_figures[];

/* main.c: the one that is measured, unless it is no loop. */
extern const struct peer_op *peer_chosen;

/* measure.c: writes the figure and its floors as JSON; `hurry` is for checks
 * that only want to see it run. */
void peer_measure(loop_fn *loop, loop_fn *without, bool hurry);

/* The same with a figure that was taken without a loop; `wake` is the floor W
 * of then, or 0. */
void peer_tell(double ns, double wake, bool hurry);

/* Wakes of this way, in turn with bare ones: nanoseconds, and W. */
double peer_wake(const struct wake_way *way);
extern double peer_wake_floor;

/* Another thread does this for ever, on a CPU of its own; not while allocations
 * are counted, which would be its, too. */
void peer_contend(void (*turn)(void));
extern bool peer_counts;

/* The same for who has a thread of its own: keeps this one on the n-th CPU, and
 * from now on a slice of it begins when the other is seen to run, which moves
 * peer_turns. */
void peer_contended(int n);
extern uint64_t peer_turns;

/* Ends the program when what it measures does not hold. */
void peer_must(bool holds, const char *what);

/* Everybody's keys, 12 bytes that differ early, as names of different things
 * do; and texts, 16. */
#define PEER_KEYS 8
#define PEER_KEY(i) #i ".bench.name"
#define PEER_ABSENT "x.bench.name"
#define PEER_TEXT "sixteen bytes..."

/* How deep "deep" is: scopes, or what comes nearest. */
#define PEER_DEPTH 32

/* How many are below what is cancelled, and how often that is done. */
#define PEER_SIBLINGS 1000
#define PEER_MANY 100000
#define PEER_ROUNDS 9

#ifdef __cplusplus
}
#endif
#endif
