/* SPDX-License-Identifier: MIT */
/* A descriptor that is readable when it was set (Linux, eventfd(2)). */
#ifndef DCTXI_EVENT_H
#define DCTXI_EVENT_H

/* Opens one, not set, that does not block and is closed on exec; -1 with errno
 * when the system refuses. */
int dctxi_event_open(void);

/* Sets it; unsets it; closes it. All leave errno alone and are no cancellation
 * points; the first two are signal-safe. */
void dctxi_event_set(int fd);
void dctxi_event_unset(int fd);
void dctxi_event_close(int fd);

#endif
