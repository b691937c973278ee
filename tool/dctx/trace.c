/* SPDX-License-Identifier: MIT */
/* trace.c - trace files of several processes as one picture. */
#include "progress.h"
#include "tool.h"
#include "trace_file.h"
#include "trace_out.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
	"usage: dctx trace [--output FILE] [--trace ID] [--limit N] FILE...\n"
	"       dctx trace --text [--verbose] [...] FILE...\n"
	"       dctx trace --json [...] FILE...\n\n"
	"Merges the trace files of several processes, in Chrome's format, "
	"into\n"
	"a page that a browser shows without any network. - is stdin.\n\n"
	"  --output, -o   the file to write, - for stdout; a page is "
	"trace.html\n"
	"                 unless given, text and JSON go to stdout\n"
	"  --text, -t     trees for a terminal\n"
	"  --verbose, -v  with ids, scopes and values\n"
	"  --json, -j     JSON: traces by their start, and so their spans\n"
	"  --trace, -i    traces only whose ids begin so\n"
	"  --limit, -l    read so many spans and events at most; 1000000 "
	"unless\n"
	"                 given\n\n"
	"Exit codes: 0; 1, a file could not be read, in part or at all, or "
	"has\n"
	"no spans; 2, wrong use.\n";

static const struct option options[] = {
	{"output", required_argument, NULL, 'o'},
	{"text", no_argument, NULL, 't'},
	{"verbose", no_argument, NULL, 'v'},
	{"json", no_argument, NULL, 'j'},
	{"trace", required_argument, NULL, 'i'},
	{"limit", required_argument, NULL, 'l'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct command {
	const char *output, *trace;
	bool text, json, verbose;
	uint64_t limit;
};

static bool is_stdio(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* In a picture all is UTF-8. */
static void add_source(struct picture *picture, const char *path)
{
	json_t *name = tool_json_name(is_stdio(path) ? "stdin" : path);

	picture_source(picture, json_string_value(name));
	json_decref(name);
}

/* What of a file is not in the picture; false when that is a fault. */
static bool told(const struct picture *picture, const char *name)
{
	const struct source *source =
		&picture->sources[picture->source_count - 1];

	if (source->cut)
		tool_error("%s: its last line is cut off", name);
	if (source->bad > 0)
		tool_error("%s: %" PRIu64 " of its lines cannot be read, the "
			   "first is line %" PRIu64,
			   name, source->bad, source->bad_line);
	if (source->past_limit)
		tool_error("%s: there is more than %" PRIu64 " spans and "
			   "events, or threads, or 256 MiB of texts: the rest "
			   "is left out",
			   name, picture->limit);
	if (source->spans == 0 && !source->past_limit)
		tool_error("%s: there is no span in it", name);
	return source->bad == 0 && !source->past_limit && source->spans > 0;
}

static bool read_file(struct picture *picture, const char *path)
{
	FILE *file = is_stdio(path) ? stdin : fopen(path, "rb");
	const char *name = is_stdio(path) ? "stdin" : path;
	bool done;

	if (file == NULL) {
		tool_error("%s: %s", name, strerror(errno));
		return false;
	}
	add_source(picture, path);
	progress_begin(name, file);
	done = trace_file_read(picture, file, progress_read);
	progress_end();
	if (!done)
		tool_error("%s: %s", name, strerror(errno));
	else
		done = told(picture, name);
	if (file != stdin)
		(void)fclose(file);
	return done;
}

/* To write over what is about to be read would be a pity. */
static bool is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return !is_stdio(one) && !is_stdio(other) && stat(one, &a) == 0 &&
	       stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void write_picture(const struct command *command,
			  const struct picture *picture, FILE *to)
{
	if (command->json)
		trace_json(picture, to);
	else if (command->text)
		trace_text(picture, command->verbose, to);
	else
		trace_page(picture, to);
}

static bool write_output(const struct command *command,
			 const struct picture *picture)
{
	const char *path = command->output;
	FILE *to = is_stdio(path) ? stdout : fopen(path, "wb");
	bool done = to != NULL;

	if (done)
		write_picture(command, picture, to);
	if (done && to != stdout) {
		done = ferror(to) == 0;
		done = fclose(to) == 0 && done;
	}
	if (!done)
		tool_error("%s: %s", path, strerror(errno));
	return done;
}

static int trace_files(const struct command *command, char **files)
{
	struct picture picture = {.limit = command->limit};
	bool done = true;

	for (; *files != NULL; files++)
		done = read_file(&picture, *files) && done;
	if (command->trace != NULL &&
	    picture_keep(&picture, command->trace) == 0) {
		tool_error("trace: there is no trace %s", command->trace);
		done = false;
	}
	picture_join(&picture);
	if (picture.span_count == 0) {
		picture_free(&picture);
		return TOOL_FOUND;
	}
	if (!write_output(command, &picture))
		done = false;
	else if (!is_stdio(command->output))
		printf("%s: %" PRIu32 " spans of %" PRIu32 " traces\n",
		       command->output, picture.span_count,
		       picture.trace_count);
	picture_free(&picture);
	return done ? TOOL_OK : TOOL_FOUND;
}

static bool read_limit(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *text >= '0' && *text <= '9' &&
	       *out > 0 && *out <= 100000000;
}

static bool is_trace(const char *text)
{
	return *text != '\0' && strlen(text) <= 32 &&
	       strspn(text, "0123456789abcdef") == strlen(text);
}

/* Takes an option; false for one that is none, or whose value is none. */
static bool take(struct command *command, int c)
{
	switch (c) {
	case 'o':
		command->output = optarg;
		return *optarg != '\0';
	case 't':
		return command->text = true;
	case 'v':
		return command->verbose = true;
	case 'j':
		return command->json = true;
	case 'i':
		command->trace = optarg;
		return is_trace(optarg);
	case 'l':
		return read_limit(optarg, &command->limit);
	default:
		return false;
	}
}

int tool_trace(int argc, char **argv)
{
	struct command command = {.limit = 1000000};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:tvji:l:h", options, NULL)) !=
	       -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return TOOL_OK;
		}
		if (take(&command, c))
			continue;
		if (c == 'o' || c == 'i' || c == 'l')
			return tool_usage("trace: %s is none", optarg);
		return tool_bad_option(c, argv);
	}
	if (optind == argc)
		return tool_usage("trace: no file is given");
	if (command.text && command.json)
		return tool_usage("trace: --text and --json are two things");
	if (command.output == NULL)
		command.output =
			command.text || command.json ? "-" : "trace.html";
	for (int i = optind; i < argc; i++)
		if (is_same_file(argv[i], command.output))
			return tool_usage("trace: %s would be written over",
					  argv[i]);
	setlocale(LC_CTYPE, "");
	return trace_files(&command, argv + optind);
}
