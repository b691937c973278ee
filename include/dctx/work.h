/* SPDX-License-Identifier: MIT */
/* dctx/work.h - a function with its argument and the context it runs under. */
#ifndef DCTX_WORK_H
#define DCTX_WORK_H

#include <dctx/task.h>

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A wrapped call, to be run once, or called any number of times and then
 * discarded. Since: 0.1. */
typedef struct dctx_work dctx_work;

/*
 * Wraps a call: captures `store` now, to be attached around it later.
 * Owns: the caller gets the work, which ends in exactly one dctx_work_run or
 * dctx_work_discard, with any number of dctx_work_call before it. *out is
 * written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store, fn or out; DCTX_NOMEM.
 * Threads: the store's flow. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_wrap(dctx_store *store,
						   void *(*fn)(void *),
						   void *arg, dctx_work **out);

/* The same of the current store. Since: 0.1. */
#define dctx_wrap(fn, arg, out)                                               \
	dctx_store_wrap(dctx_current(), (fn), (arg), (out))

/*
 * Runs a wrapped call on this thread, under its context, and releases it. What
 * the call leaves open is left after it, also when the thread ends inside.
 * *out_result (may be NULL) gets what the call returned.
 * Owns: takes `work`, on error too; then the call has not run.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL work; DCTX_LIMIT and DCTX_NOMEM as
 * dctx_store_attach. Threads: any. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_work_run(dctx_work *work,
						 void **out_result);

/*
 * Runs a wrapped call on this thread, under its context, and keeps it for more
 * calls: each begins from what was captured and shows the others nothing of
 * what it sets. Any number of threads may call one work at once; an executor
 * may hand the same work out again and again. *out_result (may be NULL) gets
 * what the call returned.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL work; DCTX_LIMIT and DCTX_NOMEM as
 * dctx_store_attach, and the call has not run. Threads: any. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_work_call(dctx_work *work,
						  void **out_result);

/*
 * Releases a wrapped call that will not run, or not again. Calls that are in
 * their function may go on, also when it is they who discard it. NULL is fine.
 * Returns: NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_work *dctx_work_discard(dctx_work *work);

/*
 * Starts a thread that runs `fn(arg)` under what `store` sees now. `attr` may
 * be NULL. The thread's result is the function's; join it with pthread_join.
 * *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store, out or fn; DCTX_NOMEM;
 * DCTX_SYSTEM when pthread_create refused, its error in dctx_last_error.
 * Threads: the store's flow. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_thread_start(dctx_store *store, pthread_t *out,
			const pthread_attr_t *attr, void *(*fn)(void *),
			void *arg);

/* The same of the current store. Since: 0.1. */
#define dctx_thread_start(out, attr, fn, arg)                                 \
	dctx_store_thread_start(dctx_current(), (out), (attr), (fn), (arg))

#ifdef __cplusplus
}
#endif
#endif
