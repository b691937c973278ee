/* SPDX-License-Identifier: MIT */
/*
 * dctx/thrd.h - C11 threads that start with the context. Not part of
 * <dctx/dctx.h>: <threads.h> brings names that programs have for themselves.
 */
#ifndef DCTX_THRD_H
#define DCTX_THRD_H

#include <dctx/store.h>

#include <threads.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Starts a thread that runs `fn(arg)` under what `store` sees now, with what
 * dctx_accessors_default() captures. The thread's result is the function's, for
 * thrd_join; one that has no memory to attach its context, or whose accessors
 * fail, does not run the function and ends with thrd_nomem, counted as
 * DCTX_EV_FAILED_ENTER. *out is written only on success.
 * Returns: as dctx_store_wrap; DCTX_SYSTEM when thrd_create refused, without
 * saying why.
 * Threads: the store's flow. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_thrd_start(dctx_store *store,
							 thrd_t *out,
							 int (*fn)(void *),
							 void *arg);

/* The same of the current store. Since: 0.1. */
#define dctx_thrd_start(out, fn, arg)                                         \
	dctx_store_thrd_start(dctx_current(), (out), (fn), (arg))

#ifdef __cplusplus
}
#endif
#endif
