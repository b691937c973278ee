/* SPDX-License-Identifier: MIT */
/*
 * main.c - the program of a peer that has a C interface; context.go is another.
 *
 *     peer-NAME --list             its version; its operations and their calls
 *     peer-NAME OP                 one of them, as JSON
 *     peer-NAME OP --hurry         the same, soon
 *     peer-NAME-heap OP --allocs   allocations per turn
 */
#include "heap.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct peer_op *peer_chosen;

static const struct peer_figure *figure;

static void list_ops(const struct peer_op *op)
{
	for (; op != NULL && op->name != NULL; op++)
		printf("%s\t%s\n", op->name, op->call);
}

static void list(void)
{
	const struct peer_figure *f = peer_stop_figures;

	puts(peer_version());
	list_ops(peer_ops);
	list_ops(peer_stop_ops);
	for (; f != NULL && f->name != NULL; f++)
		printf("%s\t%s\n", f->name, f->call);
}

static const struct peer_op *find_op(const struct peer_op *op, const char *name)
{
	for (; op != NULL && op->name != NULL; op++)
		if (strcmp(op->name, name) == 0)
			return op;
	return NULL;
}

static const struct peer_figure *find_figure(const char *name)
{
	const struct peer_figure *f = peer_stop_figures;

	for (; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static void find(const char *name)
{
	peer_chosen = find_op(peer_ops, name);
	if (peer_chosen == NULL)
		peer_chosen = find_op(peer_stop_ops, name);
	if (peer_chosen == NULL)
		figure = find_figure(name);
	peer_must(peer_chosen != NULL || figure != NULL, "an operation");
}

/* Of what is no loop there is no turn. */
static void allocs(void)
{
	if (figure != NULL) {
		puts("null");
		return;
	}
	peer_must(heap_calls_a_turn != NULL, "a heap that is counted");
	printf("%.3f\n", heap_calls_a_turn(peer_chosen->loop) -
				 heap_calls_a_turn(peer_chosen->without));
}

static void measure(bool hurry)
{
	double ns;

	peer_must(engine_company(), "a thread");
	if (figure == NULL) {
		peer_measure(peer_chosen->loop, peer_chosen->without, hurry);
		return;
	}
	ns = figure->measure();
	peer_tell(ns, peer_wake_floor, hurry);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "";

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list();
		return 0;
	}
	peer_must(argc > 1, "an operation");
	peer_counts = strcmp(how, "--allocs") == 0;
	find(argv[1]);
	if (peer_chosen != NULL)
		peer_chosen->setup();
	if (peer_counts)
		allocs();
	else
		measure(strcmp(how, "--hurry") == 0);
	fflush(stdout);
	/* An interpreter's or a framework's own end is not what is measured. */
	_Exit(0);
}
