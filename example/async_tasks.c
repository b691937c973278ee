/* SPDX-License-Identifier: MIT */
/*
 * Tasks: each has a store of its own, which the runtime enters around every
 * step (common/runner.c). One starts from a snapshot of a thread, its child
 * from a snapshot of the task; what each sets afterwards is its own, whatever
 * runs between its steps.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOG);
DCTX_KEY_STR(k_user, "user", DCTX_LOG);

struct child {
	struct runner_task task;
	int at;
	dctx_guard scope;
};

struct parent {
	struct runner_task task;
	int at;
	struct runner *runner;
	struct child child;
};

static void show(const char *who)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-7s [%s] request %s, user %s\n", who, chain,
	       dctx_get(k_request_id, "-"), dctx_get(k_user, "-"));
}

/* A step yields by returning, so it has no DCTX_SCOPE to hold over the yield:
 * it enters and leaves by hand, and the state keeps the guard. */
static bool child_step(void *state)
{
	struct child *child = state;

	switch (child->at++) {
	case 0:
		show("child"); /* as the parent was when it started this */
		child->scope = dctx_enter("child");
		dctx_set(k_user, "bob");
		return true;
	case 1:
		show("child"); /* the scope is still open */
		dctx_leave(child->scope);
		return true;
	default:
		show("child");
		return false;
	}
}

static bool start_child(struct parent *parent)
{
	struct child *child = &parent->child;

	DCTX_SNAPSHOT(snapshot); /* of this task: it is the current store */
	child->task.step = child_step;
	child->task.state = child;
	if (snapshot == NULL ||
	    dctx_task_new(snapshot, &child->task.store) != DCTX_OK)
		return false;
	runner_add(parent->runner, &child->task);
	return true;
}

static bool parent_step(void *state)
{
	struct parent *parent = state;

	show("parent");
	if (parent->at++ == 0)
		return start_child(parent);
	dctx_set(k_user, "carol"); /* the child's is another store */
	return parent->at < 3;
}

int main(void)
{
	struct runner runner = {0};
	struct parent parent = {.runner = &runner};

	DCTX_SCOPE("main");
	dctx_set(k_request_id, "r-1");
	dctx_set(k_user, "alice");
	DCTX_SNAPSHOT(snapshot); /* of this thread */
	parent.task.step = parent_step;
	parent.task.state = &parent;
	if (snapshot == NULL ||
	    dctx_task_new(snapshot, &parent.task.store) != DCTX_OK)
		return 1;
	runner_add(&runner, &parent.task);

	dctx_set(k_request_id, "r-2"); /* after the snapshot: not the task's */
	runner_run(&runner);
	show("thread");
	return 0;
}
