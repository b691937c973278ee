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
	int64_t at; /* on dctx_now's clock, nanoseconds */
	const char *name;
	const dctx_span_field *fields;
	size_t field_count;
} dctx_told_event;

/* What stands between two names of a chain. Since: 0.1. */
#define DCTX_TOLD_BETWEEN " > "

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
	size_t dropped_fields;		/* had no room, or were cut; those of
					   events, too */
	size_t dropped_events;		/* had no room */
	size_t dropped_links;
	uint64_t thread;		/* that opened it: the system's id */
	uint64_t task;			/* of the store, 0: the thread's own */
	const char *chain;		/* the scopes where it was opened, with
					   DCTX_TOLD_BETWEEN in between */
	const char *values;		/* what log lines say there, as JSON
					   without braces; "" for none */
	int64_t deadline;		/* or DCTX_NO_DEADLINE */
	const char *cause;		/* why its context was over by its
					   close, or NULL */
} dctx_told_span;

/*
 * What a sink does, one call at a time: on its own thread, or where there can
 * be none, on one that flushes. Spans that are closed in such a call are told
 * to no sink. Since: 0.1.
 */
typedef struct dctx_sink_ops {
	size_t struct_size;
	const char *name;
	/* Takes a batch. DCTX_BUSY: it is to be offered again, after a while
	 * that doubles from 100 ms to 30 s, and by a flush at once; another: it
	 * is dropped, and counted. Must come back by `until`. */
	dctx_status (*export_spans)(void *user, const dctx_told_span *spans,
				    size_t n, int64_t until);
	/* What was taken must be out by `until`. Called for who flushes, and
	 * once nothing came for 5 s. NULL: it is. */
	dctx_status (*flush)(void *user, int64_t until);
	/* After the last batch. NULL: nothing to do. */
	void (*free)(void *user);
	/* In a fork's child, before any other of these there: forgets what was
	 * taken. The parent may have been in a call. NULL: nothing to do. */
	void (*forked)(void *user);
} dctx_sink_ops;
#define DCTX_SINK_OPS_SIZE sizeof(dctx_sink_ops)

/* Zeroed but for struct_size: what stands behind each 0. Times are in
 * nanoseconds. Since: 0.1. */
typedef struct dctx_sink_options {
	size_t struct_size;
	size_t bytes;	   /* of the ring, cut to a power of two, at least
			      4,096; 0: 4 MiB */
	size_t batch;	   /* spans a call, at most; up to 65,536; 0: 512 */
	int64_t linger;	   /* how long a batch is waited for; 0: 1 s */
	int64_t patience;  /* how long a call, and the flush at exit, may take;
			      0: 5 s */
	dctx_level most;   /* spans up to that level; NONE: all */
	const char *process; /* its name in files; NULL: the program's */
} dctx_sink_options;
#define DCTX_SINK_SIZE sizeof(dctx_sink_options)

/* A sink. Since: 0.1. */
typedef struct dctx_sink dctx_sink;

/* How many there are at most. Since: 0.1. */
#define DCTX_SINKS 16

