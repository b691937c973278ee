/* SPDX-License-Identifier: MIT */
/*
 * command.h - the commands of dctx: each is a function of its own words, from
 * its name on, and returns the exit code.
 */
#ifndef COMMAND_H
#define COMMAND_H

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

/* Exit codes: done; it was done and something was found, or it failed; it was
 * called wrongly. */
enum { DONE = 0, FOUND = 1, FAILED = 1, USAGE = 2 };

int check_run(int argc, char **argv);
int convert_run(int argc, char **argv);
int decode_run(int argc, char **argv);
int encode_run(int argc, char **argv);

#endif
