/* SPDX-License-Identifier: MIT */
/*
 * tracepoints.h - the events of the provider dctx, in the form LTTng wants:
 * this file is read several times over.
 */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER dctx

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "tracepoints.h"

/* clang-format off */
#if !defined(DCTXI_TRACEPOINTS_H) || \
	defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define DCTXI_TRACEPOINTS_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(dctx, span_open,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		const char *, target,
		int, level,
		const char *, trace_id,
		const char *, parent_id),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_string(target, target)
		lttng_ust_field_integer(int, level, level)
		lttng_ust_field_string(trace_id, trace_id)
		lttng_ust_field_string(parent_id, parent_id)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, span_enter,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, span_leave,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, span_close,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, span_event,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		const char *, fields),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_string(fields, fields)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, field_int,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		int64_t, value),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_integer(int64_t, value, value)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, field_uint,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		uint64_t, value),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_integer(uint64_t, value, value)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, field_float,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		double, value),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_float(double, value, value)))

LTTNG_UST_TRACEPOINT_EVENT(dctx, field_text,
	LTTNG_UST_TP_ARGS(
		const char *, span_id,
		const char *, name,
		const char *, value),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(span_id, span_id)
		lttng_ust_field_string(name, name)
		lttng_ust_field_string(value, value)))

#endif

#include <lttng/tracepoint-event.h>