/*
 * Makes a sink of a table: from now on spans that are closed go there, too. At
 * exit(3) it is flushed, before functions of atexit(3) that were there before
 * it; in a fork's child it begins anew, with nothing of the parent's. A child
 * made past the C library (_Fork, clone) tells nothing.
 *
 * A span takes about 400 bytes of the ring and what its texts do. One that is
 * larger than half of the ring is dropped. Of objects of the user's that are
 * fields, eight are told as their types' `format` shows them, up to 255 bytes;
 * others, those of events, and those of spans that a format closes itself, by
 * the name of their type.
 *
 * `options` may be NULL, and is copied.
 * Keeps: `ops` and its name, which must stay until its free, and `user`.
 * Owns: the caller gets it, for dctx_sink_end. *out is written only on success;
 * else `free` is not called.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out or ops, ops without a name or
 * export_spans, a smaller struct_size and options past their bounds;
 * DCTX_NOMEM; DCTX_LIMIT when there are DCTX_SINKS; DCTX_SYSTEM when the loader
 * cannot keep the library for its thread. Threads: any. Blocks: while another
 * makes or ends one. Allocates: the ring, and room for a batch. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_new(const dctx_sink_ops *ops, void *user,
	      const dctx_sink_options *options, dctx_sink **out);

/*
 * Waits until all that was closed before is out, or `until`, on dctx_now's
 * clock; DCTX_NO_DEADLINE is for ever. Where the sink has no thread, it exports
 * here.
 * Returns: DCTX_OK; DCTX_DEADLINE_EXCEEDED; what `flush` returned; DCTX_INVALID
 * for NULL; DCTX_BUSY in one of the sink's calls. Threads: any. Blocks: so
 * long, and as a call that it makes here does. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_sink_flush(dctx_sink *sink, int64_t until);

/*
 * Flushes for at most its patience, stops and frees; what is not out then is
 * dropped, and counted (DCTX_EV_DROPPED_SPAN). A call that does not come back,
 * within a second more, is left alone: `free` comes after it. NULL is fine; in
 * one of the sink's calls it does nothing.
 * Returns: NULL. Threads: any. Blocks: so long. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_sink *dctx_sink_end(dctx_sink *sink);

/* What became of spans. `taken` is the sum of the next four, at any time; each
 * counts from the beginning, in a fork's child from there. Since: 0.1. */
typedef struct dctx_sink_stats {
	size_t struct_size; /* DCTX_SINK_STATS_SIZE */
	uint64_t taken;	    /* were closed */
	uint64_t exported;
	uint64_t full;	  /* no room was left, or it was too large */
	uint64_t refused; /* `export_spans` did not take them */
	uint64_t waiting; /* now */
	uint64_t batches; /* calls that exported one */
	uint64_t busy;	  /* calls that said DCTX_BUSY */
	uint64_t no_thread; /* no thread could be made, so often */
} dctx_sink_stats;
#define DCTX_SINK_STATS_SIZE sizeof(dctx_sink_stats)

/*
 * Reads what became of spans; dctx_dump has it too, as "sinks".
 * out->struct_size is set by the caller.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL and a smaller struct_size. Threads:
 * any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_sink_stats_read(const dctx_sink *sink,
					  dctx_sink_stats *out);

/*
 * A file of Chrome's trace events as JSON, one event a line, which both viewers
 * and `dctx trace` read, also when the process was killed in between. Lines are
 * appended, a batch by one write, to what is there. Each process has a file
 * where `path` has "%p", its number: a fork's child opens its own with its
 * first batch. Without that both append to one. A file that is made here is its
 * owner's alone (0600), since it holds what spans and log lines say of users.
 * A batch that cannot be written is refused, and what was of it is cut off.
 * Keeps: nothing. Owns: as dctx_sink_new.
 * Returns: as that, and DCTX_INVALID for no path; DCTX_SYSTEM when the file
 * cannot be opened or written to, DCTX_BUSY for a fifo that takes nothing for a
 * second. Threads: any. Blocks: as the file system does. Allocates: yes.
 * Source: Trace Event Format (Google, 2016), JSON array format.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_chrome(const char *path, const dctx_sink_options *options,
		 dctx_sink **out);

/*
 * A tree of each trace with its timings, written to a descriptor, which stays
 * the caller's: a line a span, below its parent, in the order of beginnings. A
 * terminal gets lines that fit it, and colours, unless NO_COLOR says no or TERM
 * is "dumb". What controls a terminal is escaped, wherever it comes from.
 *
 * A tree is written when its root in this process is closed. For that up to
 * 4,096 spans and 4 MiB are held, for about 10 s; then, and by a flush, what is
 * there of the trace is written, and the rest later in a tree of its own. A
 * span counts as exported once it is held; a batch during which a write failed
 * as refused.
 * Keeps: `fd`, until it is ended. Owns: as dctx_sink_new. Returns: as that, and
 * DCTX_INVALID for what is no descriptor. Threads: any. Blocks: never.
 * Allocates: yes.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_sink_console(int fd, const dctx_sink_options *options, dctx_sink **out);

#ifdef __cplusplus
}
#endif
#endif
