/* SPDX-License-Identifier: MIT */
/* picture.h - spans of several processes, by trace. */
#ifndef PICTURE_H
#define PICTURE_H

#include "intern.h"

#include <stdbool.h>

#define NOBODY UINT32_MAX
#define NO_TIME INT64_MIN

/* Names and texts are numbers of the picture's strings; 0: none. Times are in
 * nanoseconds since 1970, or since what somebody else's file counts from. */
struct span {
	unsigned char trace[16], id[8], parent[8];
	int64_t start, duration;
	int64_t deadline; /* or NO_TIME */
	uint64_t task;	  /* 0: the thread's own */
	uint64_t dropped;
	uint32_t process, thread;
	uint32_t name, target, level, kind, source;
	uint32_t status, status_text, cause;
	uint32_t chain, fields, values, links; /* JSON, as it came */
	uint32_t trace_number;
	uint32_t above; /* the parent, or NOBODY */
	uint32_t order; /* as it was read */
	bool has_trace, has_id, has_parent, is_remote;
};

/* A moment in a span. */
struct moment {
	unsigned char id[8]; /* of the span */
	uint32_t process;
	int64_t at;
	uint32_t name, fields;
	uint32_t span; /* once joined, or NOBODY */
};

struct process {
	int64_t pid;
	uint32_t name, host, boot;
	uint32_t spans; /* once joined; 0: it turned out to be another */
};

struct thread {
	uint32_t process, name;
	int64_t tid;
};

/* Spans from `first` on, by their start. */
struct trace {
	uint32_t first, count, failed;
	int64_t start, end;
	uint32_t root; /* the first without a parent here */
	uint32_t processes;
};

/* What a file was like. */
struct source {
	uint32_t name;
	uint64_t spans, moments, ignored;
	uint64_t bad, bad_line; /* lines that are none, and the first of them */
	bool cut;		/* within its last line */
	bool past_limit;	/* there is more in it */
};

struct picture {
	struct strings strings, process_keys, thread_keys;
	struct span *spans;
	struct moment *moments; /* once joined: by span, then by time */
	struct process *processes;
	uint32_t *process_of; /* of each of process_keys, from 1: the present */
	struct thread *threads;
	struct trace *traces;
	struct source *sources;
	uint32_t span_count, moment_count, process_count, thread_count;
	uint32_t trace_count, source_count, lost_moments, key_count;
	size_t span_room, moment_room, process_room, thread_room, source_room;
	size_t key_room;
	uint64_t limit; /* of spans and moments together; of threads, too */
	uint64_t twice; /* spans that were there already */
};

/* One more, zeroed, at the end. */
struct span *picture_span(struct picture *picture);
struct moment *picture_moment(struct picture *picture);
struct source *picture_source(struct picture *picture, const char *name);

/* The process that has this number in the present source; the thread of it. */
uint32_t picture_process(struct picture *picture, int64_t pid);
uint32_t picture_thread(struct picture *picture, uint32_t process, int64_t tid);

/* Say of that number's process what it is called and where it is. From then on
 * the number is the process that was said to be there before, also in another
 * source, or a new one: in containers all have the number 1, on each host, and
 * files of them may have been put together. */
void picture_name_process(struct picture *picture, int64_t pid, uint32_t name);
void picture_place_process(struct picture *picture, int64_t pid, uint32_t host,
			   uint32_t boot);

/* Whether no more should be read. */
bool picture_full(const struct picture *picture);

/* Once all is read: spans sorted by trace and time, those that came twice left
 * out, parents found, moments joined. */
void picture_join(struct picture *picture);

/* Keeps the traces only whose ids begin so, in hexadecimal; tells how many
 * spans that are. Before the join. */
uint32_t picture_keep(struct picture *picture, const char *prefix);

/* What a span's moments are: the first and how many. */
uint32_t picture_moments(const struct picture *picture, uint32_t span,
			 uint32_t *count);

bool span_failed(const struct picture *picture, const struct span *span);
dctx_bytes picture_text(const struct picture *picture, uint32_t number);

void picture_free(struct picture *picture);

#endif
