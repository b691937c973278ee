/* SPDX-License-Identifier: MIT */
/*
 * mine.h - tracepoints of the tests' own, as programs have them: unlike
 * lttng_ust_tracef they may be hit in signal handlers.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER mine

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "mine.h"

/* clang-format off */
#if !defined(DCTXT_MINE_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define DCTXT_MINE_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(mine, event,
	LTTNG_UST_TP_ARGS(
		const char *, text),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(text, text)))

#endif

#include <lttng/tracepoint-event.h>
