/* SPDX-License-Identifier: MIT */
/* Sleeping until a context is over: an alarm, and a timeout of one's own. */
#include "data/fail.h"
#include "data/snapshot.h"
#include "flow/store.h"
#include "life/alarm.h"
#include "life/ask.h"
#include "plat/clock.h"
#include "plat/futex.h"

#include <dctx/waiter.h>

/* Until the alarm rings or the time has come. Nothing is lost between asking
 * and sleeping: the word that rings is the one that is slept on. */
static void sleep_on(const struct dctxi_alarm *alarm, int64_t until)
{
	/* Virtual time passes by being moved. */
	if (dctxi_clock_pass(until))
		return;
	while ((__atomic_load_n(&alarm->word, __ATOMIC_ACQUIRE) &
		DCTXI_ALARM_RUNG) == 0 &&
	       dctxi_clock() < until)
		(void)dctxi_futex_wait(&alarm->word, 0, until);
}

dctx_status dctx_store_wait(dctx_store *store, int64_t until)
{
	struct dctxi_alarm *alarm;
	dctx_status status;
	int64_t end, now;

	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "wait");
	for (;;) {
		status = dctxi_alarm_set(store, -1, &alarm);
		if (status != DCTX_OK)
			return status;
		end = dctxi_end_now(store->cell, store->deadline, &now).at;
		sleep_on(alarm, end < until ? end : until);
		alarm = dctxi_alarm_end(alarm);
		status = dctx_store_done(store);
		if (status != DCTX_OK || dctxi_clock() >= until)
			return status;
	}
}

/* By a store that has the snapshot's two words. */
dctx_status dctx_snapshot_wait(dctx_snapshot *snapshot, int64_t until)
{
	struct dctx_store words = {.deadline = DCTX_NO_DEADLINE};

	if (snapshot == NULL)
		return dctxi_fail(DCTX_INVALID, "wait");
	words.cell = snapshot->cell;
	words.deadline = snapshot->deadline;
	return dctx_store_wait(&words, until);
}
