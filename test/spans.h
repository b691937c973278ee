/* SPDX-License-Identifier: MIT */
/*
 * spans.h - what tests of spans share: a sink that keeps what it was told, and
 * a layer that writes down how it was called.
 */
#ifndef DCTXT_SPANS_H
#define DCTXT_SPANS_H

#include "kit.h"

/* So many spans, and bytes of each of their texts, are kept. */
#define DCTXT_SPANS 64
#define DCTXT_SPAN_TEXT 160

/*
 * A span that was closed. Fields, events and links are written as one text
 * each: "name=value " and "name(fields)".
 */
struct dctxt_span {
	char name[32];
	dctx_trace trace;
	unsigned char parent[8];
	bool remote;
	dctx_span_kind kind;
	dctx_level level;
	int64_t took, unix_took;
	dctx_status status;
	char status_text[DCTXT_SPAN_TEXT];
	char fields[DCTXT_SPAN_TEXT];
	char events[DCTXT_SPAN_TEXT];
	char values[DCTXT_SPAN_TEXT];
	char chain[DCTXT_SPAN_TEXT];
	char cause[DCTXT_SPAN_TEXT];
	size_t field_count, event_count, link_count;
	size_t dropped_fields, dropped_events, dropped_links;
	size_t longest; /* text of a field */
	bool utf8_ends; /* no field's text ends within a character */
	uint64_t thread, task;
	int64_t deadline;
};

/* Makes the sink, at the beginning of a test; and ends it. */
void dctxt_spans_begin(void);
void dctxt_spans_end(void);

/* Waits for what was closed. Returns how many there are. */
size_t dctxt_spans(void);

/* The n-th that was closed; fails the test when there is none. */
const struct dctxt_span *dctxt_span(size_t n);

/* Whether a span is the child of another. */
bool dctxt_is_child(const struct dctxt_span *child,
		    const struct dctxt_span *parent);

/* Mounts a layer that writes what it is told into a text: "open a|enter a|";
 * takes it away; and gives the text, which begins anew. */
void dctxt_layer_begin(void);
void dctxt_layer_end(void);
const char *dctxt_layer_text(void);

/* What the layer does in its on_enter; NULL: nothing. */
extern void (*dctxt_layer_on_enter)(dctx_span *span);
extern void (*dctxt_layer_on_leave)(dctx_span *span);
extern const dctx_layer dctxt_layer;

#define DCTXT_SITE(site, name)                                                 \
	static const dctx_span_site site = {name, NULL, DCTX_LEVEL_INFO,       \
					    __FILE__, __LINE__}

#endif
