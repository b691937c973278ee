/* SPDX-License-Identifier: MIT */
/* pairs.h - "name=value,name=value", as variables of the environment have it.
 */
#ifndef DCTXI_OTLP_PAIRS_H
#define DCTXI_OTLP_PAIRS_H

#include "arena.h"

#include <dctx/status.h>

struct pair {
	const char *name, *value; /* decoded, never NULL */
	struct pair *next;
};

/*
 * Reads pairs, in order: white space around names and values goes, %XX is
 * decoded in both, nothing between two commas is nothing.
 * Returns: DCTX_OK; DCTX_INVALID for one without = or a name, and for a % that
 * is none or stands for a NUL; DCTX_NOMEM. Pairs are the arena's.
 * Source: OpenTelemetry, Resource SDK; W3C Baggage, 3.3.
 */
dctx_status dctxi_otlp_pairs(struct arena *arena, const char *text,
			     struct pair **out);

#endif
