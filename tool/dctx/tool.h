/* SPDX-License-Identifier: MIT */
/* What the commands of dctx(1) share. */
#ifndef TOOL_H
#define TOOL_H

#include <dctx/dctx.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit codes, but for those of exec. */
enum { TOOL_OK, TOOL_FOUND, TOOL_USAGE };

/* Commands: argv[0] is the command's name. Each in a file of its own. */
int tool_check(int argc, char **argv);
int tool_convert(int argc, char **argv);
int tool_decode(int argc, char **argv);
int tool_encode(int argc, char **argv);
int tool_exec(int argc, char **argv);
int tool_show(int argc, char **argv);
int tool_trace(int argc, char **argv);

/* Says "dctx: ..." on stderr. */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and where to find more; returns TOOL_USAGE. */
int tool_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, of what getopt_long refused; `option` is what it returned, with
 * opterr 0 and a colon before the letters. argv[0] is the command's name. */
int tool_bad_option(int option, char **argv);

/* Prints a JSON value on a line of its own and lets it go. Without memory for
 * it, or when it is NULL, prints nothing, says so and returns false. */
bool tool_json(json_t *value, FILE *to);

/* Bytes as JSON text, which what is no UTF-8 is in hex digits; as those. */
json_t *tool_json_text(dctx_bytes text);
json_t *tool_json_name(const char *name);
json_t *tool_json_hex(dctx_bytes bytes);

/* Whether a stream may have colours: it is a terminal, and NO_COLOR is not
 * set (no-color.org). Then the text that makes what follows bold or red, and
 * back. */
const char *tool_bold(FILE *to);
const char *tool_red(FILE *to);
const char *tool_plain(FILE *to);

/* Writes text with what no terminal should get as \xNN. */
void tool_put_text(FILE *to, dctx_bytes text);
void tool_put_name(FILE *to, const char *file); /* and ": " */
void tool_put_hex(FILE *to, dctx_bytes bytes);

/* Reads a span of time, "250ms", "1.5s", "2m", of which a number alone is
 * seconds, in nanoseconds above 0; false for none. */
bool tool_duration(const char *text, int64_t *out);

#endif
