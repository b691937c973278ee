/* SPDX-License-Identifier: MIT */
/* The places where work asks or blocks: what the explorer looks at. */
#ifndef DCTXI_POINT_H
#define DCTXI_POINT_H

#include <stddef.h>
#include <stdint.h>

/* NULL but while something is explored. */
extern void (*dctxi_point_hook)(void);

/* Stands at the beginning of each question, and of each block. */
static inline void dctxi_point(void)
{
	/* Acquire: what the hook uses. */
	void (*hook)(void) =
		__atomic_load_n(&dctxi_point_hook, __ATOMIC_ACQUIRE);

	if (__builtin_expect(hook != NULL, 0))
		hook();
}

#endif
