/* SPDX-License-Identifier: MIT */
/* dctx(1): a context from a terminal. */
#include "tool.h"

#include <string.h>

static const struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"check", "say what is wrong with headers, or with a message",
	 tool_check},
	{"convert", "headers of one format as those of another", tool_convert},
	{"decode", "show what is in a message", tool_decode},
	{"encode", "make a message", tool_encode},
	{"exec", "run a command under a context, with a deadline", tool_exec},
	{"show", "show the context of this environment", tool_show},
	{"trace", "trace files of several processes as a page, or as text",
	 tool_trace},
};

#define COMMANDS (sizeof commands / sizeof *commands)

static int help(void)
{
	puts("usage: dctx COMMAND [OPTION]... [ARGUMENT]...\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
	puts("\n  --help     this, or with a command, its options\n"
	     "  --version  the version of dctx\n\n"
	     "Exit codes: 0; 1 when something was found or a check failed; "
	     "2 for wrong use.\ndctx exec has its own. More is in dctx(1).");
	return TOOL_OK;
}

/* What was written may not have got anywhere: a full disk. */
static int finish(int code)
{
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == TOOL_OK) {
		tool_error("what there is to say cannot be written");
		return TOOL_FOUND;
	}
	return code;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0 ||
	    strcmp(name, "-h") == 0)
		return finish(help());
	if (strcmp(name, "--version") == 0) {
		printf("dctx %s\n", DCTX_VERSION_TEXT);
		return finish(TOOL_OK);
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	if (argc < 2)
		return tool_usage("no command is given");
	return tool_usage("there is no command %s", name);
}
