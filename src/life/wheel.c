/* SPDX-License-Identifier: MIT */
#include "life/wheel.h"

#include "data/fail.h"
#include "plat/heap.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define BITS DCTXI_WHEEL_BITS
#define SLOTS DCTXI_WHEEL_SLOTS
#define DUE_INDEX (DCTXI_WHEEL_DUE * SLOTS)

/* A time as a number whose order is that of unsigned numbers. */
static inline uint64_t point_of(int64_t time)
{
	return (uint64_t)time ^ UINT64_C(1) << 63;
}

static inline struct dctx_timer *timer_of(struct dctx_timer_link *link)
{
	return (struct dctx_timer *)link;
}

/* To the end of a slot. */
static inline void append(struct dctx_wheel *wheel, struct dctx_timer *timer,
			  unsigned index)
{
	struct dctxi_slot *slot = &wheel->slot[index];
	uint64_t *filled = &wheel->filled[index / SLOTS];
	uint64_t bit = UINT64_C(1) << index % SLOTS;
	struct dctx_timer_link *last = slot->head.prev;

	if (LIKELY(*filled & bit)) {
		if (timer->deadline < slot->earliest)
			slot->earliest = timer->deadline;
	} else {
		*filled |= bit;
		wheel->levels |= UINT64_C(1) << index / SLOTS;
		slot->earliest = timer->deadline;
		last = &slot->head;
	}
	timer->link.next = &slot->head;
	timer->link.prev = last;
	last->next = &timer->link;
	slot->head.prev = &timer->link;
}

static inline void place(struct dctx_wheel *wheel, struct dctx_timer *timer)
{
	uint64_t at = point_of(timer->deadline);
	unsigned level;

	if (at < wheel->base)
		at = wheel->base;
	/* The lowest bit is one of digit 0, whatever the rest is. */
	level = (63 - (unsigned)__builtin_clzll((at ^ wheel->base) | 1)) / BITS;
	append(wheel, timer, level * SLOTS + (at >> level * BITS) % SLOTS);
}

static void slot_emptied(struct dctx_wheel *wheel, unsigned index)
{
	uint64_t *filled = &wheel->filled[index / SLOTS];

	*filled &= ~(UINT64_C(1) << index % SLOTS);
	if (*filled == 0)
		wheel->levels &= ~(UINT64_C(1) << index / SLOTS);
}

static inline void unlink_timer(struct dctx_wheel *wheel,
				struct dctx_timer *timer)
{
	struct dctx_timer_link *next = timer->link.next;
	struct dctx_timer_link *prev = timer->link.prev;

	prev->next = next;
	next->prev = prev;
	timer->link.next = NULL;
	/* Both are the slot's head then. */
	if (next == prev)
		slot_emptied(wheel, (unsigned)((struct dctxi_slot *)next -
					       wheel->slot));
}

/* The first filled slot; false: there is none. */
static inline bool first_slot(const struct dctx_wheel *wheel, uint64_t levels,
			      unsigned *out_index)
{
	unsigned level;

	if (levels == 0)
		return false;
	level = (unsigned)__builtin_ctzll(levels);
	*out_index =
		level * SLOTS + (unsigned)__builtin_ctzll(wheel->filled[level]);
	return true;
}

static inline bool has_due(const struct dctx_wheel *wheel)
{
	return wheel->levels >> DCTXI_WHEEL_DUE != 0;
}

void dctxi_wheel_init(struct dctx_wheel *wheel, int64_t now)
{
	wheel->base = point_of(now);
	wheel->levels = 0;
	for (int level = 0; level <= DCTXI_WHEEL_DUE; level++)
		wheel->filled[level] = 0;
}

void dctxi_wheel_arm(struct dctx_wheel *wheel, struct dctx_timer *timer,
		     int64_t deadline)
{
	if (dctxi_timer_armed(timer))
		unlink_timer(wheel, timer);
	timer->deadline = deadline;
	timer->wheel = wheel;
	place(wheel, timer);
}

void dctxi_wheel_disarm(struct dctx_wheel *wheel, struct dctx_timer *timer)
{
	unlink_timer(wheel, timer);
}

