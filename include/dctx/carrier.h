/* SPDX-License-Identifier: MIT */
/*
 * dctx/carrier.h - a foreign container of named texts: the headers of a request
 * in whatever HTTP library, a message's properties, an environment.
 *
 *     static size_t get(void *headers, const char *name, dctx_bytes *values,
 *                       size_t room);
 *     static dctx_status set(void *headers, const char *name,
 *                            dctx_bytes value);
 *
 *     dctx_carrier carrier = {sizeof carrier, get, set, NULL, headers};
 */
#ifndef DCTX_CARRIER_H
#define DCTX_CARRIER_H

#include <dctx/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How a carrier is read and written. Names are given in lower case and are to
 * be compared without regard to it (RFC 9110, 5.1). get or set may be NULL
 * where a carrier is only written or only read. They are called on the thread
 * that injects or extracts, before that returns.
 * Since: 0.1.
 */
typedef struct dctx_carrier {
	/* sizeof(dctx_carrier), so that the struct can grow. */
	size_t struct_size;
	/* Finds all values of a name, one a line, in the order in which they
	 * came: writes views of the first `room` and returns how many there
	 * are. They need no NUL, may have white space around them, and must
	 * stay valid until what asked returns. */
	size_t (*get)(void *user, const char *name, dctx_bytes *values,
		      size_t room);
	/* Sets the only value of a name; earlier ones go. The value, which has
	 * no line end and perhaps no bytes, is valid during the call. A failure
	 * is handed on. Nothing is ever taken out of a carrier: what it has
	 * under names that are not set stays and goes out, also what was
	 * refused when it came, or is withheld. Inject into a new message's
	 * headers, or take out the fields that dctx_inject (hop.h) names.
	 * A jump out of it (longjmp) leaves on the stack what was written
	 * there, of keys with DCTX_SECRET, too. */
	dctx_status (*set)(void *user, const char *name, dctx_bytes value);
	/* Calls `each` with every name that begins with `prefix`, whatever its
	 * letters' case, and its value. NULL: of a format whose names are open
	 * (Jaeger's uberctx-) only those of keys are found, by get. */
	void (*each)(void *user, const char *prefix,
		     void (*each)(void *arg, dctx_bytes name, dctx_bytes value),
		     void *arg);
	void *user;
} dctx_carrier;

/*
 * A carrier of the library's own: a list of name and value, and room for their
 * texts, both the caller's. For programs that have no such list, and for tests.
 * Since: 0.1.
 */
typedef struct dctx_header {
	dctx_bytes name;
	dctx_bytes value;
} dctx_header;

typedef struct dctx_headers {
	dctx_header *list; /* room for `max` of them */
	size_t count;
	size_t max;
	char *text; /* room for what is set: names and values */
	size_t text_size;
	size_t text_used;
} dctx_headers;

/*
 * Makes a carrier of a list. It reads `headers->list` and adds there; texts
 * that are set are copied into `headers->text`, and their room is not used
 * again when they are set anew. set returns DCTX_TOO_SMALL when one of the two
 * has no room, and then changes nothing.
 * Keeps: `headers`, as long as the carrier is used.
 * Returns: the carrier. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_carrier dctx_headers_carrier(dctx_headers *headers);

#ifdef __cplusplus
}
#endif
#endif
