/* SPDX-License-Identifier: MIT */
/* Runners: they claim slices, run each under the scatter's context, and tell
 * what came of it (theory: work/scatter.h). */
#include "work/scatter.h"

#include "data/fail.h"
#include "flow/attach.h"
#include "flow/here.h"
#include "life/alarm.h"
#include "life/ask.h"
#include "plat/clock.h"
#include "plat/futex.h"
#include "plat/local.h"

#include <dctx/gather.h>

#include <limits.h>
#include <stdio.h>

struct dctxi_runner *dctxi_runner_here(void)
{
	return dctxi_local_now != NULL ? dctxi_local_now->runner : NULL;
}

/* False without memory for it. */
static bool here_set(struct dctxi_runner *runner)
{
	struct dctxi_local *local = dctxi_local();

	if (local != NULL)
		local->runner = runner;
	return local != NULL;
}

/* After the lock only the word's address is used: the caller may be gone, and
 * whoever sleeps on what lies there now looks again for nothing. */
void dctxi_scatter_ring(struct dctxi_scatter *s, uint32_t what)
{
	uint32_t *word = NULL, was = 0;

	dctxi_mutex_lock(&s->lock);
	if (s->alarm != NULL) {
		word = &s->alarm->word;
		/* Release: what slices wrote. */
		was = what == DCTXI_SCATTER_LOOK
			      ? __atomic_fetch_add(word, what, __ATOMIC_RELEASE)
			      : __atomic_fetch_or(word, what, __ATOMIC_RELEASE);
	}
	dctxi_mutex_unlock(&s->lock);
	if ((was & (DCTXI_SCATTER_ASLEEP | DCTXI_SCATTER_OVER)) ==
	    DCTXI_SCATTER_ASLEEP)
		dctxi_futex_wake(word, INT_MAX);
}

static void over(struct dctxi_scatter *s, size_t n)
{
	if (__atomic_add_fetch(&s->ended, n, __ATOMIC_ACQ_REL) == s->n)
		dctxi_scatter_ring(s, DCTXI_SCATTER_OVER);
}

/* Counts outcomes. Returns whether they decide the scatter, which they do
 * once. */
static bool decides(struct dctxi_scatter *s, size_t good, size_t bad,
		    dctx_status status)
{
	bool enough, hopeless, first;

	dctxi_mutex_lock(&s->lock);
	s->succeeded += good;
	s->failed += bad;
	enough = s->quorum != 0 && s->succeeded >= s->quorum;
	hopeless = s->quorum != 0 && s->failed > s->n - s->quorum;
	first = (enough || hopeless) && !s->closed;
	if (first) {
		s->closed = true;
		s->decided = hopeless ? status : DCTX_OK;
	}
	dctxi_mutex_unlock(&s->lock);
	return first;
}

/* Once it is decided nothing begins, and what runs is told to stop; if there
 * is anything besides the `before` that this runner ended. */
static void stop(struct dctxi_scatter *s, size_t before, size_t i,
		 dctx_status status)
{
	char text[96];
	dctx_reason reason = {.message = "enough slices have succeeded"};

	if (__atomic_load_n(&s->ended, __ATOMIC_RELAXED) + before + 1 == s->n)
		return;
	if (status != DCTX_OK) {
		snprintf(text, sizeof text, "slice %zu failed: %s", i,
			 dctx_strerror(status));
		reason.message = text;
	}
	(void)dctx_source_cancel(s->source, &reason);
	dctxi_scatter_close(s, DCTX_CANCELED);
}

void dctxi_scatter_close(struct dctxi_scatter *s, dctx_status status)
{
	size_t i = __atomic_exchange_n(&s->next, s->n, __ATOMIC_RELAXED);
	size_t from = i;

	if (i >= s->n)
		return;
	for (; s->slice != NULL && i < s->n; i++)
		s->slice[i] = (dctx_slice){.status = status};
	if (decides(s, 0, s->n - from, status))
		(void)dctx_source_cancel(s->source,
					 &(dctx_reason){.message = "too late"});
	over(s, s->n - from);
}