int64_t dctxi_wheel_next(const struct dctx_wheel *wheel)
{
	unsigned index = DUE_INDEX;

	if (!has_due(wheel) && !first_slot(wheel, wheel->levels, &index))
		return DCTX_NO_DEADLINE;
	return wheel->slot[index].earliest;
}

/* Of a filled slot, when no other has a timer before it: those of level 0 are
 * due, unless time went back, and all others go to lower levels. */
static void open_slot(struct dctx_wheel *wheel, unsigned index, int64_t now)
{
	struct dctxi_slot *slot = &wheel->slot[index];
	struct dctx_timer_link *link = slot->head.next, *next;
	uint64_t earliest = point_of(slot->earliest);

	if (earliest > wheel->base)
		wheel->base = earliest;
	slot_emptied(wheel, index);
	for (; link != &slot->head; link = next) {
		next = link->next;
		if (index < SLOTS && LIKELY(timer_of(link)->deadline <= now))
			append(wheel, timer_of(link), DUE_INDEX);
		else
			place(wheel, timer_of(link));
	}
}

void dctxi_wheel_collect(struct dctx_wheel *wheel, int64_t now)
{
	const uint64_t waiting = (UINT64_C(1) << DCTXI_WHEEL_DUE) - 1;
	unsigned index;

	while (first_slot(wheel, wheel->levels & waiting, &index) &&
	       wheel->slot[index].earliest <= now)
		open_slot(wheel, index, now);
}

struct dctx_timer *dctxi_wheel_take(struct dctx_wheel *wheel)
{
	struct dctx_timer *timer;

	if (!has_due(wheel))
		return NULL;
	timer = timer_of(wheel->slot[DUE_INDEX].head.next);
	unlink_timer(wheel, timer);
	return timer;
}

void dctx_timer_init(dctx_timer *timer, dctx_timer_fn *fn, void *arg)
{
	if (timer != NULL)
		*timer = (dctx_timer){.fn = fn, .arg = arg};
}

dctx_status dctx_wheel_new(int64_t now, dctx_wheel **out)
{
	dctx_wheel *wheel;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "wheel");
	wheel = dctxi_alloc(sizeof *wheel);
	if (wheel == NULL)
		return dctxi_fail(DCTX_NOMEM, "wheel");
	dctxi_wheel_init(wheel, now);
	*out = wheel;
	return DCTX_OK;
}

dctx_wheel *dctx_wheel_free(dctx_wheel *wheel)
{
	unsigned index;

	if (wheel == NULL)
		return NULL;
	while (first_slot(wheel, wheel->levels, &index))
		unlink_timer(wheel, timer_of(wheel->slot[index].head.next));
	dctxi_free(wheel, sizeof *wheel);
	return NULL;
}

dctx_status dctx_wheel_arm(dctx_wheel *wheel, dctx_timer *timer,
			   int64_t deadline)
{
	dctx_status status;

	if (wheel == NULL)
		return dctxi_fail(DCTX_INVALID, "wheel");
	status = dctxi_wheel_may_arm(wheel, timer);
	if (status != DCTX_OK)
		return dctxi_fail(status, "timer");
	if (deadline != DCTX_NO_DEADLINE)
		dctxi_wheel_arm(wheel, timer, deadline);
	else if (dctxi_timer_armed(timer))
		unlink_timer(wheel, timer);
	return DCTX_OK;
}

dctx_status dctx_wheel_disarm(dctx_wheel *wheel, dctx_timer *timer)
{
	if (wheel == NULL || timer == NULL)
		return dctxi_fail(DCTX_INVALID, "timer");
	if (!dctxi_timer_armed(timer))
		return DCTX_STALE;
	if (timer->wheel != wheel)
		return dctxi_fail(DCTX_BUSY, "timer");
	unlink_timer(wheel, timer);
	return DCTX_OK;
}

int64_t dctx_wheel_next_due(const dctx_wheel *wheel)
{
	return wheel == NULL ? DCTX_NO_DEADLINE : dctxi_wheel_next(wheel);
}

size_t dctx_wheel_run_due(dctx_wheel *wheel, int64_t now)
{
	dctx_timer *timer;
	size_t ran = 0;

	if (wheel == NULL)
		return 0;
	dctxi_wheel_collect(wheel, now);
	while ((timer = dctxi_wheel_take(wheel)) != NULL) {
		timer->fn(timer->arg);
		ran++;
	}
	return ran;
}
