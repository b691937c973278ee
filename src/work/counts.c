/* SPDX-License-Identifier: MIT */
#include "data/fail.h"
#include "work/executor.h"

/* The first bucket's bound, as a power of two. */
#define FIRST 10

void dctxi_count_time(uint64_t buckets[DCTXI_BUCKETS], uint64_t *sum,
		      int64_t ns)
{
	int bucket = 0;

	if (ns < 0)
		ns = 0;
	if (ns >= 1 << FIRST)
		bucket = 64 - __builtin_clzll((unsigned long long)ns) - FIRST;
	if (bucket >= DCTXI_BUCKETS)
		bucket = DCTXI_BUCKETS - 1;
	dctxi_count(&buckets[bucket], 1);
	dctxi_count(sum, ns);
}

void dctxi_count_end(struct dctx_executor *executor, dctx_status status)
{
	struct dctxi_counts *counts = &executor->counts;

	if (status == DCTX_OK)
		dctxi_count(&counts->completed, 1);
	else if (status == DCTX_CANCELED)
		dctxi_count(&counts->cancelled, 1);
	else if (status == DCTX_DEADLINE_EXCEEDED)
		dctxi_count(&counts->timed_out, 1);
	else
		dctxi_count(&counts->dropped, 1);
}

/* A difference of two atomics may be below 0 for a moment. */
static uint64_t gauge(const uint64_t *counter)
{
	int64_t n = (int64_t)__atomic_load_n(counter, __ATOMIC_RELAXED);

	return n > 0 ? (uint64_t)n : 0;
}

dctx_status dctx_executor_stats_read(const dctx_executor *executor,
				     dctx_executor_stats *out)
{
	const struct dctxi_counts *counts;

	if (executor == NULL || out == NULL || out->struct_size < sizeof *out)
		return dctxi_fail(DCTX_INVALID, "stats");
	counts = &executor->counts;
	*out = (dctx_executor_stats){
		.struct_size = out->struct_size,
		.submitted = gauge(&counts->submitted),
		.completed = gauge(&counts->completed),
		.rejected = gauge(&counts->rejected),
		.dropped = gauge(&counts->dropped),
		.cancelled = gauge(&counts->cancelled),
		.timed_out = gauge(&counts->timed_out),
		.caller_ran = gauge(&counts->caller_ran),
		.scatters = gauge(&counts->scatters),
		.partial = gauge(&counts->partial),
		.slices = gauge(&counts->slices),
		.missing = gauge(&counts->missing),
		.unclean = gauge(&counts->unclean),
		.running = gauge(&counts->running),
		.queued = gauge(&counts->queued),
	};
	for (int i = 0; i < DCTXI_BUCKETS; i++) {
		out->queue_ns[i] = gauge(&counts->queue_ns[i]);
		out->run_ns[i] = gauge(&counts->run_ns[i]);
	}
	return DCTX_OK;
}
