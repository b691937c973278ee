/* SPDX-License-Identifier: MIT */
/*
 * dctx/log.h - what a log line says of its request, without anybody having
 * handed that to the logger.
 *
 *     printf(DCTX_LOGGED("cannot open %s\n"), path);
 *
 *     rid=4711 tenant=7 cannot open /srv/x
 *
 * Told are the visible values whose key has DCTX_LOG or a mapping for logs
 * (dctx/field.h), and the trace as trace_id and span_id; in the order of their
 * names, all from one store, the current one. What a key with DCTX_SECRET has
 * is "<secret>". Nothing that comes from a value can begin a line or end a
 * field.
 *
 * A value past 1,024 bytes is cut, between characters, and ends with "...".
 * What a format does not write as it says is counted as DCTX_EV_BAD_FORMAT;
 * fields that are left out, for want of room or memory or because a line is
 * logged by a format, as DCTX_EV_UNTOLD.
 */
#ifndef DCTX_LOG_H
#define DCTX_LOG_H

#include <dctx/any.h>
#include <dctx/store.h>

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How fields are written. Since: 0.1. */
typedef enum dctx_log_style {
	DCTX_LOG_LOGFMT = 0, /* rid=4711 who="a b": quoted where needed */
	DCTX_LOG_JSON,	     /* "rid":4711,"who":"a b", no braces around */
	/* [dctx@32473 rid="4711" who="a b"], structured data by RFC 5424, 6.3;
	 * dctx has no number of its own, so it is the one for examples. */
	DCTX_LOG_SYSLOG
} dctx_log_style;

/* The bytes of fields that a line has at most. Since: 0.1. */
#define DCTX_LOG_BYTES 8192

/*
 * Writes the fields as a C string without a line's end, cut to `size` between
 * fields. They are made once as long as what they say stays as it is, and
 * copied from then on (bench: log_first_4, log_cached_4); in a format, and
 * without memory for that, they are made anew. `buf` may be NULL when `size` is
 * 0.
 * Returns: the length of all of it; 0 when there are none, and for a NULL
 * store. Threads: the store's flow. Blocks: as formats do. Allocates: warm,
 * not. errno stays. Since: 0.1.
 */
DCTX_API size_t dctx_store_log_text(const dctx_store *store,
				    dctx_log_style style, char *buf,
				    size_t size);
#define dctx_log_text(style, buf, size)                                        \
	dctx_store_log_text(DCTX_CURRENT_, (style), (buf), (size))

/*
 * Gives the same without a copy (bench: log_here_4).
 * Owns: borrowed, until this thread next asks for fields in any form, as a span
 * also does, or ends.
 * Returns: never NULL; "" when there are none, without memory and in a format,
 * which is counted. Threads: own. Blocks, allocates: as above. Since: 0.1.
 */
DCTX_API const char *dctx_log_here(dctx_log_style style);

/*
 * Gives them with what separates them from text that follows, a space or JSON's
 * comma; "" where there are none. Owns, returns and all else: as dctx_log_here.
 * Since: 0.1.
 */
DCTX_API const char *dctx_log_before(dctx_log_style style);

/*
 * For printf and its kin, whatever stands before the format: DCTX_LOGGED of a
 * literal is that with the fields before it. A logger's macro needs no more:
 *     #define log_info(format, ...) \
 *             old_log_info(DCTX_LOGGED(format), ##__VA_ARGS__)
 * The other two are its halves, for a format that is put together otherwise:
 * the one stands in it, the other among the arguments. Since: 0.1.
 */
#define DCTX_LOG_FORMAT "%s"
#define DCTX_LOG_ARGS dctx_log_before(DCTX_LOG_LOGFMT)
#define DCTX_LOGGED(format) DCTX_LOG_FORMAT format, DCTX_LOG_ARGS

/*
 * Calls `told` with each field, as it is: `text` is what a mapping's format
 * made of it, of an object also what its type's did; its data is NULL where
 * there is none. A secret's value is the text "<secret>". Not true: no more.
 * `told` may log, and change the store.
 * Threads: the store's flow. Blocks: as `told` does. Allocates: once a thread;
 * without memory fields that need a format are left out. Since: 0.1.
 */
