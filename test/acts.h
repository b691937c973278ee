/* SPDX-License-Identifier: MIT */
/*
 * acts.h - a context's life as a text: each letter is something that is done to
 * this thread's context or to a task's. "1e2l" sets, enters a scope, sets in it
 * and leaves it.
 */
#ifndef DCTXT_ACTS_H
#define DCTXT_ACTS_H

#include "view.h"

/* What the acts work on and leave behind; the task and the snapshot are NULL,
 * and nothing is entered, at first. */
struct dctxt_acts {
	dctx_store *store; /* that is set; NULL: the current one */
	dctx_store *task;
	dctx_snapshot *snapshot;
	dctx_guard guards[8];
	dctx_mark mark;
	int entered;
	void *message;
	size_t message_len;
	struct dctxt_view noted[4];
	int notes;
};

extern struct dctxt_acts dctxt_acts;

/*
 * Does what the letters say. On keys: 1 to 9 set all of them to one value, A
 * to C replace them by that of 1 to 3, u removes them, + sets the late one, x
 * the closed one alone. ! and ? set the closed one in vain: without memory,
 * and at the store's ceiling; - the late one without memory. On scopes: e
 * enters one, E one with a copied name, # makes the log go on elsewhere, D
 * lowers the depth limit to 1; a attaches the snapshot, b borrows it, v lays
 * it over, h attaches nothing, g the message. l leaves the innermost of these
 * and L the first, R and r retire them; @ marks where we are, and < rewinds to
 * there. c captures, d drops that, o restores it, X clears, M merges it, N
 * does so in vain at the store's ceiling, s encodes. f forks a task, n makes a
 * new one, i and I enter it, j leaves it, k frees it, W makes it the store
 * that is set. m notes what is to be seen.
 */
void dctxt_act(const char *acts);

/* Gives back what they left behind. */
void dctxt_acts_end(void);

/* The store that they work on, for a signal handler too. */
const dctx_store *dctxt_acts_store(void);

#endif
