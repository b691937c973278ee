/* SPDX-License-Identifier: MIT */
#include "lent.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int cancel_state; /* of who has the lock, before */
static unsigned forks;

/* A thread that is cancelled (pthread_cancel) in what the foreign pool calls
 * would leave with the lock. */
void dctxi_lent_lock(void)
{
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&lock);
	cancel_state = state;
}

void dctxi_lent_unlock(void)
{
	int state = cancel_state;

	(void)pthread_mutex_unlock(&lock);
	(void)pthread_setcancelstate(state, NULL);
}

unsigned dctxi_lent_forks(void)
{
	return forks;
}

static void forked_child(void)
{
	forks++;
	dctxi_lent_unlock();
}

/* Without memory for the handlers fork works while nobody has an executor. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(dctxi_lent_lock, dctxi_lent_unlock, forked_child);
}

static void push(struct dctxi_lent *lent, dctx_runnable *item)
{
	const int64_t deadline = dctx_runnable_deadline(item);
	void **at = lent->last, **word = dctx_runnable_word(item);

	if (lent->by_deadline) {
		at = &lent->first;
		while (*at != NULL && dctx_runnable_deadline(*at) <= deadline)
			at = dctx_runnable_word(*at);
	}
	*word = *at;
	*at = item;
	if (*word == NULL)
		lent->last = word;
	lent->waiting++;
}

/* The item whose predecessor's word is `at`. */
static dctx_runnable *take_out(struct dctxi_lent *lent, void **at)
{
	dctx_runnable *item = *at;
	void **word = dctx_runnable_word(item);

	*at = *word;
	if (lent->last == word)
		lent->last = at;
	lent->waiting--;
	return item;
}

/* What is asked for may be gone: its address is all that is looked at. */
static bool find_and_take(struct dctxi_lent *lent, const dctx_runnable *item)
{
	void **at = &lent->first;

	while (*at != NULL && *at != item)
		at = dctx_runnable_word(*at);
	if (*at == NULL)
		return false;
	(void)take_out(lent, at);
	return true;
}

/* All that waits, linked. */
static void *take_all(struct dctxi_lent *lent)
{
	void *all = lent->first;

	lent->first = NULL;
	lent->last = &lent->first;
	lent->waiting = 0;
	return all;
}

/* Not under the lock. */
static void drop_all(void *all, dctx_status status)
{
	while (all != NULL) {
		dctx_runnable *item = all;

		all = *dctx_runnable_word(item);
		dctx_runnable_drop(item, status);
	}
}

/* In a fork's child, the first time: gives what waited in the parent. */
static void *settle(struct dctxi_lent *lent)
{
	if (lent->born == forks)
		return NULL;
	lent->born = forks;
	lent->asked = lent->serving = 0;
	lent->shut |= !lent->lender->forks;
	return take_all(lent);
}

static dctx_status ask(struct dctxi_lent *lent)
{
	dctx_status status = lent->lender->ask(lent);

	lent->asked += status == DCTX_OK;
	return status;
}

/* Sees to it that somebody comes to all that waits. */
static dctx_status see_to(struct dctxi_lent *lent)
{
	const unsigned calls = lent->asked + lent->serving;
	dctx_status status = DCTX_OK;

	if (lent->waiting > lent->asked && calls < lent->most)
		status = ask(lent);
	return calls > 0 ? DCTX_OK : status;
}

static dctx_status take_in(struct dctxi_lent *lent, dctx_runnable *item)
{
	dctx_status status;

	if (lent->shut)
		return DCTX_STALE;
	if (lent->waiting + (uint64_t)lent->serving >=
	    lent->room + (uint64_t)lent->most)
		return DCTX_BUSY;
	push(lent, item);
	status = see_to(lent);
	if (status != DCTX_OK)
		(void)find_and_take(lent, item);
	return status;
}

static dctx_status execute(void *user, dctx_runnable *item)
{
	struct dctxi_lent *lent = user;
	dctx_status status;
	void *orphans;

	dctxi_lent_lock();
	orphans = settle(lent);
	status = take_in(lent, item);
	dctxi_lent_unlock();
	drop_all(orphans, DCTX_CANCELED);
	return status;
}

