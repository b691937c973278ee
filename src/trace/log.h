/* SPDX-License-Identifier: MIT */
/* What a line of the current context begins with, for those that write it. */
#ifndef DCTXI_TRACE_LOG_H
#define DCTXI_TRACE_LOG_H

#include "trace/cache.h"

#include <stdarg.h>

/* As dctx_log_here and dctx_log_before, with the length. */
struct dctxi_fields dctxi_log_text_here(dctx_log_style style, bool before);

/* A printed message: in the room it was given, or in memory of its own, which
 * hangs on the thread's list of what the user's code works on. Without memory
 * it is cut. */
struct dctxi_message {
	char room[1024];
	void **block;
	const char *text;
	size_t len;
};
void dctxi_message_print(struct dctxi_message *m, const char *format,
			 va_list args);
void dctxi_message_end(struct dctxi_message *m);

/* Room for `len` bytes and a NUL in a message; NULL without memory. */
char *dctxi_message_room(struct dctxi_message *m, size_t len);

#endif
