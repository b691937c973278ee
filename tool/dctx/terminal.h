/* SPDX-License-Identifier: MIT */
/* The terminal of a job, which is standard input's. */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether this is the one program of the job that has the terminal. */
bool terminal_is_ours(void);

/* Gives it from one group to another. Returns false when it was not that
 * one's, as in the background, or cannot be the other's. */
bool terminal_give(pid_t from, pid_t to);

/* Stops this process until somebody goes on with it. Where nobody could, as in
 * a session's first program, it does nothing. SIGTSTP may be blocked. */
void terminal_stop(void);

#endif
