/* SPDX-License-Identifier: MIT */
/*
 * The caller of a scatter: it gives runners to the executor and waits. It runs
 * slices itself where nobody else will: when the executor has no room, when it
 * is in an item itself (its executor's threads may all be waiting as it does),
 * and when nothing has begun for a while.
 */
#include "work/scatter.h"

#include "data/snapshot.h"
#include "life/alarm.h"
#include "life/ask.h"
#include "plat/clock.h"
#include "plat/futex.h"
#include "work/executor.h"

#define PATIENCE (DCTX_MS / 2)
#define PATIENCE_MOST (16 * DCTX_MS)

static struct dctxi_runner *runner_of(dctx_runnable *item)
{
	return (struct dctxi_runner *)(void *)item;
}

/* The executor has an item less that will run slices. */
static void gone(struct dctxi_scatter *s)
{
	if (__atomic_sub_fetch(&s->live, 1, __ATOMIC_ACQ_REL) == 0)
		dctxi_scatter_ring(s, DCTXI_SCATTER_LOOK);
}

static void item_run(dctx_runnable *item)
{
	(void)dctxi_runner_go(runner_of(item), SIZE_MAX);
	dctxi_item_over(item, DCTX_OK);
	gone(runner_of(item)->scatter);
}

/* The runner itself has ended its slice (work/slice.c). */
static void item_lost(dctx_runnable *item)
{
	struct dctxi_scatter *s = runner_of(item)->scatter;

	dctxi_item_over(item, DCTX_CANCELED);
	__atomic_fetch_add(&s->lost, 1, __ATOMIC_RELAXED);
	dctxi_scatter_ring(s, DCTXI_SCATTER_LOOK);
	gone(s);
}

/* An executor that is shut down cancels the scatter. */
static void item_cancel(dctx_runnable *item)
{
	struct dctxi_scatter *s = runner_of(item)->scatter;
	dctx_source *source = NULL;

	dctxi_mutex_lock(&s->lock);
	if (s->alarm != NULL)
		source = dctx_source_ref(s->source);
	dctxi_mutex_unlock(&s->lock);
	if (source != NULL)
		(void)dctx_source_cancel(source,
					 &(dctx_reason){.message = "shutdown"});
	dctx_source_unref(source);
}

/* One that is shut down at once has cancelled what runs, too, wherever that
 * is. */
static void item_drop(dctx_runnable *item, dctx_status status)
{
	struct dctxi_scatter *s = runner_of(item)->scatter;

	__atomic_store_n(&s->refusal, status, __ATOMIC_RELAXED);
	if (status == DCTX_CANCELED)
		item_cancel(item);
	gone(s);
}

/* The caller, if it is here, finds that itself. */
static void item_orphan(dctx_runnable *item)
{
	(void)item;
}

static void item_hold(dctx_runnable *item)
{
	dctxi_executor_hold(item->executor);
	__atomic_fetch_add(&runner_of(item)->scatter->refs, 1,
			   __ATOMIC_RELAXED);
}

static void item_release(dctx_runnable *item)
{
	dctx_executor *executor = item->executor;

	dctxi_scatter_unref(runner_of(item)->scatter);
	dctxi_executor_drop(executor);
}

static const struct dctxi_item_ops ops = {
	.run = item_run,
	.drop = item_drop,
	.lost = item_lost,
	.orphan = item_orphan,
	.cancel = item_cancel,
	.hold = item_hold,
	.release = item_release,
	.at_once = true,
};

static bool give(struct dctxi_scatter *s, struct dctxi_runner *runner)
{
	dctx_status status;

	*runner =
		(struct dctxi_runner){.item = {.ops = &ops,
					       .deadline = s->deadline,
					       .executor = s->options.executor},
				      .scatter = s,
				      .at = DCTXI_NO_SLICE};
	item_hold(&runner->item);
	__atomic_fetch_add(&s->live, 1, __ATOMIC_RELAXED);
	status = dctxi_execute(s->options.executor, &runner->item);
	if (status == DCTX_OK)
		return true;
	item_drop(&runner->item, status);
	item_release(&runner->item);
	return false;
}

/* Whether the caller shall do it: the executor has no room, which is no failure
 * of its. */
static bool is_want_of_room(dctx_status refusal)
{
	return refusal == DCTX_BUSY || refusal == DCTX_DROPPED;
}

static bool all_claimed(const struct dctxi_scatter *s)
{
	return __atomic_load_n(&s->next, __ATOMIC_RELAXED) >= s->n;
}

/* Whether the executor can run one more, for all that it says. */
static bool wants_more(const struct dctxi_scatter *s, size_t lost)
{
	unsigned at_once = s->options.executor->at_once;

	return s->given < s->room && !all_claimed(s) &&
	       (at_once == 0 || s->given - 1 - lost < at_once);
}

/* Gives as many as it runs. Of those that were lost it knows as of the call. */
static void give_more(struct dctxi_scatter *s, size_t lost)
{
	__atomic_fetch_add(&s->live, 1, __ATOMIC_RELAXED);
	while (wants_more(s, lost) && give(s, &s->runner[s->given++]))
		continue;
	__atomic_fetch_sub(&s->live, 1, __ATOMIC_ACQ_REL);
}

