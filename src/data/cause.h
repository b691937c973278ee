/* SPDX-License-Identifier: MIT */
/*
 * A cause: why a source was cancelled, by whom, and when somebody noticed.
 *
 * Theory. The canceller makes it, and shows it by one store of its address in
 * the cell, after which it stays as it is until the cell is freed; but for
 * `noticed`, which the first who asks writes, once. A signal handler takes one
 * from a small pool of static ones, since it may not allocate; these are never
 * given back.
 */
#ifndef DCTXI_CAUSE_H
#define DCTXI_CAUSE_H

#include <dctx/status.h>

struct dctxi_cause {
	dctx_status status;
	int code;
	const char *file;
	unsigned line;
	unsigned long thread;
	int64_t noticed;     /* 0: by nobody yet */
	const char *message; /* never NULL */
	size_t size;	     /* of the block; 0: not to be freed */
};

/* Makes one with a copy of its message, cut after DCTXI_MESSAGE_MAX bytes;
 * NULL without memory. */
#define DCTXI_MESSAGE_MAX 1024
struct dctxi_cause *dctxi_cause_new(const char *message);

/* Gives one that needs no memory, for a message that stays: signal-safe. When
 * none is left, one that says so, which is never to be written to. */
struct dctxi_cause *dctxi_cause_static(const char *message);
bool dctxi_cause_is_spare(const struct dctxi_cause *cause);

/* NULL is fine. */
void dctxi_cause_free(struct dctxi_cause *cause);

#endif
