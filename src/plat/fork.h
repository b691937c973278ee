/* SPDX-License-Identifier: MIT */
/* How many fork(2)s lie above this process, since the library was loaded. */
#ifndef DCTXI_FORK_H
#define DCTXI_FORK_H

#include <stdint.h>

/* Signal-safe. What notes this number can tell later that the process is
 * another, in which only one thread went on. */
uint32_t dctxi_fork_count(void);

#endif
