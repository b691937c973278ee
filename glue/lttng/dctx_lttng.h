/* SPDX-License-Identifier: MIT */
/*
 * dctx_lttng.h - LTTng: spans as events of its, and what a log line says of its
 * request as a context of every event of user space, also of programs' own
 * tracepoints and of libraries that know nothing of dctx.
 *
 *     dctx_lttng_mount(DCTX_LTTNG_SPANS | DCTX_LTTNG_CONTEXT);
 *
 *     $ lttng create
 *     $ lttng enable-event -u 'dctx:*,mine:*'
 *     $ lttng add-context -u -t '$app.dctx:request_id' -t '$app.dctx:trace_id'
 *     $ lttng start
 *
 * This is a library of its own because LTTng starts threads in a process as
 * soon as it is loaded; they wait for a session daemon, which may come and go
 * at any time. Without one, or without a session, an event is one load.
 *
 * The events are those of the provider "dctx", with ids as hex digits:
 *
 *     span_open    span_id name target level trace_id parent_id
 *     span_enter   span_id name
 *     span_leave   span_id name
 *     span_close   span_id name
 *     span_event   span_id name fields
 *     field_int    span_id name value     fields by what they hold; a bool is
 *     field_uint   span_id name value     an unsigned 0 or 1, bytes are hex
 *     field_float  span_id name value     digits, and an object is told as
 *     field_text   span_id name value     <its type>
 *
 * A context is called $app.dctx:NAME, where NAME is what log lines call a field
 * (dctx/log.h, dctx/field.h), or trace_id or span_id. LTTng's names have
 * letters, digits and _ only, so an _ in NAME also stands for any other
 * character. It is an integer, a float or a text, or nothing where the field
 * has no value. Tracepoints may be hit in signal handlers, so no function of
 * the user's is called: what needs one has no value. A secret is "<secret>", a
 * text is cut to 1,024 bytes and ends where it has a NUL.
 *
 * Of a process that forks without exec, LTTng follows the child only with
 * LD_PRELOAD=liblttng-ust-fork.so; without, the child's events are not to be
 * relied on, but what is mounted does no harm.
 */
#ifndef DCTX_LTTNG_H
#define DCTX_LTTNG_H

#include <dctx/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is mounted: spans, as a layer (dctx/layer.h), so that each is told as it
 * goes; what log lines say, for any event. Since: 0.1. */
#define DCTX_LTTNG_SPANS 1u
#define DCTX_LTTNG_CONTEXT 2u

/*
 * Mounts that, until dctx_lttng_unmount. With DCTX_LTTNG_SPANS there are spans
 * of all levels, whether a session wants them or not (dctx_span_limit).
 * Returns: DCTX_OK; DCTX_INVALID for no flag and for unknown ones;
 * DCTX_CONFLICT when something is mounted, or another has LTTng's name
 * "$app.dctx", or LTTng has no memory or has ended; and as dctx_layer_mount. On
 * an error nothing is mounted. Threads: any; not in a fork's child that LTTng
 * does not follow. Blocks: while LTTng changes a session. Allocates.
 * Since: 0.1.
 * Source: LTTng-UST 2.13, lttng-ust(3), Application-specific context.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_lttng_mount(unsigned what);

/*
 * Takes it away. Spans that are open are told until they are closed; contexts
 * have no value from here on. In the child of a fork that was made while it was
 * mounted, contexts stay.
 * Returns: DCTX_OK; DCTX_STALE when nothing is mounted. Threads and all else:
 * as above. Since: 0.1.
 */
DCTX_API dctx_status dctx_lttng_unmount(void);

#ifdef __cplusplus
}
#endif
#endif
