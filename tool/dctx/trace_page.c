/* SPDX-License-Identifier: MIT */
/*
 * trace_page.c - a picture as one page of HTML: tool/dctx/page/ with the data
 * inside, as columns of numbers and one list of texts.
 *
 * What is data is in a script element of type application/json, which nothing
 * executes and which only "</script" could end; no < is written there. The page
 * makes text of it, never markup, and its policy would run no other script.
 */
#include "page.h"
#include "text.h"
#include "trace_out.h"

#include <dctx/diag.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct page {
	const struct picture *picture;
	FILE *to;
	int64_t base; /* times are since then */
	uint32_t
		*numbers; /* of the texts that are used, as the page has them */
	uint32_t used;
};

/* What the page knows of a span, a column each: texts and other numbers. */
static const struct {
	const char *name;
	size_t at;
} texts[] = {
	{"name", offsetof(struct span, name)},
	{"target", offsetof(struct span, target)},
	{"level", offsetof(struct span, level)},
	{"kind", offsetof(struct span, kind)},
	{"source", offsetof(struct span, source)},
	{"status", offsetof(struct span, status)},
	{"statusText", offsetof(struct span, status_text)},
	{"cause", offsetof(struct span, cause)},
	{"chain", offsetof(struct span, chain)},
	{"fields", offsetof(struct span, fields)},
	{"values", offsetof(struct span, values)},
	{"links", offsetof(struct span, links)},
};
#define TEXTS (sizeof texts / sizeof *texts)

static uint32_t text_at(const struct span *span, size_t at)
{
	uint32_t number;

	memcpy(&number, (const char *)span + at, sizeof number);
	return number;
}

static int64_t of_duration(const struct page *page, const struct span *span)
{
	(void)page;
	return span->duration;
}

static int64_t of_start(const struct page *page, const struct span *span)
{
	return span->start - page->base;
}

static int64_t of_process(const struct page *page, const struct span *span)
{
	(void)page;
	return span->process;
}

static int64_t of_thread(const struct page *page, const struct span *span)
{
	(void)page;
	return span->thread;
}

static int64_t of_task(const struct page *page, const struct span *span)
{
	(void)page;
	return span->task < INT64_MAX ? (int64_t)span->task : INT64_MAX;
}

/* How far before it its parent is, of the same trace: a small number. */
static int64_t of_above(const struct page *page, const struct span *span)
{
	if (span->above == NOBODY)
		return 0;
	return (span - page->picture->spans) - (int64_t)span->above;
}

static int64_t of_dropped(const struct page *page, const struct span *span)
{
	(void)page;
	return span->dropped < INT64_MAX ? (int64_t)span->dropped : INT64_MAX;
}

static int64_t of_remote(const struct page *page, const struct span *span)
{
	(void)page;
	return span->is_remote;
}

static const struct {
	const char *name;
	int64_t (*of)(const struct page *page, const struct span *span);
} columns[] = {
	{"start", of_start},	 {"duration", of_duration},
	{"thread", of_thread},	 {"process", of_process},
	{"task", of_task},	 {"above", of_above},
	{"dropped", of_dropped}, {"remote", of_remote},
};
#define COLUMNS (sizeof columns / sizeof *columns)

static uint32_t use(struct page *page, uint32_t number)
{
	uint32_t *as = &page->numbers[number];

	if (number > 0 && *as == 0)
		*as = page->used++;
	return number > 0 ? *as : 0;
}

static void use_all(struct page *page)
{
	const struct picture *p = page->picture;

	page->numbers =
		grown(NULL, (p->strings.count + 1) * sizeof *page->numbers);
	memset(page->numbers, 0,
	       (p->strings.count + 1) * sizeof *page->numbers);
	page->used = 1;
	for (size_t t = 0; t < TEXTS; t++)
		for (uint32_t i = 0; i < p->span_count; i++)
			use(page, text_at(&p->spans[i], texts[t].at));
	for (uint32_t i = 0; i < p->moment_count; i++) {
		use(page, p->moments[i].name);
		use(page, p->moments[i].fields);
	}
	for (uint32_t i = 0; i < p->process_count; i++) {
		use(page, p->processes[i].name);
		use(page, p->processes[i].host);
	}
	for (uint32_t i = 0; i < p->thread_count; i++)
		use(page, p->threads[i].name);
	for (uint32_t i = 0; i < p->source_count; i++)
		use(page, p->sources[i].name);
}

static void put_strings(const struct page *page)
{
	const struct picture *p = page->picture;
	uint32_t *of = grown(NULL, page->used * sizeof *of);

	for (uint32_t i = 1; i < p->strings.count; i++)
		of[page->numbers[i]] = i;
	fputs("\"strings\":[\"\"", page->to);
	for (uint32_t i = 1; i < page->used; i++) {
		fputs(",\n", page->to);
		put_json_string(page->to, picture_text(p, of[i]));
	}
	fputs("]", page->to);
	free(of);
}

/* A column of zeros is one. */
static void put_column(const struct page *page, const char *name,
		       const int64_t *values)
{
	uint32_t n = page->picture->span_count, i = 0;

	fprintf(page->to, ",\n\"%s\":", name);
	while (i < n && values[i] == 0)
		i++;
	if (i == n) {
		fputc('0', page->to);
		return;
	}
	for (i = 0; i < n; i++)
		fprintf(page->to, i > 0 ? ",%" PRId64 : "[%" PRId64, values[i]);
	fputc(']', page->to);
}

