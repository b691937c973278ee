/* SPDX-License-Identifier: MIT */
#include "fault.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

void faults_add(struct faults *faults, const struct fault *fault)
{
	struct fault *at;

	if (faults->count == faults->room) {
		faults->room = 2 * faults->room + 8;
		faults->list = grown(faults->list,
				     faults->room * sizeof *faults->list);
	}
	at = &faults->list[faults->count++];
	*at = *fault;
	at->header = grown(NULL, strlen(fault->header) + 1);
	strcpy(at->header, fault->header);
	at->what = grown(NULL, fault->what_len);
	if (fault->what_len > 0)
		memcpy(at->what, fault->what, fault->what_len);
}

/* Where it is. What is found about all headers of a prefix names the prefix,
 * and behind it the member. */
static const struct header_line *line_of(const struct faults *faults,
					 const dctx_finding *finding)
{
	const struct header_line *line = NULL;

	if (finding->header[0] != '\0' && finding->what.len > 0 &&
	    finding->header[strlen(finding->header) - 1] == '-')
		line = headers_line(faults->headers, finding->header,
				    finding->what, 0);
	if (line == NULL)
		line = headers_line(faults->headers, finding->header,
				    (dctx_bytes){NULL, 0}, finding->line);
	return line;
}

static void found(void *user, const dctx_finding *finding)
{
	struct faults *faults = user;
	const struct header_line *line = line_of(faults, finding);
	struct fault fault = {
		.rule = {dctx_rule_name(finding->rule),
			 dctx_rule_text(finding->rule),
			 dctx_rule_section(finding->rule)},
		.effect = dctx_effect_name(finding->effect),
		.header = (char *)(uintptr_t)finding->header,
		.offset = finding->offset,
		.what = (char *)(uintptr_t)finding->what.data,
		.what_len = finding->what.len,
	};

	if (line != NULL) {
		fault.line = line->number;
		fault.whole = line->whole;
		fault.column = line->column + finding->offset;
	}
	faults_add(faults, &fault);
}

dctx_findings faults_findings(struct faults *faults)
{
	return (dctx_findings){found, faults};
}

static const struct fault_rule line_rules[] = {
	{"LINE_FOLDED", "the line goes on with one before it", "RFC 9112, 5.2"},
	{"LINE_COLON", "there is no colon behind a name", "RFC 9112, 5"},
	{"LINE_NAME", "the name is no token, or white space follows it",
	 "RFC 9112, 5.1; RFC 9110, 5.6.2"},
};

void faults_add_lines(struct faults *faults)
{
	for (size_t i = 0; i < faults->headers->bad_count; i++) {
		const struct header_line *line = &faults->headers->bad[i];
		const struct fault_rule *rule = line_rules;

		while (strcmp(rule->name, line->rule) != 0)
			rule++;
		faults_add(faults, &(struct fault){.rule = *rule,
						   .effect = "ignored",
						   .header = (char[]){""},
						   .line = line->number,
						   .whole = line->whole});
	}
}

static int by_place(const void *a, const void *b)
{
	const struct fault *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->line == 0 || x->column == y->column)
		return (x->offset > y->offset) - (x->offset < y->offset);
	return (x->column > y->column) - (x->column < y->column);
}

void faults_sort(struct faults *faults)
{
	if (faults->count > 0)
		qsort(faults->list, faults->count, sizeof *faults->list,
		      by_place);
}

/* The part of the line around the place, a column a byte, and a caret. */
static void print_caret(const struct fault *fault, FILE *to)
{
	enum { WIDTH = 72, BEFORE = 48 };
	const unsigned char *line = fault->whole.data;
	size_t from = fault->column > BEFORE ? fault->column - BEFORE : 0;
	size_t until = fault->whole.len;

	if (until - from > WIDTH && until > from)
		until = from + WIDTH;
	fputs("    ", to);
	for (size_t i = from; i < until; i++)
		fputc(line[i] >= ' ' && line[i] < 0x7f ? line[i] : '.', to);
	fprintf(to, "\n    %*s%s^%s\n", (int)(fault->column - from), "",
		tool_bold(to), tool_plain(to));
}

/* The message's bytes in the row of the place. */
static void print_bytes(const struct fault *fault, FILE *to)
{
	enum { ROW = 16 };
	size_t from = fault->offset / ROW * ROW;
	dctx_bytes row = {(const char *)fault->whole.data + from,
			  fault->whole.len - from};

	if (row.len > ROW)
		row.len = ROW;
	fputs("    ", to);
	tool_put_hex(to, row);
	fprintf(to, "\n    %*s%s^%s\n", (int)(2 * (fault->offset - from)), "",
		tool_bold(to), tool_plain(to));
}

static void print(const struct fault *fault, FILE *to)
{
	if (fault->line > 0)
		fprintf(to, "line %zu, column %zu: ", fault->line,
			fault->column + 1);
	else if (fault->header[0] == '\0')
		fprintf(to, "byte %zu: ", fault->offset);
	if (fault->header[0] != '\0')
		fprintf(to, "%s: ", fault->header);
	fputs(fault->rule.text, to);
	if (fault->what_len > 0) {
		fputs(" (", to);
		tool_put_text(to, (dctx_bytes){fault->what, fault->what_len});
		fputc(')', to);
	}
	fprintf(to, "; %s: %s%s%s, %s\n", fault->effect, tool_bold(to),
		fault->rule.name, tool_plain(to), fault->rule.section);
}

void faults_print(const struct faults *faults, const char *file, bool carets,
		  FILE *to)
{
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		if (file != NULL)
			tool_put_name(to, file);
		print(fault, to);
		if (!carets || fault->whole.data == NULL)
			continue;
		if (fault->line == 0 && fault->offset <= fault->whole.len)
			print_bytes(fault, to);
		else if (fault->line > 0 && fault->column <= fault->whole.len)
			print_caret(fault, to);
	}
}

json_t *faults_json(const struct faults *faults)
{
	json_t *list = json_array();

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];
		json_t *one = json_pack(
			"{s:s, s:s, s:s, s:s, s:I, s:o}", "rule",
			fault->rule.name, "text", fault->rule.text, "section",
			fault->rule.section, "effect", fault->effect, "offset",
			(json_int_t)fault->offset, "what",
			tool_json_text(
				(dctx_bytes){fault->what, fault->what_len}));

		if (fault->header[0] != '\0')
			json_object_set_new(one, "header",
					    json_string(fault->header));
		if (fault->line > 0) {
			json_object_set_new(
				one, "line",
				json_integer((json_int_t)fault->line));
			json_object_set_new(
				one, "column",
				json_integer((json_int_t)fault->column + 1));
		}
		json_array_append_new(list, one);
	}
	return list;
}

void faults_free(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		free(faults->list[i].header);
		free(faults->list[i].what);
	}
	free(faults->list);
}
