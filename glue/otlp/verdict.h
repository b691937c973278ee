/* SPDX-License-Identifier: MIT */
/* verdict.h - what a collector's answer means for the spans that it was sent.
 */
#ifndef DCTXI_OTLP_VERDICT_H
#define DCTXI_OTLP_VERDICT_H

#include "post.h"

struct verdict {
	enum { VERDICT_TAKEN, VERDICT_LATER, VERDICT_REFUSED } what;
	uint64_t rejected;   /* of those that it was sent */
	int64_t retry_after; /* of VERDICT_LATER; 0: it did not say */
	bool garbled;
	char why[128]; /* printable; "": nothing is wrong */
};

/* Reads an answer to so many spans. Source: OTLP 1.x, OTLP/HTTP Response. */
void dctxi_otlp_judge(const struct answer *answer, uint64_t spans,
		      struct verdict *out);

#endif
