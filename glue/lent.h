/* SPDX-License-Identifier: MIT */
/*
 * lent.h - an executor on threads that a foreign pool lends, for the glue of
 * that pool.
 *
 * Theory. What waits is a list of our own, linked by the items' words. The
 * foreign pool is only asked for a call of dctxi_lent_serve on one of its
 * threads, and whoever comes takes the first that waits. So what the pool
 * queues is no item: items can be taken back, dropped and put in order whatever
 * that pool can do, and a call that comes too late finds nothing.
 *
 * `asked` counts calls that have not begun, `serving` those that have; together
 * they are at most `most`. An item that waits has a call that was asked for, or
 * one that serves and will look again: `serving` is left in the same step that
 * finds nothing left to do.
 *
 * One lock for all executors of a library, held for a few instructions and for
 * asking; dctx is not called under it, but for an item's word and deadline.
 * fork(2) takes it. A child finds out at the first execute or shutdown that it
 * is one: what waited is dropped there, and no call that was asked for before
 * will come. A call that forked is no longer the executor's in the child, which
 * may have freed it.
 *
 * It is the lender's again (`end`) after the table's free, once no call is
 * asked for or serves.
 */
#ifndef DCTXI_LENT_H
#define DCTXI_LENT_H

#include <dctx/executor.h>

struct dctxi_lent;

struct dctxi_lender {
	/* Has one of its threads call dctxi_lent_serve, once, not from here.
	 * Under the lock.
	 * Returns: DCTX_OK; what else the submitter is told. */
	dctx_status (*ask)(struct dctxi_lent *lent);
	/* Frees it: nobody will call. Not under the lock. */
	void (*end)(struct dctxi_lent *lent);
	/* Its threads have other users, who get their turn between two items:
	 * each is asked for. */
	bool in_turn;
	/* It works in a fork's child, too; else that is told DCTX_STALE. */
	bool forks;
};

struct dctxi_lent {
	/* Set once. */
	const struct dctxi_lender *lender;
	dctx_executor_ops ops;
	char name[16];
	unsigned most, room;
	bool by_deadline;
	/* Under the lock. */
	void *first; /* the items that wait, by their words */
	void **last; /* the word of the last one, or `first` */
	unsigned waiting;
	unsigned asked, serving;
	bool shut, freed;
	unsigned born; /* dctxi_lent_forks then */
};

/* What a lender's options come to; all may be zero. */
struct dctxi_lent_options {
	const char *name;
	unsigned most; /* not zero */
	unsigned queue;
	bool by_deadline;
};

/* Makes an executor of a zeroed one.
 * Returns: DCTX_OK; DCTX_NOMEM, and it is still the caller's. */
dctx_status dctxi_lent_begin(struct dctxi_lent *lent,
			     const struct dctxi_lender *lender,
			     const struct dctxi_lent_options *options,
			     dctx_executor **out);

/* What `ask` asks for: runs what waits on this thread. */
void dctxi_lent_serve(struct dctxi_lent *lent);

/* Between them the thread cannot be cancelled. */
void dctxi_lent_lock(void);
void dctxi_lent_unlock(void);

/* How often this process was forked off. Under the lock. */
unsigned dctxi_lent_forks(void);

#endif
