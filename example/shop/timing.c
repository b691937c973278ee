/* SPDX-License-Identifier: MIT */
/*
 * timing.c - the newest durations of each step, in nanoseconds.
 *
 * Many threads write, each to a place of its own that it takes by counting up;
 * a reader may see a ring half a turn old here and there, which a median does
 * not notice.
 */
#include "shop.h"

#include <stdatomic.h>
#include <time.h>

#define KEPT 4096

static struct series {
	atomic_uint taken;
	atomic_uint ns[KEPT];
} all[SHOP_STEPS];

static const char *const names[SHOP_STEPS] = {
	[SHOP_CLOCK] = "clock read (in every figure)",
	[SHOP_CAPTURE] = "capture",
	[SHOP_ATTACH] = "attach",
	[SHOP_DETACH] = "detach",
	[SHOP_WRAP] = "wrap",
	[SHOP_ENCODE] = "encode",
	[SHOP_TO_BASE64] = "to base64",
	[SHOP_FROM_BASE64] = "from base64",
	[SHOP_DECODE] = "decode and attach",
};

uint64_t shop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void shop_took(enum shop_step step, uint64_t since)
{
	uint64_t ns = shop_now() - since;
	struct series *s = &all[step];
	unsigned at = atomic_fetch_add_explicit(&s->taken, 1,
						memory_order_relaxed);

	atomic_store_explicit(&s->ns[at % KEPT],
			      ns < UINT32_MAX ? (unsigned)ns : UINT32_MAX,
			      memory_order_relaxed);
}

static json_t *series_as_json(struct series *s)
{
	unsigned count = atomic_load_explicit(&s->taken, memory_order_relaxed);
	json_t *list = json_array();

	if (count > KEPT)
		count = KEPT;
	for (unsigned i = 0; i < count; i++) {
		unsigned ns = atomic_load_explicit(&s->ns[i],
						   memory_order_relaxed);
		json_array_append_new(list, json_integer(ns));
	}
	return list;
}

json_t *shop_timings(void)
{
	json_t *steps = json_object();

	for (int i = 0; i < SHOP_STEPS; i++)
		json_object_set_new(steps, names[i], series_as_json(&all[i]));
	return steps;
}
