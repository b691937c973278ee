/* SPDX-License-Identifier: MIT */
/* scan.h - the objects of a file of JSON that is a list of them, one after the
 * other, whole or not. */
#ifndef SCAN_H
#define SCAN_H

#include "text.h"

#include <stdint.h>
#include <stdio.h>

/* An object past these is not read. */
#define SCAN_OBJECT_MAX ((size_t)4 << 20)
#define SCAN_DEPTH_MAX 64

enum scan_found {
	SCAN_OBJECT,
	SCAN_LONG, /* longer, or deeper, than is read */
	SCAN_BAD,  /* no object, or one that does not end in its line */
	SCAN_CUT,  /* one that the file's end is in: what is left is looked at
		      again, line by line */
	SCAN_END
};

/* Zeroed but for `file`. */
struct scan {
	FILE *file;
	struct text buffer;
	size_t at;	   /* in the buffer: of what comes next */
	uint64_t line;	   /* of what was found, from 1 */
	uint64_t consumed; /* bytes of the file before `at` */
	uint64_t next_line;
	uint64_t lists;		 /* that it is in */
	bool begun, ended, lost; /* lost: until a line begins with an object */
};

/* What comes next; of an object the text, until the next call. When it ends,
 * ferror(file) says whether it could be read. */
enum scan_found scan_next(struct scan *scan, dctx_bytes *object);

void scan_free(struct scan *scan);

#endif
