/* SPDX-License-Identifier: MIT */
/* format.h - the formats of headers, by the names that the command has. */
#ifndef FORMAT_H
#define FORMAT_H

#include <dctx/hop.h>

enum { FORMATS_MAX = 16 };

/* A list of formats as a hop has it. */
struct formats {
	const dctx_propagator *list[FORMATS_MAX];
	size_t count;
};

/* The format of a name of `len` bytes, or NULL. */
const dctx_propagator *format_named(const char *name, size_t len);

/* Reads "w3c,baggage"; false for a name that is none, or too many. */
bool formats_read(const char *names, struct formats *out);

/* A hop with our own that keeps the ids. */
dctx_hop hop_of(const struct formats *formats);

/* The names, one after the other, for a usage text. */
#define FORMAT_NAMES "w3c, baggage, b3, b3m, jaeger, grpc-timeout, x-dctx"

#endif
