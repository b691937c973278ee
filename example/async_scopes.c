/* SPDX-License-Identifier: MIT */
/*
 * Scopes of tasks: one that is open when its task yields is open when the task
 * goes on, though other tasks ran between. A fork made inside it sees what it
 * saw, also when the scope is left meanwhile; a fork of a fork sees all the
 * way up.
 */
#include <dctx/dctx.h>

#include "common/runner.h"

#include <stdio.h>

DCTX_KEY_STR(k_order, "order", DCTX_LOG);
DCTX_KEY_STR(k_payment, "payment", DCTX_LOG);
DCTX_KEY_STR(k_receipt, "receipt", DCTX_LOG);

/* A task that sets one key in a scope of its own and forks the next stage. */
struct stage {
	const char *name; /* a literal: the scope keeps it */
	dctx_key_str *key;
	const char *value;
	struct stage *next;
	struct runner *runner;
	struct runner_task task;
	dctx_guard scope;
	int at;
};

static void show(const struct stage *stage, const char *when)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-7s %-6s [%s] %s %s %s\n", stage->name, when, chain,
	       dctx_get(k_order, "-"), dctx_get(k_payment, "-"),
	       dctx_get(k_receipt, "-"));
}

static bool stage_step(void *state);

/* Starts the next stage as a fork of the current store. */
static bool start(struct runner *runner, struct stage *next)
{
	if (next == NULL)
		return true;
	next->runner = runner;
	next->task.step = stage_step;
	next->task.state = next;
	if (dctx_fork(&next->task.store) != DCTX_OK)
		return false;
	runner_add(runner, &next->task);
	return true;
}

static bool stage_step(void *state)
{
	struct stage *stage = state;

	switch (stage->at++) {
	case 0:
		show(stage, "starts");
		stage->scope = dctx_enter(stage->name);
		dctx_set(*stage->key, stage->value);
		return start(stage->runner, stage->next);
	case 1:
		show(stage, "inside");
		dctx_leave(stage->scope);
		return true;
	default:
		show(stage, "after");
		return false;
	}
}

int main(void)
{
	struct runner runner = {0};
	struct stage receipt = {
		.name = "receipt", .key = &k_receipt, .value = "R3"};
	struct stage payment = {
		.name = "payment", .key = &k_payment, .value = "P2",
		.next = &receipt};
	struct stage order = {
		.name = "order", .key = &k_order, .value = "O1",
		.next = &payment};

	if (!start(&runner, &order))
		return 1;
	runner_run(&runner);
	return 0;
}
