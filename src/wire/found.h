/* SPDX-License-Identifier: MIT */
/* Where what a reader of headers finds is told, and about which header. */
#ifndef DCTXI_FOUND_H
#define DCTXI_FOUND_H

#include <dctx/finding.h>

struct dctxi_sink {
	const dctx_findings *to; /* NULL: nobody */
	const char *header;	 /* its name, in lower case */
	size_t line;		 /* of several of that name */
};

/* Tells one finding. `what` may be empty. A NULL sink is fine. */
void dctxi_found(const struct dctxi_sink *sink, dctx_rule rule,
		 dctx_effect effect, size_t offset, dctx_bytes what);

#endif
