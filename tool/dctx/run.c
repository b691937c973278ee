/* SPDX-License-Identifier: MIT */
/*
 * run.c - a process group and its end.
 *
 * All that may happen is read from one signalfd, and the clock is the limit of
 * the poll for it. We are the reaper of what the command leaves behind
 * (PR_SET_CHILD_SUBREAPER): orphans of the group become our children, so that
 * its end is a wait like any. The command is waited for last of all signals to
 * its group, so its number is not another's meanwhile.
 *
 * Some of its descendants are in other groups, above all the commands of inner
 * dctx execs: SIGKILL spares those, and they become ours. So where an end is
 * made, and not just the rest of one, all that are ours are killed, until there
 * is none.
 *
 * As with timeout(1) the group is not the terminal's, unless this is the one
 * program of a terminal's job; then the command gets the terminal, and a stop
 * of it is a stop of ours.
 */
#define _GNU_SOURCE
#include "run.h"

#include "children.h"
#include "terminal.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often a process outside of our sight is looked for, and how long after
 * SIGKILL: a zombie that its parent never buries cannot be told from others.
 * Children are sure to end, but may be many, or sleep in the kernel. */
#define LOOK_AGAIN (10 * DCTX_MS)
#define LOOK_LAST DCTX_S
#define CHILDREN_LAST (10 * DCTX_S)

/* All that would end us or stop us, but for our own faults and for what a
 * terminal does to its background. */
static bool is_passed_on(int number)
{
	switch (number) {
	case SIGKILL:
	case SIGSTOP:
	case SIGILL:
	case SIGTRAP:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
	case SIGTTIN:
	case SIGTTOU:
		return false;
	default:
		return true;
	}
}

static void tell(const struct run *r, int number)
{
	/* The number of an empty group may be another's. */
	if (!r->is_empty)
		(void)kill(r->foreground ? r->pid : -r->pid, number);
}

static bool listen_to_signals(struct run *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* It refuses the C library's own. */
	for (int number = 1; number <= SIGRTMAX; number++)
		if (is_passed_on(number))
			(void)sigaddset(&set, number);
	/* Somebody's who ignored it would get no SIGCHLD, and no status. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &set, &r->before) < 0)
		return false;
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals >= 0;
}

static void execute(const struct run *r)
{
	int error;

	if (!r->foreground)
		(void)setpgid(0, 0);
	if (r->has_terminal)
		(void)terminal_give(getppid(), getpid());
	(void)sigprocmask(SIG_SETMASK, &r->before, NULL);
	(void)execvpe(r->argv[0], r->argv, r->env);
	error = errno;
	tool_error("%s: %s", r->argv[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

static bool begin(struct run *r)
{
	r->has_terminal = !r->foreground && terminal_is_ours();
	if (!listen_to_signals(r))
		return false;
	/* A shell's that became this program, and not the command's. */
	r->has_others = children_are_there();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	r->pid = fork();
	if (r->pid == 0)
		execute(r);
	if (r->pid < 0)
		return false;
	/* Whoever of the two comes first. The terminal is for the command
	 * itself to take: it may have given it on by now. */
	if (!r->foreground)
		(void)setpgid(r->pid, r->pid);
	return true;
}

/* A stop of ours as well, until somebody goes on with us: in the foreground,
 * then the terminal is ours to give, or in the background. */
static void stop(const struct run *r)
{
	if (r->has_terminal)
		(void)terminal_give(r->pid, getpgrp());
	terminal_stop();
	if (r->has_terminal)
		(void)terminal_give(getpgrp(), r->pid);
	tell(r, SIGCONT);
}

/* The command was stopped, maybe at its terminal. */
static void stop_with_it(const struct run *r, int number)
{
	if (!r->has_terminal)
		return;
	/* Shells do not tell who runs in the background that it has come to
	 * the foreground; it was late to use the terminal, that is all. */
	if ((number == SIGTTIN || number == SIGTTOU) &&
	    terminal_give(getpgrp(), r->pid))
		tell(r, SIGCONT);
	else
		stop(r);
}

/* Whoever was told to end is made to, after the grace. */
static void end_later(struct run *r)
{
	r->is_told = r->is_told || !r->ended;
	if (r->kill_at == DCTX_NO_DEADLINE)
		r->kill_at = dctx_deadline_in(r->grace);
}

