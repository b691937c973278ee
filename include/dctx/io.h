/* SPDX-License-Identifier: MIT */
/*
 * dctx/io.h - stand-ins for system calls that block: they end when the current
 * context does.
 *
 *     DCTX_SCOPE("fetch");
 *     dctx_set_timeout(2 * DCTX_S);
 *     n = dctx_read(fd, buf, sizeof buf);
 *     if (n < 0 && errno == ETIMEDOUT)      // or ECANCELED
 *             return give_up();
 *
 * Each takes what its original takes, returns what that returns, sets errno as
 * that does, and is a cancellation point where that is one. Where the context
 * can never end, it is the original. Besides:
 *
 * - When the context is over at the call, nothing is done: -1 with ECANCELED or
 *   ETIMEDOUT.
 * - When it ends while the call blocks, the same; but a call that has done a
 *   part already returns the part, as after a signal, and the next one says
 *   why.
 * - With O_NONBLOCK or MSG_DONTWAIT no call waits.
 * - A signal handler ends a call with EINTR as it ends the original (signal(7),
 *   "Interruption of system calls and library functions by signal handlers"):
 *   not where all the process's handlers but those for faults have SA_RESTART,
 *   but always in poll, select and sleep, and where the socket has a timeout of
 *   its own. When there is one handler without SA_RESTART, one with it ends a
 *   call, too.
 * - Without memory or a descriptor to wait with: ENOMEM, EMFILE, ENFILE, and
 *   nothing is done or lost. A thread that ever waits below a cancel source
 *   keeps one descriptor, closed at its end.
 * - Memory that is not there is a crash where the original has EFAULT, but for
 *   what is handed to the kernel as it is.
 *
 * Threads: any, each under its own context. Not signal-safe. Blocks: like the
 * original. Allocates: when it blocks below a cancel source, unless the thread
 * has memory left over. Since: 0.1.
 */
#ifndef DCTX_IO_H
#define DCTX_IO_H

#include <dctx/done.h>

#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * read(2), write(2), readv(2) and writev(2).
 *
 * Linux keeps sockets, pipes (since 6.4), eventfds and their like from blocking
 * whatever others do with them. Of ttys and other devices, and of older
 * kernels' pipes, two readers at once may find input for one: the other may
 * then block. A regular file or a directory is never waited for: these end
 * when the disk has answered. A pipe, a stream socket or a tty is written to
 * until all is written, like the original.
 * Since: 0.1.
 */
DCTX_API ssize_t dctx_read(int fd, void *bytes, size_t size);
DCTX_API ssize_t dctx_write(int fd, const void *bytes, size_t size);
DCTX_API ssize_t dctx_readv(int fd, const struct iovec *iov, int n);
DCTX_API ssize_t dctx_writev(int fd, const struct iovec *iov, int n);

/*
 * recv(2), send(2), recvmsg(2) and sendmsg(2). SO_RCVTIMEO, SO_SNDTIMEO,
 * SO_RCVLOWAT and MSG_WAITALL hold. MSG_OOB, MSG_ERRQUEUE and MSG_FASTOPEN are
 * the original's, once the context was asked. On a local stream MSG_WAITALL
 * gives no more than the piece that ancillary data came with.
 * Since: 0.1.
 */
DCTX_API ssize_t dctx_recv(int fd, void *bytes, size_t size, int flags);
DCTX_API ssize_t dctx_send(int fd, const void *bytes, size_t size, int flags);
DCTX_API ssize_t dctx_recvmsg(int fd, struct msghdr *message, int flags);
DCTX_API ssize_t dctx_sendmsg(int fd, const struct msghdr *message, int flags);

/*
 * accept4(2). Threads of this process that wait on one socket take turns to
 * look; where another process, or a plain accept, takes the connection in that
 * moment, this may block until the next, and no end reaches it there.
 * Since: 0.1.
 */
DCTX_API int dctx_accept4(int fd, struct sockaddr *address, socklen_t *size,
			  int flags);

/*
 * connect(2). O_NONBLOCK is set on the socket while this runs, for all who
 * share it. Ended or interrupted, the connection goes on being made
 * (POSIX.1-2017, connect): close the socket, or wait for it with poll. Since:
 * 0.1.
 */
DCTX_API int dctx_connect(int fd, const struct sockaddr *address,
			  socklen_t size);

/*
 * poll(2), ppoll(2) and select(2), with a limit of their own beside the
 * context's: 0 is theirs, ECANCELED and ETIMEDOUT are the context's. What is
 * ready comes first. Only descriptors below FD_SETSIZE may be selected: else
 * EINVAL (POSIX.1-2017, pselect). As on Linux, *timeout becomes what is left.
 * Allocates: for more than 32 descriptors. Since: 0.1.
 */
DCTX_API int dctx_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
DCTX_API int dctx_ppoll(struct pollfd *fds, nfds_t n,
			const struct timespec *timeout, const sigset_t *mask);
DCTX_API int dctx_select(int n, fd_set *read, fd_set *write, fd_set *except,
			 struct timeval *timeout);

/*
 * nanosleep(2). *left, if it is not NULL, becomes what was left of the time
 * also when the context ends it.
 * Since: 0.1.
 */
DCTX_API int dctx_nanosleep(const struct timespec *time, struct timespec *left);

/*
 * waitpid(2). One child's end is waited for at once (Linux 5.3, pidfd_open);
 * any child of several, and WUNTRACED and WCONTINUED, are looked for every
 * 10 ms. Ended, it leaves the child to be waited for.
 * Since: 0.1.
 */
DCTX_API pid_t dctx_waitpid(pid_t pid, int *status, int options);

#ifdef __cplusplus
}
#endif
#endif
