/* SPDX-License-Identifier: MIT */
/*
 * trace_text.c - a picture as trees: a line a span, with when it began in its
 * trace, how long it took, and a bar of both.
 *
 * Trees may be as deep as a file has spans: nothing here recurs, and levels
 * past a few are a number.
 */
#include "text.h"
#include "tool.h"
#include "trace_out.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = 24, LEVELS = 24, SHORT = 60 };

/* What lines are drawn of. */
struct pen {
	const char *down, *on, *last, *space, *full, *limit, *fail, *over;
};

static const struct pen lines = {"│ ", "├ ", "└ ", "  ", "━", "┊", "✗ ", "⊘ "};
static const struct pen ascii = {"| ", "|-", "`-", "  ", "=", "|", "! ", "~ "};

struct tree {
	const struct picture *picture;
	const struct trace *trace;
	const struct pen *pen;
	uint32_t *child, *next; /* of each of its spans; NOBODY */
	uint32_t roots;
	uint32_t *namesakes; /* of each text: processes of that name */
	bool more[LEVELS];   /* whether that level goes on below */
	bool verbose;
	FILE *to;
};

static void plant(struct tree *tree)
{
	const struct trace *trace = tree->trace;

	tree->child = grown(tree->child, trace->count * sizeof(uint32_t));
	tree->next = grown(tree->next, trace->count * sizeof(uint32_t));
	tree->roots = NOBODY;
	for (uint32_t i = 0; i < trace->count; i++)
		tree->child[i] = NOBODY;
	for (uint32_t i = trace->count; i-- > 0;) {
		uint32_t above = tree->picture->spans[trace->first + i].above;
		uint32_t *list = above == NOBODY
					 ? &tree->roots
					 : &tree->child[above - trace->first];

		tree->next[i] = *list;
		*list = i;
	}
}

/* A text as text, short; anything else as JSON has it. */
static void put_value(const struct tree *tree, const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		size_t len = json_string_length(value);
		bool cut = !tree->verbose && len > SHORT;
		const char *at = json_string_value(value);

		/* Not within a character. */
		for (len = cut ? SHORT : len; cut && (at[len] & 0xc0) == 0x80;)
			len--;
		tool_put_text(tree->to, (dctx_bytes){at, len});
		fputs(cut ? "..." : "", tree->to);
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
					 JSON_REAL_PRECISION(15));
	if (text != NULL)
		tool_put_text(tree->to, (dctx_bytes){text, strlen(text)});
	free(text);
}

static json_t *parsed(dctx_bytes text)
{
	json_t *value = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);

	/* Integers past 64 bits. */
	return value != NULL
		       ? value
		       : json_loadb(text.data, text.len,
				    JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				    NULL);
}

/* An object as name=value, a list as its values with a mark between. */
static void put_json(const struct tree *tree, uint32_t text, const char *before,
		     const char *between)
{
	json_t *value = parsed(picture_text(tree->picture, text));
	const char *name;
	json_t *each;
	size_t i;

	json_object_foreach(value, name, each)
	{
		fputs(before, tree->to);
		tool_put_text(tree->to, (dctx_bytes){name, strlen(name)});
		fputc('=', tree->to);
		put_value(tree, each);
		before = between;
	}
	json_array_foreach(value, i, each)
	{
		fputs(before, tree->to);
		put_value(tree, each);
		before = between;
	}
	json_decref(value);
}

static void put_text(const struct tree *tree, const char *before, uint32_t text)
{
	dctx_bytes from = picture_text(tree->picture, text);

	if (from.len == 0)
		return;
	fputs(before, tree->to);
	tool_put_text(tree->to, from);
}

static double share(const struct tree *tree, int64_t at)
{
	double length = (double)(tree->trace->end - tree->trace->start);
	double part = (double)(at - tree->trace->start);

	return length > 0 ? part / length * BAR : 0;
}

