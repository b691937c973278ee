/* SPDX-License-Identifier: MIT */
/*
 * below.h - tests that run below a source of their own, with two descriptors
 * that are closed after each.
 */
#ifndef DCTXT_BELOW_H
#define DCTXT_BELOW_H

#include "stand.h"

#include <errno.h>
#include <unistd.h>

static dctx_source *source;
static int fds[2];

static inline int begin_below(void **state)
{
	fds[0] = -1;
	fds[1] = -1;
	if (dctxt_begin(state) != 0)
		return -1;
	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) != DCTX_OK)
		return -1;
	return dctx_add_source(source) == DCTX_OK ? 0 : -1;
}

static inline int end_below(void **state)
{
	source = dctx_source_unref(source);
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return dctxt_end(state);
}

static inline void fails(ssize_t result, int error)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, error);
}

#endif
