/* SPDX-License-Identifier: MIT */
/* headers.h - `name: value` lines, and where in them a value stands. */
#ifndef HEADERS_H
#define HEADERS_H

#include "text.h"

#include <dctx/carrier.h>

/* A header's line, or one that is no header. */
struct header_line {
	size_t number;	  /* of the line, from 1 */
	dctx_bytes whole; /* without its end */
	size_t column;	  /* of the value, in bytes, from 0 */
	const char *rule; /* what is wrong with it as a line; NULL: nothing */
};

/* Views of a text: of each header the name and value, and its line. Lines that
 * are no header are in `bad`. */
struct headers {
	dctx_header *list;
	struct header_line *lines; /* of each of the list */
	size_t count;
	struct header_line *bad;
	size_t bad_count;
};

/* Reads a text, which must stay. The start line of a request or an answer is
 * passed over. */
void headers_read(const struct text *text, struct headers *out);
void headers_free(struct headers *headers);

/* The line of the n-th header of a name, or NULL. The name is in two parts, of
 * which the second may be empty. */
const struct header_line *headers_line(const struct headers *headers,
				       const char *name, dctx_bytes more,
				       size_t n);

/* A carrier to read them by. */
dctx_headers headers_view(const struct headers *headers);

#endif
