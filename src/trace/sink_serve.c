/* SPDX-License-Identifier: MIT */
/* What who has the role does: batches out of the ring, exported, again where
 * the sink was busy; flushes answered. */
#include "data/fail.h"
#include "plat/clock.h"
#include "plat/futex.h"
#include "trace/sink.h"

#include <dctx/deadline.h>

#define DELAY_LEAST (100 * DCTX_MS)
#define DELAY_MOST (30 * DCTX_S)
#define REST (5 * DCTX_S) /* of dctx_sink_ops.flush */

/* What others want, as of one moment. */
struct wanted {
	bool stop;
	bool flush;
	uint32_t asked, answered;
	uint64_t to, retry;
};

static struct wanted look(struct dctx_sink *sink)
{
	struct wanted wanted;

	dctxi_mutex_lock(&sink->lock);
	wanted = (struct wanted){
		.stop = sink->stop,
		.flush = sink->asked != sink->answered,
		.asked = sink->asked,
		.answered = sink->answered,
		.to = sink->asked_to,
		.retry = sink->retry,
	};
	dctxi_mutex_unlock(&sink->lock);
	return wanted;
}

static int64_t call_until(const struct dctx_sink *sink)
{
	return dctxi_clock_plus(dctxi_clock(), sink->patience);
}

void dctxi_sink_forget(struct dctx_sink *sink)
{
	dctxi_ring_forget(&sink->ring);
	sink->n = 0;
	sink->end = dctxi_ring_tail(&sink->ring);
	sink->delay = 0;
	sink->dirty = false;
}

/* A call forked, and this is the child. What others told it since is dropped
 * with the rest. */
static void forget_after_call(struct dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	sink->forked_here = false;
	dctxi_sink_forget(sink);
	(void)dctx_sink_stats_read(sink, &stats);
	dctxi_sink_count(&sink->refused, stats.waiting);
}

static void meet_fork(struct dctx_sink *sink)
{
	if (sink->forked_here)
		forget_after_call(sink);
	if (!sink->forked)
		return;
	sink->forked = false;
	if (sink->ops->forked != NULL)
		sink->ops->forked(sink->user);
}

static void give_back(struct dctx_sink *sink)
{
	dctxi_ring_release(&sink->ring, sink->end);
	sink->n = 0;
	sink->delay = 0;
}

static void collect(struct dctx_sink *sink, int64_t now)
{
	const dctx_told_span *span = NULL;

	if (sink->n == 0)
		sink->since = now;
	while (sink->n < sink->batch &&
	       (span = dctxi_ring_next(&sink->ring, &sink->end)) != NULL)
		sink->spans[sink->n++] = *span;
	/* What was passed over must not be waited for. */
	if (sink->n == 0 && sink->end != dctxi_ring_tail(&sink->ring))
		give_back(sink);
}

static bool is_due(const struct dctx_sink *sink, const struct wanted *wanted,
		   int64_t now)
{
	uint64_t tail = dctxi_ring_tail(&sink->ring);

	if (sink->n == 0)
		return false;
	if (sink->delay > 0)
		return now >= sink->retry_at || wanted->retry != sink->retried;
	return sink->n == sink->batch ||
	       sink->end - tail >= sink->ring.size / 2 ||
	       (wanted->flush && tail < wanted->to) ||
	       now >= dctxi_clock_plus(sink->since, sink->linger);
}

static void wait_longer(struct dctx_sink *sink, const struct wanted *wanted)
{
	sink->delay = sink->delay == 0 ? DELAY_LEAST : 2 * sink->delay;
	if (sink->delay > DELAY_MOST)
		sink->delay = DELAY_MOST;
	sink->retry_at = dctxi_clock_plus(dctxi_clock_real(), sink->delay);
	sink->retried = wanted->retry;
	dctxi_sink_count(&sink->busy, 1);
}

static void refuse(struct dctx_sink *sink, dctx_status status)
{
	size_t n = sink->n;

	dctxi_sink_count(&sink->refused, n);
	give_back(sink);
	if (n > 0)
		dctxi_events(DCTX_EV_DROPPED_SPAN, n, status, sink->ops->name);
}