static void put_bar(const struct tree *tree, const struct span *span)
{
	double start = share(tree, span->start);
	double end = share(tree, span->start + span->duration);
	double limit =
		span->deadline != NO_TIME ? share(tree, span->deadline) : -1;

	for (int i = 0; i < BAR; i++) {
		bool here = i + 1 > start && (i < end || i == (int)start);

		/* The last has what ends at the end. */
		if (i == BAR - 1 && start >= BAR)
			here = true;
		if (limit >= i && limit < i + 1)
			fputs(tree->pen->limit, tree->to);
		else
			fputs(here ? tree->pen->full : " ", tree->to);
	}
}

static void put_branch(const struct tree *tree, uint32_t depth, bool last)
{
	fputs("  ", tree->to);
	if (depth == 0)
		return;
	for (uint32_t i = 1; i < depth && i < LEVELS; i++)
		fputs(tree->more[i] ? tree->pen->down : tree->pen->space,
		      tree->to);
	if (depth >= LEVELS)
		fprintf(tree->to, "(%" PRIu32 ") ", depth);
	fputs(last ? tree->pen->last : tree->pen->on, tree->to);
}

/* A line below a span, without times. */
static void put_margin(const struct tree *tree, uint32_t depth)
{
	fprintf(tree->to, "%*s", 10 + 1 + 10 + 1 + BAR + 2, "");
	for (uint32_t i = 1; i <= depth && i < LEVELS; i++)
		fputs(tree->more[i] ? tree->pen->down : tree->pen->space,
		      tree->to);
	fputs("  ", tree->to);
}

static void put_moments(const struct tree *tree, uint32_t index, uint32_t depth)
{
	uint32_t count;
	uint32_t first = picture_moments(tree->picture, index, &count);
	char time[32];

	for (uint32_t i = first; i < first + count; i++) {
		const struct moment *moment = &tree->picture->moments[i];

		put_margin(tree, depth);
		fprintf(tree->to, "* %s ",
			time_text(moment->at - tree->trace->start, time));
		put_text(tree, " ", moment->name);
		put_json(tree, moment->fields, "  ", " ");
		fputc('\n', tree->to);
	}
}

static void put_more(const struct tree *tree, const struct span *span,
		     uint32_t depth)
{
	put_margin(tree, depth);
	fputs("span ", tree->to);
	put_hex(tree->to, span->id, sizeof span->id);
	put_text(tree, ", target ", span->target);
	put_text(tree, ", ", span->level);
	put_text(tree, ", ", span->source);
	fputc('\n', tree->to);
	if (span->chain != 0) {
		put_margin(tree, depth);
		put_json(tree, span->chain, "chain ", " > ");
		fputc('\n', tree->to);
	}
	if (span->values != 0) {
		put_margin(tree, depth);
		put_json(tree, span->values, "values ", " ");
		fputc('\n', tree->to);
	}
}

static void put_where(const struct tree *tree, const struct span *span)
{
	const struct process *process =
		&tree->picture->processes[span->process];

	fputs("  (", tree->to);
	put_text(tree, "", process->name);
	if (process->name == 0 || tree->namesakes[process->name] > 1)
		fprintf(tree->to, "%s%" PRId64, process->name != 0 ? " " : "",
			process->pid);
	if (span->task > 0)
		fprintf(tree->to, ", task %" PRIu64, span->task);
	fputs(")", tree->to);
	put_text(tree, " ", span->kind);
}

static void put_end(const struct tree *tree, const struct span *span)
{
	bool failed = span_failed(tree->picture, span);

	if (!failed && span->cause == 0)
		return;
	fprintf(tree->to, "  %s", tool_red(tree->to));
	if (failed)
		put_text(tree, "", span->status);
	put_text(tree, ": ", span->status_text);
	if (span->cause != 0)
		put_text(tree, failed ? ", over: " : "over: ", span->cause);
	fputs(tool_plain(tree->to), tree->to);
}

