/* SPDX-License-Identifier: MIT */
/* Which thread this is. */
#ifndef DCTXI_THREAD_H
#define DCTXI_THREAD_H

#include <stdbool.h>

/* The system's id of this thread, as ps and debuggers show it. Signal-safe. */
unsigned long dctxi_thread_id(void);

/* Whether no thread of this process has that id. Signal-safe; errno stays. */
bool dctxi_thread_is_gone(unsigned long id);

/* Names this thread for those tools: at most 15 bytes. */
void dctxi_thread_name(const char *name);

#endif
