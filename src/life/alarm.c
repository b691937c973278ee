/* SPDX-License-Identifier: MIT */
/*
 * Alarms. Rung under the halls' locks, so that one which was ended is never
 * touched again: ending takes each of its links out under the same lock. One
 * that was set before a fork(2) is not rung in the child: nobody sleeps on its
 * word there, and its descriptor is the parent's, too.
 */
#include "life/alarm.h"

#include "data/fail.h"
#include "flow/store.h"
#include "life/ask.h"
#include "life/path.h"
#include "life/point.h"
#include "plat/event.h"
#include "plat/fork.h"
#include "plat/futex.h"
#include "plat/heap.h"

#include <limits.h>

static bool ring(struct dctxi_link *link)
{
	struct dctxi_alarm *alarm = (void *)link->waiting;

	if (alarm->born != dctxi_fork_count())
		return false;
	/* Release: nothing goes with it but that something is to be asked. */
	__atomic_fetch_or(&alarm->word, DCTXI_ALARM_RUNG, __ATOMIC_RELEASE);
	dctxi_futex_wake(&alarm->word, INT_MAX);
	if (alarm->fd >= 0)
		dctxi_event_set(alarm->fd);
	return false;
}

static struct dctxi_alarm *make(struct dctxi_cell *cell, int fd)
{
	uint32_t n = dctxi_path_count(cell);
	struct dctxi_alarm *alarm = dctxi_alloc(sizeof *alarm);

	if (alarm == NULL)
		return NULL;
	alarm->waiting.ring = ring;
	alarm->born = dctxi_fork_count();
	alarm->word = 0;
	alarm->fd = fd;
	alarm->cell = cell;
	alarm->links = n;
	alarm->link = alarm->own;
	if (n > DCTXI_ALARM_LINKS)
		alarm->link = dctxi_alloc(n * sizeof *alarm->link);
	if (alarm->link == NULL) {
		dctxi_free(alarm, sizeof *alarm);
		return NULL;
	}
	dctxi_cell_hold(cell);
	return alarm;
}

dctx_status dctxi_alarm_set(const dctx_store *store, int fd,
			    struct dctxi_alarm **out)
{
	struct dctxi_alarm *alarm;
	struct dctxi_end end;
	int64_t now;

	dctxi_point();
	alarm = make(dctxi_cell_of(store->cell), fd);
	if (alarm == NULL)
		return dctxi_fail(DCTX_NOMEM, "wait");
	dctxi_path_enter(alarm->cell, alarm->link, &alarm->waiting);
	end = dctxi_end_now(store->cell, store->deadline, &now);
	if (end.status != DCTX_OK) {
		(void)dctxi_alarm_end(alarm);
		return end.status;
	}
	*out = alarm;
	return DCTX_OK;
}

struct dctxi_alarm *dctxi_alarm_end(struct dctxi_alarm *alarm)
{
	dctxi_path_leave(alarm->link, alarm->links);
	dctxi_cell_drop(alarm->cell);
	if (alarm->link != alarm->own)
		dctxi_free(alarm->link, alarm->links * sizeof *alarm->link);
	dctxi_free(alarm, sizeof *alarm);
	return NULL;
}
