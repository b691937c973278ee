/* SPDX-License-Identifier: MIT */
/*
 * ops_exec.c - the command `dctx exec` around another, and what it adds. Where
 * the command is not built it has no rows.
 */
#include "bench.h"

#ifdef BENCH_COMMAND
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 101

static double run(char *const argv[])
{
	double start = now_ns();
	int status = -1;
	pid_t pid;

	must_be(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0,
		argv[0]);
	must_be(waitpid(pid, &status, 0) == pid && status == 0, "its end");
	return now_ns() - start;
}

/* In turn; microseconds. */
static double exec_true(void)
{
	static char *const bare[] = {"true", NULL};
	static char *const timed[] = {BENCH_COMMAND, "exec", "--timeout", "1m",
				      "--",	     "true", NULL};
	static char *const under[] = {BENCH_COMMAND, "exec", "--", "true",
				      NULL};
	char *const *with = param_is("timeout", "yes") ? timed : under;
	double without[RUNS], ns[RUNS];

	for (int i = 0; i < RUNS; i++) {
		without[i] = run(bare);
		ns[i] = param_is("command", "none") ? without[i] : run(with);
	}
	if (param_is("command", "none"))
		return median(ns, RUNS) / 1000;
	return (median(ns, RUNS) - median(without, RUNS)) / 1000;
}

static void nothing(void)
{
}

#define EXEC(axes)                                                             \
	{                                                                      \
		"exec", axes " unit=us", {{0}, 0}, ANY, ANY, nothing, NULL,    \
			NULL, exec_true                                        \
	}

const struct op exec_ops[] = {
	EXEC("command=none timeout=no"),
	EXEC("command=dctx timeout=no,yes"),
	{0},
};
#else
const struct op exec_ops[] = {{0}};
#endif
