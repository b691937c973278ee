/* SPDX-License-Identifier: MIT */
#include "common/runner.h"

void runner_add(struct runner *runner, struct runner_task *task)
{
	task->next = NULL;
	if (runner->first == NULL)
		runner->first = task;
	else
		runner->last->next = task;
	runner->last = task;
}

static bool run_step(struct runner_task *task)
{
	bool again;

	dctx_task_enter(task->store);
	again = task->step(task->state);
	dctx_task_leave(task->store);
	return again;
}

void runner_run(struct runner *runner)
{
	struct runner_task *task;

	while ((task = runner->first) != NULL) {
		runner->first = task->next;
		if (run_step(task))
			runner_add(runner, task);
		else
			task->store = dctx_task_free(task->store);
	}
}
