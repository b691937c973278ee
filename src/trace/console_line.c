/* SPDX-License-Identifier: MIT */
/*
 * Lines for a terminal. All text goes through the dumper's escapes, so nothing
 * that comes from a value can command the terminal or begin a line; colours are
 * put in between after that.
 */
#include "data/dumper.h"
#include "data/utf8.h"
#include "plat/file.h"
#include "plat/process.h"
#include "trace/console.h"
#include "trace/words.h"

#include <stdio.h>
#include <string.h>

#define LINE 4096
#define MARKS 8
#define DEPTH_SHOWN 64 /* what is deeper is indented as that */

#define PLAIN "\033[0m"
#define BOLD "\033[0;1m"
#define DIM "\033[0;2m"
#define RED "\033[0;31m"
#define YELLOW "\033[0;33m"

struct line {
	struct dctx_dumper d;
	char text[LINE];
	struct {
		size_t at;
		const char *style;
	} mark[MARKS];
	unsigned marks;
};

static void begin(struct line *line)
{
	dctxi_dump_open(&line->d, DCTX_DUMP_TEXT, 0, line->text,
			sizeof line->text);
	line->marks = 0;
}

/* From here on it looks so. */
static void style(struct line *line, const char *to)
{
	if (line->marks == MARKS)
		return;
	line->mark[line->marks].at = line->d.kept;
	line->mark[line->marks++].style = to;
}

static void put(struct line *line, const char *ascii)
{
	dctxi_dump_raw(&line->d, ascii);
}

static void put_text(struct line *line, const char *text)
{
	if (text != NULL)
		dctxi_dump_escaped(&line->d, text, strlen(text));
}

/* Those that terminals show two columns wide (Unicode 15, East Asian Width: W
 * and F; those from U+1F300 on nearly). */
static const struct {
	uint32_t from, to;
} wide[] = {{0x1100, 0x115f},	{0x231a, 0x231b},   {0x2329, 0x232a},
	    {0x23e9, 0x23ec},	{0x23f0, 0x23f0},   {0x23f3, 0x23f3},
	    {0x25fd, 0x25fe},	{0x2614, 0x2615},   {0x2648, 0x2653},
	    {0x267f, 0x267f},	{0x2693, 0x2693},   {0x26a1, 0x26a1},
	    {0x26aa, 0x26ab},	{0x26bd, 0x26be},   {0x26c4, 0x26c5},
	    {0x26ce, 0x26ce},	{0x26d4, 0x26d4},   {0x26ea, 0x26ea},
	    {0x26f2, 0x26f3},	{0x26f5, 0x26f5},   {0x26fa, 0x26fa},
	    {0x26fd, 0x26fd},	{0x2705, 0x2705},   {0x270a, 0x270b},
	    {0x2728, 0x2728},	{0x274c, 0x274c},   {0x274e, 0x274e},
	    {0x2753, 0x2755},	{0x2757, 0x2757},   {0x2795, 0x2797},
	    {0x27b0, 0x27b0},	{0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},
	    {0x2b50, 0x2b50},	{0x2b55, 0x2b55},   {0x2e80, 0xa4cf},
	    {0xa960, 0xa97c},	{0xac00, 0xd7a3},   {0xf900, 0xfaff},
	    {0xfe10, 0xfe19},	{0xfe30, 0xfe6f},   {0xff00, 0xff60},
	    {0xffe0, 0xffe6},	{0x16fe0, 0x18d08}, {0x1aff0, 0x1b2fb},
	    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
	    {0x1f191, 0x1f19a}, {0x1f200, 0x1f265}, {0x1f300, 0x1faff},
	    {0x20000, 0x3fffd}};

static bool is_wide(uint32_t code)
{
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (code <= wide[i].to)
			return code >= wide[i].from;
	return false;
}

/* Of a character that is whole. */
static uint32_t code_of(const char *at, size_t len)
{
	uint32_t code = (unsigned char)*at;

	if (len > 1)
		code &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)at[i] & 63u);
	return code;
}

