/* SPDX-License-Identifier: MIT */
/* check.c - exactly what is wrong with headers, or with messages. */
#include "format.h"
#include "input.h"
#include "message.h"
#include "tool.h"

#include <getopt.h>
#include <unistd.h>

static const char usage[] =
	"usage: dctx check [--format FORMATS] [--json] [--caret] [FILE]...\n"
	"       dctx check --envelope [--raw | --hex | --base64] [--json]"
	" [FILE]...\n\n"
	"Says what is wrong with header lines, `name: value`, or with a\n"
	"message: where, by which rule of which standard, and what is done\n"
	"about it. Reads stdin without a FILE.\n\n"
	"  --format, -f    headers of these only, with commas between:\n"
	"                  " FORMAT_NAMES "\n"
	"  --envelope, -e  each file is a message\n"
	"  --raw, --hex, --base64\n"
	"                  in which form; else it is told by its beginning\n"
	"  --caret, -c     show the place; a terminal gets it in any case\n"
	"  --json, -j      an object a file\n\n"
	"Exit codes: 0, nothing is wrong; 1, something is; 2, wrong use.\n";

enum { RAW = 256, HEX, BASE64 };

static const struct option options[] = {
	{"format", required_argument, NULL, 'f'},
	{"envelope", no_argument, NULL, 'e'},
	{"raw", no_argument, NULL, RAW},
	{"hex", no_argument, NULL, HEX},
	{"base64", no_argument, NULL, BASE64},
	{"caret", no_argument, NULL, 'c'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct check {
	struct formats formats;
	enum form form;
	bool envelope, json, caret, many;
};

/* Tells what was found; true when that is something, or cannot be told. */
static bool told(const struct check *check, const struct input *input,
		 struct faults *faults)
{
	bool found = faults->count > 0;

	faults_sort(faults);
	if (check->json)
		found |= !tool_json(json_pack("{s:o, s:o}", "file",
					      tool_json_name(input->path),
					      "findings", faults_json(faults)),
				    stdout);
	else
		faults_print(faults, check->many ? input->path : NULL,
			     check->caret, stdout);
	faults_free(faults);
	return found;
}

static bool check_message(const struct check *check, const struct input *input,
			  struct text *text)
{
	struct faults faults = {.count = 0};
	const char *wrong = input_message(text, check->form);

	if (wrong != NULL)
		message_no_form(wrong, &faults);
	else
		message_check((dctx_bytes){text->at, text->len}, &faults);
	return told(check, input, &faults);
}

static bool check_headers(const struct check *check, const struct input *input,
			  const struct text *text)
{
	struct headers headers;
	struct faults faults = {.headers = &headers};
	dctx_findings findings = faults_findings(&faults);
	dctx_hop hop = hop_of(&check->formats);
	dctx_headers view;
	dctx_carrier carrier;
	dctx_status status;
	dctx_guard guard;
	bool found = true;

	headers_read(text, &headers);
	view = headers_view(&headers);
	carrier = dctx_headers_carrier(&view);
	hop.findings = &findings;
	status = dctx_extract(&carrier, &hop, &guard);
	if (status == DCTX_OK) {
		dctx_leave(guard);
		faults_add_lines(&faults);
		found = told(check, input, &faults);
	} else {
		(void)input_refuse(input, "%s", dctx_strerror(status));
		faults_free(&faults);
	}
	headers_free(&headers);
	return found;
}

static int check_files(const struct check *check, char **files)
{
	char *const from_stdin[] = {(char[]){"-"}, NULL};
	struct text text = {NULL, 0, 0};
	int code = TOOL_OK;

	for (char *const *file = *files != NULL ? files : from_stdin;
	     *file != NULL; file++) {
		const struct input input = {*file, check->json};

		if (!input_read(&input, &text) ||
		    (check->envelope ? check_message(check, &input, &text)
				     : check_headers(check, &input, &text)))
			code = TOOL_FOUND;
	}
	text_free(&text);
	return code;
}

/* Takes an option; false for one that is none. */
static bool take(struct check *check, int c)
{
	switch (c) {
	case 'f':
		return formats_read(optarg, &check->formats);
	case 'e':
		return check->envelope = true;
	case 'c':
		return check->caret = true;
	case 'j':
		return check->json = true;
	case RAW:
		check->form = FORM_RAW;
		return true;
	case HEX:
		check->form = FORM_HEX;
		return true;
	case BASE64:
		check->form = FORM_BASE64;
		return true;
	default:
		return false;
	}
}

int tool_check(int argc, char **argv)
{
	struct check check = {.form = FORM_AUTO};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":f:ecjh", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return TOOL_OK;
		}
		if (take(&check, c))
			continue;
		if (c == 'f')
			return tool_usage("check: no such format: %s", optarg);
		return tool_bad_option(c, argv);
	}
	if (check.formats.count == 0)
		(void)formats_read("x-dctx,w3c,baggage,b3,jaeger,grpc-timeout",
				   &check.formats);
	check.caret = check.caret || isatty(STDOUT_FILENO) == 1;
	check.many = argc - optind > 1;
	return check_files(&check, argv + optind);
}
