/* SPDX-License-Identifier: MIT */
/* Whether a trace is sampled, decided where it begins here. */
#ifndef DCTXI_SAMPLING_H
#define DCTXI_SAMPLING_H

#include <dctx/span.h>

/* What is known of a span's parent. */
enum dctxi_parent { DCTXI_PARENT_NONE, DCTXI_PARENT_HERE, DCTXI_PARENT_REMOTE };

/* Decides for a span of this trace, whose flags are its parent's. */
bool dctxi_sampled(const dctx_trace *trace, enum dctxi_parent parent);

#endif
