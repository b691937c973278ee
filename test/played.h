/* SPDX-License-Identifier: MIT */
/*
 * played.h - a schedule of flows, spans and scopes as a text, played on dctx
 * or on a naive store, which goes by depth as the crate dcontext did and leaks
 * where dctx must not.
 */
#ifndef DCTXT_PLAYED_H
#define DCTXT_PLAYED_H

#include "kit.h"

/* Whose names are a letter; there are two threads at most. */
enum { DCTXT_LETTERS = 26, DCTXT_NAIVE_DEPTH = 1 << 14 };

/*
 * How the naive store goes wrong. DEEP, as version 0.7.1: one store a thread;
 * a span is pushed at each enter and popped at each leave; a pop whose depth is
 * not the present one does nothing. TASKS, as the version after: a store a
 * task; a span is pushed at its first enter, and popped at its close where the
 * depth is the same; a scope's pop takes whatever stands above it.
 */
enum dctxt_naive { DCTXT_NAIVE_DEEP, DCTXT_NAIVE_TASKS };

struct dctxt_naive_store {
	size_t depth;
	char name[DCTXT_NAIVE_DEPTH];
};

/* A schedule under way. Zeroed but for `naive`, it is at its beginning. */
struct dctxt_played {
	enum dctxt_naive naive;
	dctx_store *task[DCTXT_LETTERS];
	dctx_span *span[DCTXT_LETTERS];
	dctx_guard guard[DCTXT_LETTERS];
	struct dctxt_naive_store *store[DCTXT_LETTERS + 2];
	size_t span_depth[DCTXT_LETTERS], guard_depth[DCTXT_LETTERS];
	struct dctxt_baton baton;
};

/*
 * Plays two characters at a time, spaces between: what is done, with whom.
 *
 *   @a       flow a goes on: its task, made at first, is entered here
 *   @-       no task is entered any more
 *   xa       flow a's task is ended as it is
 *   oA eA lA cA   span A is opened, entered, left, closed
 *   (p )p    scope p is entered, and its number set; it is left
 *   ?p ?-    the number is that of scope p; there is none
 *   |0 |1    the other thread goes on
 *
 * As thread `me`, from thread 0's turn on. Returns how many numbers were wrong.
 */
size_t dctxt_play(struct dctxt_played *played, const char *acts, int me);
size_t dctxt_play_naive(struct dctxt_played *played, const char *acts, int me);

/* Ends the tasks and closes the spans that are left. */
void dctxt_play_end(struct dctxt_played *played);

/* The scopes that are open in all naive stores together. */
size_t dctxt_naive_scopes(const struct dctxt_played *played);

/* The scopes that are open in all stores together, this thread's among them;
 * and the names in their chains. */
size_t dctxt_played_scopes(const struct dctxt_played *played);
size_t dctxt_played_names(const struct dctxt_played *played);

/* The machine instructions that a lookup takes now; 0 where they cannot be
 * counted. */
long dctxt_lookup_steps(void);

#endif