/* A slice's context: the scatter's, borrowed, or a store of its own. */
static dctx_status store_enter(struct dctxi_runner *r)
{
	struct dctxi_scatter *s = r->scatter;
	dctx_status status;

	if (r->inside)
		return DCTX_OK;
	r->task = NULL;
	r->call.host = dctx_current();
	if (!(s->submit.flags & DCTX_SUBMIT_FORK))
		return dctx_store_attach_borrowed(r->call.host, s->snapshot,
						  &r->call.guard);
	status = dctx_task_new(s->snapshot, &r->task);
	if (status == DCTX_OK)
		dctx_task_enter(r->task);
	return status;
}

static void store_leave(struct dctxi_runner *r)
{
	r->inside = false;
	if (r->task == NULL) {
		dctxi_call_end(&r->call);
		return;
	}
	if (dctxi_is_here(r->call.host))
		dctxi_task_leave_above(r->call.host);
	r->task = dctx_task_free(r->task);
}

static dctx_store *store_of(const struct dctxi_runner *r)
{
	return r->task != NULL ? r->task : r->call.host;
}

/* And what goes along with it: an empty share of what is gathered, a name. One
 * that cannot be entered is counted, and no more. */
static dctx_status context_enter(struct dctxi_runner *r)
{
	struct dctxi_scatter *s = r->scatter;
	dctx_status status = store_enter(r);

	if (status != DCTX_OK)
		return status;
	if (s->gathered != NULL)
		status = dctx_store_gather_begin(store_of(r));
	if (status == DCTX_OK && !here_set(r))
		status = DCTX_NOMEM;
	if (status != DCTX_OK)
		store_leave(r);
	else if (s->submit.name != NULL)
		r->name = dctx_enter(s->submit.name);
	return status;
}

/* Where a slice has left nothing, the next one has the same context. */
static bool may_stay(struct dctxi_runner *r)
{
	struct dctxi_scatter *s = r->scatter;

	if (!r->came_back || r->task != NULL || s->gathered != NULL)
		return false;
	if (s->submit.name != NULL)
		dctx_leave(r->name);
	return dctxi_attach_renew(&r->call.guard);
}

/* Without memory a share is lost, and that is counted. */
static void context_leave(struct dctxi_runner *r)
{
	struct dctxi_scatter *s = r->scatter;
	dctx_status status = DCTX_OK;

	if (r->came_back && s->gathered != NULL)
		status = dctx_store_gather_take(store_of(r),
						&s->gathered[r->at]);
	r->inside = may_stay(r);
	if (!r->inside)
		store_leave(r);
	if (status != DCTX_OK)
		dctxi_event(DCTX_EV_DROPPED_WRITE, status, "gather");
}

/* Of all that must succeed only a failure decides anything before the end. */
static void outcome(struct dctxi_runner *r, size_t i)
{
	struct dctxi_scatter *s = r->scatter;
	bool good = r->what.status == DCTX_OK;

	if (s->slice != NULL)
		s->slice[i] = r->what;
	if ((!good || (s->quorum != 0 && s->quorum < s->n)) &&
	    decides(s, good, !good, r->what.status)) {
		/* A cancel's callbacks have the thread's own context. */
		if (r->inside)
			store_leave(r);
		stop(s, r->done, i, r->what.status);
	}
	r->done++;
}

static bool is_timed(const struct dctxi_scatter *s)
{
	return (s->options.flags & DCTX_SCATTER_TIMED) != 0;
}

/* What the scatter's context says, whatever a slice has made of its own. */
static dctx_status ask(const struct dctxi_scatter *s)
{
	if (dctxi_is_far(s->snapshot->cell, s->deadline))
		return DCTX_OK;
	return dctx_snapshot_done(s->snapshot);
}

