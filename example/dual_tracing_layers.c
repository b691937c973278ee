/* SPDX-License-Identifier: MIT */
/*
 * The two layers, each where it belongs: the async one keeps a span's scope,
 * and the application's in it, while a task yields, and a hundred turns leave
 * nothing behind; the sync one nests scopes in a thread. From a task to a
 * blocking call on another thread a snapshot is the bridge.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>

DCTX_KEY_STR(k_user, "user", DCTX_LOG);

static const dctx_span_site request_site = {"request", NULL, DCTX_LEVEL_INFO,
					    __FILE__, __LINE__};

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-14s [%s] user %s\n", where, chain, dctx_get(k_user, "-"));
}

/* A request: a scope of its own over a yield, turn after turn. */
struct request {
	struct runner_task task;
	const char *user;
	int turns;
	dctx_span *span;
	dctx_guard scope;
	bool yielded;
};

static void begin_turn(struct request *request)
{
	request->span = dctx_span_open(&request_site, NULL, NULL, 0);
	dctx_span_enter(request->span);
	request->scope = dctx_enter("load");
	dctx_set(k_user, request->user);
	dctx_span_leave(request->span);
}

static void end_turn(struct request *request)
{
	dctx_span_enter(request->span);
	if (request->turns % 50 == 0)
		show("after a yield");
	dctx_leave(request->scope);
	dctx_span_leave(request->span);
	dctx_span_close(request->span);
}

static bool request_step(void *state)
{
	struct request *request = state;

	if (!request->yielded)
		begin_turn(request);
	else
		end_turn(request);
	request->yielded = !request->yielded;
	if (request->yielded || --request->turns > 0)
		return true;
	printf("%-14s depth %zu\n", request->user, dctx_depth());
	return false;
}

static int in_tasks(void)
{
	struct runner runner = {0};
	struct request requests[] = {{.user = "ann", .turns = 100},
				     {.user = "bob", .turns = 100}};

	for (int i = 0; i < 2; i++) {
		requests[i].task.step = request_step;
		requests[i].task.state = &requests[i];
		if (dctx_task_new(NULL, &requests[i].task.store) != DCTX_OK)
			return 1;
		runner_add(&runner, &requests[i].task);
	}
	runner_run(&runner);
	return 0;
}

static void in_a_thread(void)
{
	DCTX_SPAN(outer, "outer");

	dctx_set(k_user, "cyd");
	{
		DCTX_SPAN(inner, "inner");

		show("thread");
	}
	show("thread");
}

static void *blocking_call(void *arg)
{
	DCTX_SPAN(span, "query");

	show("blocking call");
	return arg;
}

/* A task's step that waits for another thread. */
static int over_a_bridge(void)
{
	dctx_store *task;
	pthread_t thread;
	dctx_span *span;

	if (dctx_task_new(NULL, &task) != DCTX_OK)
		return 1;
	dctx_task_enter(task);
	span = dctx_span_open(&request_site, NULL, NULL, 0);
	dctx_span_enter(span);
	dctx_set(k_user, "dan");
	if (dctx_thread_start(&thread, NULL, blocking_call, NULL) == DCTX_OK)
		pthread_join(thread, NULL);
	dctx_span_leave(span);
	dctx_span_close(span);
	show("task, after");
	dctx_task_leave(task);
	dctx_task_free(task);
	return 0;
}

int main(void)
{
	if (dctx_layer_mount(dctx_layer_sync(), 0) != DCTX_OK ||
	    dctx_layer_mount(dctx_layer_async(), 0) != DCTX_OK)
		return 1;
	if (in_tasks() != 0)
		return 1;
	in_a_thread();
	show("thread, after");
	if (over_a_bridge() != 0)
		return 1;
	printf("out of order: %llu\n",
	       (unsigned long long)dctx_counter(DCTX_EV_UNBALANCED_SPAN));
	return 0;
}
