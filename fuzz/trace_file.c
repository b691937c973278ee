/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a trace file: read and joined they are spans whose parents are of
 * their traces, without a circle, in the order of their starts; and all three
 * ways to write them down come to an end. What is JSON in there is found by its
 * name as a parser finds it.
 */
#include "page.h"
#include "raw.h"
#include "text.h"
#include "trace_file.h"
#include "trace_out.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void must_go_up(const struct picture *p, const struct trace *trace)
{
	for (uint32_t i = trace->first; i < trace->first + trace->count; i++) {
		uint32_t at = i, steps = 0;

		must(p->spans[i].process < p->process_count);
		must(p->spans[i].thread < p->thread_count);
		while (p->spans[at].above != NOBODY) {
			at = p->spans[at].above;
			must(at >= trace->first);
			must(at < trace->first + trace->count);
			must(++steps < trace->count);
		}
	}
}

static void must_be_joined(const struct picture *p)
{
	uint32_t next = 0;

	for (uint32_t t = 0; t < p->trace_count; t++) {
		const struct trace *trace = &p->traces[t];

		must(trace->first == next && trace->count > 0);
		must(t == 0 || p->traces[t - 1].start <= trace->start);
		must(p->spans[trace->first].start == trace->start);
		must(trace->root != NOBODY && trace->start <= trace->end);
		must_go_up(p, trace);
		next += trace->count;
	}
	must(next == p->span_count);
	for (uint32_t i = 0; i < p->moment_count; i++)
		must(p->moments[i].span < p->span_count);
}

/* What was written so must be JSON; not more, and of a page no markup. */
static void must_be_json(const char *text, size_t size)
{
	json_t *json = json_loadb(
		text, size, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);

	must(json != NULL);
	json_decref(json);
}

static void must_be_written(const struct picture *p)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	must(to != NULL);
	trace_json(p, to);
	must(fflush(to) == 0);
	must_be_json(text, size);
	must(fseek(to, 0, SEEK_SET) == 0);
	trace_page(p, to);
	must(fflush(to) == 0);
	must(size > page_head_size + page_tail_size);
	size -= page_head_size + page_tail_size;
	must_be_json(text + page_head_size, size);
	must(memchr(text + page_head_size, '<', size) == NULL);
	trace_text(p, true, to);
	must(fclose(to) == 0);
	free(text);
}

static void must_find_members(const uint8_t *data, size_t size)
{
	json_t *json =
		json_loadb((const char *)data, size,
			   JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	dctx_bytes text = {data, size}, found;
	const char *name;
	json_t *value, *again;
	int64_t time;

	/* A name with an escape is another for who does not read it. */
	if (memchr(data, '\\', size) != NULL) {
		json_decref(json);
		return;
	}
	json_object_foreach(json, name, value)
	{
		if (!raw_member(text, name, &found))
			continue;
		(void)raw_time(found, &time);
		again = json_loadb(found.data, found.len,
				   JSON_ALLOW_NUL | JSON_DECODE_ANY |
					   JSON_DECODE_INT_AS_REAL,
				   NULL);
		must(again != NULL && json_equal(again, value));
		json_decref(again);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture picture = {.limit = 1000};
	FILE *file;

	if (size == 0)
		return 0;
	must_find_members(data, size);
	file = fmemopen((void *)(uintptr_t)data, size, "rb");
	must(file != NULL);
	(void)picture_source(&picture, "fuzz");
	must(trace_file_read(&picture, file, NULL));
	(void)fclose(file);
	picture_join(&picture);
	must_be_joined(&picture);
	must_be_written(&picture);
	picture_free(&picture);
	return 0;
}
