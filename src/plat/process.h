/* SPDX-License-Identifier: MIT */
/* Who this process and its threads are, for people. */
#ifndef DCTXI_PROCESS_H
#define DCTXI_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* The number that the system gave it. Signal-safe. */
long dctxi_process_id(void);

/* What it was started as, without the path. Never NULL. */
const char *dctxi_process_name(void);

/* The machine's name in the network, cut to `size` with its NUL; "" when the
 * system does not say. */
void dctxi_host_name(char *buf, size_t size);

/* The name of one of its threads, by the system's number, as ps shows it; false
 * when it is gone, or the system does not say. Leaves errno alone. */
#define DCTXI_THREAD_NAME 16
bool dctxi_thread_named(unsigned long thread, char name[DCTXI_THREAD_NAME]);

#endif
