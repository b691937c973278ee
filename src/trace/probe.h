/* SPDX-License-Identifier: MIT */
/* probe.h - for white-box tests: a sink that does what a test wants. */
#ifndef DCTXI_PROBE_H
#define DCTXI_PROBE_H

#include "plat/clock.h"
#include "plat/heap.h"
#include "trace/made.h"
#include "trace/sink.h"
#include "trace/sinks.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A sink that does what a test wants. */
static struct {
	uint32_t exported, calls, busy_calls, flushes, frees; /* atomic */
	uint32_t gate;	      /* atomic; exports wait while it is 1 */
	uint32_t inside;      /* atomic; an export is in the gate */
	uint32_t ends_thread; /* atomic; once */
	uint32_t tells;	      /* spans it closes itself, each call */
	dctx_status says;     /* atomic */
	int64_t patience;     /* seen */
} probe;

static inline uint32_t seen(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void add(uint32_t *word, uint32_t n)
{
	__atomic_fetch_add(word, n, __ATOMIC_ACQ_REL);
}

static inline void tell_some(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		dctx_told_span told = made(1, 2, 3);

		dctxi_sinks_tell(&told);
	}
}

static inline dctx_status export(void *user, const dctx_told_span *spans,
				 size_t n, int64_t until)
{
	dctx_status says =
		(dctx_status)__atomic_load_n(&probe.says, __ATOMIC_ACQUIRE);

	(void)user;
	add(&probe.calls, 1);
	probe.patience = until - dctx_now();
	for (size_t i = 0; i < n; i++)
		if (strcmp(spans[i].site->name, "made") != 0)
			abort();
	set(&probe.inside, 1);
	while (seen(&probe.gate))
		sched_yield();
	set(&probe.inside, 0);
	if (seen(&probe.ends_thread)) {
		set(&probe.ends_thread, 0);
		pthread_exit(NULL);
	}
	tell_some(probe.tells);
	if (says == DCTX_OK)
		add(&probe.exported, (uint32_t)n);
	return says;
}

static inline dctx_status flush(void *user, int64_t until)
{
	(void)user;
	(void)until;
	add(&probe.flushes, 1);
	return DCTX_OK;
}

static inline void count_free(void *user)
{
	(void)user;
	add(&probe.frees, 1);
}

static const dctx_sink_ops ops = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "probe",
	.export_spans = export,
	.flush = flush,
	.free = count_free,
};

static inline dctx_sink *new_sink(size_t bytes, size_t batch, int64_t linger)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .bytes = bytes,
				     .batch = batch,
				     .linger = linger};
	dctx_sink *sink = NULL;

	memset(&probe, 0, sizeof probe);
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink), DCTX_OK);
	return sink;
}

static inline dctx_sink_stats stats_of(const dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	assert_int_equal(stats.taken, stats.exported + stats.full +
					      stats.refused + stats.waiting);
	return stats;
}

static inline int64_t soon(void)
{
	return dctx_deadline_in(100 * DCTX_S);
}

static inline void await(const uint32_t *word, uint32_t value)
{
	while (seen(word) != value)
		sched_yield();
}

/* From the n-th request to the system on, all are refused. */
static inline void refuse_from(long n)
{
	dctxi_refusal.once = false;
	__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
}

#endif
