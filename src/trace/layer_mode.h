/* SPDX-License-Identifier: MIT */
/*
 * What our layers know of one span: whose it is, and its scope in a task.
 *
 * Theory. A span may be entered on several threads at once. Which of the two
 * layers works for it is one word, decided by one exchange. Its scope in a task
 * and what came late stand under the lock, under which nothing is called. The
 * last three members belong to the flow of the store that has the scope.
 */
#ifndef DCTXI_LAYER_MODE_H
#define DCTXI_LAYER_MODE_H

#include "plat/mutex.h"

#include <dctx/layer.h>

/* Which of the two works for a span. */
enum { DCTXI_MODE_NONE, DCTXI_MODE_SYNC, DCTXI_MODE_ASYNC };

/* How far a span's scope in a task is. */
enum { DCTXI_TASK_NONE, DCTXI_TASK_MAKING, DCTXI_TASK_MADE, DCTXI_TASK_CLOSED };

/* So many fields are known by name that were recorded since they were last
 * taken in. */
#define DCTXI_LATE 4u

struct dctxi_task_scope;

struct dctxi_layered {
	uint32_t mode;
	uint32_t taking; /* a field is being taken in at once */
	struct dctxi_mutex lock;
	uint32_t state;
	uint32_t late; /* past DCTXI_LATE: any field */
	const char *late_name[DCTXI_LATE];
	struct dctxi_task_scope *scope; /* a reference */
	uint64_t top;	 /* the innermost frame when the span was left */
	uint32_t inside; /* how often it is entered there */
	bool is_shared;	 /* a scope of somebody else's came onto it */
};

/* A span's; NULL without memory. */
struct dctxi_layered *dctxi_layered(dctx_span *span);

/* Who works for a span that is entered here; decided at its first enter, but
 * for the async layer alone, which waits for a task. */
uint32_t dctxi_layered_mode(struct dctxi_layered *layered,
			    const dctx_span *span);

#endif
