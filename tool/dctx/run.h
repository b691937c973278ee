/* SPDX-License-Identifier: MIT */
/* A command that runs in a process group of its own until a deadline. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct run {
	/* What is asked for. */
	char **argv;
	char **env;
	int64_t deadline;    /* or DCTX_NO_DEADLINE */
	int64_t grace;	     /* between SIGTERM and SIGKILL */
	bool grace_is_given; /* and counts for SIGTERMs that are passed on */
	bool foreground; /* in our own group, of which only it is signalled */
	/* What became of it. */
	pid_t pid;
	int status;  /* as waitid's si_status */
	bool killed; /* by that signal */
	bool timed_out;
	/* The runner's own. */
	int signals; /* a signalfd */
	sigset_t before;
	bool ended;    /* the command itself */
	bool is_empty; /* its group */
	bool is_told;  /* that it is to end, before it did */
	bool has_terminal;
	bool has_others;   /* children from before */
	bool kills_all;	   /* of our children */
	bool has_children; /* when it last did */
	int64_t kill_at;   /* when SIGKILL is due; DCTX_NO_DEADLINE: not yet */
	int64_t over_at;   /* when nobody is waited for any more, the same */
};

/* Runs it until it and its group are no more. Returns: false, and errno, when
 * it could not be begun. That its program cannot be executed is no failure:
 * then it said so and exited with 126 or 127. */
bool run(struct run *run);

#endif
