/* SPDX-License-Identifier: MIT */
/*
 * Source: Trace Event Format (Google, 2016). Times are microseconds since 1970
 * with three decimals; whoever reads them as doubles keeps a quarter of one.
 */
#include "trace/chrome_line.h"

#include "data/dump.h"
#include "data/utf8.h"
#include "plat/boot.h"
#include "plat/process.h"
#include "trace/words.h"

#include <dctx/deadline.h>
#include <dctx/diag.h>

#include <string.h>

#define FORMAT 1 /* of what we put into `args` */

static void put_hex(struct dctx_dumper *d, const char *name,
		    const unsigned char *bytes, size_t n)
{
	char text[2 * DCTX_TRACE_ID + 1];

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	text[2 * n] = '\0';
	dctx_dump_text(d, name, text);
}

static void put_us(struct dctx_dumper *d, const char *name, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	unsigned part = (unsigned)(size % 1000);
	char decimals[] = {'.', (char)('0' + part / 100),
			   (char)('0' + part / 10 % 10),
			   (char)('0' + part % 10), '\0'};

	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_number(d, size / 1000, ns < 0);
	dctxi_dump_raw(d, decimals);
	dctxi_dump_done(d);
}

static void put_text_if(struct dctx_dumper *d, const char *name,
			const char *text)
{
	if (text != NULL && *text != '\0')
		dctx_dump_text(d, name, text);
}

static int64_t minus(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return a < b ? INT64_MIN : INT64_MAX;
	return difference;
}

static int64_t plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static void put_meta(struct dctx_dumper *d, const char *name, long process,
		     uint64_t thread)
{
	dctx_dump_text(d, "ph", "M");
	dctx_dump_text(d, "name", name);
	dctx_dump_i64(d, "pid", process);
	dctx_dump_u64(d, "tid", thread);
	dctx_dump_begin(d, "args");
}

void dctxi_chrome_process(struct dctx_dumper *d,
			  const struct dctxi_chrome_line *line)
{
	put_meta(d, "process_name", line->process, (uint64_t)line->process);
	dctx_dump_text(d, "name", line->name);
	dctx_dump_end(d);
}

void dctxi_chrome_thread(struct dctx_dumper *d,
			 const struct dctxi_chrome_line *line)
{
	put_meta(d, "thread_name", line->process, line->span->thread);
	dctx_dump_text(d, "name", line->name);
	dctx_dump_end(d);
}

void dctxi_chrome_about(struct dctx_dumper *d,
			const struct dctxi_chrome_line *line)
{
	struct dctxi_boot boot;
	char host[256];

	dctxi_host_name(host, sizeof host);
	put_meta(d, "dctx", line->process, (uint64_t)line->process);
	dctx_dump_text(d, "version", DCTX_VERSION_TEXT);
	dctx_dump_u64(d, "format", FORMAT);
	if (dctxi_boot(&boot))
		put_hex(d, "boot", boot.id, sizeof boot.id);
	put_text_if(d, "host", host);
	dctx_dump_end(d);
}

static void put_fields(struct dctx_dumper *d, const dctx_span_field *fields,
		       size_t n)
{
	if (n == 0)
		return;
	dctx_dump_begin(d, "fields");
	for (size_t i = 0; i < n; i++)
		dctxi_dump_any(d, fields[i].name, true, &fields[i].value);
	dctx_dump_end(d);
}

static void put_chain(struct dctx_dumper *d, const char *chain)
{
	if (chain == NULL || *chain == '\0')
		return;
	dctx_dump_begin_list(d, "chain");
	while (chain != NULL && dctxi_dump_name(d, NULL)) {
		const char *next = strstr(chain, DCTX_TOLD_BETWEEN);

		dctxi_dump_quoted(d, chain,
				  next != NULL ? (size_t)(next - chain)
					       : strlen(chain));
		dctxi_dump_done(d);
		chain = next != NULL ? next + strlen(DCTX_TOLD_BETWEEN) : NULL;
	}
	dctx_dump_end(d);
}

/* They are JSON already; what could end the line or is no text is not. */
static bool is_one_line(const char *json)
{
	size_t len = strlen(json);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)json[i] < ' ')
			return false;
	return dctxi_utf8_valid(json, len);
}

static void put_values(struct dctx_dumper *d, const char *values)
{
	if (values == NULL || *values == '\0' || !is_one_line(values) ||
	    !dctxi_dump_name(d, "values"))
		return;
	dctxi_dump_raw(d, "{");
	dctxi_dump_raw(d, values);
	dctxi_dump_raw(d, "}");
	dctxi_dump_done(d);
}

