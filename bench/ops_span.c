/* SPDX-License-Identifier: MIT */
/*
 * ops_span.c - spans: that nobody wants, under a layer that does nothing, and
 * with a sink that throws them away, which runs on its own thread meanwhile. A
 * loop without end may outrun that and measure drops; what a close costs while
 * the sink keeps up is told by bursts.
 */
#include "bench.h"

#define BURST 256
#define BURSTS 1001

static const dctx_layer layer = {.struct_size = DCTX_LAYER_SIZE};
static const dctx_span_site site = {"handle", "bench", DCTX_LEVEL_INFO,
				    __FILE__, __LINE__};
static dctx_span *span;
static dctx_sink *sink;

static dctx_status throw_away(void *user, const dctx_told_span *spans, size_t n,
			      int64_t until)
{
	(void)user, (void)spans, (void)n, (void)until;
	return DCTX_OK;
}

static const dctx_sink_ops ops = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "null",
	.export_spans = throw_away,
};

static void sink_setup(void)
{
	must(dctx_sink_new(&ops, NULL, NULL, &sink));
}

static void want(void)
{
	if (param_is("sink", "null"))
		sink_setup();
	else
		must(dctx_layer_mount(&layer, 0));
}

static void entered_setup(void)
{
	want();
	span = dctx_span_open(&site, NULL, NULL, 0);
	must_be(span != NULL, "a span");
}

static void nobody_wants(void)
{
	must_be(!DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR), "nobody wants spans");
}

static void disabled(uint64_t turns)
{
	while (turns--) {
		DCTX_SPAN(it, "handle", {"turn", DCTX_ANY(turns)});
		consume((uintptr_t)it);
	}
}

static void no_span(uint64_t turns)
{
	while (turns--)
		consume((uintptr_t)NULL);
}

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

/* Each fits into the ring, which is emptied in between. */
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

static void enter_leave(uint64_t turns)
{
	while (turns--) {
		dctx_span_enter(span);
		dctx_span_leave(span);
	}
}

static void all_of_it(uint64_t turns)
{
	while (turns--) {
		DCTX_SPAN(it, "handle", {"turn", DCTX_ANY(turns)},
			  {"path", DCTX_ANY(TEXT)});
		consume((uintptr_t)it);
	}
}

const struct op span_ops[] = {
	{"span_disabled",
	 "",
	 {{[F] = 1}, 0},
	 0,
	 ANY,
	 nobody_wants,
	 disabled,
	 no_span,
	 NULL},
	{"span_open_close",
	 "sink=no",
	 {{[F] = 40, [K] = 2}, 0},
	 0,
	 ANY,
	 want,
	 open_close,
	 NULL,
	 NULL},
	{"span_open_close",
	 "sink=null",
	 {{0}, 0},
	 0,
	 ANY,
	 want,
	 open_close,
	 NULL,
	 NULL},
	{"span_open_close_sink",
	 "",
	 {{0}, 0},
	 ANY,
	 ANY,
	 sink_setup,
	 NULL,
	 NULL,
	 bursts},
	{"span_enter_leave",
	 "sink=no,null",
	 {{0}, 0},
	 0,
	 ANY,
	 entered_setup,
	 enter_leave,
	 NULL,
	 NULL},
	{"span", "sink=no,null", {{0}, 0}, 0, ANY, want, all_of_it, NULL, NULL},
	{0},
};
