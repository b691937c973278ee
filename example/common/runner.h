/* SPDX-License-Identifier: MIT */
/*
 * common/runner.h - a round-robin runner of tasks, for the samples.
 *
 * A task is a step function, called again and again until it says it is done;
 * between two steps the others have their turn. The runner is no part of the
 * library: it shows all that a runtime has to do for dctx, which is to enter a
 * task's store before each step and to leave it after.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <dctx/dctx.h>

/* A task, in the caller's memory while it runs. */
struct runner_task {
	bool (*step)(void *state); /* true: wants to run again */
	void *state;
	dctx_store *store; /* of dctx_task_new or dctx_fork */
	struct runner_task *next;
};

/* The tasks that wait for their turn. Zeroed is empty. */
struct runner {
	struct runner_task *first;
	struct runner_task *last;
};

/* Queues a task, also from a step of another. The runner frees its store. */
void runner_add(struct runner *runner, struct runner_task *task);

/* Runs the tasks on this thread until all are done. */
void runner_run(struct runner *runner);

#endif
