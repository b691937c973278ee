/* SPDX-License-Identifier: MIT */
/*
 * Theory. An entry is a list of fields on the stack: those of the call, then
 * where it stands, then those of the context that have no name of these. What
 * the context says is gathered first: formats of values are the user's code,
 * which may leave by longjmp or end the thread, and until then there is nothing
 * to give back. From where a long text has memory on, the thread is not
 * cancelled.
 *
 * The prefix is the one thing that threads share: a pointer, read once an
 * entry, to a string that stays.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "dctx_journal.h"

#include "../journal_fields.h"
#include "formats.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#define OWN_FIELDS DCTXI_FORMATS
#define PLACE_FIELDS 3
#define TEXT_MAX (1u << 20)

static const char none[] = "";
static _Atomic(const char *) prefix = none;

struct place {
	const char *file;
	const char *line;
	const char *func;
};

/* Memory for texts; what is past that is malloc's, where there is some. */
struct room {
	char own[1024 + sizeof "MESSAGE="];
	char *at;
	size_t size;
	int cancel;
};

static void room_begin(struct room *room, size_t size)
{
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &room->cancel);
	room->at = size > sizeof room->own ? malloc(size) : NULL;
	room->size = size;
	if (room->at == NULL) {
		room->at = room->own;
		room->size = sizeof room->own;
	}
}

static void room_end(struct room *room)
{
	if (room->at != room->own)
		free(room->at);
	(void)pthread_setcancelstate(room->cancel, NULL);
}

/* Whether one of the first `n` fields has that name. */
static bool is_named(const struct iovec *iov, size_t n,
		     const struct dctxi_journal_field *field)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = iov[i].iov_base;
		const char *end =
			at != NULL ? memchr(at, '=', iov[i].iov_len) : NULL;

		if (end != NULL &&
		    dctxi_journal_named(field, at, (size_t)(end - at)))
			return true;
	}
	return false;
}

static void add_text(struct iovec *iov, size_t *n, const char *text)
{
	if (text != NULL)
		iov[(*n)++] = (struct iovec){(void *)text, strlen(text)};
}

static int entry_write(const struct place *place, const struct iovec *own,
		       size_t n, const struct dctxi_journal_fields *ours)
{
	struct iovec iov[OWN_FIELDS + PLACE_FIELDS + DCTXI_JOURNAL_FIELDS + 1];
	char func[256];
	size_t theirs;

	memcpy(iov, own, n * sizeof *own);
	add_text(iov, &n, place->file);
	add_text(iov, &n, place->line);
	if (place->func != NULL) {
		snprintf(func, sizeof func, "CODE_FUNC=%s", place->func);
		add_text(iov, &n, func);
	}
	theirs = n;
	for (size_t i = 0; i < ours->n; i++) {
		const struct dctxi_journal_field *field = &ours->at[i];

		if (!is_named(iov, theirs, field))
			iov[n++] = (struct iovec){(void *)field->name,
						  field->name_len + 1 +
							  field->len};
	}
	return sd_journal_sendv(iov, (int)n);
}

static void gather(struct dctxi_journal_fields *ours)
{
	dctxi_journal_gather(
		ours, atomic_load_explicit(&prefix, memory_order_acquire), '=');
}

/* Without what is white at its end. */
static size_t trimmed(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\n\r\v\f", text[len - 1]) != NULL)
		len--;
	return len;
}

static size_t print(char *buf, size_t size, const char *format, va_list args,
		    int saved)
{
	int n;

	errno = saved;
	n = vsnprintf(buf, size, format, args);
	return n < 0 ? 0 : (size_t)n;
}

