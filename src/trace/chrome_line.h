/* SPDX-License-Identifier: MIT */
/* The lines of a Chrome trace file, each a JSON object. */
#ifndef DCTXI_CHROME_LINE_H
#define DCTXI_CHROME_LINE_H

#include "data/dumper.h"

#include <dctx/sink.h>

/* What a line is about: of these what it needs. */
struct dctxi_chrome_line {
	long process;
	const char *name;	    /* of the process, or the thread */
	const dctx_told_span *span; /* also for the thread's number */
	const dctx_told_event *event;
};

/* Write a line's members between its braces, which the dumper has. */
typedef void dctxi_chrome_fn(struct dctx_dumper *d,
			     const struct dctxi_chrome_line *line);
dctxi_chrome_fn dctxi_chrome_process, dctxi_chrome_thread, dctxi_chrome_about,
	dctxi_chrome_span, dctxi_chrome_event;

#endif