/* How much of a text fits so many columns. */
static size_t fits(const char *text, size_t len, unsigned columns)
{
	size_t at = 0, step;

	for (; at < len; at += step) {
		unsigned width;

		step = dctxi_utf8_sequence(text + at, len - at);
		if (step == 0)
			step = 1;
		width = is_wide(code_of(text + at, step)) ? 2 : 1;
		if (width > columns)
			break;
		columns -= width;
	}
	return at;
}

void dctxi_console_write(struct dctxi_console_out *out)
{
	size_t written = 0;

	if (out->status == DCTX_OK &&
	    dctxi_file_write(out->fd, out->buf, out->len, out->until,
			     &written) != 0)
		out->status = DCTX_SYSTEM;
	if (written > 0)
		out->torn = out->buf[written - 1] != '\n';
	out->len = 0;
}

static void emit(struct dctxi_console_out *out, const char *text, size_t len)
{
	if (len > sizeof out->buf - out->len)
		dctxi_console_write(out);
	memcpy(out->buf + out->len, text, len);
	out->len += len;
}

static void emit_styled(struct dctxi_console_out *out, const struct line *line,
			size_t len)
{
	size_t at = 0;

	for (unsigned i = 0; i < line->marks && line->mark[i].at < len; i++) {
		emit(out, line->text + at, line->mark[i].at - at);
		emit(out, line->mark[i].style, strlen(line->mark[i].style));
		at = line->mark[i].at;
	}
	emit(out, line->text + at, len - at);
	if (line->marks > 0)
		emit(out, PLAIN, strlen(PLAIN));
}

/* Cut to the terminal, or to what a line holds. */
static void end(struct dctxi_console_out *out, struct line *line)
{
	size_t len = line->d.kept, shown = len;
	bool cut = line->d.len > len;

	if (out->columns > 0)
		shown = fits(line->text, len, out->columns);
	if (shown < len || cut) {
		cut = true;
		shown = fits(line->text, shown,
			     out->columns > 3 ? out->columns - 3 : LINE);
	}
	if (!out->colour)
		line->marks = 0;
	emit_styled(out, line, shown);
	if (cut && (out->columns == 0 || out->columns > 3))
		emit(out, "...", 3);
	emit(out, "\n", 1);
}

/* Three digits and a unit, cut, never rounded up: 9 columns at most. */
static void put_time(struct line *line, int64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {{UINT64_C(3600000000000), "h"},
		     {UINT64_C(1000000000), "s"},
		     {UINT64_C(1000000), "ms"},
		     {UINT64_C(1000), "us"},
		     {1, "ns"}};
	uint64_t size = ns > 0 ? (uint64_t)ns : 0, whole, part;
	char number[32], text[48];
	int i = 0;

	while (size < units[i].ns && units[i].ns > 1)
		i++;
	whole = size / units[i].ns;
	part = size % units[i].ns * 100 / units[i].ns;
	if (whole >= 100 || units[i].ns == 1)
		(void)snprintf(number, sizeof number, "%u", (unsigned)whole);
	else if (whole >= 10)
		(void)snprintf(number, sizeof number, "%u.%u", (unsigned)whole,
			       (unsigned)part / 10);
	else
		(void)snprintf(number, sizeof number, "%u.%02u",
			       (unsigned)whole, (unsigned)part);
	(void)snprintf(text, sizeof text, "%6s %-2s", number, units[i].name);
	put(line, text);
}

static void indent(struct line *line, unsigned depth)
{
	put(line, "  ");
	for (unsigned i = 0; i < depth && i < DEPTH_SHOWN; i++)
		put(line, "  ");
}

