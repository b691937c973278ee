/* SPDX-License-Identifier: MIT */
/*
 * A file of Chrome's trace events: its lines are gathered in memory and go out
 * by one write a batch.
 *
 * Theory. Only who has the sink's role is here (sink.h), so nothing is locked.
 * The room that lines are gathered in is one pointer, its size beside them, so
 * that a fork's child, whose parent may have been in the middle of changing it,
 * finds one that is whole.
 *
 * Of a path with "%p" each process has a file of its own: a child opens it with
 * its first batch. Of one without, parent and child append to one file that
 * both have open; Linux appends each write in one piece (O_APPEND), so lines
 * stay whole.
 *
 * A batch that fails in the middle, as on a full disk, is taken back by cutting
 * the file; where that cannot be, the next begins on a line of its own.
 */
#include "data/fail.h"
#include "plat/clock.h"
#include "plat/file.h"
#include "plat/heap.h"
#include "plat/process.h"
#include "trace/chrome_line.h"

#include <dctx/deadline.h>
#include <dctx/sink.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FIRST ((size_t)64 * 1024)
#define ROOM_KEPT ((size_t)1024 * 1024)
#define ROOM_MOST ((size_t)2 * 1024 * 1024) /* but for a longer line */

#define OPEN_PATIENCE (1 * DCTX_S) /* of a fifo */

/* Threads whose names were written; of those that collide the last. */
#define THREADS 256

struct room {
	size_t size;
	char at[];
};

struct chrome {
	int fd; /* -1: to be opened */
	long process;
	struct room *room;
	size_t len;    /* in it */
	size_t wrote;  /* of the batch */
	int64_t from;  /* where it begins in the file; -1: in no file */
	bool torn;     /* the file ends in the middle of a line */
	bool begun;    /* the array, by us; a fork's child goes on in it */
	bool headless; /* this process's part of it has not begun */
	uint64_t named[THREADS];
	const char *path; /* both behind this */
	const char *name; /* of the process */
};

static size_t size_of(const char *path, const char *name)
{
	return sizeof(struct chrome) + strlen(path) + strlen(name) + 2;
}

static void room_free(struct room *room)
{
	if (room != NULL)
		dctxi_free(room, sizeof *room + room->size);
}

static bool room_grow(struct chrome *c, size_t size)
{
	struct room *old = c->room;
	struct room *room = dctxi_alloc(sizeof *room + size);

	if (room == NULL)
		return false;
	room->size = size;
	if (c->len > 0)
		memcpy(room->at, old->at, c->len);
	/* For a fork's child. */
	__atomic_store_n(&c->room, room, __ATOMIC_RELEASE);
	room_free(old);
	return true;
}

static void room_shrink(struct chrome *c)
{
	struct room *old = c->room;

	if (old == NULL || old->size <= ROOM_KEPT)
		return;
	__atomic_store_n(&c->room, NULL, __ATOMIC_RELEASE);
	room_free(old);
}

/* Writes out what is gathered. */
static dctx_status write_out(struct chrome *c, int64_t until)
{
	size_t written = 0, len = c->len;
	int error;

	c->len = 0;
	if (len == 0)
		return DCTX_OK;
	error = dctxi_file_write(c->fd, c->room->at, len, until, &written);
	c->wrote += written;
	if (error == 0)
		return DCTX_OK;
	if (error == ETIMEDOUT && c->wrote == 0)
		return DCTX_BUSY;
	return dctxi_fail_system(error);
}

/* Begins what is written or taken back as one. */
static void begin(struct chrome *c)
{
	c->len = c->wrote = 0;
	c->from = dctxi_file_size(c->fd);
}

/* Ends it. Others who append may have, in between: then what is there stays. */
static void end(struct chrome *c, dctx_status status)
{
	if (c->wrote == 0)
		return;
	if (status == DCTX_OK)
		c->torn = false;
	else if (c->from < 0 ||
		 dctxi_file_size(c->fd) != c->from + (int64_t)c->wrote ||
		 !dctxi_file_cut(c->fd, c->from))
		c->torn = true;
}

