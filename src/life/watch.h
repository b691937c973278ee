/* SPDX-License-Identifier: MIT */
/*
 * What rings on a thread while it blocks: one eventfd, and the alarms that
 * write to it.
 *
 * Theory. It belongs to its thread, hangs on the thread's block (plat/local.h)
 * and goes with it, so what a jump or a cancelled thread left is ended then, or
 * by the next call that blocks. Alarms of others' cancels write to the eventfd
 * under the halls' locks; after an alarm's end none does (alarm.h).
 *
 * Two use the eventfd at most: a stand-in, as long as it blocks, and whoever
 * called dctx_wait_fd. The stand-in empties it before it sleeps again; when it
 * is through, it sets it again if the other's alarm has rung. An alarm marks
 * its word before it writes, so either that mark is seen here or the write
 * comes after.
 *
 * fork(2): an eventfd is shared with the parent, whose cancels would ring here;
 * the child opens one of its own at the next use.
 */
#ifndef DCTXI_WATCH_H
#define DCTXI_WATCH_H

#include "life/alarm.h"

struct dctxi_watch {
	int fd;
	uint32_t born;		   /* dctxi_fork_count when it was opened */
	struct dctxi_alarm *block; /* of the stand-in that blocks, or NULL */
	struct dctxi_alarm *shown; /* of dctx_wait_fd, or NULL */
	bool shown_over;	   /* dctx_wait_fd found the end there */
};

/*
 * Gives this thread's, with an open eventfd; at first it is made.
 * Returns 0; ENOMEM, EMFILE or what else eventfd(2) says. *out is written only
 * on success. Leaves errno alone.
 */
int dctxi_watch_get(struct dctxi_watch **out);

/* Ends the alarm of a stand-in, if there is one, and leaves the eventfd as
 * dctx_wait_fd's user must find it. */
void dctxi_watch_through(struct dctxi_watch *watch);

/* Ends the use by dctx_wait_fd. */
void dctxi_watch_unshow(struct dctxi_watch *watch);

#endif
