/* SPDX-License-Identifier: MIT */
/*
 * dctx_glib_log.h - GLib's structured log with the fields of the context: each
 * g_warning of a program and of its libraries says whose request it was.
 *
 *     g_log_set_writer_func(dctx_glib_log_writer, NULL, NULL);
 *     ...
 *     g_warning("cannot open %s", path);
 *
 *     (gateway:1): Shop-WARNING **: 21:04:35.017: rid=4711 cannot open /srv/x
 *
 * Each line has what a line has (dctx/log.h), a GLogField each, named as the
 * journal wants it: request_id as REQUEST_ID, the trace as TRACE_ID and
 * SPAN_ID. A name is made of a key's or a mapping's: in upper case, cut to 64
 * bytes, what is not A-Z, 0-9 or _ an underscore, DCTX_ before one that would
 * not begin with a letter. A field that the line has by itself, like MESSAGE,
 * stays the only one of its name.
 *
 * Values are texts as in lines, but not escaped: each has its length, and a NUL
 * behind that. Past 1,024 bytes a value is cut and ends with "..."; bytes are
 * hex. Of more than 64 fields, or 8,192 bytes, what is left out is counted in
 * the line as DCTX_UNTOLD. A line with more than 64 fields of its own has those
 * alone.
 */
#ifndef DCTX_GLIB_LOG_H
#define DCTX_GLIB_LOG_H

#include <dctx/log.h>

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the fields stand before the message, too, as logfmt. Since: 0.1. */
typedef enum dctx_glib_shown {
	/* Where nothing else would show them: before
	 * g_log_writer_standard_streams, and before g_log_writer_default
	 * unless that writes to the journal. */
	DCTX_GLIB_WHERE_NEEDED = 0,
	DCTX_GLIB_ALWAYS,
	DCTX_GLIB_NEVER
} dctx_glib_shown;

/* How lines are enriched; struct_size is DCTX_GLIB_LOG_SIZE, all else may be
 * zero. Since: 0.1. */
typedef struct dctx_glib_log {
	size_t struct_size;
	GLogWriterFunc next; /* who writes; NULL: g_log_writer_default */
	gpointer user_data;  /* of `next` */
	const char *prefix;  /* before each name: "APP_"; NULL: nothing. 32
				bytes at most, A-Z, 0-9 and _, at first a
				letter: any other counts as NULL. */
	dctx_glib_shown shown;
} dctx_glib_log;
#define DCTX_GLIB_LOG_SIZE sizeof(dctx_glib_log)

/*
 * A GLogWriterFunc: adds the fields to a line and hands it on, to be given to
 * g_log_set_writer_func. `log` is a dctx_glib_log, which stays; NULL counts as
 * one that is all zero, and so does one of a smaller struct_size. What the
 * writer that follows leaves out by G_MESSAGES_DEBUG is handed on as it is, and
 * no format of a value is asked.
 *
 * `next` and formats may log: GLib writes such a line by its own means, and one
 * that is logged in a format has no fields that need a format.
 *
 * Returns: as `next`. Threads: any. Blocks: as `next`, and as formats do.
 * Allocates: for shown lines past 1,024 bytes; without memory the fields are
 * not shown. 20 KiB of stack. errno stays. Since: 0.1.
 * Source: GLib 2.50, Message Logging.
 */
DCTX_API GLogWriterOutput dctx_glib_log_writer(GLogLevelFlags level,
					       const GLogField *fields, gsize n,
					       gpointer log);

/*
 * g_log_structured_array with the fields of the context, for a library in a
 * program whose writer is somebody else's; where it is ours no field comes
 * twice.
 * Threads, blocks, allocates: as above. Since: 0.1.
 */
DCTX_API void dctx_glib_log_structured_array(GLogLevelFlags level,
					     const GLogField *fields, gsize n);

#ifdef __cplusplus
}
#endif
#endif
