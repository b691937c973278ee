/* SPDX-License-Identifier: MIT */
/*
 * An alarm: a waiter in its caller's memory, for a thread that blocks: a cancel
 * of anything above sets a word and wakes those who sleep on it, or writes to
 * an eventfd. Deadlines are not its affair: who blocks has a timeout of its own
 * (dctx_store_remaining).
 *
 * It may ring for nothing (a cancel that a shield keeps away): ask again after.
 */
#ifndef DCTXI_ALARM_H
#define DCTXI_ALARM_H

#include "life/hall.h"

#include <dctx/store.h>

/* Links for this many sources on the path need no memory. */
#define DCTXI_ALARM_LINKS 6

struct dctxi_alarm {
	struct dctxi_waiting waiting;
	struct dctxi_link link[DCTXI_ALARM_LINKS];
};

/*
 * Sets an alarm for the end of a store's context: `word` becomes 1 and is woken
 * (dctxi_futex_wake, all who sleep), and 1 is written to the eventfd `fd`;
 * either may be NULL or -1. Between this and dctxi_alarm_end the store's flow
 * must not change its context.
 * Returns: DCTX_OK: set, and the context was not over after it was, so a cancel
 * from here on rings; DCTX_CANCELED, DCTX_DEADLINE_EXCEEDED: it is over, and
 * nothing is set; DCTX_NOMEM, with nothing set.
 */
dctx_status dctxi_alarm_set(struct dctxi_alarm *alarm,
			    const dctx_store *store, uint32_t *word, int fd);

/* Ends an alarm that was set. After this nobody touches it, the word or the
 * descriptor. */
void dctxi_alarm_end(struct dctxi_alarm *alarm);

#endif
