/* SPDX-License-Identifier: MIT */
/* Making and ending a sink, and what became of its spans. */
#include "trace/sink.h"

#include "data/fail.h"
#include "plat/clock.h"
#include "plat/exit.h"
#include "plat/fork.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/pin.h"
#include "trace/level.h"

#include <dctx/deadline.h>

#include <string.h>

#define BYTES ((size_t)4 << 20)
#define BATCH 512
#define BATCH_MOST 65536
#define LINGER (1 * DCTX_S)
#define PATIENCE (5 * DCTX_S)
#define GRACE (1 * DCTX_S) /* for a call to come back, at the end */

static struct dctxi_mutex table_lock;

void dctxi_sinks_lock(void)
{
	dctxi_mutex_lock(&table_lock);
}

void dctxi_sinks_unlock(void)
{
	dctxi_mutex_unlock(&table_lock);
}

void dctxi_sinks_unlock_in_child(void)
{
	dctxi_mutex_unlock_in_child(&table_lock);
}

static bool can_export(const dctx_sink_ops *ops)
{
	return ops != NULL && ops->struct_size >= sizeof *ops &&
	       ops->name != NULL && ops->export_spans != NULL;
}

static bool are_valid(const dctx_sink_options *options)
{
	return options->struct_size >= sizeof *options &&
	       options->batch <= BATCH_MOST && options->linger >= 0 &&
	       options->patience >= 0 &&
	       (unsigned)options->most <= DCTX_LEVEL_TRACE;
}

/* Under the table's lock, and the sink's, under which others change it. */
static bool take(struct dctx_sink *sink)
{
	bool is_free;

	dctxi_mutex_lock(&sink->lock);
	is_free = sink->state == DCTXI_SINK_FREE;
	if (is_free)
		sink->state = DCTXI_SINK_MADE;
	dctxi_mutex_unlock(&sink->lock);
	return is_free;
}

/* A place in the table, which is the caller's then; NULL: none. */
static struct dctx_sink *take_place(void)
{
	struct dctx_sink *found = NULL;

	dctxi_sinks_lock();
	for (uint32_t i = 0; i < DCTX_SINKS && found == NULL; i++)
		if (take(&dctxi_sink_table[i])) {
			found = &dctxi_sink_table[i];
			if (i >= dctxi_sinks_used)
				__atomic_store_n(&dctxi_sinks_used, i + 1,
						 __ATOMIC_RELAXED);
		}
	dctxi_sinks_unlock();
	return found;
}

/* All that who used the place before left, but for what goes on counting, and
 * the lock: somebody may still look at them. */
static void clear(struct dctx_sink *sink)
{
	sink->stop = sink->orphan = sink->dirty = false;
	sink->forked = sink->forked_here = false;
	sink->answered = sink->asked;
	sink->flushed = DCTX_OK;
	sink->n = 0;
	sink->end = 0;
	sink->delay = 0;
	sink->full = sink->exported = sink->refused = 0;
	sink->batches = sink->busy = sink->no_thread = 0;
}

static dctx_status set_up(struct dctx_sink *sink,
			  const dctx_sink_options *options)
{
	clear(sink);
	sink->batch = options->batch != 0 ? options->batch : BATCH;
	sink->linger = options->linger != 0 ? options->linger : LINGER;
	sink->patience = options->patience != 0 ? options->patience : PATIENCE;
	__atomic_store_n(&sink->most,
			 options->most != DCTX_LEVEL_NONE ? options->most
							  : DCTX_LEVEL_TRACE,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&sink->process, dctxi_fork_count(), __ATOMIC_RELAXED);
	sink->spans = dctxi_alloc(sink->batch * sizeof *sink->spans);
	if (sink->spans == NULL)
		return DCTX_NOMEM;
	if (dctxi_ring_init(&sink->ring,
			    options->bytes != 0 ? options->bytes : BYTES))
		return DCTX_OK;
	dctxi_free(sink->spans, sink->batch * sizeof *sink->spans);
	return DCTX_NOMEM;
}

static void give_place(struct dctx_sink *sink)
{
	dctxi_sinks_lock();
	dctxi_mutex_lock(&sink->lock);
	sink->state = DCTXI_SINK_FREE;
	dctxi_mutex_unlock(&sink->lock);
	dctxi_sinks_unlock();
}

/* Under both locks, as all that a fork's child must find whole. */
static void open_place(struct dctx_sink *sink)
{
	dctxi_sinks_lock();
	dctxi_mutex_lock(&sink->lock);
	sink->state = DCTXI_SINK_QUIET;
	__atomic_store_n(&sink->wake_at, 0, __ATOMIC_SEQ_CST);
	/* Not `entered`, which also counts who only looks in. */
	sink->began_at = __atomic_load_n(&sink->left, __ATOMIC_RELAXED);
	/* Release what was set. */
	__atomic_store_n(&sink->open, 1, __ATOMIC_SEQ_CST);
	dctxi_mutex_unlock(&sink->lock);
	dctxi_sinks_unlock();
	__atomic_fetch_add(&dctxi_sinks_open, 1, __ATOMIC_RELAXED);
	dctxi_level_add((dctx_level)sink->most);
}

/* Each sink asks anew, so that its flush comes before the ends of libraries
 * that its maker set up. Where there is no memory for that, and past so many
 * in a process's life, an earlier request does. */
static void flush_at_exit(void)
{
	static uint32_t asked;

	if (__atomic_load_n(&asked, __ATOMIC_RELAXED) < 2 * DCTX_SINKS &&
	    dctxi_at_exit(dctxi_sinks_flush))
		__atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
}

