/* SPDX-License-Identifier: MIT */
/* headers.h - a request's headers for tests, and the findings about them. */
#ifndef DCTXT_HEADERS_H
#define DCTXT_HEADERS_H

#include "kit.h"

/* Empties the headers, forgets all findings, and gives a carrier of them. */
dctx_carrier dctxt_headers(void);

/* Adds a line; both texts must stay. */
void dctxt_header(const char *name, const char *value);

/* How many lines there are; a name's first value, or NULL. */
size_t dctxt_header_count(void);
const char *dctxt_header_value(const char *name);

/* A hop by these formats, whose findings are kept. */
dctx_hop dctxt_hop(const dctx_propagator *const *propagators, size_t n);

/* What was found since the headers were emptied: how often, and the last. */
struct dctxt_finding {
	int times;
	dctx_rule rule;
	dctx_effect effect;
	char header[32];
	size_t line;
	size_t offset;
	char what[64];
};
extern struct dctxt_finding dctxt_finding;

/* Extracts, and writes the trace as "traceid-spanid-flags" or "none". */
const char *dctxt_extracted(const dctx_carrier *carrier, const dctx_hop *hop);

#endif
