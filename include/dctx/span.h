/* SPDX-License-Identifier: MIT */
/*
 * dctx/span.h - what is told of a piece of work: its name, when it began and
 * ended, what it was about, and where it stands in a trace.
 *
 *     void handle(struct request *r)
 *     {
 *             DCTX_SPAN(span, "handle", {"path", DCTX_ANY(r->path)});
 *             ...
 *             dctx_span_record(span, "status", &DCTX_ANY(r->status));
 *     }
 *
 * A span is opened, entered and left any number of times, on one thread after
 * the other or on several, and closed once. Whoever opens one while it is
 * entered opens a child of it. What a span does to the context - a scope of its
 * name, values from its fields - is the layers' affair (dctx/layer.h); who gets
 * to see it when it is closed, the sinks' (dctx/sink.h). Without either a span
 * is one load.
 */
#ifndef DCTX_SPAN_H
#define DCTX_SPAN_H

#include <dctx/any.h>
#include <dctx/trace.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A span, counted; NULL is one that nobody wants to see, and fine wherever a
 * span is asked for. Since: 0.1. */
typedef struct dctx_span dctx_span;

/* How much somebody wants to see of it. Since: 0.1. */
typedef enum dctx_level {
	DCTX_LEVEL_NONE = 0, /* nothing: of a limit only */
	DCTX_LEVEL_ERROR,
	DCTX_LEVEL_WARN,
	DCTX_LEVEL_INFO,
	DCTX_LEVEL_DEBUG,
	DCTX_LEVEL_TRACE
} dctx_level;

/* Where a span is opened, with static storage and never changed: the macros
 * make one each. Since: 0.1. */
typedef struct dctx_span_site {
	const char *name;   /* not NULL */
	const char *target; /* whose it is: a module; NULL: the file */
	dctx_level level;
	const char *file;
	int line;
} dctx_span_site;

/* A field, borrowed for the call. A value of kind 0 is declared and empty: only
 * such a field takes what a context has for it. Since: 0.1. */
typedef struct dctx_span_field {
	const char *name; /* static storage */
	dctx_any value;
} dctx_span_field;

/* Which way a call goes, by OpenTelemetry's names. Since: 0.1. */
typedef enum dctx_span_kind {
	DCTX_SPAN_INTERNAL = 0,
	DCTX_SPAN_SERVER,
	DCTX_SPAN_CLIENT,
	DCTX_SPAN_PRODUCER,
	DCTX_SPAN_CONSUMER
} dctx_span_kind;

/* Zeroed but for struct_size: a child of the span that is entered here, or of
 * the trace that came from afar. Since: 0.1. */
typedef struct dctx_span_options {
	size_t struct_size;
	dctx_span *parent;	  /* NULL: by context */
	bool root;		  /* of a trace of its own */
	dctx_span_kind kind;
	const dctx_trace *links;  /* other traces that it has to do with */
	size_t link_count;
	int64_t began;		  /* on dctx_now's clock; 0: now */
} dctx_span_options;
#define DCTX_SPAN_SIZE sizeof(dctx_span_options)

/* Fields, events and links that one span keeps at most; what is past that, or
 * past DCTX_SPAN_BYTES of all its values, is counted and dropped. Since: 0.1.
 */
#define DCTX_SPAN_FIELDS 128
#define DCTX_SPAN_EVENTS 128
#define DCTX_SPAN_LINKS 128
#define DCTX_SPAN_BYTES 65536

/*
 * Opens a span. It is not entered.
 * Owns: the caller gets it, for exactly one dctx_span_close; NULL when nobody
 * wants one of that level, when the sampler does not (and no layer is there),
 * and without memory, which is counted.
 * Threads: any. Blocks: as layers do. Allocates: warm, not. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_open(const dctx_span_site *site,
				   const dctx_span_options *options,
				   const dctx_span_field *fields, size_t n);

/*
 * Enters a span on this thread, in the current store, and leaves it: what is
 * opened in between is its child. A span may be entered again inside of itself,
 * and by others at the same time. Leaving one that is not the innermost leaves
 * those above it; leaving one that is not entered here does nothing, and is
 * counted (DCTX_EV_UNBALANCED_SPAN).
 * Threads: any. Blocks: as layers do. Allocates: as a scope. Since: 0.1.
 */
