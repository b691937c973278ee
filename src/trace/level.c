/* SPDX-License-Identifier: MIT */
#include "trace/level.h"

#include "data/fail.h"
#include "plat/lock.h"

int dctx_abi1_span_level = DCTX_LEVEL_NONE;

static unsigned wants[DCTX_LEVEL_TRACE + 1];
static dctx_level limit = DCTX_LEVEL_TRACE;

/* Under the lock. */
static void publish(void)
{
	dctx_level most = limit;

	while (most > DCTX_LEVEL_NONE) {
		unsigned any = 0;

		for (int i = (int)most; i <= DCTX_LEVEL_TRACE; i++)
			any += wants[i];
		if (any > 0)
			break;
		most = (dctx_level)(most - 1);
	}
	__atomic_store_n(&dctx_abi1_span_level, (int)most, __ATOMIC_RELAXED);
}

void dctxi_level_add(dctx_level most)
{
	dctxi_lock();
	wants[most]++;
	publish();
	dctxi_unlock();
}

void dctxi_level_drop(dctx_level most)
{
	dctxi_lock();
	wants[most]--;
	publish();
	dctxi_unlock();
}

dctx_status dctx_span_limit(dctx_level most)
{
	if ((unsigned)most > DCTX_LEVEL_TRACE)
		return dctxi_fail(DCTX_INVALID, "span limit");
	dctxi_lock();
	limit = most;
	publish();
	dctxi_unlock();
	return DCTX_OK;
}
