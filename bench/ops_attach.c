/* SPDX-License-Identifier: MIT */
/* ops_attach.c - bring a snapshot here and take it away again. */
#include "bench.h"

static dctx_snapshot *snapshot;

/* A snapshot of that many values, and a store with nothing of it. */
static void capture(long keys, long values)
{
	dctx_guard guard;

	register_nums(keys);
	guard = dctx_enter(NULL);
	set_nums(values);
	must(dctx_capture(&snapshot));
	dctx_leave(guard);
}

static void attach_setup(void)
{
	capture(64, param("values"));
}

static void set1_setup(void)
{
	capture(param("keys"), 8);
}

static void counted(uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach(snapshot, &guard));
		dctx_leave(guard);
	}
}

static void borrowed(uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach_borrowed(snapshot, &guard));
		dctx_leave(guard);
	}
}

static void borrowed_set1(uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach_borrowed(snapshot, &guard));
		dctx_set(num[7], turns);
		dctx_leave(guard);
	}
}

const struct op attach_ops[] = {
	{"attach_counted", "values=1,64", {{[A] = 3, [F] = 1}, 0}, 0, ANY,
	 attach_setup, counted, NULL, NULL},
	{"attach_borrowed", "values=1,64", {{[F] = 5.5}, 0}, 0, ANY,
	 attach_setup, borrowed, NULL, NULL},
	{"attach_borrowed_set1", "keys=64", {{[F] = 25}, 0}, 0, ANY, set1_setup,
	 borrowed_set1, NULL, NULL},
	{"attach_borrowed_set1", "keys=512", {{[F] = 38}, 0}, 0, ANY,
	 set1_setup, borrowed_set1, NULL, NULL},
	{0},
};
