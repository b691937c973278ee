/* SPDX-License-Identifier: MIT */
/*
 * dctx/sink.h - where spans go when they are closed: a file for Perfetto and
 * chrome://tracing, a terminal, a collector (glue/otlp), or a table of the
 * user's.
 *
 * Closing a span copies it into a ring of the sink's, which has a bound: past
 * that it is dropped, and counted, and the request goes on. A thread of the
 * sink's, which begins with its first span, takes them out in batches.
 */
#ifndef DCTX_SINK_H
#define DCTX_SINK_H

#include <dctx/span.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A moment in a span. Since: 0.1. */
typedef struct dctx_told_event {
	int64_t at;
	const char *name;
	const dctx_span_field *fields;
	size_t field_count;
} dctx_told_event;

/* A span that was closed. All of it is borrowed for the call. Since: 0.1. */
typedef struct dctx_told_span {
	size_t struct_size;
	const dctx_span_site *site;
	dctx_span_kind kind;
	dctx_trace trace;		/* its own ids */
	unsigned char parent[8];	/* all 0: a root */
	bool parent_is_remote;
	int64_t began, ended;		/* on dctx_now's clock */
	int64_t began_unix, ended_unix; /* nanoseconds since 1970 */
	dctx_status status;
	const char *status_text;	/* or NULL */
	const dctx_span_field *fields;	/* in the order they were first set */
	size_t field_count;
	const dctx_told_event *events;
	size_t event_count;
	const dctx_trace *links;
	size_t link_count;
	size_t dropped;			/* of fields, events and links */
	uint64_t thread;		/* the system's number of who opened it */
	uint64_t task;			/* of the store, 0: the thread's own */
	const char *chain;		/* the scopes where it was opened */
	const char *values;		/* what log lines say there, as JSON
					   without braces; "" for none */
	int64_t deadline;		/* or DCTX_NO_DEADLINE */
	const char *cause;		/* why its context was over at the close,
					   or NULL */
} dctx_told_span;

/*
 * What a sink does, on its own thread, one call at a time. Since: 0.1.
 */
typedef struct dctx_sink_ops {
	size_t struct_size;
	const char *name;
	/* Takes a batch. DCTX_BUSY: it is to be offered again, after a while
	 * that doubles from 100 ms to 30 s; another: it is dropped, and
	 * counted. Must come back by `until`. */
	dctx_status (*export_spans)(void *user, const dctx_told_span *spans,
				    size_t n, int64_t until);
	/* What was taken must be out by `until`. NULL: it is. */
	dctx_status (*flush)(void *user, int64_t until);
	/* After the last batch. NULL: nothing to do. */
	void (*free)(void *user);
} dctx_sink_ops;

/* Zeroed but for struct_size: as said. Since: 0.1. */
typedef struct dctx_sink_options {
	size_t struct_size;
	size_t bytes;	   /* of the ring; 0: 4 MiB */
	size_t batch;	   /* spans a call, at most; 0: 512 */
	int64_t linger;	   /* how long a batch is waited for; 0: 1 s */
	int64_t patience;  /* how long a call, and the flush at exit, may take;
			      0: 5 s */
	dctx_level most;   /* spans up to that level; NONE: all */
} dctx_sink_options;
#define DCTX_SINK_SIZE sizeof(dctx_sink_options)

/* A sink, counted. Since: 0.1. */
typedef struct dctx_sink dctx_sink;

/*
 * Makes a sink of a table: from now on spans that are closed go there, too. At
 * exit it is flushed; in a fork's child it begins anew, with nothing of the
 * parent's.
 * Keeps: `ops`, which must stay until its free.
 * Returns: DCTX_OK; DCTX_INVALID; DCTX_NOMEM; DCTX_SYSTEM when the loader
 * cannot keep the library for its thread. Threads: any. Blocks: never.
 * Allocates: the ring. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_new(const dctx_sink_ops *ops, void *user,
	      const dctx_sink_options *options, dctx_sink **out);

/*
 * Waits until all that was closed before is out, or `until`.
 * Returns: DCTX_OK; DCTX_DEADLINE_EXCEEDED; what `flush` returned. Threads: any
 * but the sink's. Blocks: so long. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_sink_flush(dctx_sink *sink, int64_t until);

/* Flushes for at most its patience, stops and frees. NULL is fine. Returns:
 * NULL. Threads: any but the sink's. Blocks: so long. Since: 0.1. */
DCTX_API dctx_sink *dctx_sink_end(dctx_sink *sink);

/* What became of spans; each is right. Since: 0.1. */
typedef struct dctx_sink_stats {
	size_t struct_size;
	uint64_t taken, exported, full, refused; /* full: no room was left */
	uint64_t waiting;			 /* now */
} dctx_sink_stats;
DCTX_API dctx_status dctx_sink_stats_read(const dctx_sink *sink,
					  dctx_sink_stats *out);

/*
 * A file of Chrome's trace events as JSON, one event a line, which both viewers
 * and `dctx trace` read, also when the process was killed in between. Each
 * process has a file: "%p" in `path` is its number.
 * Returns: as dctx_sink_new; DCTX_SYSTEM when it cannot be opened.
 * Source: Trace Event Format (Google, 2016), JSON array format.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_chrome(const char *path, const dctx_sink_options *options,
		 dctx_sink **out);

/* A tree of each trace with its timings, in colour on a terminal, written to a
 * descriptor, which stays the caller's. Returns: as dctx_sink_new. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_console(int fd, const dctx_sink_options *options, dctx_sink **out);

#ifdef __cplusplus
}
#endif
#endif
