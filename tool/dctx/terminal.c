/* SPDX-License-Identifier: MIT */
/*
 * terminal.c - who has the terminal.
 *
 * A shell gives it to a job and takes it back, at its own times; so it is given
 * on only by who has it. Otherwise a job in the background would take it from
 * the shell, which would then read the end of its input.
 */
#include "terminal.h"

#include <signal.h>
#include <unistd.h>

bool terminal_is_ours(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	       getpgrp() == getpid() && tcgetpgrp(STDIN_FILENO) == getpid();
}

bool terminal_give(pid_t from, pid_t to)
{
	sigset_t out, before;
	bool given;

	if (tcgetpgrp(STDIN_FILENO) != from)
		return false;
	/* From the background this stops who does not block it. */
	sigemptyset(&out);
	sigaddset(&out, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &out, &before);
	given = tcsetpgrp(STDIN_FILENO, to) == 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return given;
}

void terminal_stop(void)
{
	sigset_t stop, before;

	/* Unlike SIGSTOP, it spares a group that nobody could go on with. */
	(void)raise(SIGTSTP);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &stop, &before);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}
