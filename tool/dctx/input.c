/* SPDX-License-Identifier: MIT */
#include "input.h"
#include "tool.h"

#include <dctx/base64.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* More than any message or list of headers that a library takes. */
#define INPUT_MAX ((size_t)64 << 20)

static bool read_all(FILE *file, struct text *out)
{
	out->len = 0;
	text_add(out, "", 0);
	for (;;) {
		size_t n = fread(text_room(out, 1 << 16), 1, 1 << 16, file);

		out->len += n;
		out->at[out->len] = '\0';
		if (n == 0)
			return ferror(file) == 0;
		if (out->len > INPUT_MAX) {
			errno = EFBIG;
			return false;
		}
	}
}

static bool is_stdin(const struct input *input)
{
	return strcmp(input->path, "-") == 0;
}

/* What is longer is cut: a name of a file is not, and of a text that is wrong
 * the beginning will do. */
bool input_refuse(const struct input *input, const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	tool_error("%s: %s", is_stdin(input) ? "stdin" : input->path, why);
	if (input->json)
		(void)tool_json(json_pack("{s:o, s:o}", "file",
					  tool_json_name(input->path), "error",
					  tool_json_name(why)),
				stdout);
	return false;
}

bool input_read(const struct input *input, struct text *out)
{
	FILE *file = is_stdin(input) ? stdin : fopen(input->path, "rb");
	bool done = file != NULL && read_all(file, out);

	if (!done)
		(void)input_refuse(input, "%s", strerror(errno));
	if (file != NULL && !is_stdin(input))
		(void)fclose(file);
	return done;
}

/* Takes out white space, as in text that was folded. */
static void squeeze(struct text *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->len; i++)
		if (strchr(" \t\r\n", text->at[i]) == NULL)
			text->at[kept++] = text->at[i];
	text->len = kept;
}

static bool all_of(const struct text *text, const char *set)
{
	return strspn(text->at, set) == text->len;
}

static bool begins(const struct text *text, const char *start)
{
	return strncmp(text->at, start, strlen(start)) == 0;
}

#define HEX "0123456789abcdefABCDEF"
#define BASE64                                                                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
#define SPACE " \t\r\n"

/* A message begins with its version, 1 or 2, as a u32; so its bytes have NULs,
 * in hexadecimal it begins with 0 and in base64 with A. */
static enum form form_of(const struct text *text)
{
	bool is_hex;

	if (text->len == 0 || !all_of(text, BASE64 SPACE))
		return FORM_RAW;
	is_hex = all_of(text, HEX SPACE);
	if (is_hex && !begins(text, "AQAA") && !begins(text, "AgAA"))
		return FORM_HEX;
	return FORM_BASE64;
}

static const char *from_base64(struct text *text)
{
	/* The URL form takes padding or leaves it. */
	bool is_url = text->len % 4 != 0 || strpbrk(text->at, "-_") != NULL;
	size_t len;

	if (dctx_base64_decode(is_url ? DCTX_BASE64_URL : DCTX_BASE64, text->at,
			       text->len, text->at, text->len, &len) != DCTX_OK)
		return "it is no base64";
	text->len = len;
	return NULL;
}

const char *input_message(struct text *message, enum form form)
{
	if (form == FORM_AUTO)
		form = form_of(message);
	if (form == FORM_RAW)
		return NULL;
	squeeze(message);
	message->at[message->len] = '\0';
	if (message->len == 0)
		return NULL;
	if (form == FORM_BASE64)
		return from_base64(message);
	if (!unhex(message->at, message->len, message->at))
		return "it is not in hexadecimal";
	message->len /= 2;
	return NULL;
}
