/* SPDX-License-Identifier: MIT */
/* Which process this is, of those that came of each other by fork(2) since the
 * library was loaded. */
#ifndef DCTXI_FORK_H
#define DCTXI_FORK_H

#include <stdint.h>

/* Signal-safe; a system call or two at the first call. What notes this number
 * can tell later that the process is another, in which only one thread went on:
 * a child's is one more than that of the nearest process above that had asked
 * for its own. */
uint32_t dctxi_fork_count(void);

#endif
