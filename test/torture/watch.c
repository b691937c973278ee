/* SPDX-License-Identifier: MIT */
/* Waiters: called once, or never after a removal that said so. */
#include "torture.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

unsigned long me(void)
{
	return (unsigned long)pthread_self();
}

/* Stays on while a round holds it, but not for long. */
static void stay(struct told *told)
{
	int64_t end = dctx_now() + 200 * DCTX_US;

	while (told->hold != NULL && !atomic_load(told->hold) &&
	       dctx_now() < end)
		nap();
}

static void tell(void *arg, dctx_status status)
{
	struct told *told = arg;

	told->from = dctx_now();
	told->status = status;
	told->thread = me();
	MUST(atomic_fetch_add(&told->begun, 1) == 0);
	stay(told);
	told->to = dctx_now();
	MUST(atomic_fetch_add(&told->ended, 1) == 0);
}

static void begin(struct round *round, struct watch *watch, bool fd)
{
	struct told *told = calloc(1, sizeof *told);
	dctx_status status;

	MUST(told != NULL);
	told->hold = watch->stays ? &round->hold : NULL;
	watch->told = told;
	watch->fd = -1;
	if (fd)
		status = dctx_snapshot_on_done_fd(round->context, &watch->fd,
						  &watch->waiter);
	else
		status = dctx_snapshot_on_done(round->context, tell, told,
					       &watch->waiter);
	MUST(status == DCTX_OK);
	watch->begun = true;
	watch->by_hand = told->begun != 0 && told->thread == me();
}

void watch_begin(struct round *round, struct watch *watch)
{
	begin(round, watch, any(4) == 0);
}

void watch_begin_fn(struct round *round, struct watch *watch)
{
	begin(round, watch, false);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

void watch_end(struct watch *watch)
{
	struct told *told = watch->told;

	if (watch->fd >= 0) {
		watch->removed = dctx_waiter_remove(watch->waiter);
	} else if (any(2) == 0) {
		watch->removed = dctx_waiter_remove_wait(watch->waiter);
		if (watch->removed == DCTX_STALE)
			MUST(told->ended == 1);
		else
			MUST(told->begun == 0);
	} else {
		watch->removed = dctx_waiter_remove(watch->waiter);
	}
	MUST(watch->removed == DCTX_OK || watch->removed == DCTX_STALE);
	watch->waiter = NULL;
}

/* Waits until nobody tells any more. */
void watch_settle(const struct round *round, const struct watch *watch)
{
	int64_t late = dctx_now() + 60 * DCTX_S;
	bool over;

	if (!watch->begun)
		return;
	over = watch->waiter == NULL
		       ? watch->removed == DCTX_STALE
		       : dctx_snapshot_done(round->context) != DCTX_OK;
	while (over && (watch->fd < 0 ? watch->told->ended == 0
				      : watch->waiter != NULL &&
						!readable(watch->fd))) {
		MUST(dctx_now() < late);
		nap();
	}
}

/* Sees that it was told once, and the same as is asked. */
void watch_check(const struct round *round, struct watch *watch)
{
	if (!watch->begun)
		return;
	if (watch->waiter != NULL)
		watch->removed = dctx_waiter_remove_wait(watch->waiter);
	if (watch->fd < 0 && watch->removed == DCTX_OK)
		MUST(watch->told->begun == 0);
	if (watch->fd < 0 && watch->removed != DCTX_OK)
		MUST(watch->told->begun == 1 && watch->told->ended == 1);
	if (watch->told->begun != 0 && round->context != NULL)
		MUST(watch->told->status == dctx_snapshot_done(round->context));
	free(watch->told);
}
