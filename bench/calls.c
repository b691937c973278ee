/* SPDX-License-Identifier: MIT */
/*
 * calls.c - a child stops itself before the turns that count and after them;
 * in between it is stopped by the kernel at each entry to a call and each
 * return.
 */
#include "calls.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTED_TURNS 1000
#define AT_CALL (SIGTRAP | 0x80)

/* One call, where raise() would be several. */
static void stop(void)
{
	syscall(SYS_kill, getpid(), SIGSTOP);
}

static void child(void (*setup)(void), loop_fn *loop)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(1);
	setup();
	loop(COUNTED_TURNS);
	stop();
	loop(COUNTED_TURNS);
	stop();
	_exit(0);
}

/* Lets it go on to its next stop. Returns: what stopped it, or 0. */
static int next_stop(pid_t pid, int request)
{
	int status;

	if (ptrace(request, pid, NULL, NULL) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 0;
	return WSTOPSIG(status);
}

/* From one SIGSTOP to the next. */
static double count(pid_t pid)
{
	long stops = 0;
	int signal, status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGSTOP)
		return -1;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(uintptr_t)PTRACE_O_TRACESYSGOOD) != 0)
		return -1;
	while ((signal = next_stop(pid, PTRACE_SYSCALL)) == AT_CALL)
		stops++;
	if (signal != SIGSTOP)
		return -1;
	/* Each call stops twice. The two calls of stop()'s kill add a return
	 * and an entry, and the getpid of the second both. */
	return (double)(stops - 4) / 2 / COUNTED_TURNS;
}

double system_calls_a_turn(void (*setup)(void), loop_fn *loop)
{
	pid_t pid = fork();
	double calls;

	if (pid == 0)
		child(setup, loop);
	if (pid < 0)
		return -1;
	calls = count(pid);
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return calls;
}
