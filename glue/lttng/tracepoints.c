/* SPDX-License-Identifier: MIT */
/* What LTTng's macros make of the events: their descriptions and what records
 * them. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "tracepoints.h"
