/* SPDX-License-Identifier: MIT */
/*
 * dctx_journal.h - systemd's journal with the fields of the context: what
 * sd_journal_print and its kin write, found again by request.
 *
 *     dctx_journal_print(LOG_ERR, "cannot open %s", path);
 *
 *     $ journalctl REQUEST_ID=4711
 *
 * Each entry has what a line has (dctx/log.h), a field each: request_id as
 * REQUEST_ID, the trace as TRACE_ID and SPAN_ID. A name is made of a key's or a
 * mapping's: in upper case, cut to 64 bytes, what is not A-Z, 0-9 or _ an
 * underscore, DCTX_ before one that would not begin with a letter. A field that
 * the entry has by itself, like MESSAGE, stays the only one of its name.
 *
 * Values are texts as in lines, but not escaped, since an entry knows where
 * each ends: line breaks and all bytes of a text are kept, and nothing in it
 * can begin another field. Past 1,024 bytes a value is cut and ends with "...";
 * bytes are hex. Of more than 64 fields, or 8,192 bytes, what is left out is
 * counted in the entry as DCTX_UNTOLD.
 *
 * Before this file is included, SD_JOURNAL_SUPPRESS_LOCATION leaves CODE_FILE,
 * CODE_LINE and CODE_FUNC out, as in <systemd/sd-journal.h>, and
 * DCTX_JOURNAL_DROP_IN makes of that header's calls those below, so that a
 * program needs no change:
 *
 *     cc -DDCTX_JOURNAL_DROP_IN -include dctx_journal.h old.c
 */
#ifndef DCTX_JOURNAL_H
#define DCTX_JOURNAL_H

#include <dctx/log.h>

#include <stdarg.h>
#include <sys/uio.h>
#include <syslog.h>

#ifdef DCTX_JOURNAL_DROP_IN
#include <systemd/sd-journal.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Write an entry. They are used as the functions of the same ends:
 *
 *     dctx_journal_print(priority, format, ...)
 *     dctx_journal_printv(priority, format, va_list)
 *     dctx_journal_send(format, ..., NULL)
 *     dctx_journal_sendv(const struct iovec *, n)
 *     dctx_journal_perror(message)
 *
 * print: white space at the end of the text goes, and an empty one is no entry.
 * send: each format makes one field, "NAME=%d", 64 at most. sendv: with more
 * than 64 the entry has those alone. perror: errno's text behind `message`, and
 * ERRNO. %m is errno's text in all formats, and errno stays.
 *
 * Returns: 0, also when nobody keeps a journal; -EINVAL for a priority that is
 * none, a NULL and a field without a name; -ENOBUFS for a text past 1 MiB;
 * -E2BIG for too many formats, or arguments of one; else what sd_journal_sendv
 * does.
 * Threads: any; not cancelled in there. Signal-safe: no. Blocks: as
 * sd_journal_sendv, and as formats of values do; a format that logs does so
 * without formats. Allocates: for texts past 1,024 bytes, which without memory
 * are cut to these. 16 KiB of stack, besides sd_journal_sendv's. Since: 0.1.
 * Source: sd_journal_print(3), systemd.journal-fields(7).
 */
#define dctx_journal_print(priority, ...)                                      \
	dctx_journal_print_with_location((priority), DCTX_JOURNAL_HERE_,       \
					 __VA_ARGS__)
#define dctx_journal_printv(priority, format, args)                            \
	dctx_journal_printv_with_location((priority), DCTX_JOURNAL_HERE_,      \
					  (format), (args))
#define dctx_journal_send(...)                                                 \
	dctx_journal_send_with_location(DCTX_JOURNAL_HERE_, __VA_ARGS__)
#define dctx_journal_sendv(iov, n)                                             \
	dctx_journal_sendv_with_location(DCTX_JOURNAL_HERE_, (iov), (n))
#define dctx_journal_perror(message)                                           \
	dctx_journal_perror_with_location(DCTX_JOURNAL_HERE_, (message))

/* The same for who says where by itself: "CODE_FILE=x.c", "CODE_LINE=12", and a
 * function's name; each may be NULL. Since: 0.1. */
DCTX_API int dctx_journal_print_with_location(int priority, const char *file,
					      const char *line,
					      const char *func,
					      const char *format, ...)
	__attribute__((format(printf, 5, 6)));
DCTX_API int dctx_journal_printv_with_location(int priority, const char *file,
					       const char *line,
					       const char *func,
					       const char *format, va_list args)
	__attribute__((format(printf, 5, 0)));
DCTX_API int dctx_journal_send_with_location(const char *file, const char *line,
					     const char *func,
					     const char *format, ...)
	__attribute__((format(printf, 4, 0), sentinel));
DCTX_API int dctx_journal_sendv_with_location(const char *file,
					      const char *line,
					      const char *func,
					      const struct iovec *iov, int n);
DCTX_API int dctx_journal_perror_with_location(const char *file,
					       const char *line,
					       const char *func,
					       const char *message);

/*
 * Sets what stands before the name of each field of the context, from the next
 * entry on: with "APP_" it is APP_TRACE_ID. NULL or "": nothing, as at first.
 * The string must stay.
 * Returns: DCTX_OK; DCTX_INVALID for one of more than 32 bytes, with others
 * than A-Z, 0-9 and _, or with other than a letter at first. Threads: any.
 * Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_journal_prefix(const char *prefix);

#ifdef SD_JOURNAL_SUPPRESS_LOCATION
#define DCTX_JOURNAL_HERE_ NULL, NULL, NULL
#else
#define DCTX_JOURNAL_HERE_                                                     \
	"CODE_FILE=" __FILE__, "CODE_LINE=" DCTX_JOURNAL_LINE_(__LINE__),      \
		__func__
#endif
#define DCTX_JOURNAL_LINE_(line) DCTX_JOURNAL_TEXT_(line)
#define DCTX_JOURNAL_TEXT_(x) #x

#ifdef __cplusplus
}
#endif

#ifdef DCTX_JOURNAL_DROP_IN
#undef sd_journal_print
#undef sd_journal_printv
#undef sd_journal_send
#undef sd_journal_sendv
#undef sd_journal_perror
#define sd_journal_print dctx_journal_print
#define sd_journal_printv dctx_journal_printv
#define sd_journal_send dctx_journal_send
#define sd_journal_sendv dctx_journal_sendv
#define sd_journal_perror dctx_journal_perror
#endif

#endif
