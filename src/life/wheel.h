/* SPDX-License-Identifier: MIT */
/*
 * A timing wheel: timers by deadline, in constant time. It knows no clock, no
 * lock and no thread: who owns it says what time it is.
 *
 * Theory. A deadline is 64 bits, in eleven digits of six. The wheel has a
 * *base*, which no armed timer is before. A timer lies at the level of the
 * highest digit in which its deadline differs from the base, in the slot of
 * that digit's value. So the lowest level that has any timer, and its first
 * slot, hold the earliest; a slot of level 0 holds equal deadlines, and a word
 * a level says which slots are filled.
 *
 * When the first slot has a timer that is due, the base moves to the earliest
 * there, and all of the slot go to lower levels: at most ten times in a timer's
 * life, and seldom more than three. Timers in other slots stay: up to the digit
 * of theirs the old and the new base are the same. A deadline before the base
 * counts as the base. In every slot the order is that of arming, and stays so.
 *
 * Each slot keeps a time that none of its timers is before: exact, until the
 * earliest is disarmed. So it is known in constant time when to look next, and
 * a look that finds nothing due has made it exact.
 *
 * What is due is moved to a slot of its own first and taken from there one by
 * one, so that the wheel is whole whenever a timer's function runs.
 */
#ifndef DCTXI_WHEEL_H
#define DCTXI_WHEEL_H

#include <dctx/timer.h>

#define DCTXI_WHEEL_BITS 6
#define DCTXI_WHEEL_SLOTS 64
#define DCTXI_WHEEL_LEVELS 11

/* The level of what is due, which has one slot. */
#define DCTXI_WHEEL_DUE DCTXI_WHEEL_LEVELS

/* An empty slot is not read, only its bit is. */
struct dctxi_slot {
	struct dctx_timer_link head; /* of a ring */
	int64_t earliest;	     /* none is before it */
};

struct dctx_wheel {
	uint64_t base;			      /* see point_of */
	uint64_t levels;		      /* which have any timer */
	uint64_t filled[DCTXI_WHEEL_DUE + 1]; /* slots of each level */
	struct dctxi_slot slot[DCTXI_WHEEL_LEVELS * DCTXI_WHEEL_SLOTS + 1];
};

/* A wheel in its owner's memory, which it fills or which is all zero; the
 * latter's time begins at INT64_MIN. */
void dctxi_wheel_init(struct dctx_wheel *wheel, int64_t now);

/* Arms a timer that has a function and is not armed on another wheel, or moves
 * it; not for DCTX_NO_DEADLINE. */
void dctxi_wheel_arm(struct dctx_wheel *wheel, struct dctx_timer *timer,
		     int64_t deadline);

/* Disarms one that is armed here. */
void dctxi_wheel_disarm(struct dctx_wheel *wheel, struct dctx_timer *timer);

static inline bool dctxi_timer_armed(const struct dctx_timer *timer)
{
	return timer->link.next != NULL;
}

/* No timer is before it; DCTX_NO_DEADLINE: there is none. */
int64_t dctxi_wheel_next(const struct dctx_wheel *wheel);

/* Adds what is due at `now` to what is to be taken. */
void dctxi_wheel_collect(struct dctx_wheel *wheel, int64_t now);

/* Disarms the first of what was collected; NULL: there is no more. */
struct dctx_timer *dctxi_wheel_take(struct dctx_wheel *wheel);

/* DCTX_OK: a timer may be armed here; DCTX_INVALID: it has no function, or is
 * none; DCTX_BUSY: it is armed on another wheel. Nothing is noted. */
static inline dctx_status dctxi_wheel_may_arm(const struct dctx_wheel *wheel,
					      const struct dctx_timer *timer)
{
	if (timer == NULL || timer->fn == NULL)
		return DCTX_INVALID;
	return dctxi_timer_armed(timer) && timer->wheel != wheel ? DCTX_BUSY
								 : DCTX_OK;
}

#endif