/* Letters, digits and what does not end a field. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \"=\\", text[i]) != NULL ||
		    (unsigned char)text[i] < ' ')
			return false;
	return len > 0;
}

static void put_value(struct line *line, const dctx_any *value)
{
	struct dctx_dumper *d = &line->d;
	const char *text = value->as.bytes.data;

	switch ((int)value->kind) {
	case 0:
		break;
	case DCTX_KIND_BOOL:
		put(line, value->as.b ? "true" : "false");
		break;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		dctxi_dump_float(d, value->as.f, value->kind == DCTX_KIND_F32);
		break;
	case DCTX_KIND_STR:
	case DCTX_KIND_BYTES:
		if (is_plain(text, value->as.bytes.len))
			dctxi_dump_escaped(d, text, value->as.bytes.len);
		else
			dctxi_dump_quoted(d, text, value->as.bytes.len);
		break;
	case DCTX_KIND_TYPE:
		put_text(line, value->type->name);
		break;
	default:
		if (value->kind <= DCTX_KIND_I64)
			dctxi_dump_number(d,
					  value->as.i < 0
						  ? -(uint64_t)value->as.i
						  : (uint64_t)value->as.i,
					  value->as.i < 0);
		else
			dctxi_dump_number(d, value->as.u, false);
	}
}

static void put_fields(struct line *line, const dctx_span_field *fields,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(line, " ");
		put_text(line, fields[i].name);
		put(line, "=");
		put_value(line, &fields[i].value);
	}
}

static void put_id(struct line *line, const unsigned char *id, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char pair[3] = {"0123456789abcdef"[id[i] >> 4],
				"0123456789abcdef"[id[i] & 15], '\0'};

		put(line, pair);
	}
}

void dctxi_console_head(struct dctxi_console_out *out,
			const dctx_told_span *span)
{
	char process[32];
	struct line line;

	(void)snprintf(process, sizeof process, "[%ld]", dctxi_process_id());
	if (out->torn && out->len == 0)
		emit(out, "\n", 1);
	begin(&line);
	style(&line, DIM);
	put(&line, "trace ");
	put_id(&line, span->trace.trace_id, DCTX_TRACE_ID);
	put(&line, "  ");
	put_text(&line, out->process);
	put(&line, process);
	end(out, &line);
}

static void put_outcome(struct line *line, const dctx_told_span *span)
{
	if (span->status != DCTX_OK) {
		style(line, RED);
		put(line, "  ! ");
		put(line, dctxi_status_word(span->status));
		if (span->status_text != NULL) {
			put(line, ": ");
			put_text(line, span->status_text);
		}
	}
	if (span->cause != NULL) {
		style(line, YELLOW);
		put(line, "  (");
		put_text(line, span->cause);
		put(line, ")");
	}
}

static int64_t minus(int64_t a, int64_t b)
{
	int64_t difference;

	return __builtin_sub_overflow(a, b, &difference) ? 0 : difference;
}

void dctxi_console_span(struct dctxi_console_out *out, unsigned depth,
			const dctx_told_span *span)
{
	struct line line;

	begin(&line);
	put_time(&line, minus(span->ended, span->began));
	indent(&line, depth);
	style(&line, BOLD);
	put_text(&line, span->site->name);
	if (span->kind != DCTX_SPAN_INTERNAL) {
		style(&line, DIM);
		put(&line, " [");
		put(&line, dctxi_kind_word(span->kind));
		put(&line, "]");
	}
	put_outcome(&line, span);
	style(&line, PLAIN);
	put_fields(&line, span->fields, span->field_count);
	if (dctxi_told_lost(span) > 0) {
		put(&line, " (");
		dctxi_dump_number(&line.d, dctxi_told_lost(span), false);
		put(&line, " dropped)");
	}
	end(out, &line);
}

/* Its time is how long after the span's beginning it was. */
void dctxi_console_event(struct dctxi_console_out *out, unsigned depth,
			 const dctx_told_span *span,
			 const dctx_told_event *event)
{
	struct line line;

	begin(&line);
	style(&line, DIM);
	put_time(&line, minus(event->at, span->began));
	indent(&line, depth);
	put(&line, "- ");
	put_text(&line, event->name);
	put_fields(&line, event->fields, event->field_count);
	end(out, &line);
}
