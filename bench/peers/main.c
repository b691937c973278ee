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

static void list(void)
{
	puts(peer_version());
	for (const struct peer_op *op = peer_ops; op->name != NULL; op++)
		printf("%s\t%s\n", op->name, op->call);
}

static void allocs(void)
{
	peer_must(heap_calls_a_turn != NULL, "a heap that is counted");
	printf("%.3f\n", heap_calls_a_turn(peer_chosen->loop) -
				 heap_calls_a_turn(peer_chosen->without));
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "";

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list();
		return 0;
	}
	peer_chosen = peer_ops;
	while (argc > 1 && peer_chosen->name != NULL &&
	       strcmp(peer_chosen->name, argv[1]) != 0)
		peer_chosen++;
	peer_must(argc > 1 && peer_chosen->name != NULL, "an operation");
	peer_chosen->setup();
	if (strcmp(how, "--allocs") == 0)
		allocs();
	else
		peer_measure(peer_chosen->loop, peer_chosen->without,
			     strcmp(how, "--hurry") == 0);
	fflush(stdout);
	/* An interpreter's or a framework's own end is not what is measured. */
	_Exit(0);
}
