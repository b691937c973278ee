/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "bench.h"

#include <stdio.h>

void request_baggage(char *out, size_t size, long keys, long members,
		     bool coded)
{
	const char *value = coded ? "sixteen%20bytes%2C.." : "sixteen-bytes-..";
	size_t len = 0;

	for (long i = 0; i < members; i++)
		len += (size_t)snprintf(out + len, size - len,
					"%sbench.%c.%04ld=%s", i > 0 ? "," : "",
					i < keys ? 's' : 'x', i, value);
	must_be(len < size, "room for the baggage");
}