static void export(struct dctx_sink *sink, const struct wanted *wanted)
{
	dctx_status status;

	sink->dirty = true;
	status = sink->ops->export_spans(sink->user, sink->spans, sink->n,
					 call_until(sink));
	if (sink->forked_here)
		return;
	if (status == DCTX_BUSY) {
		wait_longer(sink, wanted);
		return;
	}
	sink->rested = dctxi_clock_real();
	if (status != DCTX_OK) {
		refuse(sink, status);
		return;
	}
	dctxi_sink_count(&sink->batches, 1);
	dctxi_sink_count(&sink->exported, sink->n);
	give_back(sink);
}

void dctxi_sink_abandon(struct dctx_sink *sink)
{
	refuse(sink, DCTX_SYSTEM);
}

static dctx_status flush(struct dctx_sink *sink)
{
	sink->dirty = false;
	if (sink->ops->flush == NULL)
		return DCTX_OK;
	return sink->ops->flush(sink->user, call_until(sink));
}

void dctxi_sink_tell_waiters(struct dctx_sink *sink)
{
	/* Relaxed: under the lock, which who is woken takes. */
	__atomic_fetch_add(&sink->done, 1, __ATOMIC_RELAXED);
	dctxi_futex_wake(&sink->done, INT32_MAX);
}

static void answer(struct dctx_sink *sink, uint32_t asked)
{
	dctx_status status = flush(sink);

	dctxi_mutex_lock(&sink->lock);
	sink->flushed = status;
	sink->answered = asked;
	dctxi_sink_tell_waiters(sink);
	dctxi_mutex_unlock(&sink->lock);
}

/* Does one thing that is to be done; false: there is none. */
static bool step(struct dctx_sink *sink, const struct wanted *wanted,
		 int64_t now)
{
	collect(sink, now);
	if (is_due(sink, wanted, now)) {
		export(sink, wanted);
		return true;
	}
	if (wanted->flush && dctxi_ring_tail(&sink->ring) >= wanted->to) {
		answer(sink, wanted->asked);
		return true;
	}
	if (sink->n == 0 && sink->dirty && now >= sink->rested + REST) {
		(void)flush(sink);
		return true;
	}
	return false;
}

/* By when there may be something to do, and from how many spans on. */
static int64_t sleeps_until(const struct dctx_sink *sink, uint64_t *out_wake_at)
{
	/* Relaxed: a few more or less. */
	uint64_t left = __atomic_load_n(&sink->left, __ATOMIC_RELAXED);

	*out_wake_at = DCTXI_NEVER;
	if (sink->delay > 0)
		return sink->retry_at;
	*out_wake_at = sink->n > 0 ? left + sink->batch - sink->n : 0;
	if (sink->n > 0)
		return dctxi_clock_plus(sink->since, sink->linger);
	return sink->dirty ? sink->rested + REST : DCTX_NO_DEADLINE;
}

/* See "Waking" in sink.h. */
static void sleep_until(struct dctx_sink *sink, uint32_t seen, int64_t until)
{
	uint64_t wake_at, at = sink->end;
	int64_t wakes = sleeps_until(sink, &wake_at);

	__atomic_store_n(&sink->wake_at, wake_at, __ATOMIC_SEQ_CST);
	(void)__atomic_load_n(&sink->left, __ATOMIC_SEQ_CST);
	if (sink->delay > 0 || dctxi_ring_next(&sink->ring, &at) == NULL)
		(void)dctxi_futex_wait(&sink->word, seen,
				       wakes < until ? wakes : until);
	__atomic_store_n(&sink->wake_at, DCTXI_NEVER, __ATOMIC_SEQ_CST);
}

dctx_status dctxi_sink_serve(struct dctx_sink *sink, const uint32_t *asked,
			     int64_t until)
{
	for (;;) {
		/* Acquire: what the one who woke wants is there. */
		uint32_t seen = __atomic_load_n(&sink->word, __ATOMIC_ACQUIRE);
		struct wanted wanted;
		int64_t now;

		meet_fork(sink);
		wanted = look(sink);
		now = dctxi_clock_real();
		if (wanted.stop ||
		    (asked != NULL && (int32_t)(wanted.answered - *asked) >= 0))
			return DCTX_OK;
		if (now >= until)
			return DCTX_DEADLINE_EXCEEDED;
		if (!step(sink, &wanted, now))
			sleep_until(sink, seen, until);
	}
}
