/* SPDX-License-Identifier: MIT */
/* sinks.c - see sinks.h. */
#include "sinks.h"

#include <stdio.h>

struct probe probe;

static dctx_status probe_export(void *user, const dctx_told_span *spans,
				size_t n, int64_t until)
{
	dctx_status says = (dctx_status)atomic_load(&probe.says);
	void (*acts)(void) = atomic_load(&probe.acts);

	(void)user;
	(void)until;
	atomic_fetch_add(&probe.calls, 1);
	probe.thread = pthread_self();
	snprintf(probe.last, sizeof(probe.last), "%s", spans[n - 1].site->name);
	if (acts != NULL)
		acts();
	atomic_fetch_add(&probe.inside, 1);
	while (atomic_load(&probe.closed))
		nap();
	atomic_fetch_sub(&probe.inside, 1);
	work(atomic_load(&probe.opens));
	if (says == DCTX_OK)
		atomic_fetch_add(&probe.exported, (unsigned)n);
	return says;
}

static dctx_status probe_flush(void *user, int64_t until)
{
	(void)user;
	(void)until;
	atomic_fetch_add(&probe.flushes, 1);
	return DCTX_OK;
}

static void probe_free(void *user)
{
	(void)user;
	atomic_fetch_add(&probe.frees, 1);
}

static void probe_forked(void *user)
{
	(void)user;
	atomic_fetch_add(&probe.forks, 1);
}

dctx_sink *probe_new(const dctx_sink_options *options)
{
	static const dctx_sink_ops ops = {
		.struct_size = DCTX_SINK_OPS_SIZE,
		.name = "probe",
		.export_spans = probe_export,
		.flush = probe_flush,
		.free = probe_free,
		.forked = probe_forked,
	};
	dctx_sink *sink = NULL;

	memset(&probe, 0, sizeof(probe));
	assert_int_equal(dctx_sink_new(&ops, NULL, options, &sink), DCTX_OK);
	return sink;
}

void work(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		DCTX_SPAN(span, "work", {"n", DCTX_ANY(i)});
		DCTXT_EXPECT(span != NULL);
	}
}

dctx_sink_stats stats_of(const dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	assert_int_equal(stats.taken, stats.exported + stats.full +
					      stats.refused + stats.waiting);
	return stats;
}

int64_t soon(void)
{
	return dctx_deadline_in(60 * DCTX_S);
}
