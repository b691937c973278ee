/* SPDX-License-Identifier: MIT */
/* trace_file.h - files of Chrome's trace events, into a picture. */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include "picture.h"

#include <stdio.h>

/* Reads all there is, up to the picture's limit, as the source last added;
 * what it was like stands there. `progress` may be NULL: it is called with the
 * bytes read so far. False when the file cannot be read, as errno has it. */
bool trace_file_read(struct picture *picture, FILE *file,
		     void (*progress)(uint64_t bytes));

#endif
