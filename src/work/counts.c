/* SPDX-License-Identifier: MIT */
#include "data/fail.h"
#include "work/executor.h"

/* The first bucket's bound, as a power of two. */
#define FIRST 10

/* This thread's share of an executor's times. */
static struct dctxi_times *mine(struct dctx_executor *executor)
{
	static uint32_t given;
	static __thread uint32_t share; /* plus 1 */

	if (share == 0)
		share = __atomic_fetch_add(&given, 1, __ATOMIC_RELAXED) %
				DCTXI_SHARES +
			1;
	return &executor->counts.times[share - 1];
}

static void count_time(uint64_t buckets[DCTXI_BUCKETS], uint64_t *sum,
		       int64_t ns)
{
	int bucket = 0;

	if (ns >= 1 << FIRST)
		bucket = 64 - __builtin_clzll((unsigned long long)ns) - FIRST;
	if (bucket >= DCTXI_BUCKETS)
		bucket = DCTXI_BUCKETS - 1;
	dctxi_count(&buckets[bucket], 1);
	if (ns > 0)
		dctxi_count(sum, ns);
}

void dctxi_count_begun(struct dctx_executor *executor, int64_t ns)
{
	struct dctxi_times *times = mine(executor);

	count_time(times->queue_ns, &times->queue_sum, ns);
}

void dctxi_count_completed(struct dctx_executor *executor, int64_t ns)
{
	struct dctxi_times *times = mine(executor);

	count_time(times->run_ns, &times->run_sum, ns);
}

void dctxi_count_end(struct dctx_executor *executor, dctx_status status)
{
	struct dctxi_counts *counts = &executor->counts;

	if (status == DCTX_CANCELED)
		dctxi_count(&counts->cancelled, 1);
	else if (status == DCTX_DEADLINE_EXCEEDED)
		dctxi_count(&counts->timed_out, 1);
	else
		dctxi_count(&counts->dropped, 1);
}

static uint64_t read_count(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Of two counts that were read one after the other: never below 0. */
static uint64_t between(uint64_t before, uint64_t after)
{
	return before > after ? before - after : 0;
}

static uint64_t sum(const uint64_t buckets[DCTXI_BUCKETS])
{
	uint64_t n = 0;

	for (int i = 0; i < DCTXI_BUCKETS; i++)
		n += buckets[i];
	return n;
}

void dctxi_times_sum(const struct dctx_executor *executor,
		     struct dctxi_times *out)
{
	*out = (struct dctxi_times){.queue_sum = 0};
	for (int i = 0; i < DCTXI_SHARES; i++) {
		const struct dctxi_times *times = &executor->counts.times[i];

		for (int k = 0; k < DCTXI_BUCKETS; k++) {
			/* The end first: more have begun. */
			out->run_ns[k] += read_count(&times->run_ns[k]);
			out->queue_ns[k] += read_count(&times->queue_ns[k]);
		}
		out->queue_sum += read_count(&times->queue_sum);
		out->run_sum += read_count(&times->run_sum);
	}
}

/* Those that ended, but completed. */
static uint64_t fallen(const struct dctxi_counts *counts)
{
	return read_count(&counts->dropped) + read_count(&counts->cancelled) +
	       read_count(&counts->timed_out);
}

uint64_t dctxi_count_running(const struct dctx_executor *executor)
{
	const struct dctxi_counts *counts = &executor->counts;
	uint64_t ended = fallen(counts) - read_count(&counts->unrun);
	struct dctxi_times times;

	dctxi_times_sum(executor, &times);
	return between(sum(times.queue_ns), sum(times.run_ns) + ended);
}

dctx_status dctx_executor_stats_read(const dctx_executor *executor,
				     dctx_executor_stats *out)
{
	const struct dctxi_counts *counts;
	struct dctxi_times times;
	uint64_t fell, unrun, begun;

	if (executor == NULL || out == NULL || out->struct_size < sizeof *out)
		return dctxi_fail(DCTX_INVALID, "stats");
	counts = &executor->counts;
	fell = fallen(counts);
	unrun = read_count(&counts->unrun);
	dctxi_times_sum(executor, &times);
	begun = sum(times.queue_ns);
	*out = (dctx_executor_stats){
		.struct_size = out->struct_size,
		.submitted = read_count(&counts->submitted),
		.completed = sum(times.run_ns),
		.rejected = read_count(&counts->rejected),
		.dropped = read_count(&counts->dropped),
		.cancelled = read_count(&counts->cancelled),
		.timed_out = read_count(&counts->timed_out),
		.caller_ran = read_count(&counts->caller_ran),
		.scatters = read_count(&counts->scatters),
		.partial = read_count(&counts->partial),
		.slices = read_count(&counts->slices),
		.missing = read_count(&counts->missing),
		.unclean = read_count(&counts->unclean),
	};
	out->running = between(begun + unrun, out->completed + fell);
	out->queued = between(out->submitted, begun + unrun);
	for (int i = 0; i < DCTXI_BUCKETS; i++) {
		out->queue_ns[i] = times.queue_ns[i];
		out->run_ns[i] = times.run_ns[i];
	}
	return DCTX_OK;
}
