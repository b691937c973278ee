/* SPDX-License-Identifier: MIT */
/* sinks.h - a sink that does what a test wants, and spans for it. */
#ifndef DCTXT_SINKS_H
#define DCTXT_SINKS_H

#include "kit.h"

#include <poll.h>

/* What it was given, and shall do. */
struct probe {
	atomic_uint calls, exported, flushes, frees, forks;
	atomic_uint inside;    /* an export waits at the gate */
	atomic_bool closed;    /* the gate */
	atomic_int says;       /* a dctx_status */
	atomic_uint opens;     /* spans that an export opens */
	void (*_Atomic acts)(void); /* called in an export; NULL: none */
	pthread_t thread;      /* of the last export */
	char last[32];	       /* name of the last span */
};

extern struct probe probe;

/* One more of these; options may be NULL. It begins with a new probe. */
dctx_sink *probe_new(const dctx_sink_options *options);

/* Opens and closes so many spans called "work". */
void work(unsigned n);

/* What became of them; fails the test when that does not add up. */
dctx_sink_stats stats_of(const dctx_sink *sink);

/* A time that does not come, unless something hangs. */
int64_t soon(void);

static inline void nap(void)
{
	(void)poll(NULL, 0, 1);
}

#endif
