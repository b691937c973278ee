/* SPDX-License-Identifier: MIT */
/* A descriptor that is readable once a process has ended (Linux 5.3,
 * pidfd_open(2)). */
#ifndef DCTXI_CHILD_H
#define DCTXI_CHILD_H

#include <sys/types.h>

/* Opens one, closed on exec; -1 when the system has none. Closes it. Both leave
 * errno alone. */
int dctxi_child_open(pid_t pid);
void dctxi_child_close(int fd);

#endif
