/* SPDX-License-Identifier: MIT */
/*
 * System calls that are no cancellation points: a thread that is to be
 * cancelled would leave what they are part of in the middle, with a lock held
 * or a result unused.
 */
#ifndef DCTXI_UNCANCELLED_H
#define DCTXI_UNCANCELLED_H

#include <pthread.h>

/* From here to the second, which takes what the first gave, this thread is not
 * cancelled. Each writes one word of the thread's own: signal-safe, also in
 * between. errno stays as it is. */
static inline int dctxi_uncancelled(void)
{
	int before = PTHREAD_CANCEL_ENABLE;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static inline void dctxi_uncancelled_end(int before)
{
	(void)pthread_setcancelstate(before, &before);
}

#endif
