/* SPDX-License-Identifier: MIT */
/* ops_layer.c - what our layers add to a span's enter and leave. */
#include "bench.h"

static const dctx_span_site site = {"handle", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};
static dctx_span *span;
static dctx_store *task;

/* A layer that does nothing: the span is there, and what it costs by itself. */
static const dctx_layer idle = {.struct_size = sizeof(idle), .name = "idle"};

static void open_span(void)
{
	register_nums(64);
	span = dctx_span_open(&site, NULL, NULL, 0);
	must_be(span != NULL, "a span");
}

static void bare_setup(void)
{
	must(dctx_layer_mount(&idle, 0));
	open_span();
}

static void sync_setup(void)
{
	must(dctx_layer_mount(dctx_layer_sync(), 0));
	open_span();
}

/* A task in a span that it entered before. */
static void async_setup(void)
{
	must(dctx_layer_mount(dctx_layer_async(), 0));
	open_span();
	must(dctx_task_new(NULL, &task));
	dctx_task_enter(task);
	dctx_span_enter(span);
	dctx_span_leave(span);
	must_be(dctx_depth() == 2, "a span's scope");
}

static void enter_leave(uint64_t turns)
{
	while (turns--) {
		dctx_span_enter(span);
		BARRIER();
		dctx_span_leave(span);
		BARRIER();
	}
}

const struct op layer_ops[] = {
	{"span_enter",
	 "",
	 {{0}, 0},
	 0,
	 ANY,
	 bare_setup,
	 enter_leave,
	 NULL,
	 NULL},
	{"span_enter_sync",
	 "",
	 {{0}, 0},
	 0,
	 ANY,
	 sync_setup,
	 enter_leave,
	 NULL,
	 NULL},
	{"span_enter_async",
	 "",
	 {{0}, 0},
	 0,
	 ANY,
	 async_setup,
	 enter_leave,
	 NULL,
	 NULL},
	{0},
};
