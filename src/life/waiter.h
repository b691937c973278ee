/* SPDX-License-Identifier: MIT */
/* Those who wait for the end of a context. */
#ifndef DCTXI_WAITER_H
#define DCTXI_WAITER_H

#include "life/hall.h"

#include <dctx/waiter.h>

/* Sees to links that a cancel rang: calls their functions, those of contexts
 * further up first. Runs the user's code. */
void dctxi_waiters_call(struct dctxi_link *list);

#endif
