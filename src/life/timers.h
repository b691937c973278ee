/* SPDX-License-Identifier: MIT */
/* The process's shared timers. */
#ifndef DCTXI_TIMERS_H
#define DCTXI_TIMERS_H

#include <dctx/timer.h>

/* As dctx_timer_arm; *out_was_armed tells whether the timer was moved. */
dctx_status dctxi_timers_arm(dctx_timer *timer, int64_t deadline,
			     bool *out_was_armed);

/* Has whoever drives the timers call dctxi_timers_deferred soon. Signal-safe.
 */
void dctxi_timers_kick(void);
extern void (*dctxi_timers_deferred)(void);

#endif
