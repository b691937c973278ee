/* SPDX-License-Identifier: MIT */
/*
 * Waiting under a lock until something holds, the current context is over, or a
 * time has come.
 *
 * Theory. A sleeper is on its thread's stack and in a list, both under the
 * owner's lock; it sleeps on its own word, or its alarm's (life/alarm.h), which
 * a cancel sets. It clears the word under the lock, then looks; who changes
 * what it looks at wakes the list under the same lock: so nothing is lost. It
 * leaves the list before the word goes.
 *
 * In a fork's child a list of the parent's sleepers counts as empty: none of
 * them is there.
 */
#ifndef DCTXI_SLEEPER_H
#define DCTXI_SLEEPER_H

#include "plat/mutex.h"

#include <dctx/status.h>

struct dctxi_sleeper {
	struct dctxi_sleeper *next, *prev;
	uint32_t *word;
	uint32_t own;
};

/* All zero: nobody. */
struct dctxi_sleepers {
	struct dctxi_sleeper *first;
	uint32_t born; /* dctxi_fork_count when the first came */
};

struct dctxi_sleep {
	struct dctxi_mutex *lock;
	struct dctxi_sleepers *list;
	bool (*holds)(void *arg); /* under the lock */
	void *arg;
	int64_t until;
};

/* Under the lock: all of them look again. */
void dctxi_sleepers_wake(struct dctxi_sleepers *list);

/* The same, but if there is but one, it is to be woken by the word that this
 * returns, after the lock, which it wants; else NULL. It may be gone by then:
 * only the word's address is used. */
uint32_t *dctxi_sleepers_call(struct dctxi_sleepers *list);

/*
 * Sleeps; the lock is held at the call and after it.
 * Returns: DCTX_OK: it holds; DCTX_CANCELED, DCTX_DEADLINE_EXCEEDED: the
 * context is over; DCTX_DEADLINE_EXCEEDED at `until`, too; DCTX_NOMEM.
 */
dctx_status dctxi_sleep_until(const struct dctxi_sleep *sleep);

#endif
