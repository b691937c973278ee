/* SPDX-License-Identifier: MIT */
/*
 * waitpid(2). The end of one child is waited for by its pidfd, which is
 * readable from then on (Linux 5.3); what has none - any child of several, a
 * stop, an old kernel, no descriptor left - is looked for in slices.
 *
 * The pidfd is opened before the last look at the child that a wait relies on:
 * a child that somebody else reaps in between, whose number another process
 * may then have, is seen to be gone by that look (ECHILD). The status stays
 * with the kernel until a look takes it, so the context's end loses nothing.
 */
#include "life/transfer.h"
#include "plat/clock.h"
#include "plat/child.h"

#include <dctx/io.h>

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>

struct waiting {
	pid_t pid;
	int *status;
	int options;
	int fd; /* the pidfd, or -1 */
	int64_t slice;
	pid_t found;
};

static pid_t look(const struct waiting *w)
{
	return waitpid(w->pid, w->status, w->options | WNOHANG);
}

/* Returns 0 for another look, or why not. */
static int wait_more(struct waiting *w)
{
	struct pollfd fds[2] = {{w->fd, POLLIN, 0}};
	struct dctxi_polled polled = {fds, w->fd >= 0, NULL, false};
	int64_t until = DCTX_NO_DEADLINE;
	int ready;

	if (w->fd < 0) {
		until = dctxi_clock_plus(dctxi_clock(), w->slice);
		w->slice *= 2;
		if (w->slice > DCTXI_SLICE)
			w->slice = DCTXI_SLICE;
	}
	ready = dctxi_block_poll(&polled, until);
	if (ready == -EINTR)
		return dctxi_interrupts(false) ? EINTR : 0;
	return ready < 0 ? -ready : 0;
}

static pid_t wait_on(struct waiting *w)
{
	pid_t found = look(w);

	while (found == 0) {
		int error = wait_more(w);

		if (error != 0) {
			errno = error;
			return -1;
		}
		found = look(w);
	}
	return found;
}

static void close_it(void *arg)
{
	const int *fd = arg;

	if (*fd >= 0)
		dctxi_child_close(*fd);
}

/* Closes it also when the thread is cancelled in here. */
static void wait_and_close(struct waiting *w)
{
	pthread_cleanup_push(close_it, &w->fd);
	w->found = wait_on(w);
	pthread_cleanup_pop(1);
}

pid_t dctx_waitpid(pid_t pid, int *status, int options)
{
	struct waiting w = {pid, status, options, -1, DCTX_MS, 0};
	int before = errno;

	if (!dctxi_may_end())
		return waitpid(pid, status, options);
	if (dctxi_is_over())
		return -1;
	if (options & WNOHANG)
		return waitpid(pid, status, options);
	w.found = look(&w);
	if (w.found != 0)
		return w.found;
	if (pid > 0 && !(options & (WUNTRACED | WCONTINUED)))
		w.fd = dctxi_child_open(pid);
	wait_and_close(&w);
	if (w.found > 0)
		errno = before;
	return w.found;
}
