/* SPDX-License-Identifier: MIT */
/*
 * An alarm: what wakes a thread that blocks. A cancel of anything above its
 * context sets a bit of its word and wakes who sleeps on it, and writes to an
 * eventfd. Deadlines are not its affair: who blocks has a timeout of its own
 * (dctx_store_remaining).
 *
 * It may ring for nothing (a cancel that a shield keeps away for a while): ask
 * again after.
 *
 * It lives on the heap, not on its thread's stack: in a fork's child, where
 * that thread is gone, it still hangs in the halls.
 */
#ifndef DCTXI_ALARM_H
#define DCTXI_ALARM_H

#include "life/hall.h"

#include <dctx/store.h>

/* Links for this many sources on the path need no second block. */
#define DCTXI_ALARM_LINKS 4

struct dctxi_alarm {
	struct dctxi_waiting waiting;
	uint32_t born; /* dctxi_fork_count then */
	/* DCTXI_ALARM_RUNG and whatever bits its owner uses. */
	uint32_t word;
	int fd; /* an eventfd, or -1 */
	struct dctxi_cell *cell;
	uint32_t links;
	struct dctxi_link *link; /* `own`, or a block */
	struct dctxi_link own[DCTXI_ALARM_LINKS];
};

#define DCTXI_ALARM_RUNG 1u

/*
 * Sets an alarm for the end of a store's context.
 * Returns: DCTX_OK: set, and the context was not over after that, so a cancel
 * from here on rings; DCTX_CANCELED, DCTX_DEADLINE_EXCEEDED: it is over, and
 * nothing is set; DCTX_NOMEM, with nothing set. *out is written on DCTX_OK.
 */
dctx_status dctxi_alarm_set(const dctx_store *store, int fd,
			    struct dctxi_alarm **out);

/* Ends an alarm. After this nobody touches it or the descriptor. Returns
 * NULL. */
struct dctxi_alarm *dctxi_alarm_end(struct dctxi_alarm *alarm);

#endif
