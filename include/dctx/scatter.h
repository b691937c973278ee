/* SPDX-License-Identifier: MIT */
/*
 * dctx/scatter.h - one piece of work in slices, run side by side, and what
 * comes of all of them.
 *
 *     static dctx_status price(void *user, size_t i, void **out_result);
 *
 *     dctx_scatter_options options = {DCTX_SCATTER_SIZE, .executor = pool,
 *                                     .timeout = 200 * DCTX_MS};
 *     dctx_slice slice[24];
 *     dctx_status status = dctx_scatter(24, price, basket, &options, slice);
 *
 * No slice outlives the call unless that was asked for: what is late is
 * cancelled and waited for. There is one deadline, armed when the call begins
 * and never later than the context's own. Results and errors stand in the order
 * of the slices, whatever the order in which they came.
 */
#ifndef DCTX_SCATTER_H
#define DCTX_SCATTER_H

#include <dctx/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs slice `i`. An error is that slice's. Since: 0.1. */
typedef dctx_status (*dctx_slice_fn)(void *user, size_t i, void **out_result);

/* What became of a slice. Since: 0.1. */
typedef struct dctx_slice {
	dctx_status status; /* DCTX_OK; the function's; why it is missing:
			       DCTX_CANCELED, DCTX_DEADLINE_EXCEEDED, DCTX_BUSY,
			       DCTX_NOMEM, DCTX_SYSTEM */
	bool ran;	    /* the function was called */
	void *result;	    /* NULL unless DCTX_OK */
	int64_t ns;	    /* how long it ran */
} dctx_slice;

/* When a scatter is over. Since: 0.1. */
typedef enum dctx_scatter_policy {
	DCTX_ALL = 0,	    /* all must succeed; at the first that does not the
			       others are cancelled */
	DCTX_COLLECT,	    /* all are run, whatever becomes of them */
	DCTX_QUORUM,	    /* once `quorum` have succeeded, or too many have
			       not, the others are cancelled */
	DCTX_FIRST_SUCCESS  /* a quorum of one */
} dctx_scatter_policy;

/* Zeroed but for struct_size: all slices at once on the executor, all must
 * succeed. Since: 0.1. */
typedef struct dctx_scatter_options {
	size_t struct_size;
	dctx_executor *executor;  /* NULL: sequentially, on this thread */
	unsigned at_a_time;	  /* 0: no limit but the executor's */
	int64_t timeout;	  /* 0: none but the context's */
	dctx_scatter_policy policy;
	size_t quorum;
	int64_t grace;		  /* how long what was cancelled is waited for
				     before it is reported as stuck, in ns; 0:
				     1 s. It is waited for still. */
	const dctx_submit_options *submit;
	/* Called on this thread once all is over, with the slices in order, those
	 * that are missing with their reason; its status is the scatter's. */
	dctx_status (*merge)(void *user, dctx_slice *slice, size_t n);
	/* Told of a slice that is stuck: under which chain it was submitted, and
	 * the name of the scope it last published (dctx_publish_scope). */
	void (*stuck)(void *user, size_t i, const char *chain,
		      const char *scope);
} dctx_scatter_options;
#define DCTX_SCATTER_SIZE sizeof(dctx_scatter_options)

/*
 * Runs n slices and waits for all that began. One capture serves all, attached
 * borrowed. The calling thread runs slices, too, where the executor has no room:
 * so a scatter inside a slice of the same pool goes on.
 * slice[n] is written for every slice, on every return but DCTX_INVALID.
 * Returns: DCTX_OK as the policy says, and for no slices; else the status of the
 * first slice, in order, that decided it; the merge's; DCTX_CANCELED and
 * DCTX_DEADLINE_EXCEEDED of the context; DCTX_INVALID for a NULL or a quorum
 * of 0 or more than n.
 * Threads: any. Blocks: until no slice runs. Allocates: warm, not but for
 * n > 64. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_scatter(size_t n, dctx_slice_fn fn, void *user,
	     const dctx_scatter_options *options, dctx_slice *slice);

/*
 * The same with slices by a splitter: it is called on this thread for slice 0,
 * 1, …, gives each one's argument, and DCTX_STALE after the last. Another
 * status ends the scatter with it: slices that began are cancelled and waited
 * for. `drop` (may be NULL) is called once for every argument that was given,
 * when its slice is over or never will run.
 */
typedef struct dctx_splitter {
	dctx_status (*next)(void *user, size_t i, void **out_arg);
	void (*drop)(void *user, void *arg);
	void *user;
} dctx_splitter;

DCTX_API DCTX_MUST_USE dctx_status dctx_scatter_split(
	const dctx_splitter *splitter,
	dctx_status (*fn)(void *arg, void **out_result),
	const dctx_scatter_options *options, dctx_slice *slice, size_t room,
	size_t *out_n);

/*
 * The same for a range of numbers, in slices of at most `step`.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_scatter_range(
	uint64_t from, uint64_t to, uint64_t step,
	dctx_status (*fn)(void *user, uint64_t from, uint64_t to), void *user,
	const dctx_scatter_options *options, size_t *out_failed);

#ifdef __cplusplus
}
#endif
#endif
