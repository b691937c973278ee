/* SPDX-License-Identifier: MIT */
/* request.h - what a request's headers say. */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_TRACEPARENT                                                    \
	"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define REQUEST_TRACESTATE "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7,dctx=1"

/* Writes a baggage of so many members with names of 12 bytes, the first `keys`
 * of them those of text[], and values of 16: as they are, or two bytes of them
 * percent-coded. */
void request_baggage(char *out, size_t size, long keys, long members,
		     bool coded);

#endif
