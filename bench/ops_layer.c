/* SPDX-License-Identifier: MIT */
/* ops_layer.c - a span's enter and leave under our layers; without any they are
 * in ops_span.c. */
#include "bench.h"

static const dctx_span_site site = {"handle", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};
static dctx_span *span;
static dctx_store *task;

static void open_span(void)
{
	register_nums(64);
	span = dctx_span_open(&site, NULL, NULL, 0);
	must_be(span != NULL, "a span");
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
	{"span_enter_leave_sync", "", {{0}, 0}, 0, ANY, sync_setup, enter_leave,
	 NULL, NULL},
	{"span_enter_leave_async", "", {{0}, 0}, 0, ANY, async_setup,
	 enter_leave, NULL, NULL},
	{0},
};
