/* SPDX-License-Identifier: MIT */
/*
 * ops_timer.c - arming and disarming with 100,000 timers armed, up to a minute
 * away, in random order.
 *
 * The timers stand in a ring, shuffled; those armed are a window of it. Arming
 * moves the window's head, disarming its tail, to which other timers of the
 * window are swapped first, for the order of disarming to be another one. What
 * is timed does one of them, the engine's undo the other, so that the window
 * has its 100,000 whenever a loop begins.
 */
#include "bench.h"

#include <stdlib.h>

#define ARMED 100000
#define SPARE 16384
#define RING (ARMED + SPARE)

static struct ring {
	dctx_timer *timer;
	uint32_t order[RING];
	uint32_t head, tail; /* places */
	uint32_t armed;
	uint32_t shuffled; /* so many from the tail on */
	uint64_t random;
	int64_t begin;	   /* no deadline is before it */
	dctx_wheel *wheel; /* NULL: the process's */
} ring;

static uint64_t draw(void)
{
	ring.random ^= ring.random << 13;
	ring.random ^= ring.random >> 7;
	ring.random ^= ring.random << 17;
	return ring.random;
}

static void never(void *unused)
{
	(void)unused;
	must_be(false, "no timer is due");
}

static void swap(uint32_t a, uint32_t b)
{
	uint32_t was = ring.order[a % RING];

	ring.order[a % RING] = ring.order[b % RING];
	ring.order[b % RING] = was;
}

/* Makes the next that are disarmed random ones of those armed. */
static void shuffle_tail(void)
{
	for (; ring.shuffled < SPARE; ring.shuffled++) {
		uint32_t left = ring.armed - ring.shuffled;
		uint32_t place = ring.tail + ring.shuffled;

		swap(place, place + (uint32_t)(draw() % left));
	}
}

/* Any time in the minute from then on; each timer has its own. */
static inline int64_t deadline_of(uint32_t timer)
{
	return ring.begin +
	       (int64_t)(timer * UINT64_C(0x9e3779b97f4a7c15) >> 28);
}

static inline void arm_next(dctx_wheel *wheel)
{
	uint32_t timer = ring.order[ring.head];
	int64_t deadline = deadline_of(timer);

	ring.head = ring.head == RING - 1 ? 0 : ring.head + 1;
	must(wheel != NULL ? dctx_wheel_arm(wheel, &ring.timer[timer], deadline)
			   : dctx_timer_arm(&ring.timer[timer], deadline));
}

static inline void disarm_next(dctx_wheel *wheel)
{
	uint32_t timer = ring.order[ring.tail];

	ring.tail = ring.tail == RING - 1 ? 0 : ring.tail + 1;
	must(wheel != NULL ? dctx_wheel_disarm(wheel, &ring.timer[timer])
			   : dctx_timer_disarm(&ring.timer[timer]));
}

static void arm(uint64_t turns)
{
	dctx_wheel *wheel = ring.wheel;

	must_be(turns <= RING - ring.armed, "a timer to spare");
	ring.armed += (uint32_t)turns;
	while (turns--)
		arm_next(wheel);
}

static void disarm(uint64_t turns)
{
	dctx_wheel *wheel = ring.wheel;

	must_be(turns <= ring.shuffled, "a shuffled timer");
	ring.armed -= (uint32_t)turns;
	ring.shuffled -= (uint32_t)turns;
	while (turns--)
		disarm_next(wheel);
}

static void fill(void)
{
	arm(ARMED - ring.armed);
	shuffle_tail();
}

static void drain(void)
{
	disarm(ring.armed - ARMED);
	shuffle_tail();
}

/* Nothing is due while it is measured. The thread of the process's timers
 * sleeps until a timer that none of the others is before. */
static void setup(void)
{
	static dctx_timer first = DCTX_TIMER_INIT(never, NULL);

	ring.random = 88172645463325252;
	ring.begin = dctx_deadline_in(100 * DCTX_S);
	ring.timer = calloc(RING, sizeof(*ring.timer));
	must_be(ring.timer != NULL, "memory");
	for (uint32_t i = 0; i < RING; i++) {
		ring.order[i] = i;
		dctx_timer_init(&ring.timer[i], never, NULL);
	}
	for (uint32_t i = RING - 1; i > 0; i--)
		swap(i, (uint32_t)(draw() % (i + 1)));
	if (param_is("wheel", "loop"))
		must(dctx_wheel_new(dctx_now(), &ring.wheel));
	else
		must(dctx_timer_arm(&first, ring.begin - 10 * DCTX_S));
	fill();
}

static void arm_setup(void)
{
	setup();
	engine_undo = drain;
}

static void disarm_setup(void)
{
	setup();
	engine_undo = fill;
}

const struct op timer_ops[] = {
	{"timer_arm",
	 "armed=100000 wheel=loop",
	 {{[F] = 16}, 0},
	 0,
	 ANY,
	 arm_setup,
	 arm,
	 NULL,
	 NULL},
	{"timer_disarm",
	 "armed=100000 wheel=loop",
	 {{[F] = 8}, 0},
	 0,
	 ANY,
	 disarm_setup,
	 disarm,
	 NULL,
	 NULL},
	{"timer_arm",
	 "armed=100000 wheel=shared",
	 {{[F] = 16, [A] = 2}, 0},
	 0,
	 ANY,
	 arm_setup,
	 arm,
	 NULL,
	 NULL},
	{"timer_disarm",
	 "armed=100000 wheel=shared",
	 {{[F] = 8, [A] = 2}, 0},
	 0,
	 ANY,
	 disarm_setup,
	 disarm,
	 NULL,
	 NULL},
	{0},
};