/* Makes room for so many bytes, by writing out what is there if need be. */
static dctx_status have_room(struct chrome *c, size_t more, int64_t until)
{
	size_t size = c->room != NULL ? c->room->size : 0;
	dctx_status status;

	if (c->room != NULL && more <= size - c->len)
		return DCTX_OK;
	while (size < c->len + more)
		size = size == 0 ? ROOM_FIRST : 2 * size;
	if ((c->len == 0 || size <= ROOM_MOST) && room_grow(c, size))
		return DCTX_OK;
	if (c->len == 0)
		return DCTX_NOMEM;
	status = write_out(c, until);
	return status == DCTX_OK ? have_room(c, more, until) : status;
}

static dctx_status add(struct chrome *c, const char *bytes, size_t len,
		       int64_t until)
{
	dctx_status status = have_room(c, len, until);

	if (status != DCTX_OK)
		return status;
	memcpy(c->room->at + c->len, bytes, len);
	c->len += len;
	return DCTX_OK;
}

/* With room for a NUL, and a comma and a line's end that take its place. */
#define LINE_END 2

static dctx_status add_line(struct chrome *c, dctxi_chrome_fn *fn,
			    const struct dctxi_chrome_line *line, int64_t until)
{
	dctx_status status = have_room(c, LINE_END + 1, until);

	while (status == DCTX_OK) {
		size_t left = c->room->size - c->len, len;
		char *at = c->room->at + c->len;
		struct dctx_dumper d;

		dctxi_dump_open(&d, DCTX_DUMP_JSON, 0, at, left);
		fn(&d, line);
		len = dctxi_dump_close(&d);
		if (len + LINE_END <= left) {
			memcpy(at + len, ",\n", LINE_END);
			c->len += len + LINE_END;
			break;
		}
		status = have_room(c, len + LINE_END, until);
	}
	return status;
}

/* What a file, or another process's part of it, begins with. */
static dctx_status add_head(struct chrome *c, bool empty, int64_t until)
{
	struct dctxi_chrome_line line = {.process = c->process,
					 .name = c->name};
	dctx_status status = DCTX_OK;

	memset(c->named, 0, sizeof c->named);
	if (empty)
		status = add(c, "[\n", 2, until);
	else if (c->torn)
		status = add(c, "\n", 1, until);
	if (status == DCTX_OK)
		status = add_line(c, dctxi_chrome_process, &line, until);
	if (status == DCTX_OK)
		status = add_line(c, dctxi_chrome_about, &line, until);
	return status;
}

static bool is_own(const struct chrome *c)
{
	return strstr(c->path, "%p") != NULL;
}

/* The path, with each "%p" the process's number; false: it is too long. */
static bool expand(const struct chrome *c, char *out, size_t size)
{
	size_t len = 0;

	for (const char *at = c->path; *at != '\0' && len < size; at++) {
		if (at[0] == '%' && at[1] == 'p') {
			len += (size_t)snprintf(out + len, size - len, "%ld",
						c->process);
			at++;
		} else {
			out[len++] = *at;
		}
	}
	if (len >= size)
		return false;
	out[len] = '\0';
	return true;
}

static dctx_status open_file(struct chrome *c)
{
	char path[4096];
	int error;

	if (!expand(c, path, sizeof path))
		return dctxi_fail_system(ENAMETOOLONG);
	error = dctxi_file_open(path, &c->fd);
	if (error != 0)
		return dctxi_fail_system(error);
	c->torn = dctxi_file_is_torn(path);
	c->begun = false;
	c->headless = true;
	return DCTX_OK;
}

static dctx_status add_thread(struct chrome *c,
			      const struct dctxi_chrome_line *line,
			      int64_t until)
{
	uint64_t thread = line->span->thread;
	uint64_t *named = &c->named[thread % THREADS];
	char name[DCTXI_THREAD_NAME];
	struct dctxi_chrome_line named_line = *line;

	if (*named == thread ||
	    !dctxi_thread_named((unsigned long)thread, name))
		return DCTX_OK;
	*named = thread;
	named_line.name = name;
	return add_line(c, dctxi_chrome_thread, &named_line, until);
}

