/* SPDX-License-Identifier: MIT */
/* What the rest of the library needs of the process's timers beside
 * dctx/timer.h. */
#ifndef DCTXI_TIMERS_H
#define DCTXI_TIMERS_H

#include <dctx/timer.h>

/* As dctx_timer_arm; *out_moved tells whether it was armed before. */
dctx_status dctxi_timers_arm(dctx_timer *timer, int64_t deadline,
			     bool *out_moved);

/* What is to be run after a kick, set once by who kicks. It may run the user's
 * code. */
extern void (*dctxi_timers_deferred)(void);

/* Has dctxi_timers_deferred called soon: by the timers' thread if that runs,
 * or else by the next dctx_timers_run_due, whose descriptor becomes readable.
 * Kicks before it was called may be one call. Signal-safe. */
void dctxi_timers_kick(void);

#endif