DCTX_API void dctx_store_log_fields(
	const dctx_store *store,
	bool (*told)(void *user, const char *name, const dctx_any *value,
		     dctx_bytes text),
	void *user);
#define dctx_log_fields(told, user)                                            \
	dctx_store_log_fields(DCTX_CURRENT_, (told), (user))

/*
 * For crash handlers: what a signal handler on this thread may tell. Scalars,
 * texts and the trace as logfmt, floats as printf's %a; no function of the
 * user's is called, and what needs one is left out.
 * Returns: the length of all of it; what fits is written, with a NUL. Threads:
 * any. Signal-safe. Blocks, allocates: never. 4 KiB of stack. Since: 0.1.
 */
DCTX_API size_t dctx_log_signal(char *buf, size_t size);

/* What a field's text takes at most, with a NUL. Since: 0.1. */
#define DCTX_LOG_TEXT 1025

/*
 * Gives one field by the name that lines have for it, for tracers that ask for
 * each by itself: *out is a number or a bool as it is, all else a text, which
 * is the value's own or stands in `buf`, of DCTX_LOG_TEXT bytes. It is what
 * dctx_log_signal tells, and does not tell. An _ in `name` stands for any
 * character that is no letter, digit or _, too, since tracers know identifiers
 * only.
 * Returns: whether there is one; false, with nothing written, for a NULL, too.
 * Threads: any. Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_log_field(const char *name, char *buf, dctx_any *out);

/* A log callback of the usual form; `line` has no end of line. Since: 0.1. */
typedef void (*dctx_log_fn)(void *user, int level, const char *line);

/* The callback that was there before, with its `user`, and how it is to get the
 * fields. The caller's: it stays as long as dctx_log_wrapped may be called with
 * it. Since: 0.1. */
typedef struct dctx_log_wrap {
	dctx_log_fn fn;
	void *user;
	dctx_log_style style;
} dctx_log_wrap;

/*
 * Puts the fields before a line and hands both on, for callbacks that a library
 * takes: give it this function and, as its `user`, a dctx_log_wrap. In JSON the
 * line is an object: {"rid":4711,"message":"cannot open"}; a key that is told
 * as "message" makes two members of that name: let a mapping rename it. Without
 * a wrap, a function in it or a line nothing is done.
 * Threads: any. Blocks: as `fn`. Allocates: for lines past 1,024 bytes; without
 * memory they are handed on as they came, which is counted. Since: 0.1.
 */
DCTX_API void dctx_log_wrapped(void *wrap, int level, const char *line);

/*
 * Write such a line as snprintf does, for who has a formatter to wrap. Fields
 * that do not fit are left out of a line of text, then its message is cut,
 * between characters. `buf` may be NULL when `size` is 0. %m is errno's text,
 * and errno stays.
 * Returns: the length of all of it; what fits is written, with a NUL. Threads:
 * any. Blocks: as formats of values do. Allocates: for messages past 1,024
 * bytes; without memory they are cut to these, which is counted. Since: 0.1.
 */
DCTX_API size_t dctx_log_line(dctx_log_style style, char *buf, size_t size,
			      const char *format, ...)
	__attribute__((format(printf, 4, 5)));
DCTX_API size_t dctx_log_vline(dctx_log_style style, char *buf, size_t size,
			       const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

/*
 * syslog(3) with the fields as structured data before the message, by the
 * process's own openlog, for levels that setlogmask lets pass. %m is errno's
 * text, as there.
 * Threads: any; not cancelled in there. Blocks: as syslog. Allocates: as it,
 * and for messages past 1,024 bytes, which are cut without memory. Since: 0.1.
 * Source: RFC 5424, 6.3.
 */
DCTX_API void dctx_syslog(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
DCTX_API void dctx_vsyslog(int priority, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#ifdef __cplusplus
}
#endif
#endif
