/* SPDX-License-Identifier: MIT */
/*
 * ops_timer.c - arming and disarming with many timers armed, up to a minute
 * away, in random order.
 *
 * The timers stand in a ring, shuffled; those armed are a window of it. Arming
 * moves the window's head, disarming its tail, to which other timers of the
 * window are swapped first, for the order of disarming to be another one. What
 * is timed does one of them, the engine's undo the other, so that the window
 * has as many as it should whenever a loop begins.
 *
 * Without a wheel they are on lists, by a part of the deadline: what finding
 * the memory of one among so many costs whoever keeps them.
 */
#include "bench.h"

#include <stdlib.h>

#define MOST 100000
#define SPARE 8192
#define LISTS 256

static struct ring {
	dctx_timer *timer;
	uint32_t order[MOST + SPARE];
	uint32_t size;	     /* of the ring */
	uint32_t many;	     /* that are to be armed */
	uint32_t head, tail; /* places */
	uint32_t armed;
	uint32_t shuffled; /* so many from the tail on */
	uint64_t random;
	int64_t begin;	   /* no deadline is before it */
	dctx_wheel *wheel; /* NULL: the process's */
	struct dctx_timer_link list[LISTS];
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
	uint32_t was = ring.order[a % ring.size];

	ring.order[a % ring.size] = ring.order[b % ring.size];
	ring.order[b % ring.size] = was;
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

/* The next to be armed, and to be disarmed. */
static inline uint32_t next_in(void)
{
	uint32_t timer = ring.order[ring.head];

	ring.head = ring.head == ring.size - 1 ? 0 : ring.head + 1;
	return timer;
}

static inline uint32_t next_out(void)
{
	uint32_t timer = ring.order[ring.tail];

	ring.tail = ring.tail == ring.size - 1 ? 0 : ring.tail + 1;
	return timer;
}

static inline void arm_next(dctx_wheel *wheel)
{
	uint32_t timer = next_in();
	int64_t deadline = deadline_of(timer);

	must(wheel != NULL ? dctx_wheel_arm(wheel, &ring.timer[timer], deadline)
			   : dctx_timer_arm(&ring.timer[timer], deadline));
}

static inline void disarm_next(dctx_wheel *wheel)
{
	uint32_t timer = next_out();

	must(wheel != NULL ? dctx_wheel_disarm(wheel, &ring.timer[timer])
			   : dctx_timer_disarm(&ring.timer[timer]));
}

static inline void link_next(void)
{
	uint32_t timer = next_in();
	struct dctx_timer_link *link = &ring.timer[timer].link;
	struct dctx_timer_link *head =
		&ring.list[deadline_of(timer) / 1000 % LISTS];

	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

static inline void unlink_next(void)
{
	struct dctx_timer_link *link = &ring.timer[next_out()].link;

	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->next = NULL;
}

static void goes_in(uint64_t turns)
{
	must_be(turns <= ring.size - ring.armed, "a timer to spare");
	ring.armed += (uint32_t)turns;
}

static void goes_out(uint64_t turns)
{
	must_be(turns <= ring.shuffled, "a shuffled timer");
	ring.armed -= (uint32_t)turns;
	ring.shuffled -= (uint32_t)turns;
}

static void arm(uint64_t turns)
{
	dctx_wheel *wheel = ring.wheel;

	goes_in(turns);
	while (turns--)
		arm_next(wheel);
}

static void disarm(uint64_t turns)
{
	dctx_wheel *wheel = ring.wheel;

	goes_out(turns);
	while (turns--)
		disarm_next(wheel);
}

static void link_in(uint64_t turns)
{
	goes_in(turns);
	while (turns--)
		link_next();
}

static void link_out(uint64_t turns)
{
	goes_out(turns);
	while (turns--)
		unlink_next();
}

static loop_fn *loop_in = arm, *loop_out = disarm;

static void fill(void)
{
	loop_in(ring.many - ring.armed);
	shuffle_tail();
}

static void drain(void)
{
	loop_out(ring.armed - ring.many);
	shuffle_tail();
}

/* Nothing is due while it is measured. The thread of the process's timers
 * sleeps until a timer that none of the others is before. */
static void setup(void)
{
	static dctx_timer first = DCTX_TIMER_INIT(never, NULL);

	ring.many = (uint32_t)param("armed");
	ring.size = ring.many + SPARE;
	ring.random = 88172645463325252;
	ring.begin = dctx_deadline_in(100 * DCTX_S);
	ring.timer = calloc(ring.size, sizeof(*ring.timer));
	must_be(ring.timer != NULL, "memory");
	for (uint32_t i = 0; i < ring.size; i++) {
		ring.order[i] = i;
		dctx_timer_init(&ring.timer[i], never, NULL);
	}
	for (uint32_t i = ring.size - 1; i > 0; i--)
		swap(i, (uint32_t)(draw() % (i + 1)));
	if (param_is("wheel", "loop"))
		must(dctx_wheel_new(dctx_now(), &ring.wheel));
	else if (param_is("wheel", "shared"))
		must(dctx_timer_arm(&first, ring.begin - 10 * DCTX_S));
	for (int i = 0; i < LISTS; i++)
		ring.list[i].next = ring.list[i].prev = &ring.list[i];
	engine_most = SPARE;
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

static void link_setup(void)
{
	loop_in = link_in;
	loop_out = link_out;
	arm_setup();
}

static void unlink_setup(void)
{
	loop_in = link_in;
	loop_out = link_out;
	disarm_setup();
}

const struct op timer_ops[] = {
	{"timer_arm",
	 "armed=10000,100000 wheel=loop",
	 {{[F] = 16}, 0},
	 0,
	 ANY,
	 arm_setup,
	 arm,
	 NULL,
	 NULL},
	{"timer_disarm",
	 "armed=10000,100000 wheel=loop",
	 {{[F] = 8}, 0},
	 0,
	 ANY,
	 disarm_setup,
	 disarm,
	 NULL,
	 NULL},
	{"timer_arm",
	 "armed=10000,100000 wheel=shared",
	 {{[F] = 16, [A] = 2}, 0},
	 0,
	 ANY,
	 arm_setup,
	 arm,
	 NULL,
	 NULL},
	{"timer_disarm",
	 "armed=10000,100000 wheel=shared",
	 {{[F] = 8, [A] = 2}, 0},
	 0,
	 ANY,
	 disarm_setup,
	 disarm,
	 NULL,
	 NULL},
	{"timer_arm",
	 "armed=100000 wheel=none",
	 {{0}, 0},
	 0,
	 ANY,
	 link_setup,
	 link_in,
	 NULL,
	 NULL},
	{"timer_disarm",
	 "armed=100000 wheel=none",
	 {{0}, 0},
	 0,
	 ANY,
	 unlink_setup,
	 link_out,
	 NULL,
	 NULL},
	{0},
};
