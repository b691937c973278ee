/* SPDX-License-Identifier: MIT */
/*
 * The mutex that a cancel wakes. `state` says whether it is locked, and whether
 * somebody is in the queue; the queue, first come first woken, lies under
 * `guard`, a lock that is held for a few instructions.
 *
 * Theory. Whoever finds it locked puts itself into the queue and then tries
 * once more, and sleeps on a word of its own. Who unlocks clears LOCKED, and if
 * it sees QUEUED wakes the first; both are one word, so either the unlocker
 * sees QUEUED, or the sleeper's try, which comes after it set QUEUED, finds the
 * lock free. A sleeper clears its word before it tries, so a wake-up that comes
 * after the try is not lost, whoever it is from: the word is the alarm's, which
 * a cancel sets, too (alarm.h). Waking gives nothing away: the woken one tries
 * like anybody else, and stays in the queue until it has it. One that leaves
 * the queue without it, since its context is over, may have been woken for it:
 * if the lock is free it wakes the next.
 *
 * LOCKED is set with acquire, cleared with release, and under the guard where
 * there is a queue: so the next holder, who leaves the queue under the guard or
 * finds it in its own unlock, may free the mutex as soon as it has unlocked it.
 * A sleeper's node is on its
 * stack, and touched by others under `guard` only; it leaves the queue before
 * its alarm, which has the word, goes. The alarm is set before the node is in
 * the queue, and rings at most once a source: it stays set all the while.
 *
 * Neither fork(2) nor a jump out of a signal handler is provided for, as with
 * pthread_mutex_lock. It is no cancellation point.
 */
#include "life/alarm.h"
#include "life/block.h"
#include "plat/clock.h"
#include "plat/futex.h"
#include "plat/uncancelled.h"

#include <dctx/lock.h>

#include <errno.h>

#define LOCKED 1u
#define QUEUED 2u

/* A bit of the alarm's word beside its own. */
#define WOKEN 2u

/* `guard`: free, held, held and somebody sleeps. */
enum { FREE, HELD, SLEPT_ON };

struct node {
	struct node *next, *prev;
	uint32_t *word; /* the alarm's, or `own` */
	uint32_t own;
};

static void guard(dctx_mutex *mutex)
{
	uint32_t seen = FREE;

	if (__atomic_compare_exchange_n(&mutex->guard, &seen, HELD, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&mutex->guard, SLEPT_ON, __ATOMIC_ACQUIRE) !=
	       FREE)
		(void)dctxi_futex_wait(&mutex->guard, SLEPT_ON,
				       DCTX_NO_DEADLINE);
}

static void unguard(dctx_mutex *mutex)
{
	if (__atomic_exchange_n(&mutex->guard, FREE, __ATOMIC_RELEASE) ==
	    SLEPT_ON)
		dctxi_futex_wake(&mutex->guard, 1);
}

/* Takes it if it is free, with whoever is in the queue. */
static bool take(dctx_mutex *mutex)
{
	return !(__atomic_fetch_or(&mutex->state, LOCKED, __ATOMIC_ACQUIRE) &
		 LOCKED);
}

/* Under the guard. */
static void wake_first(dctx_mutex *mutex)
{
	struct node *first = mutex->first;

	if (first == NULL ||
	    __atomic_load_n(&mutex->state, __ATOMIC_RELAXED) & LOCKED)
		return;
	__atomic_fetch_or(first->word, WOKEN, __ATOMIC_RELEASE);
	dctxi_futex_wake(first->word, 1);
}

static void enqueue(dctx_mutex *mutex, struct node *node)
{
	guard(mutex);
	node->next = NULL;
	node->prev = mutex->last;
	if (node->prev != NULL)
		node->prev->next = node;
	else
		mutex->first = node;
	mutex->last = node;
	/* Before the next try: see above. */
	__atomic_fetch_or(&mutex->state, QUEUED, __ATOMIC_RELAXED);
	unguard(mutex);
}

static void dequeue(dctx_mutex *mutex, struct node *node)
{
	guard(mutex);
	if (node->next != NULL)
		node->next->prev = node->prev;
	else
		mutex->last = node->prev;
	if (node->prev != NULL)
		node->prev->next = node->next;
	else
		mutex->first = node->next;
	if (mutex->first == NULL)
		__atomic_fetch_and(&mutex->state, ~QUEUED, __ATOMIC_RELAXED);
	/* The turn that was perhaps this one's. Nothing, if it has the lock. */
	wake_first(mutex);
	unguard(mutex);
}

static int sleep_on(void *word, int64_t until)
{
	int cancel;

	if (dctxi_clock_virtual() == NULL)
		return dctxi_futex_wait(word, 0, until);
	/* The system knows nothing of virtual time. */
	cancel = dctxi_uncancelled();
	(void)poll(NULL, 0, 1);
	dctxi_uncancelled_end(cancel);
	(void)dctxi_clock_pass(dctxi_clock_plus(dctxi_clock(), DCTX_MS));
	return 0;
}

/* Sleeps and tries. Returns 0 when it has it, or why the context is over. */
static int queue_for(dctx_mutex *mutex, struct node *node)
{
	for (;;) {
		int64_t until = DCTX_NO_DEADLINE;
		int error;

		/* Acquire what an alarm rang for. */
		(void)__atomic_exchange_n(node->word, 0, __ATOMIC_ACQ_REL);
		if (take(mutex))
			return 0;
		error = dctxi_look(&until);
		if (error != 0)
			return error;
		(void)dctxi_block(sleep_on, node->word, until);
	}
}

static int wait_for(dctx_mutex *mutex)
{
	struct node node = {.own = 0};
	struct dctxi_alarm *alarm = NULL;
	int error = 0;

	if (dctx_abi1_current->cell != NULL)
		error = dctxi_error_of(
			dctxi_alarm_set(dctx_abi1_current, -1, &alarm));
	if (error != 0)
		return error;
	node.word = alarm != NULL ? &alarm->word : &node.own;
	enqueue(mutex, &node);
	error = queue_for(mutex, &node);
	dequeue(mutex, &node);
	if (alarm != NULL)
		(void)dctxi_alarm_end(alarm);
	return error;
}

int dctx_mutex_trylock(dctx_mutex *mutex)
{
	uint32_t state = __atomic_load_n(&mutex->state, __ATOMIC_RELAXED);

	return !(state & LOCKED) && take(mutex) ? 0 : EBUSY;
}

int dctx_mutex_lock(dctx_mutex *mutex)
{
	int error = dctxi_over();

	if (error != 0 || dctx_mutex_trylock(mutex) == 0)
		return error;
	return wait_for(mutex);
}

void dctx_mutex_unlock(dctx_mutex *mutex)
{
	uint32_t state = LOCKED;

	if (__atomic_compare_exchange_n(&mutex->state, &state, 0, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
	guard(mutex);
	__atomic_fetch_and(&mutex->state, ~LOCKED, __ATOMIC_RELEASE);
	wake_first(mutex);
	unguard(mutex);
}
