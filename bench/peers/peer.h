/* SPDX-License-Identifier: MIT */
/* peer.h - an operation as one system does it, and the program around them. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#ifdef __cplusplus
extern "C" {
#endif

#include "engine.h"

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

/* Of each peer: its version, its table, ended by one without a name. */
const char *peer_version(void);
extern const struct peer_op peer_ops[];

/* main.c: the one that is measured. */
extern const struct peer_op *peer_chosen;

/* measure.c: writes the figure and its floors as JSON; `hurry` is for checks
 * that only want to see it run. */
void peer_measure(loop_fn *loop, loop_fn *without, bool hurry);

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

#ifdef __cplusplus
}
#endif
#endif
