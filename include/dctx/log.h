/* SPDX-License-Identifier: MIT */
/*
 * dctx/log.h - what a log line says of its request, without anybody having
 * handed that to the logger.
 *
 *     printf(DCTX_LOG_FORMAT "cannot open %s\n", DCTX_LOG_ARGS, path);
 *
 *     rid=4711 tenant=7 cannot open /srv/x
 *
 * Told are the visible values whose key has DCTX_LOG or a mapping for logs
 * (dctx/field.h), and the trace; in the order of the keys' names, all from the
 * current store. What a key with DCTX_SECRET has is "<secret>". Nothing that
 * comes from a value can begin a line or end a field.
 */
#ifndef DCTX_LOG_H
#define DCTX_LOG_H

#include <dctx/any.h>
#include <dctx/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How fields are written. Since: 0.1. */
typedef enum dctx_log_style {
	DCTX_LOG_LOGFMT = 0, /* rid=4711 who="a b": quoted where needed */
	DCTX_LOG_JSON,	     /* "rid":4711,"who":"a b", no braces around */
	DCTX_LOG_SYSLOG	     /* [dctx rid="4711" who="a b"] (RFC 5424, 6.3) */
} dctx_log_style;

/* The bytes of fields that are told at most; a value past 1,024 is cut, between
 * characters, and ends with "...". Since: 0.1. */
#define DCTX_LOG_BYTES 8192

/*
 * Writes the fields as a C string without a line's end, cut to `size` between
 * fields. It is made once as long as the context stays as it is, and copied
 * from then on.
 * Returns: the length of all of it; 0 when there are none. Threads: the store's
 * flow. Blocks: as formats do. Allocates: warm, not. Since: 0.1.
 */
DCTX_API size_t dctx_store_log_text(const dctx_store *store,
				    dctx_log_style style, char *buf,
				    size_t size);
#define dctx_log_text(style, buf, size)                                        \
	dctx_store_log_text(dctx_current(), (style), (buf), (size))

/*
 * The same without a copy.
 * Owns: borrowed, until this thread next asks, or changes the context. Returns:
 * never NULL; "" when there are none, and without memory, which is counted.
 * Since: 0.1.
 */
DCTX_API const char *dctx_log_here(dctx_log_style style);

/* For printf and its kin: the fields and a space, or nothing. Since: 0.1. */
#define DCTX_LOG_FORMAT "%s%s"
#define DCTX_LOG_ARGS                                                          \
	dctx_log_here(DCTX_LOG_LOGFMT),                                        \
		(*dctx_log_here(DCTX_LOG_LOGFMT) != '\0' ? " " : "")

/*
 * Calls `told` with each field, as it is: `text` is what a mapping's format
 * made of it, of len 0 where there is none. Not true: no more.
 * Threads: the store's flow. Blocks: as `told` does. Allocates: never.
 * Since: 0.1.
 */
DCTX_API void dctx_store_log_fields(
	const dctx_store *store,
	bool (*told)(void *user, const char *name, const dctx_any *value,
		     dctx_bytes text),
	void *user);
#define dctx_log_fields(told, user)                                            \
	dctx_store_log_fields(dctx_current(), (told), (user))

/*
 * For crash handlers: what a signal handler on this thread may tell. Scalars,
 * texts and the trace as logfmt; no format of the user's is called, and what
 * needs one is left out.
 * Returns: the length of what was written, with a NUL. Threads: any.
 * Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_log_signal(char *buf, size_t size);

/* A log callback of the usual form; `line` has no end of line. Since: 0.1. */
typedef void (*dctx_log_fn)(void *user, int level, const char *line);

/*
 * Puts the fields before a line and hands both on, for callbacks that a library
 * takes: give it dctx_log_wrapped and a dctx_log_wrap of what it called before.
 * Threads: any. Blocks, allocates: as `fn`. Since: 0.1.
 */
typedef struct dctx_log_wrap {
	dctx_log_fn fn;
	void *user;
	dctx_log_style style;
} dctx_log_wrap;
DCTX_API void dctx_log_wrapped(void *wrap, int level, const char *line);

/*
 * syslog(3) with the fields as structured data before the message, by the
 * process's own openlog.
 * Threads: any. Blocks: as syslog. Allocates: as it. Since: 0.1.
 * Source: RFC 5424, 6.3.
 */
DCTX_API void dctx_syslog(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
#endif
