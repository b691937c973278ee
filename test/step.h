/* SPDX-License-Identifier: MIT */
/*
 * step.h - runs this thread one machine instruction at a time: the processor's
 * trap flag makes it raise SIGTRAP after each, whose handler looks around.
 */
#ifndef DCTXT_STEP_H
#define DCTXT_STEP_H

#include <stdbool.h>

/* Whether this machine lets a program do that: x86-64 does. */
bool dctxt_step_can(void);

/* Calls `look` after every instruction of this thread from here on. One thread
 * of the process at a time may step. */
void dctxt_step_begin(void (*look)(void));

/* Ends that. Returns how many instructions there were. */
long dctxt_step_end(void);

#endif
