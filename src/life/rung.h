/* SPDX-License-Identifier: MIT */
/*
 * Links that were rung, and for which there is more to do than under a lock:
 * waiters' functions.
 *
 * Theory. They are seen to in the order of their distance from what was
 * cancelled, with no lock held. A function that does not come back (longjmp,
 * the end of its thread) leaves the rest to a rewind or to the thread's end, by
 * the thread's list (plat/local.h). What signal handlers rang goes to a stack,
 * which whoever drives the timers takes as a whole.
 */
#ifndef DCTXI_RUNG_H
#define DCTXI_RUNG_H

#include "life/hall.h"

/* Sees to links that a cancel rang. Runs the user's code. */
void dctxi_rung_call(struct dctxi_link *list);

#endif