static dctx_status add_span(struct chrome *c, const dctx_told_span *span,
			    int64_t until)
{
	struct dctxi_chrome_line line = {.process = c->process, .span = span};
	dctx_status status = add_thread(c, &line, until);

	if (status == DCTX_OK)
		status = add_line(c, dctxi_chrome_span, &line, until);
	for (size_t i = 0; i < span->event_count && status == DCTX_OK; i++) {
		line.event = &span->events[i];
		status = add_line(c, dctxi_chrome_event, &line, until);
	}
	return status;
}

/* What has no length, as a fifo, is new to who opened it. */
static bool is_empty(const struct chrome *c)
{
	return c->from < 0 ? !c->begun : c->from == 0;
}

static dctx_status add_all(struct chrome *c, const dctx_told_span *spans,
			   size_t n, int64_t until)
{
	dctx_status status = DCTX_OK;

	if (c->headless)
		status = add_head(c, is_empty(c), until);
	else if (c->torn)
		status = add(c, "\n", 1, until);
	for (size_t i = 0; i < n && status == DCTX_OK; i++)
		status = add_span(c, &spans[i], until);
	return status == DCTX_OK ? write_out(c, until) : status;
}

static dctx_status export(void *user, const dctx_told_span *spans, size_t n,
			  int64_t until)
{
	struct chrome *c = user;
	dctx_status status = c->fd < 0 ? open_file(c) : DCTX_OK;

	if (status != DCTX_OK)
		return status;
	begin(c);
	status = add_all(c, spans, n, until);
	end(c, status);
	if (status == DCTX_OK) {
		c->begun = true;
		c->headless = false;
	} else {
		memset(c->named, 0, sizeof c->named);
	}
	room_shrink(c);
	return status;
}

static void forked(void *user)
{
	struct chrome *c = user;

	c->process = dctxi_process_id();
	c->headless = true;
	if (is_own(c) && c->fd >= 0) {
		dctxi_file_close(c->fd);
		c->fd = -1;
	}
}

static void chrome_free(void *user)
{
	struct chrome *c = user;

	if (c->fd >= 0)
		dctxi_file_close(c->fd);
	room_free(c->room);
	dctxi_free(c, size_of(c->path, c->name));
}

static const dctx_sink_ops ops = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "chrome",
	.export_spans = export,
	.free = chrome_free,
	.forked = forked,
};

static struct chrome *chrome_new(const char *path, const char *name)
{
	size_t path_size = strlen(path) + 1;
	struct chrome *c = dctxi_alloc(size_of(path, name));
	char *behind;

	if (c == NULL)
		return NULL;
	behind = (char *)(c + 1);
	*c = (struct chrome){
		.fd = -1,
		.process = dctxi_process_id(),
		.path = behind,
		.name = behind + path_size,
	};
	memcpy(behind, path, path_size);
	strcpy(behind + path_size, name);
	return c;
}

dctx_status dctx_sink_chrome(const char *path, const dctx_sink_options *options,
			     dctx_sink **out)
{
	const char *name = dctxi_process_name();
	struct chrome *c;
	dctx_status status;

	if (path == NULL || *path == '\0' || out == NULL)
		return dctxi_fail(DCTX_INVALID, "chrome");
	if (options != NULL && options->struct_size >= sizeof *options &&
	    options->process != NULL)
		name = options->process;
	c = chrome_new(path, name);
	if (c == NULL)
		return dctxi_fail(DCTX_NOMEM, "chrome");
	/* The head, so that who cannot write is told so at once. */
	status = export(c, NULL, 0,
			dctxi_clock_plus(dctxi_clock(), OPEN_PATIENCE));
	if (status == DCTX_OK)
		status = dctx_sink_new(&ops, c, options, out);
	if (status == DCTX_NOMEM || status == DCTX_BUSY)
		(void)dctxi_fail(status, "chrome");
	if (status != DCTX_OK)
		chrome_free(c);
	return status;
}
