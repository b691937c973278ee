/* SPDX-License-Identifier: MIT */
/*
 * Which trace a context is part of, as bytes in one reserved slot, so that it
 * is scoped, captured and forked as any value is; and, in another, the members
 * of a baggage that no key of this process has, as they came.
 *
 * The bytes of a trace: its id, the span's, the flags (u32, little-endian), the
 * tracestate. They are the same in the envelope's entry `dctx.trace`; those of
 * `dctx.baggage` are members as W3C writes them.
 */
#ifndef DCTXI_TRACE_H
#define DCTXI_TRACE_H

#include <dctx/trace.h>

/* The most that is kept of a tracestate, and of unknown members. */
#define DCTXI_STATE_MAX 8192u
#define DCTXI_MEMBERS_MAX 8192u

#define DCTXI_TRACE_HEAD 28u
#define DCTXI_TRACE_FLAGS                                                      \
	(DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM | DCTX_TRACE_DEBUG |           \
	 DCTX_TRACE_UNDECIDED)

/* The slots: bytes keys of the library's own, in no registry. */
extern dctx_key dctxi_trace_key, dctxi_members_key;

/* How a span begins, whose object is in a slot of its own while it is entered;
 * src/trace knows the rest. `end` is called after the last reference. */
struct dctxi_traced {
	dctx_trace trace;
	void (*end)(void *span);
};
extern dctx_key dctxi_span_key;
extern const dctx_type dctxi_span_type;

/* The span that is entered in a directory, NULL for none; and whether a trace
 * is that span's, so that what goes out from here has it as its parent. */
struct dctxi_traced *dctxi_traced_in(const struct dctx_dir *dir);
bool dctxi_traced_has(const struct dctx_dir *dir, const dctx_trace *trace);

/* Whether a text can stand in a header: printable ASCII and spaces. */
bool dctxi_is_header_text(dctx_bytes text);

/* Whether the ids are some and the flags known; of the state, its length
 * and that it can stand in a header. */
bool dctxi_trace_valid(const dctx_trace *trace);

/* To bytes, DCTXI_TRACE_HEAD and the state's, and back; false for bytes that
 * are no valid trace. */
void dctxi_trace_pack(const dctx_trace *trace, unsigned char *out);
bool dctxi_trace_unpack(dctx_bytes packed, dctx_trace *out);

/* The one of the two keys with a name, or NULL; and whether bytes can be its
 * value. */
dctx_key *dctxi_trace_key_named(dctx_bytes name);
bool dctxi_trace_bytes_valid(const dctx_key *key, dctx_bytes bytes);

/* Read what a directory shows. */
bool dctxi_trace_in(const struct dctx_dir *dir, dctx_trace *out);
dctx_bytes dctxi_members_in(const struct dctx_dir *dir);

#endif
