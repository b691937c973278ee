/* SPDX-License-Identifier: MIT */
/*
 * The fields of a line in the making, in one of the styles, into a buffer that
 * may be too small.
 *
 * Theory. It lives on its caller's stack and allocates nothing. A field is
 * written whole or not at all, and none after the first that did not fit the
 * buffer, while all are counted. What goes past DCTX_LOG_BYTES is not part of
 * the line, and is counted as left.
 *
 * Nothing that comes from a value or a name can begin a line or end a field:
 *
 *     style    name                    value
 *     logfmt   _ for what is no name   quoted unless plain, escaped as JSON
 *     JSON     a JSON string           a number, true, false, a JSON string
 *     syslog   _, cut to 32 bytes      \ before " \ and ] (RFC 5424, 6.3.3)
 *
 * JSON's escapes are also those that readers of logfmt know. RFC 5424 has none
 * but the three, so that what a terminal obeys stands there as \\n or \\u2028:
 * a backslash that is shown, and letters. What is no UTF-8 is U+FFFD.
 */
#ifndef DCTXI_LINE_H
#define DCTXI_LINE_H

#include "data/dumper.h"
#include "trace/told.h"

#include <dctx/log.h>

struct dctxi_line {
	struct dctx_dumper d;
	dctx_log_style style;
	const char *end; /* what follows the last field, if there is one */
	bool in_signal;	 /* only what may be done in a signal handler */
	bool has_room;	 /* for a NUL at least */
	bool full;
	uint64_t left; /* fields past the limit */
};

/* `before`: text of the caller's follows, so the end of the fields is, too,
 * what separates them. */
void dctxi_line_open(struct dctxi_line *line, dctx_log_style style, bool before,
		     char *buf, size_t size);
void dctxi_line_add(struct dctxi_line *line, const char *name,
		    const struct dctxi_said *said);
/* Puts the NUL. Returns the length of all fields, that fitted or not. */
size_t dctxi_line_close(struct dctxi_line *line);

#endif
