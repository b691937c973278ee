/* SPDX-License-Identifier: MIT */
/* convert.c - headers of one format in, the same context as another out. */
#include "fault.h"
#include "format.h"
#include "headers.h"
#include "input.h"
#include "lines.h"
#include "tool.h"

#include <getopt.h>

enum { OUT_MAX = 1024, OUT_ROOM = 1 << 17 };

static const char usage[] =
	"usage: dctx convert --from FORMATS --to FORMATS [--json] [--verbose]"
	" [FILE]...\n"
	"       dctx convert --lines\n\n"
	"Reads header lines, `name: value`, and writes the same context as\n"
	"other headers, ids kept. FORMATS is one or more, with commas "
	"between:\n"
	"  " FORMAT_NAMES "\n"
	"(w3c is traceparent and tracestate).\n\n"
	"  --from, -f  what is read\n"
	"  --to, -t    what is written\n"
	"  --json      the headers, and what was found, as one object\n"
	"  --verbose   show the places of what is found\n"
	"  --lines     a case of a corpus a line, as dctx(1) says\n\n"
	"What is wrong with the input is said on stderr, or in the object.\n"
	"Exit codes: 0; 1, something is and nothing is left to write; 2, "
	"wrong\n"
	"use.\n";

static const struct option options[] = {
	{"from", required_argument, NULL, 'f'},
	{"to", required_argument, NULL, 't'},
	{"json", no_argument, NULL, 'j'},
	{"verbose", no_argument, NULL, 'v'},
	{"lines", no_argument, NULL, 'l'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct convert {
	struct formats from, to;
	bool json, verbose;
};

static void print(const dctx_headers *went)
{
	for (size_t i = 0; i < went->count; i++) {
		const dctx_header *header = &went->list[i];

		fwrite(header->name.data, 1, header->name.len, stdout);
		fputs(": ", stdout);
		fwrite(header->value.data, 1, header->value.len, stdout);
		putchar('\n');
	}
}

static json_t *headers_json(const dctx_headers *went)
{
	json_t *list = json_array();

	for (size_t i = 0; i < went->count; i++)
		json_array_append_new(
			list,
			json_pack("{s:o, s:o}", "name",
				  tool_json_text(went->list[i].name), "value",
				  tool_json_text(went->list[i].value)));
	return list;
}

/* The context that is here goes out. `out_none`: nothing of it did. */
static dctx_status write_headers(const struct convert *convert,
				 const struct faults *faults, bool *out_none)
{
	static dctx_header list[OUT_MAX];
	static char text[OUT_ROOM];
	dctx_headers went = {list, 0, OUT_MAX, text, sizeof text, 0};
	dctx_carrier carrier = dctx_headers_carrier(&went);
	dctx_hop hop = hop_of(&convert->to);
	dctx_status status = dctx_inject(&carrier, &hop, NULL);

	if (status != DCTX_OK)
		return status;
	*out_none = went.count == 0;
	if (!convert->json)
		print(&went);
	else if (!tool_json(json_pack("{s:o, s:o}", "headers",
				      headers_json(&went), "findings",
				      faults_json(faults)),
			    stdout))
		return DCTX_NOMEM;
	return DCTX_OK;
}

static int convert_text(const struct convert *convert, const struct text *text)
{
	struct headers headers;
	struct faults faults = {.headers = &headers};
	dctx_findings findings = faults_findings(&faults);
	dctx_hop hop = hop_of(&convert->from);
	dctx_headers view;
	dctx_carrier carrier;
	dctx_status status;
	dctx_guard guard;
	bool none = false;

	headers_read(text, &headers);
	view = headers_view(&headers);
	carrier = dctx_headers_carrier(&view);
	hop.findings = &findings;
	status = dctx_extract(&carrier, &hop, &guard);
	if (status == DCTX_OK) {
		faults_add_lines(&faults);
		faults_sort(&faults);
		if (convert->verbose || !convert->json)
			faults_print(&faults, NULL, convert->verbose, stderr);
		status = write_headers(convert, &faults, &none);
		none = none && faults.count > 0;
		dctx_leave(guard);
	}
	if (status != DCTX_OK)
		tool_error("convert: %s", dctx_strerror(status));
	faults_free(&faults);
	headers_free(&headers);
	return status == DCTX_OK && !none ? TOOL_OK : TOOL_FOUND;
}

/* All files are one list of headers. */
static int convert_files(const struct convert *convert, char **files)
{
	char *const from_stdin[] = {(char[]){"-"}, NULL};
	struct text all = {NULL, 0, 0}, one = {NULL, 0, 0};
	int code = TOOL_OK;

	text_add(&all, "", 0);
	for (char *const *file = *files != NULL ? files : from_stdin;
	     *file != NULL; file++) {
		const struct input input = {*file, convert->json};

		if (!input_read(&input, &one))
			code = TOOL_FOUND;
		text_char(&one, '\n');
		text_add(&all, one.at, one.len);
	}
	if (code == TOOL_OK)
		code = convert_text(convert, &all);
	text_free(&one);
	text_free(&all);
	return code;
}

int tool_convert(int argc, char **argv)
{
	struct convert convert = {.json = false};
	bool lines = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":f:t:jvlh", options, NULL)) !=
	       -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return TOOL_OK;
		}
		if (c == 'l')
			lines = true;
		else if (c == 'j')
			convert.json = true;
		else if (c == 'v')
			convert.verbose = true;
		else if (c != 'f' && c != 't')
			return tool_bad_option(c, argv);
		else if (!formats_read(optarg,
				       c == 'f' ? &convert.from : &convert.to))
			return tool_usage("convert: no such format: %s",
					  optarg);
	}
	if (lines)
		return argc == 2 ? lines_run()
				 : tool_usage("convert: --lines stands alone");
	if (convert.from.count == 0 || convert.to.count == 0)
		return tool_usage("convert: --from and --to are needed");
	return convert_files(&convert, argv + optind);
}
