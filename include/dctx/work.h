/* SPDX-License-Identifier: MIT */
/*
 * dctx/work.h - a function with its argument, the context it runs under, and
 * what the accessors captured (dctx/accessor.h).
 *
 *     dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
 *                                    .accessors = log_context,
 *                                    .deadline = dctx_deadline_in(DCTX_S)};
 *     dctx_work *work;
 *
 *     if (dctx_wrap_with(resize, image, &options, &work) == DCTX_OK)
 *             hand_over(work);     its worker calls dctx_work_run
 */
#ifndef DCTX_WORK_H
#define DCTX_WORK_H

#include <dctx/accessor.h>
#include <dctx/task.h>

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A wrapped call, to be run once, or called any number of times and then
 * discarded. Since: 0.1. */
typedef struct dctx_work dctx_work;

/* The call has a store of its own, forked from what was captured each time it
 * is made: a task (dctx/task.h) that is entered around it. Else the captured
 * context is attached to the store that is current there. Since: 0.1. */
#define DCTX_SUBMIT_FORK 1u

/* How work is submitted, by wrap, by thread and by executor. Zeroed but for
 * struct_size: as without. Since: 0.1. */
typedef struct dctx_submit_options {
	size_t struct_size; /* DCTX_SUBMIT_SIZE, so that it can grow */
	unsigned flags;     /* DCTX_SUBMIT_FORK */
	dctx_carry carry;   /* of what the accessors had nothing of */
	dctx_accessors *accessors; /* NULL: dctx_accessors_default() */
	/* The accessors that are meant: others neither capture nor set nor
	 * clear. NULL: all. Asked during the call only. */
	const dctx_accessor_filter *filter;
	int64_t deadline; /* no later than the context's own; 0: that one */
	const char *name; /* of a scope around it; must stay. NULL: none */
	/* Of a thread that is started for it; an executor has its own. */
	const pthread_attr_t *attr;
} dctx_submit_options;
#define DCTX_SUBMIT_SIZE sizeof(dctx_submit_options)

/*
 * Wraps a call: captures `store` now, to be attached around it later, and what
 * this thread has by dctx_accessors_default().
 * Owns: the caller gets the work, which ends in exactly one dctx_work_run or
 * dctx_work_discard, with any number of dctx_work_call before it. *out is
 * written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store, fn or out; DCTX_NOMEM; what
 * an accessor returned, with its name in dctx_last_error; DCTX_LIMIT past
 * DCTX_ACCESSORS_MAX of them.
 * Threads: the store's flow. Blocks: as the accessors do. Allocates.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_wrap(dctx_store *store,
						   void *(*fn)(void *),
						   void *arg, dctx_work **out);

/* The same of the current store. Since: 0.1. */
#define dctx_wrap(fn, arg, out)                                               \
	dctx_store_wrap(dctx_current(), (fn), (arg), (out))

/*
 * The same as the options say; NULL: as without.
 * Returns: as well DCTX_INVALID for a struct_size too small and for flags and a
 * carry that are none; DCTX_LIMIT as dctx_store_enter. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_wrap_with(
	dctx_store *store, void *(*fn)(void *), void *arg,
	const dctx_submit_options *options, dctx_work **out);
#define dctx_wrap_with(fn, arg, options, out)                                 \
	dctx_store_wrap_with(dctx_current(), (fn), (arg), (options), (out))

/*
 * Runs a wrapped call on this thread, under its context, and releases it. What
 * the call leaves open is left after it, and what accessors set is restored,
 * also when the thread ends inside or jumps out to where dctx_rewind is called.
 * *out_result (may be NULL) gets what the call returned.
 * Owns: takes `work`, on error too; then the call has not run.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL work; DCTX_LIMIT and DCTX_NOMEM as
 * dctx_store_attach; what the set of an accessor returned, with its name in
 * dctx_last_error; DCTX_CANCELED when a wrap of one did not run it.
 * Threads: any. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_work_run(dctx_work *work,
						 void **out_result);

/*
 * Runs a wrapped call on this thread, under its context, and keeps it for more
 * calls: each begins from what was captured and shows the others nothing of
 * what it sets. Any number of threads may call one work at once; an executor
 * may hand the same work out again and again. *out_result (may be NULL) gets
 * what the call returned.
 * Returns: as dctx_work_run; on an error the call has not run. Threads: any.
 * Since: 0.1.
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
 * Starts a thread that runs `fn(arg)` under what `store` sees now, with what
 * dctx_accessors_default() captures. `attr` may be NULL. The thread's result is
 * the function's; join it with pthread_join.
 * One that has no memory to attach its context, or whose accessors fail, does
 * not run the function and ends with NULL, counted as DCTX_EV_FAILED_ENTER.
 * *out is written only on success.
 * Returns: as dctx_store_wrap; DCTX_SYSTEM when pthread_create refused, its
 * error in dctx_last_error.
 * Threads: the store's flow. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_thread_start(dctx_store *store, pthread_t *out,
			const pthread_attr_t *attr, void *(*fn)(void *),
			void *arg);

/* The same of the current store. Since: 0.1. */
#define dctx_thread_start(out, attr, fn, arg)                                 \
	dctx_store_thread_start(dctx_current(), (out), (attr), (fn), (arg))

/*
 * The same as the options say, its attributes among them; NULL: as without.
 * Returns: as well what dctx_store_wrap_with does. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_thread_start_with(
	dctx_store *store, pthread_t *out, void *(*fn)(void *), void *arg,
	const dctx_submit_options *options);
#define dctx_thread_start_with(out, fn, arg, options)                         \
	dctx_store_thread_start_with(dctx_current(), (out), (fn), (arg),      \
				     (options))

#ifdef __cplusplus
}
#endif
#endif
