/* SPDX-License-Identifier: MIT */
/*
 * What is recorded in a span, within its bounds. But for taking it, the caller
 * holds the span's lock, or is the only one who knows it; no user's code runs
 * in here.
 */
#ifndef DCTXI_RECORDED_H
#define DCTXI_RECORDED_H

#include "trace/span.h"

/* Takes the span's lock. */
void dctxi_span_lock(dctx_span *span);

/* A value on its way in: an object of the user's type was copied before. */
struct dctxi_given {
	dctx_any value;
	struct dctxi_object *object; /* a reference, until it is taken over */
	struct dctxi_object *gone;   /* to be dropped: what it replaced */
};

/* Looks at a value, and copies an object. Runs the user's copy. `value` of kind
 * 0 is fine. Returns: DCTX_OK; DCTX_INVALID; DCTX_NOMEM; the copy's own. */
dctx_status dctxi_given_make(const dctx_any *value, struct dctxi_given *out);

/* Drops what is left of it. Runs the user's destroy. */
void dctxi_given_end(struct dctxi_given *in);

/* A field of a name, or -1. */
int dctxi_span_field_find(const dctx_span *span, const char *name);

/* Sets a field, new or again; of kind 0: declares it.
 * Returns: DCTX_OK; DCTX_LIMIT, also when a text was cut; DCTX_NOMEM. Both are
 * counted in `dropped`. */
dctx_status dctxi_span_field_set(dctx_span *span, const char *name, bool user,
				 struct dctxi_given *in);

/* Adds an event whose fields these are.
 * Returns: as above; with DCTX_LIMIT it may be there, with some values cut. */
dctx_status dctxi_span_event_add(dctx_span *span, const char *name, int64_t at,
				 const dctx_span_field *fields,
				 struct dctxi_given *in, size_t n);

/* Copies a text, cut to what fits, with a NUL.
 * Returns: DCTX_OK; DCTX_LIMIT when it was cut; DCTX_NOMEM. */
dctx_status dctxi_span_text_add(dctx_span *span, const char *text,
				const char **out);

/* Copies links. Returns: DCTX_OK; DCTX_LIMIT; DCTX_NOMEM. */
dctx_status dctxi_span_links_add(dctx_span *span, const dctx_trace *links,
				 size_t n);

/* Takes one object of the user's off what was recorded; NULL: none is left.
 * The reference is the caller's. */
struct dctxi_object *dctxi_span_object_take(dctx_span *span);

#endif
