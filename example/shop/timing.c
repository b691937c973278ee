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
#include <stdio.h>
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
	[SHOP_INJECT] = "inject",
	[SHOP_EXTRACT] = "extract",
	[SHOP_LATE] = "noticed late",
};

uint64_t shop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add(struct series *s, uint64_t ns)
{
	unsigned at = atomic_fetch_add_explicit(&s->taken, 1,
						memory_order_relaxed);

	atomic_store_explicit(&s->ns[at % KEPT],
			      ns < UINT32_MAX ? (unsigned)ns : UINT32_MAX,
			      memory_order_relaxed);
}

void shop_took(enum shop_step step, uint64_t since)
{
	add(&all[step], shop_now() - since);
}

void shop_late(uint64_t ns)
{
	add(&all[SHOP_LATE], ns);
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
	char late[64];

	for (int i = 0; i < SHOP_LATE; i++)
		json_object_set_new(steps, names[i], series_as_json(&all[i]));
	snprintf(late, sizeof(late), "%s, %s", names[SHOP_LATE],
		 shop_process());
	json_object_set_new(steps, late, series_as_json(&all[SHOP_LATE]));
	return steps;
}
