/* SPDX-License-Identifier: MIT */
/* ows.h - optional white space, as RFC 9110, 5.6.3, has it: spaces and tabs. */
#ifndef DCTXI_OWS_H
#define DCTXI_OWS_H

#include <dctx/codec.h>

static inline bool dctxi_is_ows(char c)
{
	return c == ' ' || c == '\t';
}

/* A field's value without the white space around it, which is none of it
 * (RFC 9110, 5.5). Not every carrier has taken it off. */
static inline dctx_bytes dctxi_ows_trim(dctx_bytes value)
{
	const char *at = value.data;
	size_t len = value.len;

	while (len > 0 && dctxi_is_ows(at[len - 1]))
		len--;
	for (; len > 0 && dctxi_is_ows(*at); at++)
		len--;
	return (dctx_bytes){at, len};
}

#endif
