/* SPDX-License-Identifier: MIT */
/*
 * ops_exported.c - get as a binding calls it: through the exported functions,
 * which is what DCTX_TLS_DYNAMIC, defined for this file, makes of the inlines.
 * On a store that the binding holds, which has a limit; and asking for the
 * current one first, a second call, which is only told.
 */
#include "bench.h"
#include "ops_read.h"

#ifndef DCTX_TLS_DYNAMIC
#error "this file is for the exported functions"
#endif

static void get_held_hit(uint64_t turns)
{
	const dctx_store *store = dctx_current();
	uint64_t sum = 0;

	while (turns--)
		sum += dctx_store_get(store, k_hit, 0);
	consume(sum);
}

static void get_held_miss(uint64_t turns)
{
	const dctx_store *store = dctx_current();
	uint64_t sum = 0;

	while (turns--)
		sum += dctx_store_get(store, k_miss, 0);
	consume(sum);
}

static void get_current_hit(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--)
		sum += dctx_get(k_hit, 0);
	consume(sum);
}

static void get_current_miss(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--)
		sum += dctx_get(k_miss, 0);
	consume(sum);
}

#define AXES(store, read)                                                     \
	"store=" store " depth=1,1000 keys=8,512 read=" read

const struct op exported_ops[] = {
	{"get_exported", AXES("held", "hit"), {{[F] = 1.5}, 0}, 0, 22,
	 read_setup, get_held_hit, NULL, NULL},
	{"get_exported", AXES("held", "miss"), {{[F] = 1.5}, 0}, 0, 22,
	 read_setup, get_held_miss, NULL, NULL},
	{"get_exported", AXES("current", "hit"), {{0}, 0}, 0, ANY, read_setup,
	 get_current_hit, NULL, NULL},
	{"get_exported", AXES("current", "miss"), {{0}, 0}, 0, ANY, read_setup,
	 get_current_miss, NULL, NULL},
	{0},
};
