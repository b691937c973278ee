/* SPDX-License-Identifier: MIT */
/* progress.h - how far long work is, on standard error where that is a
 * terminal; what takes less than a second says nothing. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>
#include <stdio.h>

/* From now on `file` is read, of that name. */
void progress_begin(const char *name, FILE *file);
void progress_read(uint64_t bytes);
void progress_end(void);

#endif