static bool take(void *user, dctx_runnable *item)
{
	struct dctxi_lent *lent = user;
	bool took;

	dctxi_lent_lock();
	took = find_and_take(lent, item);
	dctxi_lent_unlock();
	return took;
}

static void shutdown(void *user, bool graceful)
{
	struct dctxi_lent *lent = user;
	void *all;

	dctxi_lent_lock();
	all = settle(lent);
	lent->shut = true;
	if (!graceful && all == NULL)
		all = take_all(lent);
	dctxi_lent_unlock();
	drop_all(all, DCTX_CANCELED);
}

static bool is_over(const struct dctxi_lent *lent)
{
	return lent->freed && lent->asked + lent->serving == 0;
}

static void lent_free(void *user)
{
	struct dctxi_lent *lent = user;
	bool over;

	dctxi_lent_lock();
	(void)settle(lent);
	lent->freed = true;
	over = is_over(lent);
	dctxi_lent_unlock();
	if (over)
		lent->lender->end(lent);
}

dctx_status dctxi_lent_begin(struct dctxi_lent *lent,
			     const struct dctxi_lender *lender,
			     const struct dctxi_lent_options *options,
			     dctx_executor **out)
{
	lent->lender = lender;
	(void)strncpy(lent->name, options->name, sizeof lent->name - 1);
	lent->most = options->most;
	lent->room = options->queue != 0 ? options->queue : 64;
	lent->by_deadline = options->by_deadline;
	lent->last = &lent->first;
	lent->ops = (dctx_executor_ops){
		.struct_size = sizeof lent->ops,
		.name = lent->name,
		.execute = execute,
		.take = take,
		.shutdown = shutdown,
		.free = lent_free,
		.at_once = lent->most,
	};
	dctxi_lent_lock();
	lent->born = forks;
	dctxi_lent_unlock();
	return dctx_executor_new(&lent->ops, lent, out);
}

/* A call on a lent thread. */
struct visit {
	struct dctxi_lent *lent; /* NULL: it has left, or is a child's */
	unsigned born;
};

/* Under the lock. Returns whether it was the last. */
static bool leave(struct visit *visit)
{
	struct dctxi_lent *lent = visit->lent;

	visit->lent = NULL;
	lent->serving--;
	return is_over(lent);
}

/* The next item, or NULL: it has left. */
static dctx_runnable *next(struct visit *visit, bool begins)
{
	struct dctxi_lent *lent = visit->lent;
	dctx_runnable *item = NULL;
	bool over = false;

	dctxi_lent_lock();
	if (begins) {
		visit->born = forks;
		lent->asked--;
		lent->serving++;
	}
	if (visit->born != forks)
		visit->lent = NULL;
	else if (lent->waiting > lent->asked &&
		 (begins || !lent->lender->in_turn || ask(lent) != DCTX_OK))
		item = take_out(lent, &lent->first);
	else
		over = leave(visit);
	dctxi_lent_unlock();
	if (over)
		lent->lender->end(lent);
	return item;
}

/* The thread ends in an item: another one sees to what waits, or nobody. */
static void lost(void *arg)
{
	struct visit *visit = arg;
	struct dctxi_lent *lent = visit->lent;
	dctx_status status = DCTX_OK;
	void *all = NULL;
	bool over = false;

	if (lent == NULL)
		return;
	dctxi_lent_lock();
	if (visit->born == forks) {
		over = leave(visit);
		status = see_to(lent);
		if (status != DCTX_OK)
			all = take_all(lent);
	}
	dctxi_lent_unlock();
	drop_all(all, status);
	if (over)
		lent->lender->end(lent);
}

void dctxi_lent_serve(struct dctxi_lent *lent)
{
	struct visit visit = {.lent = lent};
	dctx_runnable *item = next(&visit, true);

	pthread_cleanup_push(lost, &visit);
	for (; item != NULL; item = next(&visit, false))
		dctx_runnable_run(item);
	pthread_cleanup_pop(0);
}