/* A result that comes too late is late, whatever it is. */
static void look_at_end(struct dctxi_runner *r)
{
	r->end = ask(r->scatter);
	if (r->end != DCTX_OK && r->what.status == DCTX_OK &&
	    r->scatter->deadline != DCTX_NO_DEADLINE &&
	    dctxi_clock() >= r->scatter->deadline)
		r->what.status = DCTX_DEADLINE_EXCEEDED;
}

/* Ends what the runner is in. */
static void slice_end(struct dctxi_runner *r)
{
	size_t i = r->at;

	if (is_timed(r->scatter) && r->what.ran)
		r->what.ns = dctxi_clock() - r->began;
	look_at_end(r);
	context_leave(r);
	__atomic_store_n(&r->at, DCTXI_NO_SLICE, __ATOMIC_RELEASE);
	outcome(r, i);
}

/* One call serves all slices, so an accessor may wrap it once. */
static void *slice_call(void *none)
{
	struct dctxi_runner *r = dctxi_runner_here();

	r->what.ran = true;
	r->what.status =
		r->scatter->fn(r->scatter->user, r->at, &r->what.result);
	r->came_back = true;
	return none;
}

const dctx_call dctxi_slice_call = {slice_call, NULL, NULL};

static void slice_run(struct dctxi_runner *r, size_t i)
{
	struct dctxi_scatter *s = r->scatter;
	struct dctxi_along along = s->along;
	dctx_status status = r->done == 0 ? ask(s) : r->end;
	void *none;

	if (status == DCTX_OK)
		status = context_enter(r);
	/* Until it comes back, and if a wrap does not call it. */
	r->what = (dctx_slice){.status = status};
	r->came_back = false;
	if (status != DCTX_OK) {
		outcome(r, i);
		return;
	}
	r->what.status = DCTX_CANCELED;
	if (is_timed(s))
		r->began = dctxi_clock();
	if (r->published.seq != 0)
		dctxi_published_set(&r->published, NULL);
	__atomic_store_n(&r->at, i, __ATOMIC_RELEASE);
	status = dctxi_along_run(&along, &dctxi_slice_call, &none);
	if (status != DCTX_OK)
		r->what.status = status;
	slice_end(r);
}

static bool place_take(struct dctxi_scatter *s)
{
	size_t free = __atomic_load_n(&s->places, __ATOMIC_RELAXED);

	while (s->limited && free > 0)
		if (__atomic_compare_exchange_n(&s->places, &free, free - 1,
						true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return !s->limited;
}

static void go_end(struct dctxi_runner *r)
{
	struct dctxi_scatter *s = r->scatter;
	size_t done = r->done;

	if (r->inside)
		store_leave(r);
	(void)here_set(r->before);
	r->done = 0;
	if (s->limited)
		__atomic_fetch_add(&s->places, 1, __ATOMIC_RELAXED);
	if (done > 0)
		over(s, done);
}

/* The thread ends in a slice: by pthread_exit, or cancelled. What accessors set
 * is restored before that is over, not when the thread's locals end. */
static void ended_inside(void *arg)
{
	struct dctxi_runner *r = arg;

	if (r->at != DCTXI_NO_SLICE) {
		dctxi_give_up(r->held);
		slice_end(r);
	}
	go_end(r);
}

static size_t claim(struct dctxi_runner *r, size_t most)
{
	struct dctxi_scatter *s = r->scatter;
	size_t n = 0, i;

	for (; n < most; n++) {
		i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
		if (i >= s->n)
			break;
		slice_run(r, i);
	}
	return n;
}

size_t dctxi_runner_go(struct dctxi_runner *r, size_t most)
{
	size_t n;

	if (!place_take(r->scatter))
		return 0;
	r->before = dctxi_runner_here();
	(void)here_set(r);
	r->held = dctxi_held();
	pthread_cleanup_push(ended_inside, r);
	n = claim(r, most);
	pthread_cleanup_pop(0);
	go_end(r);
	return n;
}
