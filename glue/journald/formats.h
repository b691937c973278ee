/* SPDX-License-Identifier: MIT */
/*
 * formats.h - the fields that formats make, each with the arguments that come
 * after those of the one before, until NULL: what sd_journal_send takes.
 *
 * Theory. vsnprintf leaves a va_list nobody knows where. So each format works
 * on a copy, and the list itself is moved on by what glibc says the format
 * takes (parse_printf_format).
 */
#ifndef DCTXI_FORMATS_H
#define DCTXI_FORMATS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Of one entry. */
#define DCTXI_FORMATS 64

struct dctxi_formats {
	const char *first;
	va_list args;
	int saved; /* errno, for %m */
};

/* Measures them: how many, and their bytes with a NUL each. False when there
 * are too many, or too many arguments of one. */
bool dctxi_formats_measure(struct dctxi_formats *formats, size_t *out_n,
			   size_t *out_size);

/* Prints them one behind the other; what has no room is cut, and what is left
 * without a name is left out.
 * Returns: how many there are in `iov`, which has room for DCTXI_FORMATS. */
size_t dctxi_formats_print(struct dctxi_formats *formats, char *buf,
			   size_t size, struct iovec *iov);

#endif
