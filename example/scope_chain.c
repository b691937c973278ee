/* SPDX-License-Identifier: MIT */
/*
 * The chain: the names of the scopes that led here. Scopes without a name are
 * not in it; names that came with a message stand before those entered here;
 * past a limit the oldest go; a task has a chain of its own.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>
#include <stdlib.h>

static void show(const char *where)
{
	const char *names[8];
	char chain[128];
	size_t i, n;

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-8s %s; entered here:", where, chain);
	n = dctx_path(names, 8);
	for (i = 0; i < n && i < 8; i++)
		printf(" %s", names[i]);
	putchar('\n');
}

/* Two names and a scope without one; then the context as a message. */
static dctx_status local(void **message, size_t *len)
{
	DCTX_SCOPE("gateway");
	DCTX_SCOPE_UNNAMED;
	DCTX_SCOPE("orders");
	show("local");
	return dctx_encode_alloc(message, len);
}

/* What another process would do with the message. */
static dctx_status remote(const void *message, size_t len)
{
	dctx_guard guard;
	dctx_status status;

	DCTX_SCOPE("server"); /* hidden while the message's context is here */
	status = dctx_decode_here(message, len, &guard);
	if (status != DCTX_OK)
		return status;
	{
		DCTX_SCOPE("stock");
		show("remote");
	}
	dctx_leave(guard);
	show("after");
	return DCTX_OK;
}

static void at_the_limit(void)
{
	size_t before = dctx_limit_get(DCTX_LIMIT_CHAIN);

	dctx_limit_set(DCTX_LIMIT_CHAIN, 3);
	DCTX_SCOPE("one");
	DCTX_SCOPE("two");
	DCTX_SCOPE("three");
	DCTX_SCOPE("four");
	show("limit 3");
	dctx_limit_set(DCTX_LIMIT_CHAIN, before);
}

struct fetch {
	int at;
	dctx_guard scope;
};

static bool fetch_step(void *state)
{
	struct fetch *fetch = state;

	if (fetch->at++ == 0) {
		fetch->scope = dctx_enter("fetch");
		return true; /* the name stays in the task's chain */
	}
	show("task");
	dctx_leave(fetch->scope);
	return false;
}

int main(void)
{
	struct runner runner = {0};
	struct fetch fetch = {0};
	struct runner_task task = {.step = fetch_step, .state = &fetch};
	dctx_status status;
	void *message;
	size_t len;

	if (local(&message, &len) != DCTX_OK)
		return 1;
	status = remote(message, len);
	free(message);
	at_the_limit();

	DCTX_SCOPE("main");
	if (status != DCTX_OK || dctx_fork(&task.store) != DCTX_OK)
		return 1;
	runner_add(&runner, &task);
	runner_run(&runner);
	show("thread");
	return 0;
}