static void put_links(struct dctx_dumper *d, const dctx_told_span *span)
{
	if (span->link_count == 0)
		return;
	dctx_dump_begin_list(d, "links");
	for (size_t i = 0; i < span->link_count; i++) {
		dctx_dump_begin(d, NULL);
		put_hex(d, "trace", span->links[i].trace_id, DCTX_TRACE_ID);
		put_hex(d, "span", span->links[i].span_id, DCTX_SPAN_ID);
		dctx_dump_end(d);
	}
	dctx_dump_end(d);
}

static void put_file(struct dctx_dumper *d, const dctx_span_site *site)
{
	if (site->file == NULL || !dctxi_dump_name(d, "file"))
		return;
	dctxi_dump_raw(d, "\"");
	dctxi_dump_escaped(d, site->file, strlen(site->file));
	dctxi_dump_raw(d, ":");
	dctxi_dump_number(d, site->line > 0 ? (uint64_t)site->line : 0, false);
	dctxi_dump_raw(d, "\"");
	dctxi_dump_done(d);
}

static void put_ids(struct dctx_dumper *d, const dctx_told_span *span)
{
	static const unsigned char none[DCTX_SPAN_ID];

	put_hex(d, "trace", span->trace.trace_id, DCTX_TRACE_ID);
	put_hex(d, "span", span->trace.span_id, DCTX_SPAN_ID);
	if (memcmp(span->parent, none, sizeof none) != 0)
		put_hex(d, "parent", span->parent, DCTX_SPAN_ID);
	if (span->parent_is_remote)
		dctx_dump_bool(d, "remote", true);
}

static void put_end(struct dctx_dumper *d, const dctx_told_span *span)
{
	if (span->deadline != DCTX_NO_DEADLINE)
		put_us(d, "deadline",
		       plus(span->began_unix,
			    minus(span->deadline, span->began)));
	put_text_if(d, "cause", span->cause);
	if (span->status != DCTX_OK)
		dctx_dump_text(d, "status", dctxi_status_word(span->status));
	put_text_if(d, "status_text", span->status_text);
}

static void put_args(struct dctx_dumper *d, const dctx_told_span *span)
{
	dctx_dump_begin(d, "args");
	put_ids(d, span);
	dctx_dump_text(d, "level", dctxi_level_word(span->site->level));
	if (span->kind != DCTX_SPAN_INTERNAL)
		dctx_dump_text(d, "kind", dctxi_kind_word(span->kind));
	if (span->task != 0)
		dctx_dump_u64(d, "task", span->task);
	put_chain(d, span->chain);
	put_end(d, span);
	put_fields(d, span->fields, span->field_count);
	put_values(d, span->values);
	if (dctxi_told_lost(span) != 0)
		dctx_dump_u64(d, "dropped", dctxi_told_lost(span));
	put_links(d, span);
	put_file(d, span->site);
	dctx_dump_end(d);
}

void dctxi_chrome_span(struct dctx_dumper *d,
		       const struct dctxi_chrome_line *line)
{
	const dctx_told_span *span = line->span;
	int64_t took = minus(span->ended, span->began);
	const char *target = span->site->target;

	dctx_dump_text(d, "ph", "X");
	dctx_dump_text(d, "name", span->site->name);
	dctx_dump_text(d, "cat", target != NULL ? target : span->site->file);
	put_us(d, "ts", span->began_unix);
	put_us(d, "dur", took > 0 ? took : 0);
	dctx_dump_i64(d, "pid", line->process);
	dctx_dump_u64(d, "tid", span->thread);
	put_args(d, span);
}

/* An event's time is on the span's clock. */
void dctxi_chrome_event(struct dctx_dumper *d,
			const struct dctxi_chrome_line *line)
{
	const dctx_told_span *span = line->span;
	const dctx_told_event *event = line->event;

	dctx_dump_text(d, "ph", "i");
	dctx_dump_text(d, "s", "t");
	dctx_dump_text(d, "name", event->name);
	put_us(d, "ts", plus(span->began_unix, minus(event->at, span->began)));
	dctx_dump_i64(d, "pid", line->process);
	dctx_dump_u64(d, "tid", span->thread);
	dctx_dump_begin(d, "args");
	put_hex(d, "span", span->trace.span_id, DCTX_SPAN_ID);
	put_fields(d, event->fields, event->field_count);
	dctx_dump_end(d);
}
