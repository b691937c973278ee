/* SPDX-License-Identifier: MIT */
/*
 * mutable.h - an argument of printf's that changes while it is printed, as a
 * text does that another thread writes to: %Y is as many zeros as is said, in
 * turn. glibc only.
 */
#ifndef DCTXT_MUTABLE_H
#define DCTXT_MUTABLE_H

#include <printf.h>
#include <stdio.h>

/* What it is the first time, the second, the first again. */
static int dctxt_lengths[2], dctxt_printings;

static int dctxt_print_mutable(FILE *to, const struct printf_info *info,
			       const void *const *args)
{
	(void)info;
	(void)args;
	return fprintf(to, "%0*d", dctxt_lengths[dctxt_printings++ % 2], 0);
}

static int dctxt_takes_nothing(const struct printf_info *info, size_t n,
			       int *types, int *sizes)
{
	(void)info;
	(void)n;
	(void)types;
	(void)sizes;
	return 0;
}

/* A format with it, which gcc does not look into. */
static const char *dctxt_mutable(int first, int second)
{
	static char format[] = "%Y";

	dctxt_printings = 0;
	dctxt_lengths[0] = first;
	dctxt_lengths[1] = second;
	return register_printf_specifier('Y', dctxt_print_mutable,
					 dctxt_takes_nothing) == 0
		       ? format
		       : NULL;
}

#endif
