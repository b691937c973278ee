/* SPDX-License-Identifier: MIT */
/* encode.c - a message of a description. */
#include "encode.h"
#include "input.h"
#include "tool.h"

#include <dctx/base64.h>

#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: dctx encode [--raw | --hex | --base64 | --url | --json]"
	" [FILE]...\n\n"
	"Makes a message of each description: JSON, as dctx decode --json has\n"
	"it, or lines:\n"
	"  entry KEY[@VERSION] KIND VALUE\n"
	"  scope NAME\n"
	"  trace TRACEPARENT [TRACESTATE]\n"
	"  baggage MEMBERS\n"
	"  deadline 250ms\n"
	"KIND is bool, i8 to i64, u8 to u64, f32, f64, str, bytes (in\n"
	"hexadecimal) or hex: the value as it is sent.\n\n"
	"  --raw     bytes; the default, but on a terminal\n"
	"  --hex     a line of hexadecimal digits\n"
	"  --base64  a line of base64, as x-dctx carries\n"
	"  --url     a line of URL-safe base64, as DCTX carries\n"
	"  --json, -j\n"
	"            an object: hex, base64 and bytes, how many there are\n\n"
	"Exit codes: 0; 1, a description is wrong; 2, wrong use.\n";

enum output { DEFAULT, RAW = 256, HEX, BASE64, URL, JSON };

static const struct option options[] = {
	{"raw", no_argument, NULL, RAW},
	{"hex", no_argument, NULL, HEX},
	{"base64", no_argument, NULL, BASE64},
	{"url", no_argument, NULL, URL},
	{"json", no_argument, NULL, JSON},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static struct text base64_of(dctx_base64 alphabet, const struct text *message)
{
	struct text text = {NULL, 0, 0};
	size_t size = DCTX_BASE64_SIZE(message->len);

	if (dctx_base64_encode(alphabet, message->at, message->len,
			       text_room(&text, size), size,
			       &text.len) != DCTX_OK)
		text_add(&text, "", 0);
	return text;
}

static void put_base64(dctx_base64 alphabet, const struct text *message)
{
	struct text text = base64_of(alphabet, message);

	puts(text.at);
	text_free(&text);
}

static bool put_json(const char *file, const struct text *message)
{
	const dctx_bytes bytes = {message->at, message->len};
	struct text text = base64_of(DCTX_BASE64, message);
	bool done = tool_json(
		json_pack("{s:o, s:I, s:o, s:s}", "file", tool_json_name(file),
			  "bytes", (json_int_t)message->len, "hex",
			  tool_json_hex(bytes), "base64", text.at),
		stdout);

	text_free(&text);
	return done;
}

static bool put(enum output output, const char *file,
		const struct text *message)
{
	switch (output) {
	case JSON:
		return put_json(file, message);
	case BASE64:
		put_base64(DCTX_BASE64, message);
		break;
	case URL:
		put_base64(DCTX_BASE64_URL, message);
		break;
	case HEX:
		tool_put_hex(stdout, (dctx_bytes){message->at, message->len});
		putchar('\n');
		break;
	default:
		fwrite(message->at, 1, message->len, stdout);
	}
	return true;
}

static bool describes_json(const struct text *text)
{
	return text->at[strspn(text->at, " \t\r\n")] == '{';
}

static bool encode(enum output output, const struct input *input,
		   const struct text *text)
{
	struct parts parts = parts_new();
	struct text message = {NULL, 0, 0};
	bool done = describes_json(text) ? encode_json(input, text, &parts)
					 : encode_lines(input, text, &parts);
	dctx_status status;

	if (done) {
		status = parts_write(&parts, &message);
		done = status == DCTX_OK;
		if (done)
			done = put(output, input->path, &message);
		else
			(void)input_refuse(input, "%s: %s",
					   dctx_strerror(status),
					   dctx_last_error()->what);
	}
	text_free(&message);
	parts_free(&parts);
	return done;
}

static int encode_files(enum output output, char **files)
{
	char *const from_stdin[] = {(char[]){"-"}, NULL};
	struct text text = {NULL, 0, 0};
	int code = TOOL_OK;

	for (char *const *file = *files != NULL ? files : from_stdin;
	     *file != NULL; file++) {
		const struct input input = {*file, output == JSON};

		if (!input_read(&input, &text) ||
		    !encode(output, &input, &text))
			code = TOOL_FOUND;
	}
	text_free(&text);
	return code;
}

int tool_encode(int argc, char **argv)
{
	enum output output = DEFAULT;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":hj", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return TOOL_OK;
		}
		if (c == 'j')
			c = JSON;
		if (c < RAW)
			return tool_bad_option(c, argv);
		output = (enum output)c;
	}
	if (output == DEFAULT)
		output = isatty(STDOUT_FILENO) == 1 ? HEX : RAW;
	if (output == RAW && argc - optind > 1)
		return tool_usage("encode: several messages need a text form, "
				  "as --hex");
	return encode_files(output, argv + optind);
}
