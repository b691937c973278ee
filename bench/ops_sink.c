/* SPDX-License-Identifier: MIT */
/*
 * ops_sink.c - what a sink adds to a span where it is closed: its copy into the
 * ring, and the wake-ups of the sink's thread, as long as that keeps up. A loop
 * without end may outrun it and measure drops.
 */
#include "bench.h"

#define BURST 256
#define BURSTS 1001

static const dctx_span_site site = {"handle", "bench", DCTX_LEVEL_INFO,
				    __FILE__, __LINE__};
static dctx_sink *sink;

static dctx_status answer(void *user, const dctx_told_span *spans, size_t n,
			  int64_t until)
{
	(void)user, (void)spans, (void)n, (void)until;
	return DCTX_OK;
}

static const dctx_sink_ops ops = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "null",
	.export_spans = answer,
};

static void open_close(uint64_t turns)
{
	while (turns--)
		dctx_span_close(dctx_span_open(&site, NULL, NULL, 0));
}

static uint64_t dropped(void)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	must(dctx_sink_stats_read(sink, &stats));
	return stats.full;
}

static void setup(void)
{
	must(dctx_sink_new(&ops, NULL, NULL, &sink));
}

/* In bursts, between which the ring is emptied. */
static double bursts(void)
{
	double ns[BURSTS];

	for (int i = 0; i < BURSTS; i++) {
		double start = now_ns();

		open_close(BURST);
		ns[i] = (now_ns() - start) / BURST;
		must(dctx_sink_flush(sink, dctx_deadline_in(60 * DCTX_S)));
	}
	must_be(dropped() == 0, "room in the ring");
	return median(ns, BURSTS);
}

const struct op sink_ops[] = {
	{"span_open_close_sink", "", {{0}, 0}, ANY, ANY, setup, NULL, NULL,
	 bursts},
	{0},
};
