/* SPDX-License-Identifier: MIT */
/*
 * dctx/accessor.h - thread-locals of others that go along with work: the
 * tenant of a framework, the map of a logger, the locale.
 *
 *     static const dctx_accessor tenant = {
 *             .name = "tenant",
 *             .capture = tenant_capture,
 *             .set = tenant_set,
 *             .restore = tenant_restore,
 *     };
 *
 *     if (dctx_accessor_add(dctx_accessors_default(), &tenant) != DCTX_OK)
 *             ...
 *
 * From then on what a thread has there when it wraps or submits work is what
 * the work finds on its worker, and what the worker had before is back after
 * it, however it ends. Nothing is ever just cleared at the end: a worker's own
 * value comes back, also where the work runs on the thread that submitted it.
 */
#ifndef DCTX_ACCESSOR_H
#define DCTX_ACCESSOR_H

#include <dctx/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A call that can be made any number of times, and is dropped once, on any
 * thread; `drop` may be NULL in what an accessor makes. Since: 0.1. */
typedef struct dctx_call {
	void *(*run)(void *arg);
	void (*drop)(void *arg);
	void *arg;
} dctx_call;

/*
 * One thread-bound variable. Its functions get `user`. None may leave by
 * longjmp; each runs under whatever context is current: those of work under the
 * work's own. A thread is not cancelled (pthread_cancel) inside of them.
 * Since: 0.1.
 */
typedef struct dctx_accessor {
	/* Unique in a list; by it filters choose, and removal finds it. */
	const char *name;
	void *user;
	/*
	 * Reads this thread's value, on the thread that submits. *out is the
	 * list's until `free`; NULL says that there is none, and is no error.
	 * An error ends the submission, with that status.
	 */
	dctx_status (*capture)(void *user, void **out);
	/*
	 * Makes a captured value this thread's, and notes what was there in
	 * *out_before. Threads may set one value at once. An error ends the
	 * work before it begins, and what was set before it is put back.
	 */
	dctx_status (*set)(void *user, void *value, void **out_before);
	/*
	 * The same of "none", for DCTX_EXACT. NULL: left as it is.
	 */
	dctx_status (*clear)(void *user, void **out_before);
	/* Puts back what set or clear noted. It cannot fail. */
	void (*restore)(void *user, void *before);
	/* Frees a captured value, on any thread. NULL: there is nothing to.
	 * What set or clear noted is restore's to free. */
	void (*free)(void *user, void *value);
	/*
	 * Instead of all of these: makes of what the worker would run what it
	 * runs, on the thread that submits. `inner` is run by `out` and dropped
	 * with it, never by itself; what stands before this accessor in the
	 * list is set around `out`, what stands after it inside. An error ends
	 * the submission; `inner` is then dropped by who called. Where `out`
	 * does not run `inner`, the work ends with DCTX_CANCELED.
	 */
	dctx_status (*wrap)(void *user, const dctx_call *inner, dctx_call *out);
} dctx_accessor;

/* An ordered list of accessors, shared and counted. Since: 0.1. */
typedef struct dctx_accessors dctx_accessors;

/*
 * Makes an empty list, which carries nothing.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_accessors_new(dctx_accessors **out);

/*
 * The list that work carries unless it says otherwise: the process's own, empty
 * until somebody adds to it.
 * Owns: borrowed, for ever. Returns: never NULL. Threads: any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API dctx_accessors *dctx_accessors_default(void);

/*
 * A list that stays empty: carry nothing.
 * Owns: borrowed, for ever. Returns: never NULL. Threads: any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API dctx_accessors *dctx_accessors_none(void);

/*
 * Takes and gives back a reference. NULL is fine.
 * Returns: the list; NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_accessors *dctx_accessors_ref(dctx_accessors *list);
DCTX_API dctx_accessors *dctx_accessors_unref(dctx_accessors *list);

/* How many accessors a list has at most, those in lists of it counted, too.
 * Since: 0.1. */
#define DCTX_ACCESSORS_MAX 64

