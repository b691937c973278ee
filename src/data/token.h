/* SPDX-License-Identifier: MIT */
/*
 * token.h - tokens: names that headers have as they are.
 *
 * Source: RFC 9110, 5.6.2.
 */
#ifndef DCTXI_TOKEN_H
#define DCTXI_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

extern const bool dctxi_tchar[256];

/* Whether a token may have this character. */
static inline bool dctxi_is_tchar(char c)
{
	return dctxi_tchar[(unsigned char)c];
}

/* Whether a text is a token: at least one such character, and no other. */
bool dctxi_is_token(const char *text, size_t len);

#endif
