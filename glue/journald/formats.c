/* SPDX-License-Identifier: MIT */
#include "formats.h"

#include "../journal_fields.h"

#include <errno.h>
#include <printf.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define ARGUMENTS 64

/* A list that is on its way; in a struct, since a va_list may be an array. */
struct walk {
	va_list at;
};

static void pass_argument(struct walk *walk, int type)
{
	if (type & PA_FLAG_PTR) {
		(void)va_arg(walk->at, void *);
		return;
	}
	switch (type & ~PA_FLAG_MASK) {
	case PA_STRING:
	case PA_WSTRING:
	case PA_POINTER:
		(void)va_arg(walk->at, void *);
		return;
	case PA_WCHAR:
		(void)va_arg(walk->at, wint_t);
		return;
	case PA_FLOAT:
	case PA_DOUBLE:
		if (type & PA_FLAG_LONG_DOUBLE)
			(void)va_arg(walk->at, long double);
		else
			(void)va_arg(walk->at, double);
		return;
	default:
		if (type & PA_FLAG_LONG_LONG)
			(void)va_arg(walk->at, long long);
		else if (type & PA_FLAG_LONG)
			(void)va_arg(walk->at, long);
		else
			(void)va_arg(walk->at, int);
	}
}

/* Moves past the arguments of one format. */
static bool pass(struct walk *walk, const char *format)
{
	int types[ARGUMENTS] = {0};
	size_t n = parse_printf_format(format, ARGUMENTS, types);

	for (size_t i = 0; i < n && i < ARGUMENTS; i++)
		pass_argument(walk, types[i]);
	return n <= ARGUMENTS;
}

/* Prints one, moving nothing. */
static size_t print(struct walk *walk, const char *format, int saved, char *buf,
		    size_t size)
{
	va_list args;
	int n;

	va_copy(args, walk->at);
	errno = saved;
	n = vsnprintf(buf, size, format, args);
	va_end(args);
	return n < 0 ? 0 : (size_t)n;
}

bool dctxi_formats_measure(struct dctxi_formats *formats, size_t *out_n,
			   size_t *out_size)
{
	const char *format = formats->first;
	size_t n = 0, size = 0;
	struct walk walk;
	bool good = true;

	va_copy(walk.at, formats->args);
	while (format != NULL && good) {
		size += print(&walk, format, formats->saved, NULL, 0) + 1;
		good = ++n <= DCTXI_FORMATS && pass(&walk, format);
		if (good)
			format = va_arg(walk.at, const char *);
	}
	va_end(walk.at);
	*out_n = n;
	*out_size = size;
	return good;
}

size_t dctxi_formats_print(struct dctxi_formats *formats, char *buf,
			   size_t size, struct iovec *iov)
{
	const char *format = formats->first;
	struct walk walk;
	size_t n = 0;

	va_copy(walk.at, formats->args);
	while (format != NULL && size > 1) {
		size_t len = print(&walk, format, formats->saved, buf, size);
		bool is_cut = len >= size;

		if (is_cut)
			len = dctxi_journal_whole(buf, size - 1);
		if (!is_cut || memchr(buf, '=', len) != NULL)
			iov[n++] = (struct iovec){buf, len};
		buf += is_cut ? size : len + 1;
		size -= is_cut ? size : len + 1;
		(void)pass(&walk, format);
		format = va_arg(walk.at, const char *);
	}
	va_end(walk.at);
	return n;
}
