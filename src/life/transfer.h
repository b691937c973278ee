/* SPDX-License-Identifier: MIT */
/*
 * A transfer: something that a descriptor does without blocking or not at all,
 * tried again whenever the descriptor is ready, until enough was done, the
 * context is over, or the original would have come back.
 *
 * What was done is never lost: a transfer that ends after a part of it returns
 * the part, and why it ended is for the next call to say.
 */
#ifndef DCTXI_TRANSFER_H
#define DCTXI_TRANSFER_H

#include "life/block.h"

#include <sys/socket.h>
#include <sys/uio.h>

/* How many pieces of an array go into an attempt that is not the first. */
#define DCTXI_WINDOW 16

struct dctxi_transfer {
	int fd;
	short events; /* POLLIN or POLLOUT */
	/* SO_RCVTIMEO or SO_SNDTIMEO; 0: no socket, and no such option. */
	int option;
	/* Does what can be done without blocking; -1 with EAGAIN: nothing. */
	ssize_t (*attempt)(struct dctxi_transfer *transfer);
	/* The original, where it is known not to block. */
	ssize_t (*original)(struct dctxi_transfer *transfer);
	size_t moved;  /* so far */
	bool naps;     /* poll is no help from here on */
	size_t wanted; /* it goes on until this is reached, or 0 was moved */

	/* The attempt's own: */
	const struct iovec *iov;
	size_t n;
	size_t total;
	int flags;
	size_t piece; /* no attempt may be for more than this */
	void *with;
	size_t control; /* bytes of ancillary data that came */
	struct iovec one;
	struct iovec window[DCTXI_WINDOW];

	/* The loop's: */
	int64_t until; /* by the option */
	bool timed;    /* there is one, so no handler restarts it: signal(7) */
	unsigned idle; /* times it was ready in vain */
};

/* Sets the array of a transfer, or one piece; false when the original must say
 * what is wrong with it. */
bool dctxi_transfer_lay(struct dctxi_transfer *transfer,
			const struct iovec *iov, size_t n);
bool dctxi_transfer_lay_one(struct dctxi_transfer *transfer, const void *bytes,
			    size_t size);

/* The pieces of the array that are not moved yet, as many as one attempt
 * takes. Returns how many; *out are they. */
size_t dctxi_transfer_rest(struct dctxi_transfer *transfer,
			   const struct iovec **out);

/* Runs one. Returns what the original returns, with errno; -1 with ECANCELED or
 * ETIMEDOUT when the context was over before anything was done. */
ssize_t dctxi_transfer_run(struct dctxi_transfer *transfer);

/* Whether poll says so now; if not, errno is EAGAIN, or EINTR when that is what
 * the original would have. For attempts that have no flag of their own. */
bool dctxi_transfer_is_ready(const struct dctxi_transfer *transfer);

/* Whether an interrupted call returns EINTR to its caller. `timed`: it has a
 * timeout of its socket's. */
bool dctxi_interrupts(bool timed);

/* A socket's SO_RCVTIMEO or SO_SNDTIMEO as a point on the clock, counted from
 * now; DCTX_NO_DEADLINE for none. */
int64_t dctxi_socket_until(int fd, int option);

#endif