/*
 * Add an accessor at the end, which is copied; its name is not. Or a whole
 * list, which counts as one accessor: captured and set in its place in the
 * order, with all that it has whenever that happens, also lists of lists. What
 * was captured before goes on without it.
 * Keeps: a reference to `inner`.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, an accessor without a name, one
 * that has neither wrap nor all of capture, set and restore, or both, and for a
 * list that has `list` in it; DCTX_CONFLICT for a name that is there, in lists
 * of this list, too; DCTX_LIMIT past DCTX_ACCESSORS_MAX; DCTX_FROZEN for
 * dctx_accessors_none; DCTX_NOMEM. Where a list of this list grows later, past
 * the limit its captures fail, and of two of one name both are set.
 * Threads: any. Blocks: while another adds or removes. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_accessor_add(dctx_accessors *list,
				       const dctx_accessor *accessor);
DCTX_API dctx_status dctx_accessors_include(dctx_accessors *list,
					    dctx_accessors *inner);

/*
 * Remove an accessor by its name, or a list that was included; not what lists
 * of this list have. Captures that have it keep it: it is set and restored with
 * them until the last one is gone, so its functions and its user must stay
 * until dctx_accessor_remove_wait says so.
 * Returns: DCTX_OK; DCTX_UNKNOWN_KEY when it is not in there; DCTX_INVALID for
 * a NULL; DCTX_NOMEM, and it is in there still. Threads: any. Blocks: while
 * another adds or removes. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_accessor_remove(dctx_accessors *list,
					  const char *name);
DCTX_API dctx_status dctx_accessors_exclude(dctx_accessors *list,
					    dctx_accessors *inner);

/*
 * The same, and waits until no capture of this list has it any more, as a
 * library does before it is unloaded. It looks every millisecond.
 * Returns: as well DCTX_BUSY when a capture has it still at `until`, a point on
 * dctx_now's clock; DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED of the current
 * context. The accessor is removed then, too. In a fork's child, captures of
 * threads that are not there stay. Blocks: until then. Since: 0.1.
 */
DCTX_API dctx_status dctx_accessor_remove_wait(dctx_accessors *list,
					       const char *name, int64_t until);

/* Which of a list's accessors are meant; `user` is the filter's. NULL for a
 * filter: all. Since: 0.1. */
typedef struct dctx_accessor_filter {
	bool (*passes)(void *user, const char *name);
	void *user;
} dctx_accessor_filter;

/* What accessors that captured nothing, or were kept from it by a filter, do to
 * a worker: leave it what it has, or clear it for the time of the work.
 * Since: 0.1. */
typedef enum dctx_carry {
	DCTX_OVERLAY_LOCALS = 0,
	DCTX_EXACT_LOCALS
} dctx_carry;

/* What a list captured: never changed after, counted. Since: 0.1. */
typedef struct dctx_locals dctx_locals;

/*
 * Captures what this thread has, in the list's order: all of it, or nothing.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM; DCTX_UNSUPPORTED for a
 * list with an accessor by wrap, which only goes along with work; what a
 * capture returned, its name is in dctx_last_error then.
 * Threads: any. Blocks: as the captures do. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_locals_capture(dctx_accessors *list, const dctx_accessor_filter *filter,
		    dctx_locals **out);

/*
 * Take and give back a reference. NULL is fine. The last one frees what was
 * captured, in reverse order.
 * Returns: the capture; NULL. Threads: any. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API dctx_locals *dctx_locals_ref(dctx_locals *locals);
DCTX_API dctx_locals *dctx_locals_unref(dctx_locals *locals);

/* What this thread had before; opened and closed on one thread, the latest
 * first. Only compared, never followed; 0: nothing is open. Since: 0.1. */
typedef struct dctx_locals_guard {
	uint64_t id;
} dctx_locals_guard;

/*
 * Sets what was captured on this thread, in order: all of it, or nothing. What
 * does not pass the filter (NULL: all does) is neither set nor cleared.
 * Owns: *out ends in one dctx_locals_close, and holds a reference meanwhile. A
 * thread that ends, and a dctx_rewind to a mark from before, close it. *out is
 * written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a carry that is none;
 * DCTX_NOMEM; what a set returned, with its name in dctx_last_error.
 * Threads: any. Blocks: as the sets do. Allocates: warm, not. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_locals_open(
	dctx_locals *locals, dctx_carry carry,
	const dctx_accessor_filter *filter, dctx_locals_guard *out);

/*
 * Restores what the guard found, in reverse order, by the accessors that set
 * it, also when they were removed or replaced meanwhile. Guards of what was
 * opened later on this thread and is still open are closed first, and counted
 * (DCTX_EV_MISMATCHED_LEAVE). Closed twice, or on another thread, it does
 * nothing and is counted (DCTX_EV_STALE_GUARD).
 * Threads: the one that opened. Blocks: as restores do. Allocates: never.
 * Since: 0.1.
 */
DCTX_API void dctx_locals_close(dctx_locals_guard guard);

/*
 * Ready-made, each for the list that wants it:
 * - locale: uselocale(3), a duplicate; restored, the thread's own object again;
 * - errno; signal mask (pthread_sigmask(3));
 * - affinity: sched_setaffinity(2) of the worker; nice: of the worker's thread,
 *   where the system has that and lets it be lowered again: else the set fails
 *   with DCTX_SYSTEM, before anything of the work has run.
 * Returns: one that lives for ever. Threads: any. Blocks, allocates: never.
 * Since: 0.1. Source: POSIX.1-2017 for the first three, Linux for the others.
 */
DCTX_API const dctx_accessor *dctx_accessor_locale(void);
DCTX_API const dctx_accessor *dctx_accessor_errno(void);
DCTX_API const dctx_accessor *dctx_accessor_sigmask(void);
DCTX_API const dctx_accessor *dctx_accessor_affinity(void);
DCTX_API const dctx_accessor *dctx_accessor_nice(void);

#ifdef __cplusplus
}
#endif
#endif
