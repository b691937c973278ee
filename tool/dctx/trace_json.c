/* SPDX-License-Identifier: MIT */
/* trace_json.c - a picture as JSON: a trace a line, its spans by their start.
 */
#include "trace_out.h"

#include <inttypes.h>

static void put_member(FILE *to, const char *name, dctx_bytes text)
{
	if (text.len == 0)
		return;
	fprintf(to, ",\"%s\":", name);
	put_json_string(to, text);
}

/* What came as JSON goes as JSON. Ends of lines are between its members only,
 * and a trace is one line. */
static void put_raw(FILE *to, const char *name, dctx_bytes text)
{
	const char *at = text.data;

	if (text.len == 0)
		return;
	fprintf(to, ",\"%s\":", name);
	for (size_t i = 0; i < text.len; i++)
		fputc(at[i] == '\n' || at[i] == '\r' ? ' ' : at[i], to);
}

static void put_times(FILE *to, int64_t start, int64_t duration)
{
	fputs("\"ts\":", to);
	put_microseconds(to, start);
	fputs(",\"dur\":", to);
	put_microseconds(to, duration);
}

static void put_id(FILE *to, const char *name, const void *id, size_t n)
{
	fprintf(to, ",\"%s\":\"", name);
	put_hex(to, id, n);
	fputc('"', to);
}

static void put_moments(FILE *to, const struct picture *p, uint32_t span)
{
	uint32_t count, first = picture_moments(p, span, &count);

	if (count == 0)
		return;
	fputs(",\"events\":[", to);
	for (uint32_t i = first; i < first + count; i++) {
		const struct moment *moment = &p->moments[i];

		fputs(i > first ? ",{\"ts\":" : "{\"ts\":", to);
		put_microseconds(to, moment->at);
		put_member(to, "name", picture_text(p, moment->name));
		put_raw(to, "fields", picture_text(p, moment->fields));
		fputc('}', to);
	}
	fputc(']', to);
}

static void put_ids(FILE *to, const struct span *span)
{
	if (span->has_id)
		put_id(to, "span", span->id, sizeof span->id);
	if (span->has_parent)
		put_id(to, "parent", span->parent, sizeof span->parent);
	if (span->is_remote)
		fputs(",\"remote\":true", to);
	if (span->task > 0)
		fprintf(to, ",\"task\":%" PRIu64, span->task);
	if (span->dropped > 0)
		fprintf(to, ",\"dropped\":%" PRIu64, span->dropped);
	if (span->deadline != NO_TIME) {
		fputs(",\"deadline\":", to);
		put_microseconds(to, span->deadline);
	}
}

static void put_span(FILE *to, const struct picture *p, uint32_t index)
{
	const struct span *span = &p->spans[index];
	const struct process *process = &p->processes[span->process];

	fputc('{', to);
	put_times(to, span->start, span->duration);
	fprintf(to, ",\"pid\":%" PRId64 ",\"tid\":%" PRId64, process->pid,
		p->threads[span->thread].tid);
	put_ids(to, span);
	put_member(to, "process", picture_text(p, process->name));
	put_member(to, "thread",
		   picture_text(p, p->threads[span->thread].name));
	put_member(to, "name", picture_text(p, span->name));
	put_member(to, "target", picture_text(p, span->target));
	put_member(to, "level", picture_text(p, span->level));
	put_member(to, "kind", picture_text(p, span->kind));
	put_member(to, "status", picture_text(p, span->status));
	put_member(to, "status_text", picture_text(p, span->status_text));
	put_member(to, "cause", picture_text(p, span->cause));
	put_member(to, "file", picture_text(p, span->source));
	put_raw(to, "chain", picture_text(p, span->chain));
	put_raw(to, "fields", picture_text(p, span->fields));
	put_raw(to, "values", picture_text(p, span->values));
	put_raw(to, "links", picture_text(p, span->links));
	put_moments(to, p, index);
	fputc('}', to);
}

static void put_trace(FILE *to, const struct picture *p,
		      const struct trace *trace)
{
	const struct span *first = &p->spans[trace->first];

	fputc('{', to);
	put_times(to, trace->start, trace->end - trace->start);
	if (first->has_trace)
		put_id(to, "trace", first->trace, sizeof first->trace);
	fprintf(to,
		",\"failed\":%" PRIu32 ",\"processes\":%" PRIu32 ",\"spans\":[",
		trace->failed, trace->processes);
	for (uint32_t i = 0; i < trace->count; i++) {
		if (i > 0)
			fputc(',', to);
		put_span(to, p, trace->first + i);
	}
	fputs("]}", to);
}

static void put_source(FILE *to, const struct picture *p,
		       const struct source *source)
{
	fputs("{\"file\":", to);
	put_json_string(to, picture_text(p, source->name));
	fprintf(to,
		",\"spans\":%" PRIu64 ",\"events\":%" PRIu64
		",\"ignored\":%" PRIu64 ",\"unreadable\":%" PRIu64
		",\"cut\":%s,\"past_limit\":%s}",
		source->spans, source->moments, source->ignored, source->bad,
		source->cut ? "true" : "false",
		source->past_limit ? "true" : "false");
}

void trace_json(const struct picture *p, FILE *to)
{
	fputs("{\"files\":[", to);
	for (uint32_t i = 0; i < p->source_count; i++) {
		if (i > 0)
			fputc(',', to);
		put_source(to, p, &p->sources[i]);
	}
	fputs("],\"traces\":[", to);
	for (uint32_t i = 0; i < p->trace_count; i++) {
		fputs(i > 0 ? ",\n" : "\n", to);
		put_trace(to, p, &p->traces[i]);
	}
	fputs("\n]}\n", to);
}
