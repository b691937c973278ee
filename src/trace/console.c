/* SPDX-License-Identifier: MIT */
/*
 * A tree of each trace on a terminal. Spans are closed from the leaves up, so
 * they are held until the root of their tree in this process is closed; or
 * until there are too many, or they are too old, or somebody flushes: then what
 * is there of their trace is written.
 *
 * Theory. Only who has the sink's role is here (sink.h). A fork's child leaves
 * what its parent held where it is: the parent may have been in the middle of
 * changing it.
 */
#include "data/fail.h"
#include "plat/clock.h"
#include "plat/file.h"
#include "plat/heap.h"
#include "plat/process.h"
#include "trace/console.h"
#include "trace/record.h"

#include <dctx/deadline.h>

#include <stdlib.h>
#include <string.h>

#define HELD_MOST 4096
#define BYTES_MOST ((size_t)4 << 20)
#define AGE_MOST (10 * DCTX_S)

/* Of the block, for the copy behind it. */
#define HELD_HEAD ((sizeof(struct dctxi_held) + 15) / 16 * 16)

struct console {
	struct dctxi_held *first, **last; /* in the order they came */
	size_t n, bytes;
	size_t size; /* of this block */
	struct dctxi_console_out out;
	char process[];
};

static bool is_root(const dctx_told_span *span)
{
	static const unsigned char none[DCTX_SPAN_ID];

	return span->parent_is_remote ||
	       memcmp(span->parent, none, sizeof none) == 0;
}

static bool is_of(const struct dctxi_held *held, const dctx_told_span *span)
{
	return memcmp(held->span->trace.trace_id, span->trace.trace_id,
		      DCTX_TRACE_ID) == 0;
}

static void add_last(struct console *c, struct dctxi_held *held)
{
	held->next = NULL;
	*c->last = held;
	c->last = &held->next;
	c->n++;
	c->bytes += held->size;
}

/* Takes all of a trace out, as a list in the order of beginnings. */
static struct dctxi_held *take_trace(struct console *c,
				     const dctx_told_span *span)
{
	struct dctxi_held *list = NULL, *held = c->first, *next;

	c->first = NULL;
	c->last = &c->first;
	c->n = c->bytes = 0;
	for (; held != NULL; held = next) {
		next = held->next;
		if (is_of(held, span))
			dctxi_console_sort_in(&list, held);
		else
			add_last(c, held);
	}
	return list;
}

/* What was not written is held on. */
static void put_back(struct console *c, struct dctxi_held *list)
{
	struct dctxi_held *next;

	for (; list != NULL; list = next) {
		next = list->next;
		if (list->written)
			dctxi_free(list, list->size);
		else
			add_last(c, list);
	}
}

static void write_trace(struct console *c, struct dctxi_held *of,
			struct dctxi_held *root)
{
	struct dctxi_held *list = take_trace(c, of->span);

	dctxi_console_tree(&c->out, list, root);
	put_back(c, list);
}

static void write_all(struct console *c)
{
	while (c->first != NULL)
		write_trace(c, c->first, NULL);
}

static struct dctxi_held *hold(struct console *c, const dctx_told_span *span)
{
	size_t copied = dctxi_record_size(span);
	struct dctxi_held *held = dctxi_alloc(HELD_HEAD + copied);

	if (held == NULL)
		return NULL;
	*held = (struct dctxi_held){
		.size = HELD_HEAD + copied,
		.since = dctxi_clock_real(),
	};
	dctxi_console_know(
		held,
		dctxi_record_copy(span, (char *)held + HELD_HEAD, copied));
	add_last(c, held);
	return held;
}

static void take_in(struct console *c, const dctx_told_span *span)
{
	struct dctxi_held *held = hold(c, span);
	struct dctxi_held lone = {.next = NULL};

	if (held == NULL) {
		/* Without memory: all that is held, and this by itself. */
		write_all(c);
		dctxi_console_know(&lone, span);
		dctxi_console_tree(&c->out, &lone, &lone);
		return;
	}
	if (is_root(span))
		write_trace(c, held, held);
	while (c->n > HELD_MOST || c->bytes > BYTES_MOST)
		write_trace(c, c->first, NULL);
}

static void begin(struct console *c, int64_t until)
{
	c->out.until = until;
	c->out.status = DCTX_OK;
	c->out.len = 0;
	c->out.columns = dctxi_file_columns(c->out.fd);
}

static dctx_status export(void *user, const dctx_told_span *spans, size_t n,
			  int64_t until)
{
	struct console *c = user;
	int64_t old = dctxi_clock_real() - AGE_MOST;

	begin(c, until);
	for (size_t i = 0; i < n; i++)
		take_in(c, &spans[i]);
	while (c->first != NULL && c->first->since < old)
		write_trace(c, c->first, NULL);
	dctxi_console_write(&c->out);
	return c->out.status;
}

static dctx_status flush(void *user, int64_t until)
{
	struct console *c = user;

	begin(c, until);
	write_all(c);
	dctxi_console_write(&c->out);
	return c->out.status;
}

static void forked(void *user)
{
	struct console *c = user;

	c->first = NULL;
	c->last = &c->first;
	c->n = c->bytes = 0;
}

static void console_free(void *user)
{
	struct console *c = user;

	while (c->first != NULL) {
		struct dctxi_held *held = c->first;

		c->first = held->next;
		dctxi_free(held, held->size);
	}
	dctxi_free(c, c->size);
}

static const dctx_sink_ops ops = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "console",
	.export_spans = export,
	.flush = flush,
	.free = console_free,
	.forked = forked,
};

/* Source: no-color.org; terminfo(5) calls one that knows nothing dumb. */
static bool wants_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return dctxi_file_columns(fd) > 0 && (no == NULL || *no == '\0') &&
	       terminal != NULL && strcmp(terminal, "dumb") != 0;
}

dctx_status dctx_sink_console(int fd, const dctx_sink_options *options,
			      dctx_sink **out)
{
	const char *name = dctxi_process_name();
	struct console *c;
	dctx_status status;
	size_t size;

	if (!dctxi_file_is_open(fd) || out == NULL)
		return dctxi_fail(DCTX_INVALID, "console");
	if (options != NULL && options->struct_size >= sizeof *options &&
	    options->process != NULL)
		name = options->process;
	size = sizeof *c + strlen(name) + 1;
	c = dctxi_alloc(size);
	if (c == NULL)
		return dctxi_fail(DCTX_NOMEM, "console");
	memset(c, 0, sizeof *c);
	c->last = &c->first;
	c->size = size;
	c->out.fd = fd;
	c->out.colour = wants_colour(fd);
	c->out.process = strcpy(c->process, name);
	status = dctx_sink_new(&ops, c, options, out);
	if (status != DCTX_OK)
		console_free(c);
	return status;
}
