/* SPDX-License-Identifier: MIT */
/* measure.c - what the program of every peer uses, in whatever language. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>

void peer_must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "failed: %s\n", what);
	exit(2);
}

void peer_measure(loop_fn *loop, loop_fn *without, bool hurry)
{
	struct timing timing;

	peer_must(engine_company(), "a thread");
	engine_time(loop, without, hurry ? 1 : REPEATS, &timing);
	printf("{\"ns\": %.3f, \"floors\": ", timing.ns);
	floors_print(timing.floors);
	puts("}");
	fflush(stdout);
}
