/* SPDX-License-Identifier: MIT */
/*
 * where.c - a program that knows the key "tenant" and says under what context
 * it was started: the trace, the milliseconds that are left, the tenant and the
 * chain. With arguments it waits so many milliseconds first, and runs the rest
 * as a child under its own context, by posix_spawn.
 */
#include <dctx/dctx.h>

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_STR(k_tenant, "tenant", DCTX_WIRE | DCTX_ENV | DCTX_BAGGAGE);

static void say(void)
{
	int64_t left = dctx_remaining();
	dctx_trace trace;
	char chain[256];

	if (dctx_trace_get(&trace))
		for (int i = 0; i < DCTX_TRACE_ID; i++)
			printf("%02x", trace.trace_id[i]);
	else
		printf("none");
	dctx_chain_text("/", chain, sizeof chain);
	printf(" %" PRId64 " %s %s\n",
	       left == DCTX_NO_DEADLINE ? -1 : left / DCTX_MS,
	       dctx_get(k_tenant, "-"), chain[0] != '\0' ? chain : "-");
	fflush(stdout);
}

static int spawn(char **argv)
{
	DCTX_SCOPE("where");
	char **env;
	int status;
	pid_t pid;

	if (dctx_environ_here(NULL, NULL, &env) != DCTX_OK)
		return 1;
	status = posix_spawnp(&pid, argv[0], NULL, NULL, argv, env);
	free(env);
	if (status != 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		usleep((unsigned)atoi(argv[1]) * 1000);
	DCTX_ATTACH(dctx_environ());
	say();
	return argc > 2 ? spawn(argv + 2) : 0;
}