static void put_span(const struct tree *tree, uint32_t index, uint32_t depth,
		     bool last)
{
	const struct span *span = &tree->picture->spans[index];
	bool failed = span_failed(tree->picture, span);
	char start[32], time[32];

	fprintf(tree->to, "%10s %10s ",
		time_text(span->start - tree->trace->start, start),
		time_text(span->duration, time));
	put_bar(tree, span);
	put_branch(tree, depth, last);
	if (failed || span->cause != 0)
		fprintf(tree->to, "%s%s%s", tool_red(tree->to),
			failed ? tree->pen->fail : tree->pen->over,
			tool_plain(tree->to));
	fputs(tool_bold(tree->to), tree->to);
	put_text(tree, "", span->name != 0 ? span->name : span->target);
	fputs(tool_plain(tree->to), tree->to);
	put_where(tree, span);
	put_json(tree, span->fields, "  ", " ");
	put_end(tree, span);
	fputc('\n', tree->to);
	if (tree->verbose)
		put_more(tree, span, depth);
	put_moments(tree, index, depth);
}

/* First what is below a span, then what is beside it. */
static void walk(struct tree *tree)
{
	const struct span *spans = tree->picture->spans;
	uint32_t first = tree->trace->first, at = tree->roots, depth = 0;

	while (at != NOBODY) {
		bool last = tree->next[at] == NOBODY;

		if (depth < LEVELS)
			tree->more[depth] = !last;
		put_span(tree, first + at, depth, last);
		if (tree->child[at] != NOBODY) {
			at = tree->child[at];
			depth++;
			continue;
		}
		while (at != NOBODY && tree->next[at] == NOBODY) {
			uint32_t above = spans[first + at].above;

			at = above == NOBODY ? NOBODY : above - first;
			depth -= above != NOBODY;
		}
		if (at != NOBODY)
			at = tree->next[at];
	}
}

static uint32_t *count_names(const struct picture *p)
{
	size_t size = (p->strings.count + 1) * sizeof(uint32_t);
	uint32_t *of = grown(NULL, size);

	memset(of, 0, size);
	for (uint32_t i = 0; i < p->process_count; i++)
		of[p->processes[i].name] += p->processes[i].spans > 0;
	return of;
}

static void put_count(FILE *to, const char *before, uint32_t n, const char *one,
		      const char *many)
{
	fprintf(to, "%s%" PRIu32 " %s", before, n, n == 1 ? one : many);
}

static void put_title(const struct tree *tree)
{
	const struct trace *trace = tree->trace;
	const struct span *span = &tree->picture->spans[trace->first];
	char date[40], time[32];

	fprintf(tree->to, "%strace ", tool_bold(tree->to));
	if (span->has_trace)
		put_hex(tree->to, span->trace, sizeof span->trace);
	else
		fputs("without an id", tree->to);
	fprintf(tree->to, "%s  %s  %s", tool_plain(tree->to),
		date_text(trace->start, date),
		time_text(trace->end - trace->start, time));
	put_count(tree->to, ", ", trace->count, "span", "spans");
	put_count(tree->to, ", ", trace->processes, "process", "processes");
	if (trace->failed > 0)
		fprintf(tree->to, ", %s%" PRIu32 " failed%s",
			tool_red(tree->to), trace->failed,
			tool_plain(tree->to));
	fputc('\n', tree->to);
}

void trace_text(const struct picture *picture, bool verbose, FILE *to)
{
	struct tree tree = {.picture = picture, .verbose = verbose, .to = to};

	tree.namesakes = count_names(picture);
	tree.pen = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &lines : &ascii;
	for (uint32_t i = 0; i < picture->trace_count; i++) {
		tree.trace = &picture->traces[i];
		if (i > 0)
			fputc('\n', to);
		put_title(&tree);
		plant(&tree);
		walk(&tree);
	}
	free(tree.namesakes);
	free(tree.child);
	free(tree.next);
}