void dctxi_scatter_spread(struct dctxi_scatter *s)
{
	give_more(s, 0);
	dctxi_scatter_wait(s);
}

/* Says which slices have not come back though their time to do so is over. The
 * caller's own is none of them: nobody is there to tell of it. */
static void tell_stuck(struct dctxi_scatter *s)
{
	char chain[256], scope[DCTXI_PUBLISHED_SIZE];
	struct dctxi_runner *r;
	size_t at;

	for (size_t i = 1; i < s->given; i++) {
		r = &s->runner[i];
		at = __atomic_load_n(&r->at, __ATOMIC_ACQUIRE);
		if (at == DCTXI_NO_SLICE || r->told)
			continue;
		dctxi_published_read(&r->published, scope);
		if (__atomic_load_n(&r->at, __ATOMIC_ACQUIRE) != at)
			continue;
		r->told = true;
		(void)dctx_snapshot_chain_text(s->snapshot, "/", chain,
					       sizeof chain);
		s->options.stuck(s->told_user, at, chain, scope);
	}
}

/* What the caller waits with. */
struct vigil {
	size_t seen;	  /* of `next` when it looked last */
	int64_t patience; /* how long it may stay so */
	int64_t stuck_at; /* when slices count as stuck, once it is over */
	size_t lost;	  /* runners that others were given for */
	bool helps;
};

static int64_t grace_of(const struct dctxi_scatter *s)
{
	return s->options.grace > 0 ? s->options.grace : DCTX_S;
}

/* With slices that nobody has begun: runs some, or gives up on them. Returns
 * until when to sleep, 0: look again. */
static int64_t see_to_rest(struct dctxi_scatter *s, struct vigil *v,
			   struct dctxi_end end, int64_t now)
{
	dctx_status refusal = __atomic_load_n(&s->refusal, __ATOMIC_RELAXED);
	size_t lost = __atomic_load_n(&s->lost, __ATOMIC_RELAXED);
	bool idle;
	size_t next;

	if (lost != v->lost && refusal == DCTX_OK)
		give_more(s, lost);
	v->lost = lost;
	refusal = __atomic_load_n(&s->refusal, __ATOMIC_RELAXED);
	idle = __atomic_load_n(&s->live, __ATOMIC_ACQUIRE) == 0;
	next = __atomic_load_n(&s->next, __ATOMIC_RELAXED);
	if (idle && refusal != DCTX_OK && !is_want_of_room(refusal)) {
		dctxi_scatter_close(s, refusal);
		return 0;
	}
	if (idle || is_want_of_room(refusal) || v->helps || next == v->seen) {
		v->helps |= s->limited;
		if (dctxi_runner_go(&s->runner[0], s->limited ? SIZE_MAX : 1) >
		    0)
			return 0;
	}
	v->seen = next;
	if (v->patience < PATIENCE_MOST)
		v->patience *= 2;
	now += v->patience;
	return now < end.at ? now : end.at;
}

/* One look at it all. Returns until when to sleep. */
static int64_t look(struct dctxi_scatter *s, struct vigil *v)
{
	int64_t now;
	struct dctxi_end end =
		dctxi_end_now(s->snapshot->cell, s->snapshot->deadline, &now);

	if (end.status == DCTX_OK)
		return all_claimed(s) ? end.at : see_to_rest(s, v, end, now);
	dctxi_scatter_close(s, end.status);
	if (s->options.stuck == NULL)
		return DCTX_NO_DEADLINE;
	if (v->stuck_at == 0)
		v->stuck_at = end.at + grace_of(s);
	if (now < v->stuck_at)
		return v->stuck_at;
	tell_stuck(s);
	v->stuck_at = now + grace_of(s);
	return v->stuck_at;
}

/* Sleeps while the word is what it was when it was looked at. */
static void nap(uint32_t *word, uint32_t seen, int64_t until)
{
	const uint32_t asleep = seen | DCTXI_SCATTER_ASLEEP;

	if (!__atomic_compare_exchange_n(word, &seen, asleep, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return;
	(void)dctxi_futex_wait(word, asleep, until);
	__atomic_fetch_and(word, ~DCTXI_SCATTER_ASLEEP, __ATOMIC_ACQUIRE);
}

void dctxi_scatter_wait(struct dctxi_scatter *s)
{
	struct vigil v = {.seen = DCTXI_NO_SLICE,
			  .patience = PATIENCE,
			  .helps = dctxi_item_is_here(NULL, NULL) ||
				   dctxi_runner_here() != NULL};
	uint32_t word;
	int64_t until;

	for (;;) {
		/* Acquire: what the slices wrote. */
		word = __atomic_load_n(&s->alarm->word, __ATOMIC_ACQUIRE);
		if (word & DCTXI_SCATTER_OVER)
			return;
		until = look(s, &v);
		if (dctxi_scatter_orphaned(s))
			return;
		if (until > 0)
			nap(&s->alarm->word, word, until);
	}
}
