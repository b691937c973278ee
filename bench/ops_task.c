/* SPDX-License-Identifier: MIT */
/* ops_task.c - what a runtime does around each step of a task. */
#include "bench.h"

static dctx_store *task;

static void task_setup(void)
{
	register_nums(64);
	set_nums(8);
	must(dctx_fork(&task));
	dctx_task_enter(task);
	must_be(dctx_task_try() == task, "the task entered");
	dctx_task_leave(task);
}

/* A runtime has the task it runs in a register. */
static void task_switch(uint64_t turns)
{
	dctx_store *next = task;

	while (turns--) {
		dctx_task_enter(next);
		BARRIER();
		dctx_task_leave(next);
		BARRIER();
	}
}

const struct op task_ops[] = {
	{"task_switch", "", {{[F] = 0.6}, 0}, 0, 10, task_setup, task_switch,
	 NULL, NULL},
	{0},
};