/* What of the group is left is told to end, and then made to. */
static void end_group(struct run *r)
{
	if (r->foreground)
		return;
	tell(r, SIGTERM);
	tell(r, SIGCONT);
	end_later(r);
}

static void look_at_command(struct run *r)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)r->pid, &info,
			   WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0)
			return;
		if (info.si_code != CLD_STOPPED)
			break;
		(void)waitid(P_PID, (id_t)r->pid, &info, WSTOPPED | WNOHANG);
		stop_with_it(r, info.si_status);
	}
	r->ended = true;
	r->status = info.si_status;
	r->killed = info.si_code != CLD_EXITED;
	end_group(r);
	(void)waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG);
}

/* Orphans that came to us; not the command. */
static void reap(const struct run *r)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0 || (info.si_pid == r->pid && !r->ended))
			return;
		(void)waitid(P_PID, (id_t)info.si_pid, &info,
			     WEXITED | WNOHANG);
	}
}

/* Whether nobody is left who is to end. */
static bool is_over(struct run *r)
{
	int64_t now = dctx_now();

	if (!r->ended)
		return false;
	if (r->foreground)
		return true;
	if (kill(-r->pid, 0) < 0 && errno == ESRCH)
		r->is_empty = true;
	if (r->has_children && now < r->over_at + CHILDREN_LAST)
		return false;
	return r->is_empty || now >= r->over_at;
}

static void pass_on(struct run *r, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	/* Our own group's terminal told the command, too. */
	bool is_told = r->foreground && info->ssi_code == SI_KERNEL;

	if (!is_told)
		tell(r, number);
	if (number == SIGTSTP)
		stop(r);
	else if (!is_told && number != SIGALRM)
		tell(r, SIGCONT);
	/* A service may need longer to end than anybody asked us for. */
	if (number == SIGTERM && r->grace_is_given && !r->ended)
		end_later(r);
}

static void read_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof info) == sizeof info)
		if (info.ssi_signo != SIGCHLD)
			pass_on(r, &info);
}

static void look_at_clock(struct run *r)
{
	int64_t now = dctx_now();

	if (now >= r->kill_at) {
		tell(r, SIGKILL);
		r->kill_at = DCTX_NO_DEADLINE;
		r->over_at = dctx_deadline_in(LOOK_LAST);
		r->kills_all = r->is_told && !r->foreground && !r->has_others;
	}
	if (r->kills_all)
		r->has_children = children_kill();
	if (r->ended || r->timed_out || now < r->deadline)
		return;
	r->timed_out = true;
	tell(r, SIGTERM);
	tell(r, SIGCONT);
	end_later(r);
}

static int64_t next(const struct run *r)
{
	int64_t at = r->kill_at;

	if (!r->timed_out && !r->ended && r->deadline < at)
		at = r->deadline;
	/* A process of the group may be another's child. */
	if ((r->ended || r->kills_all) && dctx_deadline_in(LOOK_AGAIN) < at)
		at = dctx_deadline_in(LOOK_AGAIN);
	return at;
}

static void wait_until(const struct run *r, int64_t at)
{
	struct pollfd fd = {.fd = r->signals, .events = POLLIN};
	int64_t now = dctx_now(), left = at > now ? at - now : 0;
	struct timespec limit = {.tv_sec = left / DCTX_S,
				 .tv_nsec = left % DCTX_S};

	(void)ppoll(&fd, 1, at == DCTX_NO_DEADLINE ? NULL : &limit, NULL);
}

bool run(struct run *r)
{
	r->kill_at = r->over_at = DCTX_NO_DEADLINE;
	r->ended = r->timed_out = false;
	r->is_empty = r->is_told = r->kills_all = r->has_children = false;
	if (!begin(r))
		return false;
	while (!is_over(r)) {
		wait_until(r, next(r));
		read_signals(r);
		if (!r->ended)
			look_at_command(r);
		reap(r);
		look_at_clock(r);
	}
	if (r->has_terminal)
		(void)terminal_give(r->pid, getpgrp());
	(void)close(r->signals);
	return true;
}
