/* SPDX-License-Identifier: MIT */
/* How the commands speak: errors, JSON, text for a terminal. */
#include "tool.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is named in there may be from outside, too. A path is not cut. */
static void say(const char *format, va_list args)
{
	char line[8192];

	vsnprintf(line, sizeof line, format, args);
	fflush(stdout);
	fputs("dctx: ", stderr);
	tool_put_text(stderr, (dctx_bytes){line, strlen(line)});
	fputc('\n', stderr);
}

void tool_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int tool_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	fputs("Try dctx --help.\n", stderr);
	return TOOL_USAGE;
}

/* Behind a short option optind may still be at its word, where more letters
 * follow; optopt is it, and for a long one 0 or what it stands for. */
int tool_bad_option(int option, char **argv)
{
	const char *word = argv[optind - 1];
	const char letter[] = {'-', (char)optopt, '\0'};

	if (option == ':')
		return tool_usage("%s: %s needs a value", *argv, word);
	if (optopt > 0 && optopt <= UCHAR_MAX && strncmp(word, "--", 2) != 0)
		word = letter;
	return tool_usage("%s: there is no option %s", *argv, word);
}

/* That it cannot be written is seen at the end, with all that there is. */
bool tool_json(json_t *value, FILE *to)
{
	char *line = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(value);
	if (line == NULL) {
		tool_error("no memory for JSON");
		return false;
	}
	fputs(line, to);
	fputc('\n', to);
	free(line);
	return true;
}

json_t *tool_json_text(dctx_bytes text)
{
	/* NULL for what is no UTF-8. */
	json_t *value = json_stringn(text.len > 0 ? text.data : "", text.len);

	return value != NULL ? value : tool_json_hex(text);
}

json_t *tool_json_name(const char *name)
{
	return tool_json_text((dctx_bytes){name, strlen(name)});
}

json_t *tool_json_hex(dctx_bytes bytes)
{
	const unsigned char *at = bytes.data;
	char *text = malloc(2 * bytes.len + 1);
	json_t *value;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.len; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	value = json_stringn(text, 2 * bytes.len);
	free(text);
	return value;
}

static bool has_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return (no == NULL || *no == '\0') && isatty(fileno(to)) == 1 &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

const char *tool_bold(FILE *to)
{
	return has_colour(to) ? "\033[1m" : "";
}

const char *tool_red(FILE *to)
{
	return has_colour(to) ? "\033[31m" : "";
}

const char *tool_plain(FILE *to)
{
	return has_colour(to) ? "\033[0m" : "";
}

/* What came from outside moves no cursor: controls, also those of UTF-8 past
 * ASCII (c2 80 to c2 9f), are shown by their numbers. */
void tool_put_text(FILE *to, dctx_bytes text)
{
	const unsigned char *at = text.data;

	for (size_t i = 0; i < text.len; i++) {
		bool c1 = at[i] == 0xc2 && i + 1 < text.len && at[i + 1] < 0xa0;

		if (at[i] < 0x20 || at[i] == 0x7f || c1)
			fprintf(to, "\\x%02x", at[i]);
		else if (at[i] == '\\')
			fputs("\\\\", to);
		else
			fputc(at[i], to);
		if (c1)
			fprintf(to, "\\x%02x", at[++i]);
	}
}

void tool_put_name(FILE *to, const char *file)
{
	tool_put_text(to, (dctx_bytes){file, strlen(file)});
	fputs(": ", to);
}

void tool_put_hex(FILE *to, dctx_bytes bytes)
{
	const unsigned char *at = bytes.data;

	for (size_t i = 0; i < bytes.len; i++)
		fprintf(to, "%02x", at[i]);
}
