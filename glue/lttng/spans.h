/* SPDX-License-Identifier: MIT */
/* Spans as events. */
#ifndef DCTXI_LTTNG_SPANS_H
#define DCTXI_LTTNG_SPANS_H

#include <dctx/layer.h>

extern const dctx_layer dctxi_lttng_spans;

#endif
