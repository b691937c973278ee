/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* ppoll */
#include "life/block.h"

#include "data/fail.h"
#include "life/ask.h"
#include "life/point.h"
#include "life/watch.h"
#include "plat/clock.h"
#include "plat/event.h"

#include <dctx/done.h>

#include <errno.h>

/* A longer sleep is slept in parts: seconds may have 31 bits. */
#define LONG (INT64_C(1000000) * DCTX_S)

int dctxi_block(dctxi_sleep *sleep, void *arg, int64_t until)
{
	dctxi_point();
	return sleep(arg, until);
}

int dctxi_error_of(dctx_status status)
{
	switch (status) {
	case DCTX_OK:
		return 0;
	case DCTX_DEADLINE_EXCEEDED:
		return ETIMEDOUT;
	case DCTX_NOMEM:
		return ENOMEM;
	default:
		return ECANCELED;
	}
}

int dctxi_over(void)
{
	return dctxi_error_of(dctx_done());
}

bool dctxi_is_over(void)
{
	int error = dctxi_over();

	if (error != 0)
		errno = error;
	return error != 0;
}

int dctxi_look(int64_t *until)
{
	const struct dctx_store *store = dctx_abi1_current;
	int64_t now;
	struct dctxi_end end =
		dctxi_end_now(store->cell, store->deadline, &now);

	if (end.at < *until)
		*until = end.at;
	return dctxi_error_of(end.status);
}

int64_t dctxi_slice_end(int64_t until)
{
	int64_t slice = dctxi_clock_plus(dctxi_clock(), DCTXI_SLICE);

	if (slice < until)
		until = slice;
	(void)dctxi_look(&until);
	return until;
}

static int poll_until(void *arg, int64_t until)
{
	const struct dctxi_polled *polled = arg;
	int64_t left = until - dctxi_clock();
	struct timespec timeout;
	int ready;

	if (polled->idle && dctxi_clock_pass(until))
		return 0;
	if (left < 0)
		left = 0;
	if (left > LONG)
		left = LONG;
	timeout.tv_sec = (time_t)(left / DCTX_S);
	timeout.tv_nsec = (long)(left % DCTX_S);
	ready = ppoll(polled->fds, polled->n, &timeout, polled->mask);
	if (ready == 0 && left < LONG)
		(void)dctxi_clock_pass(until);
	return ready < 0 ? -errno : ready;
}

/* Polls once, with the eventfd last if there is one. Returns as
 * dctxi_block_poll, but 0 also when only the alarm rang. */
static int poll_once(struct dctxi_polled *all, const struct dctxi_watch *watch,
		     int64_t until)
{
	int ready = dctxi_block(poll_until, all, until);

	if (watch == NULL || ready <= 0 || all->fds[all->n - 1].revents == 0)
		return ready;
	dctxi_event_unset(watch->fd);
	return ready - 1;
}

/* The context's end is told before that of the caller's own time. */
static int poll_on(struct dctxi_polled *all, const struct dctxi_watch *watch,
		   int64_t until)
{
	for (bool slept = false;; slept = true) {
		int64_t wake = until;
		int error = dctxi_look(&wake), ready;

		if (error != 0)
			return -error;
		if (slept && dctxi_clock() >= until)
			return 0;
		ready = poll_once(all, watch, wake);
		/* One more than a process may have. */
		if (ready == -EINVAL && watch != NULL) {
			all->n--;
			ready = poll_once(all, NULL, dctxi_slice_end(until));
			all->n++;
		}
		if (ready == -EINTR && dctxi_over() != 0)
			return -dctxi_over();
		if (ready != 0)
			return ready;
	}
}

/* Sets the alarm that rings this thread. Returns 0 or an error number. */
static int set_alarm(struct dctxi_watch **out)
{
	struct dctxi_watch *watch;
	int error = dctxi_watch_get(&watch);
	dctx_status status;

	if (error != 0) {
		(void)dctxi_fail_system(error);
		return error;
	}
	/* What a jump out of here left. */
	dctxi_watch_through(watch);
	status = dctxi_alarm_set(dctx_abi1_current, watch->fd, &watch->block);
	if (status == DCTX_OK)
		*out = watch;
	return dctxi_error_of(status);
}

int dctxi_block_poll(const struct dctxi_polled *polled, int64_t until)
{
	struct dctxi_polled all = *polled;
	struct dctxi_watch *watch = NULL;
	int error, ready;

	/* A deadline alone needs nobody to ring. */
	if (dctx_abi1_current->cell == NULL)
		return poll_on(&all, NULL, until);
	error = set_alarm(&watch);
	if (error != 0)
		return -error;
	all.fds[all.n++] = (struct pollfd){watch->fd, POLLIN, 0};
	ready = poll_on(&all, watch, until);
	dctxi_watch_through(watch);
	return ready;
}
