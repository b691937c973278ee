/* SPDX-License-Identifier: MIT */
#include "work/sleeper.h"

#include "life/alarm.h"
#include "plat/clock.h"
#include "plat/fork.h"
#include "plat/futex.h"
#include "plat/uncancelled.h"

#include <dctx/done.h>

#include <poll.h>

/* A bit of the alarm's word beside its own. */
#define WOKEN 2u

static void forget_the_parents(struct dctxi_sleepers *list)
{
	uint32_t born;

	if (list->first == NULL)
		return;
	born = dctxi_fork_count();
	if (list->born != born)
		list->first = NULL;
}

void dctxi_sleepers_wake(struct dctxi_sleepers *list)
{
	forget_the_parents(list);
	for (struct dctxi_sleeper *s = list->first; s != NULL; s = s->next) {
		/* The lock has the order. */
		__atomic_fetch_or(s->word, WOKEN, __ATOMIC_RELAXED);
		dctxi_futex_wake(s->word, 1);
	}
}

uint32_t *dctxi_sleepers_call(struct dctxi_sleepers *list)
{
	struct dctxi_sleeper *one;

	forget_the_parents(list);
	one = list->first;
	if (one == NULL || one->next != NULL) {
		dctxi_sleepers_wake(list);
		return NULL;
	}
	__atomic_fetch_or(one->word, WOKEN, __ATOMIC_RELAXED);
	return one->word;
}

static void enqueue(struct dctxi_sleepers *list, struct dctxi_sleeper *me)
{
	forget_the_parents(list);
	list->born = dctxi_fork_count();
	me->prev = NULL;
	me->next = list->first;
	if (me->next != NULL)
		me->next->prev = me;
	list->first = me;
}

static void dequeue(struct dctxi_sleepers *list, struct dctxi_sleeper *me)
{
	if (me->next != NULL)
		me->next->prev = me->prev;
	if (me->prev != NULL)
		me->prev->next = me->next;
	else
		list->first = me->next;
}

static void doze(uint32_t *word, int64_t until)
{
	int cancel;

	if (dctxi_clock_virtual() == NULL) {
		(void)dctxi_futex_wait(word, 0, until);
		return;
	}
	/* The system knows nothing of virtual time. */
	cancel = dctxi_uncancelled();
	(void)poll(NULL, 0, 1);
	dctxi_uncancelled_end(cancel);
	(void)dctxi_clock_pass(dctxi_clock_plus(dctxi_clock(), DCTX_MS));
}

/* Looks; *until is by when to look again. */
static dctx_status look(const struct dctxi_sleep *sleep, int64_t *until)
{
	int64_t now = dctxi_clock(), left;
	dctx_status status = dctx_done();

	if (status != DCTX_OK)
		return status;
	if (now >= sleep->until)
		return DCTX_DEADLINE_EXCEEDED;
	left = dctx_remaining();
	*until = sleep->until;
	if (left != DCTX_NO_DEADLINE && dctxi_clock_plus(now, left) < *until)
		*until = dctxi_clock_plus(now, left);
	return DCTX_OK;
}

static dctx_status wait_for(const struct dctxi_sleep *sleep, uint32_t *word)
{
	for (;;) {
		dctx_status status;
		int64_t until;

		/* Acquire what an alarm rang for. */
		(void)__atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL);
		if (sleep->holds(sleep->arg))
			return DCTX_OK;
		status = look(sleep, &until);
		if (status != DCTX_OK)
			return status;
		dctxi_mutex_unlock(sleep->lock);
		doze(word, until);
		dctxi_mutex_lock(sleep->lock);
	}
}

dctx_status dctxi_sleep_until(const struct dctxi_sleep *sleep)
{
	struct dctxi_alarm *alarm = NULL;
	struct dctxi_sleeper me = {.own = 0};
	dctx_status status = DCTX_OK;

	if (sleep->holds(sleep->arg))
		return DCTX_OK;
	if (dctx_abi1_current->cell != NULL) {
		dctxi_mutex_unlock(sleep->lock);
		status = dctxi_alarm_set(dctx_abi1_current, -1, &alarm);
		dctxi_mutex_lock(sleep->lock);
	}
	if (status != DCTX_OK)
		return sleep->holds(sleep->arg) ? DCTX_OK : status;
	me.word = alarm != NULL ? &alarm->word : &me.own;
	enqueue(sleep->list, &me);
	status = wait_for(sleep, me.word);
	dequeue(sleep->list, &me);
	if (alarm != NULL) {
		dctxi_mutex_unlock(sleep->lock);
		(void)dctxi_alarm_end(alarm);
		dctxi_mutex_lock(sleep->lock);
	}
	return status;
}
