/* SPDX-License-Identifier: MIT */
/*
 * dctx/weak.h - for libraries that honour the deadline and the cancellation of
 * whoever calls them, if dctx is in the process, and do not depend on it: copy
 * this file. It needs nothing but a linker that knows weak symbols (ELF).
 *
 *     int client_query(struct client *c, const char *text)
 *     {
 *             struct pollfd fds[2] = {{c->fd, POLLIN, 0},
 *                                     {dctx_weak_wait_fd(), POLLIN, 0}};
 *             int error = 0;
 *
 *             while (error == 0 && !client_has_answer(c)) {
 *                     poll(fds, 2, dctx_weak_milliseconds());
 *                     error = dctx_weak_done();
 *             }
 *             dctx_weak_wait_fd_done();
 *             return error;
 *     }
 *
 * Without dctx there is no limit and nothing is ever cancelled: each function
 * is a comparison then. With it they are calls of the library that the loader
 * binds, so with more than one copy in the process it is the program's.
 */
#ifndef DCTX_WEAK_H
#define DCTX_WEAK_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

extern int64_t dctx_remaining(void) __attribute__((weak));
extern int dctx_done_errno(void) __attribute__((weak));
extern int dctx_wait_fd(void) __attribute__((weak));
extern void dctx_wait_fd_done(void) __attribute__((weak));

/* How many nanoseconds the work may still take: 0 when it is over, INT64_MAX
 * without a limit. Threads: any. Signal-safe. Blocks, allocates: never. Since:
 * 0.1. */
__attribute__((unused)) static inline int64_t dctx_weak_remaining(void)
{
	return dctx_remaining != NULL ? dctx_remaining() : INT64_MAX;
}

/* The same as a timeout of poll(2): in milliseconds, rounded up, so that it is
 * over by then; -1 without a limit. Since: 0.1. */
__attribute__((unused)) static inline int dctx_weak_milliseconds(void)
{
	int64_t left = dctx_weak_remaining();

	if (left == INT64_MAX)
		return -1;
	left = left / 1000000 + (left % 1000000 != 0);
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Whether the work is over: 0, ECANCELED or ETIMEDOUT. Threads: any.
 * Signal-safe. Blocks, allocates: never. Since: 0.1. */
__attribute__((unused)) static inline int dctx_weak_done(void)
{
	return dctx_done_errno != NULL ? dctx_done_errno() : 0;
}

/* A descriptor of this thread that is readable when the work was cancelled, to
 * be polled beside one's own and neither read nor closed; -1, which poll(2)
 * passes over, when that cannot happen. Threads: own. Blocks: never.
 * Allocates: at first, and a descriptor a thread. Since: 0.1. */
__attribute__((unused)) static inline int dctx_weak_wait_fd(void)
{
	return dctx_wait_fd != NULL ? dctx_wait_fd() : -1;
}

/* Ends the use of that descriptor: before the context may change. Threads:
 * own. Blocks, allocates: never. Since: 0.1. */
__attribute__((unused)) static inline void dctx_weak_wait_fd_done(void)
{
	if (dctx_wait_fd_done != NULL)
		dctx_wait_fd_done();
}

#ifdef __cplusplus
}
#endif
#endif
