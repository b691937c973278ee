/* SPDX-License-Identifier: MIT */
/*
 * The store of a task: values and scopes that last over yields, while another
 * task runs in between; a child that starts with what its parent has. Code that
 * needs a task's store and runs outside one is told so: nothing is lost in
 * silence.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOG);
DCTX_KEY_STR(k_stage, "stage", DCTX_LOG);

struct request {
	struct runner_task task;
	const char *id;
	struct runner *runner;
	struct request *child; /* NULL: starts none */
	dctx_guard outer, inner;
	int at;
};

static void show(const struct request *request, const char *when)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-5s %-10s [%s] request %s, stage %s\n", request->id, when,
	       chain, dctx_get(k_request_id, "-"), dctx_get(k_stage, "-"));
}

static bool request_step(void *state);

/* The child's store is a fork: what either sets from here on is its own. */
static bool start_child(struct request *request)
{
	struct request *child = request->child;

	if (child == NULL)
		return true;
	child->runner = request->runner;
	child->task.step = request_step;
	child->task.state = child;
	if (dctx_fork(&child->task.store) != DCTX_OK)
		return false;
	runner_add(request->runner, &child->task);
	return true;
}

/* Each return of true is a yield: the other tasks run. */
static bool request_step(void *state)
{
	struct request *request = state;

	switch (request->at++) {
	case 0:
		show(request, "starts");
		dctx_set(k_request_id, request->id);
		request->outer = dctx_enter("handle");
		dctx_set(k_stage, "parse");
		return true;
	case 1:
		show(request, "outer");
		request->inner = dctx_enter("query");
		dctx_set(k_stage, "query");
		return start_child(request);
	case 2:
		show(request, "inner");
		dctx_leave(request->inner);
		return true;
	case 3:
		show(request, "outer");
		dctx_leave(request->outer);
		return true;
	default:
		show(request, "ends");
		return false;
	}
}

static bool start(struct runner *runner, struct request *request)
{
	request->runner = runner;
	request->task.step = request_step;
	request->task.state = request;
	if (dctx_task_new(NULL, &request->task.store) != DCTX_OK)
		return false;
	runner_add(runner, &request->task);
	return true;
}

static void outside(void)
{
	dctx_store *task = dctx_task();

	printf("outside a task: %s, counted %d\n",
	       task == NULL ? dctx_strerror(dctx_last_error()->status) : "?",
	       (int)dctx_counter(DCTX_EV_NO_TASK));
}

int main(void)
{
	struct runner runner = {0};
	struct request child = {.id = "child"};
	struct request one = {.id = "r-1", .child = &child};
	struct request two = {.id = "r-2"};

	DCTX_SCOPE("main"); /* of the thread: no task sees it */
	dctx_set(k_request_id, "the thread's");
	outside();
	if (!start(&runner, &one) || !start(&runner, &two))
		return 1;
	runner_run(&runner);
	printf("thread: request %s\n", dctx_get(k_request_id, "-"));
	return 0;
}