static void put_columns(const struct page *page)
{
	const struct picture *p = page->picture;
	int64_t *values = grown(NULL, p->span_count * sizeof *values);

	for (size_t c = 0; c < COLUMNS; c++) {
		for (uint32_t i = 0; i < p->span_count; i++)
			values[i] = columns[c].of(page, &p->spans[i]);
		put_column(page, columns[c].name, values);
	}
	for (size_t t = 0; t < TEXTS; t++) {
		for (uint32_t i = 0; i < p->span_count; i++)
			values[i] = page->numbers[text_at(&p->spans[i],
							  texts[t].at)];
		put_column(page, texts[t].name, values);
	}
	free(values);
}

static void put_deadlines(const struct page *page)
{
	const struct picture *p = page->picture;

	fputs(",\n\"deadline\":[", page->to);
	for (uint32_t i = 0; i < p->span_count; i++) {
		int64_t deadline = p->spans[i].deadline;

		fputs(i > 0 ? "," : "", page->to);
		if (deadline == NO_TIME)
			fputs("null", page->to);
		else
			fprintf(page->to, "%" PRId64, deadline - page->base);
	}
	fputs("]", page->to);
}

static void put_spans(const struct page *page)
{
	const struct picture *p = page->picture;
	const char *before = "";

	fprintf(page->to, ",\n\"spans\":{\"count\":%" PRIu32 ",\n\"id\":\"",
		p->span_count);
	for (uint32_t i = 0; i < p->span_count; i++)
		put_hex(page->to, p->spans[i].id, sizeof p->spans[i].id);
	fputs("\"", page->to);
	put_columns(page);
	put_deadlines(page);
	fputs(",\n\"lost\":{", page->to);
	for (uint32_t i = 0; i < p->span_count; i++) {
		const struct span *span = &p->spans[i];

		if (!span->has_parent || span->above != NOBODY)
			continue;
		fprintf(page->to, "%s\"%" PRIu32 "\":\"", before, i);
		put_hex(page->to, span->parent, sizeof span->parent);
		fputs("\"", page->to);
		before = ",";
	}
	fputs("}}", page->to);
}

static void put_traces(const struct page *page)
{
	const struct picture *p = page->picture;

	fputs(",\n\"traces\":[", page->to);
	for (uint32_t i = 0; i < p->trace_count; i++) {
		const struct trace *trace = &p->traces[i];
		const struct span *span = &p->spans[trace->first];

		fputs(i > 0 ? ",\n[\"" : "[\"", page->to);
		if (span->has_trace)
			put_hex(page->to, span->trace, sizeof span->trace);
		fprintf(page->to, "\",%" PRIu32 "]", trace->count);
	}
	fputs("]", page->to);
}

static void put_processes(const struct page *page)
{
	const struct picture *p = page->picture;

	fputs(",\n\"processes\":[", page->to);
	for (uint32_t i = 0; i < p->process_count; i++) {
		const struct process *process = &p->processes[i];

		fprintf(page->to, "%s[%" PRId64 ",%" PRIu32 ",%" PRIu32 "]",
			i > 0 ? "," : "", process->pid,
			page->numbers[process->name],
			page->numbers[process->host]);
	}
	fputs("],\n\"threads\":[", page->to);
	for (uint32_t i = 0; i < p->thread_count; i++)
		fprintf(page->to, "%s[%" PRId64 ",%" PRIu32 "]",
			i > 0 ? "," : "", p->threads[i].tid,
			page->numbers[p->threads[i].name]);
	fputs("]", page->to);
}

static void put_moments(const struct page *page)
{
	const struct picture *p = page->picture;

	fputs(",\n\"events\":[", page->to);
	for (uint32_t i = 0; i < p->moment_count; i++) {
		const struct moment *moment = &p->moments[i];

		fprintf(page->to,
			"%s[%" PRIu32 ",%" PRId64 ",%" PRIu32 ",%" PRIu32 "]",
			i > 0 ? "," : "", moment->span, moment->at - page->base,
			page->numbers[moment->name],
			page->numbers[moment->fields]);
	}
	fputs("]", page->to);
}

/* What of a file is not in the picture. */
static void put_sources(const struct page *page)
{
	const struct picture *p = page->picture;

	fputs(",\n\"files\":[", page->to);
	for (uint32_t i = 0; i < p->source_count; i++) {
		const struct source *source = &p->sources[i];

		fprintf(page->to, "%s[%" PRIu32 ",%" PRIu64 ",%d,%d]",
			i > 0 ? "," : "", page->numbers[source->name],
			source->bad, source->cut, source->past_limit);
	}
	fputs("]", page->to);
}

void trace_page(const struct picture *picture, FILE *to)
{
	struct page page = {.picture = picture, .to = to};

	for (uint32_t i = 0; i < picture->span_count; i++)
		if (i == 0 || picture->spans[i].start < page.base)
			page.base = picture->spans[i].start;
	use_all(&page);
	fwrite(page_head, 1, page_head_size, to);
	fprintf(to, "{\"by\":\"dctx %s\",\"base\":\"%" PRId64 "\",",
		DCTX_VERSION_TEXT, page.base);
	put_strings(&page);
	put_processes(&page);
	put_traces(&page);
	put_spans(&page);
	put_moments(&page);
	put_sources(&page);
	fputs("}", to);
	fwrite(page_tail, 1, page_tail_size, to);
	free(page.numbers);
}
