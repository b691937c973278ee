/* SPDX-License-Identifier: MIT */
/* The processes whose parent we are, also by adoption. */
#ifndef TOOL_CHILDREN_H
#define TOOL_CHILDREN_H

#include <stdbool.h>

/* Whether there is one. */
bool children_are_there(void);

/* Kills all of them. Returns whether any is left to be waited for: a child of
 * theirs becomes ours, so who ends them all goes on until there is none. */
bool children_kill(void);

#endif