/* An entry of a text of `len` bytes, which is printed for it. */
static int print_entry(const struct place *place, int priority, size_t len,
		       const char *format, va_list args, int saved)
{
	static const char name[] = "MESSAGE=";
	const size_t head = sizeof name - 1;
	struct dctxi_journal_fields ours;
	size_t printed;
	char urgent[sizeof "PRIORITY=7"];
	struct iovec iov[2];
	struct room room;
	int result = 0;

	gather(&ours);
	snprintf(urgent, sizeof urgent, "PRIORITY=%c", '0' + priority);
	room_begin(&room, head + len + 1);
	memcpy(room.at, name, head);
	printed = print(room.at + head, room.size - head, format, args, saved);
	/* Another thread may write to an argument meanwhile. */
	if (printed < len)
		len = printed;
	if (len >= room.size - head)
		len = dctxi_journal_whole(room.at + head, room.size - head - 1);
	len = trimmed(room.at + head, len);
	iov[0] = (struct iovec){urgent, strlen(urgent)};
	iov[1] = (struct iovec){room.at, head + len};
	if (len > 0)
		result = entry_write(place, iov, 2, &ours);
	room_end(&room);
	return result;
}

int dctx_journal_printv_with_location(int priority, const char *file,
				      const char *line, const char *func,
				      const char *format, va_list args)
{
	const struct place place = {file, line, func};
	int saved = errno, result;
	va_list again;
	char byte[1];
	size_t len;

	if (priority < 0 || priority > LOG_DEBUG || format == NULL)
		return -EINVAL;
	va_copy(again, args);
	len = print(byte, sizeof byte, format, again, saved);
	va_end(again);
	result = len > TEXT_MAX ? -ENOBUFS
		 : len == 0	? 0
			    : print_entry(&place, priority, len, format, args,
					  saved);
	errno = saved;
	return result;
}

int dctx_journal_print_with_location(int priority, const char *file,
				     const char *line, const char *func,
				     const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = dctx_journal_printv_with_location(priority, file, line, func,
						   format, args);
	va_end(args);
	return result;
}

static int send_entry(const struct place *place, struct dctxi_formats *formats)
{
	struct dctxi_journal_fields ours;
	struct iovec iov[OWN_FIELDS];
	struct room room;
	size_t n, size;
	int result;

	if (!dctxi_formats_measure(formats, &n, &size))
		return -E2BIG;
	if (size > TEXT_MAX)
		return -ENOBUFS;
	gather(&ours);
	room_begin(&room, size);
	n = dctxi_formats_print(formats, room.at, room.size, iov);
	result = entry_write(place, iov, n, &ours);
	room_end(&room);
	return result;
}

int dctx_journal_send_with_location(const char *file, const char *line,
				    const char *func, const char *format, ...)
{
	const struct place place = {file, line, func};
	struct dctxi_formats formats = {.first = format, .saved = errno};
	int result = -EINVAL;

	if (format == NULL)
		return result;
	va_start(formats.args, format);
	result = send_entry(&place, &formats);
	va_end(formats.args);
	errno = formats.saved;
	return result;
}

int dctx_journal_sendv_with_location(const char *file, const char *line,
				     const char *func, const struct iovec *iov,
				     int n)
{
	const struct place place = {file, line, func};
	struct dctxi_journal_fields ours;
	int saved = errno, result, cancel;

	if (iov == NULL || n <= 0)
		return -EINVAL;
	ours.n = 0;
	if (n <= OWN_FIELDS)
		gather(&ours);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	result = n <= OWN_FIELDS ? entry_write(&place, iov, (size_t)n, &ours)
				 : sd_journal_sendv(iov, n);
	(void)pthread_setcancelstate(cancel, NULL);
	errno = saved;
	return result;
}

int dctx_journal_perror_with_location(const char *file, const char *line,
				      const char *func, const char *message)
{
	static char of_errno[] = "MESSAGE=%s%s%m"; /* gcc knows only ISO's */
	bool any = message != NULL && *message != '\0';

	return dctx_journal_send_with_location(
		file, line, func, "PRIORITY=3", of_errno, any ? message : "",
		any ? ": " : "", "ERRNO=%d", errno, NULL);
}

dctx_status dctx_journal_prefix(const char *text)
{
	if (text == NULL)
		text = none;
	if (!dctxi_journal_prefix_valid(text))
		return DCTX_INVALID;
	atomic_store_explicit(&prefix, text, memory_order_release);
	return DCTX_OK;
}
