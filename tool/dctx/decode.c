/* SPDX-License-Identifier: MIT */
/* decode.c - what is in a message, whoever knows its keys. */
#include "entry.h"
#include "input.h"
#include "reserved.h"
#include "tool.h"

#include <getopt.h>

static const char usage[] =
	"usage: dctx decode [--raw | --hex | --base64] [--json] [FILE]...\n\n"
	"Shows the entries and the chain of messages, one a file or stdin.\n"
	"A message does not say of what kinds its values are: kinds that end\n"
	"in a question mark are a guess by the bytes.\n\n"
	"  --raw, --hex, --base64\n"
	"              the form of what is read; else told by its beginning\n"
	"  --json, -j  an object a file, which dctx encode takes back\n\n"
	"Exit codes: 0; 1, a message cannot be read; 2, wrong use.\n";

enum { RAW = 256, HEX, BASE64 };

static const struct option options[] = {
	{"raw", no_argument, NULL, RAW},       {"hex", no_argument, NULL, HEX},
	{"base64", no_argument, NULL, BASE64}, {"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},      {NULL, 0, NULL, 0},
};

struct decode {
	enum form form;
	bool json, many;
};

static void print(dctx_message message)
{
	dctx_entry entry;
	dctx_bytes name;

	printf("version %u, %zu bytes, %zu entries, %zu names\n",
	       (unsigned)message.version, message.len, message.entries,
	       message.names);
	while (dctx_message_entry(&message, &entry)) {
		struct text means = {NULL, 0, 0};

		tool_put_entry(stdout, &entry);
		if (reserved_means(&entry, &means)) {
			fputs("    ", stdout);
			tool_put_text(stdout,
				      (dctx_bytes){means.at, means.len});
			putchar('\n');
		}
		text_free(&means);
	}
	if (message.names > 0)
		puts("chain");
	while (dctx_message_name(&message, &name)) {
		fputs("  ", stdout);
		tool_put_text(stdout, name);
		putchar('\n');
	}
	if (message.trailing > 0)
		printf("%zu bytes follow\n", message.trailing);
}

static json_t *entries_json(dctx_message *message)
{
	json_t *list = json_array();
	dctx_entry entry;

	while (dctx_message_entry(message, &entry)) {
		json_t *one = tool_json_entry(&entry);
		struct text means = {NULL, 0, 0};

		if (reserved_means(&entry, &means))
			json_object_set_new(one, "means",
					    tool_json_text((dctx_bytes){
						    means.at, means.len}));
		text_free(&means);
		json_array_append_new(list, one);
	}
	return list;
}

static bool print_json(dctx_message message, const char *file)
{
	json_t *object = json_pack("{s:o, s:I, s:I, s:I, s:o}", "file",
				   tool_json_name(file), "version",
				   (json_int_t)message.version, "bytes",
				   (json_int_t)message.len, "trailing",
				   (json_int_t)message.trailing, "entries",
				   entries_json(&message));
	json_t *chain = json_array();
	dctx_bytes name;

	while (dctx_message_name(&message, &name))
		json_array_append_new(chain, tool_json_text(name));
	if (message.has_chain)
		json_object_set_new(object, "chain", chain);
	else
		json_decref(chain);
	return tool_json(object, stdout);
}

static bool refuse(const struct input *input, dctx_status status)
{
	const dctx_error *error = dctx_last_error();

	if (status == DCTX_UNSUPPORTED)
		return input_refuse(input,
				    "byte 0: version %u is neither 1 nor 2",
				    (unsigned)error->version);
	if (status == DCTX_LIMIT)
		return input_refuse(
			input, "byte %zu: %s: %zu is past the limit of %zu",
			error->offset, error->what, error->size, error->limit);
	return input_refuse(input,
			    "byte %zu: %s: it ends early, or is malformed",
			    error->offset, error->what);
}

static bool decode(const struct decode *decode, const struct input *input,
		   struct text *text)
{
	const char *wrong = input_message(text, decode->form);
	dctx_message message;
	dctx_status status;

	if (wrong != NULL)
		return input_refuse(input, "%s", wrong);
	status = dctx_message_open(text->at, text->len, &message);
	if (status != DCTX_OK)
		return refuse(input, status);
	if (decode->json)
		return print_json(message, input->path);
	if (decode->many)
		tool_put_name(stdout, input->path);
	print(message);
	return true;
}

static int decode_files(const struct decode *how, char **files)
{
	char *const from_stdin[] = {(char[]){"-"}, NULL};
	struct text text = {NULL, 0, 0};
	int code = TOOL_OK;

	for (char *const *file = *files != NULL ? files : from_stdin;
	     *file != NULL; file++) {
		const struct input input = {*file, how->json};

		if (!input_read(&input, &text) || !decode(how, &input, &text))
			code = TOOL_FOUND;
	}
	text_free(&text);
	return code;
}

int tool_decode(int argc, char **argv)
{
	struct decode how = {.form = FORM_AUTO};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return TOOL_OK;
		}
		if (c == 'j')
			how.json = true;
		else if (c == RAW)
			how.form = FORM_RAW;
		else if (c == HEX)
			how.form = FORM_HEX;
		else if (c == BASE64)
			how.form = FORM_BASE64;
		else
			return tool_bad_option(c, argv);
	}
	how.many = argc - optind > 1;
	return decode_files(&how, argv + optind);
}