dctx_status dctx_sink_new(const dctx_sink_ops *ops, void *user,
			  const dctx_sink_options *given, dctx_sink **out)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE};
	struct dctx_sink *sink;
	dctx_status status;

	if (out == NULL || !can_export(ops) ||
	    (given != NULL && !are_valid(given)))
		return dctxi_fail(DCTX_INVALID, "sink");
	if (given != NULL)
		options = *given;
	/* A plug-in with the library in it must outlive the thread. */
	if (!dctxi_pin(dctxi_sink_table))
		return dctxi_fail_system(0);
	sink = take_place();
	if (sink == NULL)
		return dctxi_fail_limit("sinks", DCTX_SINKS + 1, DCTX_SINKS);
	sink->ops = ops;
	sink->user = user;
	status = set_up(sink, &options);
	if (status != DCTX_OK) {
		give_place(sink);
		return dctxi_fail(status, "sink");
	}
	flush_at_exit();
	dctxi_sinks_show();
	open_place(sink);
	*out = sink;
	return DCTX_OK;
}

dctx_status dctx_sink_flush(dctx_sink *sink, int64_t until)
{
	dctx_status status;
	int64_t real;

	if (sink == NULL)
		return dctxi_fail(DCTX_INVALID, "sink");
	if (dctxi_sink_is_here(sink))
		return dctxi_fail(DCTX_BUSY, "sink");
	real = until == DCTX_NO_DEADLINE
		       ? until
		       : dctxi_clock_plus(
				 dctxi_clock_real(),
				 dctxi_clock_plus(until, -dctxi_clock()));
	status = dctxi_sink_await(sink, dctxi_sink_ask(sink), real);
	return status == DCTX_OK ? status : dctxi_fail(status, "sink");
}

/* Closes a sink and waits until nobody is in it; false: it is closed. */
static bool shut(struct dctx_sink *sink)
{
	uint32_t was = 1;
	static const uint32_t nothing;

	if (!__atomic_compare_exchange_n(&sink->open, &was, 0, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return false;
	__atomic_fetch_sub(&dctxi_sinks_open, 1, __ATOMIC_RELAXED);
	dctxi_level_drop((dctx_level)sink->most);
	dctxi_sinks_let_go(sink);
	/* A dump that saw it open is over then. */
	dctxi_sinks_lock();
	dctxi_sinks_unlock();
	/* Who tells is there for less than a microsecond, unless it lost its
	 * processor; who flushes at exit, for its patience. */
	while (__atomic_load_n(&sink->entered, __ATOMIC_SEQ_CST) !=
		       __atomic_load_n(&sink->left, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&sink->held, __ATOMIC_SEQ_CST) != 0)
		(void)dctxi_futex_wait(&nothing, 0,
				       dctxi_clock_real() + DCTX_MS / 10);
	return true;
}

/* What is not out at the end. `left` and not `entered`: as above. */
static void count_dropped(const struct dctx_sink *sink)
{
	uint64_t told = __atomic_load_n(&sink->left, __ATOMIC_RELAXED) -
			sink->began_at;
	uint64_t over = dctxi_sink_counted(&sink->exported) +
			dctxi_sink_counted(&sink->full) +
			dctxi_sink_counted(&sink->refused);

	if (told > over)
		dctxi_events(DCTX_EV_DROPPED_SPAN, told - over,
			     DCTX_DEADLINE_EXCEEDED, sink->ops->name);
}

/* By the last who has to do with it. */
void dctxi_sink_free(struct dctx_sink *sink)
{
	dctxi_sink_is_by(sink, (uintptr_t)pthread_self());
	count_dropped(sink);
	if (sink->forked && sink->ops->forked != NULL)
		sink->ops->forked(sink->user);
	if (sink->ops->free != NULL)
		sink->ops->free(sink->user);
	dctxi_sink_is_by(sink, 0);
	dctxi_ring_done(&sink->ring);
	dctxi_free(sink->spans, sink->batch * sizeof *sink->spans);
	sink->spans = NULL;
	give_place(sink);
}

dctx_sink *dctx_sink_end(dctx_sink *sink)
{
	int64_t until, last;

	if (sink == NULL || dctxi_sink_is_here(sink) || !shut(sink))
		return NULL;
	until = dctxi_clock_plus(dctxi_clock_real(), sink->patience);
	(void)dctxi_sink_await(sink, dctxi_sink_ask(sink), until);
	last = dctxi_clock_plus(dctxi_clock_real(), GRACE);
	if (dctxi_sink_stop(sink, until > last ? until : last))
		dctxi_sink_free(sink);
	return NULL;
}

/* What is counted last is read first, so that none is less than its parts. */
dctx_status dctx_sink_stats_read(const dctx_sink *sink, dctx_sink_stats *out)
{
	dctx_sink_stats stats;
	uint64_t taken, over;

	if (sink == NULL || out == NULL || out->struct_size < sizeof *out)
		return dctxi_fail(DCTX_INVALID, "stats");
	stats = (dctx_sink_stats){
		.struct_size = out->struct_size,
		.exported = dctxi_sink_counted(&sink->exported),
		.full = dctxi_sink_counted(&sink->full),
		.refused = dctxi_sink_counted(&sink->refused),
		.batches = dctxi_sink_counted(&sink->batches),
		.busy = dctxi_sink_counted(&sink->busy),
		.no_thread = dctxi_sink_counted(&sink->no_thread),
	};
	over = stats.exported + stats.full + stats.refused;
	/* Acquire, and read last: each span was counted here first. */
	taken = __atomic_load_n(&sink->entered, __ATOMIC_ACQUIRE) -
		sink->began_at;
	stats.taken = taken > over ? taken : over;
	stats.waiting = stats.taken - over;
	*out = stats;
	return DCTX_OK;
}