DCTX_API void dctx_span_enter(dctx_span *span);
DCTX_API void dctx_span_leave(dctx_span *span);

/*
 * Closes a span: it has ended, whoever still has a reference. Where it is still
 * entered it is left when that flow next leaves, enters or ends.
 * Threads: any. Blocks: as layers do; never for a sink. Allocates: never.
 * Since: 0.1.
 */
DCTX_API void dctx_span_close(dctx_span *span);

/*
 * Take and give back a reference, for who records into a span that another may
 * close meanwhile: what comes after that is dropped, and counted.
 * Returns: `span`; NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_ref(dctx_span *span);
DCTX_API dctx_span *dctx_span_unref(dctx_span *span);

/*
 * Gives the span that is entered here, the innermost.
 * Owns: borrowed, until it is left. Returns: NULL outside of all. Threads: any.
 * Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_current(void);

/*
 * Sets a field, new or again, also after the span was entered; `value` is
 * copied, texts cut to what fits, between characters.
 * Returns: DCTX_OK; DCTX_LIMIT, and it is counted; DCTX_STALE after the close;
 * DCTX_NOMEM; DCTX_INVALID for a NULL name or value. Threads: any, also at
 * once. Blocks: as layers do. Allocates: past a first few. Since: 0.1.
 */
DCTX_API dctx_status dctx_span_record(dctx_span *span, const char *name,
				      const dctx_any *value);

/* Notes a moment in it, with fields. Returns and all else: as
 * dctx_span_record. Since: 0.1. */
DCTX_API dctx_status dctx_span_event(dctx_span *span, const char *name,
				     const dctx_span_field *fields, size_t n);

/* Says how it went: the first that is not DCTX_OK stays, with its text (may be
 * NULL), which is copied. Returns and all else: as dctx_span_record. Since:
 * 0.1. */
DCTX_API dctx_status dctx_span_status(dctx_span *span, dctx_status status,
				      const char *text);

/*
 * Tells its ids, and whether it is sampled, as dctx_trace has them. For NULL
 * the context's own.
 * Returns: whether there are any. Threads: any. Signal-safe. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API bool dctx_span_trace(const dctx_span *span, dctx_trace *out);

/* A place in every span for a layer's own, with static storage. Since: 0.1. */
typedef struct dctx_span_slot {
	size_t size;		       /* bytes, zeroed at first */
	void (*destroy)(void *memory); /* NULL: nothing to do */
	uint32_t index;		       /* the library's own */
} dctx_span_slot;

/*
 * Gives a span's memory for a slot, from its first use until after the last
 * reference. Who shares it between threads sees to that.
 * Owns: the span's. Returns: NULL for a NULL span and without memory.
 * Threads: any. Blocks: while another makes it. Allocates: at the first use.
 * Since: 0.1.
 */
DCTX_API void *dctx_span_slot_of(dctx_span *span, dctx_span_slot *slot);

/* Who is sampled, decided once for a trace where it begins and handed on by
 * W3C's flag. Since: 0.1. */
typedef enum dctx_sampling {
	DCTX_SAMPLE_PARENT = 0, /* as the parent was; a root by the ratio */
	DCTX_SAMPLE_ALWAYS,
	DCTX_SAMPLE_NEVER,
	DCTX_SAMPLE_RATIO /* by the trace's random bits, so that all who ask
			     by a ratio agree */
} dctx_sampling;

/*
 * Set what spans there are from now on: those up to a level, sampled so.
 * `ratio` is from 0 to 1, of those that begin here.
 * Returns: DCTX_OK; DCTX_INVALID. Threads: any. Blocks, allocates: never.
 * Since: 0.1. Source: W3C Trace Context Level 2, 3.2.2.5.1; OpenTelemetry,
 * Trace SDK, TraceIdRatioBased.
 */
DCTX_API dctx_status dctx_span_limit(dctx_level most);
DCTX_API dctx_status dctx_span_sampling(dctx_sampling how, double ratio);

/* The level up to which somebody wants spans; what DCTX_SPAN looks at. Since:
 * 0.1. */
extern DCTX_API int dctx_abi1_span_level;

#ifdef __cplusplus
}
#endif
#endif
