/* SPDX-License-Identifier: MIT */
/*
 * dctx/scatter.h - one piece of work in slices, run side by side, and what
 * comes of all of them.
 *
 *     static dctx_status price(void *basket, size_t i, void **out_result);
 *
 *     dctx_scatter_options options = {DCTX_SCATTER_SIZE, 0, .executor = pool,
 *                                     .timeout = 200 * DCTX_MS};
 *     dctx_slice slice[24];
 *     dctx_status status = dctx_scatter(24, price, basket, &options, slice);
 *
 * No slice outlives the call: what is late is cancelled and waited for. There
 * is one deadline, armed when the call begins and never later than the
 * context's own. Results and errors stand in the order of the slices, whatever
 * the order in which they came.
 *
 * Every slice runs under what the caller sees when it calls, captured once,
 * below a cancel source of the scatter's; what it sets there is gone after it.
 */
#ifndef DCTX_SCATTER_H
#define DCTX_SCATTER_H

#include <dctx/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs slice `i`. An error is that slice's. It does not leave by longjmp; a
 * thread that ends in it (pthread_exit, pthread_cancel) ends the slice with
 * DCTX_CANCELED, and on the caller's thread the scatter, which waits for the
 * others first. Since: 0.1. */
typedef dctx_status (*dctx_slice_fn)(void *user, size_t i, void **out_result);

/* What became of a slice. Since: 0.1. */
typedef struct dctx_slice {
	/*
	 * DCTX_OK; the function's; DCTX_DEADLINE_EXCEEDED of one that came back
	 * after the deadline, whatever it said. Or why it did not run:
	 * DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED; DCTX_NOMEM; what the
	 * executor refused or dropped all of them with: DCTX_STALE when it was
	 * shut down, DCTX_SYSTEM when it has no thread.
	 */
	dctx_status status;
	bool ran;     /* the function was called */
	void *result; /* what it wrote, the caller's whatever the status; NULL
		       */
	int64_t ns;   /* how long it ran, if that is wanted */
} dctx_slice;

/* When a scatter is over. Since: 0.1. */
typedef enum dctx_scatter_policy {
	DCTX_ALL = 0,	   /* all must succeed; at the first that does not the
			      others are cancelled */
	DCTX_COLLECT,	   /* all are run, whatever becomes of them */
	DCTX_QUORUM,	   /* once `quorum` have succeeded, or too many have
			      not, the others are cancelled */
	DCTX_FIRST_SUCCESS /* a quorum of one */
} dctx_scatter_policy;

/* Looks at the clock around each slice, to tell its `ns`. Since: 0.1. */
#define DCTX_SCATTER_TIMED 1u

/* So many slices run at once without an at_a_time. Since: 0.1. */
#define DCTX_SCATTER_MOST 1024

/* Zeroed but for struct_size: all must succeed, one after the other. Since:
 * 0.1. */
typedef struct dctx_scatter_options {
	size_t struct_size;
	unsigned flags; /* DCTX_SCATTER_TIMED, or 0 */
	dctx_executor *executor; /* NULL: in order, on this thread */
	unsigned at_a_time;	 /* 0: as many as the executor has room for */
	int64_t timeout;	 /* 0: none but the context's; negative: over */
	dctx_scatter_policy policy;
	size_t quorum; /* of DCTX_QUORUM, from 1 to n */
	int64_t grace; /* how long what was cancelled is waited for before it is
			  reported as stuck, in ns; 0: 1 s. It is waited for
			  still. */
	const dctx_submit_options *submit; /* NULL: the default */
	/*
	 * Called on this thread and in its context when all is over and the
	 * policy is met, not for no slices. It has the slices in order, those
	 * that are missing with the reason, also when all are; what it makes of
	 * these is its own affair, and its status is the scatter's.
	 */
	dctx_status (*merge)(void *user, dctx_slice *slice, size_t n);
	/*
	 * Told on this thread, once, of a slice that is stuck: the names it was
	 * submitted under, joined by "/", and the last that it published
	 * (dctx_publish_scope), or "". Not of one that this thread itself runs.
	 */
	void (*stuck)(void *user, size_t i, const char *chain,
		      const char *scope);
} dctx_scatter_options;
#define DCTX_SCATTER_SIZE sizeof(dctx_scatter_options)

/*
 * Runs n slices and waits for all that began. NULL options: the default. The
 * executor gets as many runners as there may be slices at once, or as it runs
 * at once if it says so (ours do), each of which takes the next slice until
 * there is none; one whose thread ended is replaced. The calling thread takes
 * some, too, where the executor has no room: one that says so with DCTX_BUSY (a
 * pool of ours does, whatever else it does when it is full); when it is in a
 * job or a slice itself; and when nothing has begun for a millisecond or two.
 * So a scatter inside a slice of the same pool goes on, and none waits for an
 * executor that runs nothing. An executor that is shut down at once, or drops
 * an item with DCTX_CANCELED, cancels the scatter.
 * slice[n] is written for every slice, on every return but DCTX_INVALID.
 * Returns: DCTX_OK as the policy says, and for no slices; else the status of
 * the slice that decided it: the first to fail of all, or the one after which
 * no quorum was left; with DCTX_COLLECT, DCTX_CANCELED and
 * DCTX_DEADLINE_EXCEEDED of the caller's context when it has ended and slices
 * failed; the merge's; DCTX_NOMEM, when none began. DCTX_INVALID for a NULL fn
 * or slice and for options out of their range.
 * Threads: any. Blocks: until no slice runs. Allocates: warm, not but for
 * n > 64. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_scatter(size_t n, dctx_slice_fn fn, void *user,
	     const dctx_scatter_options *options, dctx_slice *slice);

/* Where slices come from. Since: 0.1. */
typedef struct dctx_splitter {
	/* Gives the argument of slice 0, 1, ...; DCTX_STALE after the last. */
	dctx_status (*next)(void *user, size_t i, void **out_arg);
	/* Ends an argument; NULL: nothing to do. */
	void (*drop)(void *user, void *arg);
	void *user; /* also for merge and stuck */
} dctx_splitter;

/*
 * The same with slices by a splitter, which is asked on this thread for all of
 * them before the first runs; the timeout counts from before that. Every
 * argument that it gave is dropped once, on this thread, when no slice runs any
 * more and before the merge. *out_n gets how many it gave, which is how many
 * of slice[] are written, on every return but DCTX_INVALID.
 * Returns: as well, with no slice run: what the splitter returned;
 * DCTX_LIMIT when it gave more than `room`. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_scatter_split(const dctx_splitter *splitter,
		   dctx_status (*fn)(void *arg, void **out_result),
		   const dctx_scatter_options *options, dctx_slice *slice,
		   size_t room, size_t *out_n);

/*
 * The same for the numbers from `from` to below `to`, in slices of at most
 * `step`, without results. *out_failed (may be NULL) gets how many slices did
 * not succeed, on every return but DCTX_INVALID.
 * Returns: as dctx_scatter; DCTX_INVALID also for a range that ends before it
 * begins, a step of 0, and options with a merge. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_scatter_range(
	uint64_t from, uint64_t to, uint64_t step,
	dctx_status (*fn)(void *user, uint64_t from, uint64_t to), void *user,
	const dctx_scatter_options *options, size_t *out_failed);

/*
 * Shows the name of the innermost scope, of which 47 bytes are kept, to whoever
 * reports this slice as stuck. Outside of a slice it does nothing.
 * Threads: the slice's. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_publish_scope(void);

#ifdef __cplusplus
}
#endif
#endif
