/* SPDX-License-Identifier: MIT */
/*
 * scratch.h - memory for the length of one call that runs the user's code.
 *
 * Theory. A codec may jump out of the call (longjmp) or end its thread. What
 * the call holds then hangs on its thread's list of unfinished blocks, and the
 * thread's end gives it back. Blocks are taken off in the reverse order.
 */
#ifndef DCTXI_SCRATCH_H
#define DCTXI_SCRATCH_H

#include <stddef.h>

/* Memory of `size` > 0 bytes; NULL without any. */
void *dctxi_scratch(size_t size);

/* Gives back the newest. */
void dctxi_scratch_free(void *memory);

#endif
