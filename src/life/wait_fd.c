/* SPDX-License-Identifier: MIT */
/* A thread's descriptor for calls that poll by themselves. */
#include "data/fail.h"
#include "flow/store.h"
#include "life/watch.h"
#include "plat/event.h"
#include "plat/local.h"

#include <dctx/waiter.h>

#include <errno.h>

static int refuse(int error)
{
	if (error == ENOMEM)
		(void)dctxi_fail(DCTX_NOMEM, "wait");
	else
		(void)dctxi_fail_system(error);
	return -1;
}

int dctx_wait_fd(void)
{
	const struct dctx_store *store = dctx_abi1_current;
	struct dctxi_watch *watch;
	int error;

	dctx_wait_fd_done();
	if (store->cell == NULL)
		return -1;
	error = dctxi_watch_get(&watch);
	if (error != 0)
		return refuse(error);
	switch (dctxi_alarm_set(store, watch->fd, &watch->shown)) {
	case DCTX_OK:
		break;
	case DCTX_NOMEM:
		return -1;
	default:
		watch->shown_over = true;
		dctxi_event_set(watch->fd);
	}
	return watch->fd;
}

void dctx_wait_fd_done(void)
{
	const struct dctxi_local *local = dctxi_local_now;

	if (local != NULL && local->watch != NULL)
		dctxi_watch_unshow(local->watch);
}
