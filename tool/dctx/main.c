/* SPDX-License-Identifier: MIT */
/* dctx - look at contexts, and carry them, from a terminal. */
#include "command.h"

#include <dctx/diag.h>

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"check", "say what is wrong with headers, or with a message",
	 check_run},
	{"convert", "headers of one format as headers of another", convert_run},
	{"decode", "show what a message has in it", decode_run},
	{"encode", "make a message of entries", encode_run},
};

static void help(FILE *to)
{
	fputs("usage: dctx COMMAND [ARGUMENT]...\n\n", to);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n`dctx COMMAND --help` says more.\n", to);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		help(stdout);
		return DONE;
	}
	if (strcmp(name, "--version") == 0) {
		puts("dctx " DCTX_VERSION_TEXT);
		return DONE;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	help(stderr);
	return USAGE;
}
