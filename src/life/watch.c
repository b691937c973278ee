/* SPDX-License-Identifier: MIT */
#include "life/watch.h"

#include "plat/event.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <errno.h>

static bool has_rung(const struct dctxi_alarm *alarm)
{
	/* Acquire: what is asked next sees what it rang for. */
	return alarm != NULL &&
	       (__atomic_load_n(&alarm->word, __ATOMIC_ACQUIRE) &
		DCTXI_ALARM_RUNG) != 0;
}

/* The descriptor is the parent's: it is left alone. */
static bool is_inherited(const struct dctxi_watch *watch)
{
	return watch->born != dctxi_fork_count();
}

static void end_block(struct dctxi_watch *watch)
{
	if (watch->block != NULL)
		watch->block = dctxi_alarm_end(watch->block);
}

static void end_shown(struct dctxi_watch *watch)
{
	if (watch->shown != NULL)
		watch->shown = dctxi_alarm_end(watch->shown);
	watch->shown_over = false;
}

void dctxi_watch_through(struct dctxi_watch *watch)
{
	bool rung = has_rung(watch->block);

	end_block(watch);
	if (is_inherited(watch))
		return;
	if (rung)
		dctxi_event_unset(watch->fd);
	if (has_rung(watch->shown) || watch->shown_over)
		dctxi_event_set(watch->fd);
}

void dctxi_watch_unshow(struct dctxi_watch *watch)
{
	bool set = has_rung(watch->shown) || watch->shown_over;

	end_shown(watch);
	if (set && !is_inherited(watch))
		dctxi_event_unset(watch->fd);
}

/* At the thread's end. */
static void end(struct dctxi_local *local)
{
	struct dctxi_watch *watch = local->watch;

	local->watch = NULL;
	local->unwatch = NULL;
	end_block(watch);
	end_shown(watch);
	if (watch->fd >= 0)
		dctxi_event_close(watch->fd);
	dctxi_free(watch, sizeof *watch);
}

static struct dctxi_watch *make(void)
{
	struct dctxi_local *local = dctxi_local();
	struct dctxi_watch *watch;

	if (local == NULL)
		return NULL;
	if (local->watch != NULL)
		return local->watch;
	watch = dctxi_alloc(sizeof *watch);
	if (watch == NULL)
		return NULL;
	*watch = (struct dctxi_watch){.fd = -1};
	local->watch = watch;
	local->unwatch = end;
	return watch;
}

/* What was there before a fork is the parent's, and so are its rings. */
static void forget(struct dctxi_watch *watch)
{
	end_block(watch);
	end_shown(watch);
	dctxi_event_close(watch->fd);
	watch->fd = -1;
}

int dctxi_watch_get(struct dctxi_watch **out)
{
	struct dctxi_watch *watch = make();
	int before = errno, error = 0;

	if (watch == NULL)
		return ENOMEM;
	if (watch->fd >= 0 && is_inherited(watch))
		forget(watch);
	if (watch->fd < 0) {
		watch->fd = dctxi_event_open();
		watch->born = dctxi_fork_count();
		if (watch->fd < 0)
			error = errno;
	}
	errno = before;
	if (error == 0)
		*out = watch;
	return error;
}
