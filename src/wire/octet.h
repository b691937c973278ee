/* SPDX-License-Identifier: MIT */
/* What characters a value of a baggage is made of: W3C Baggage, 3.3.1,
 * baggage-octet. Those of a key are a token's (data/token.h). */
#ifndef DCTXI_OCTET_H
#define DCTXI_OCTET_H

#include "wire/sixteen.h"

#include <stdbool.h>

extern const bool dctxi_octet[256];

static inline bool dctxi_is_octet(char c)
{
	return dctxi_octet[(unsigned char)c];
}

/* Whether a byte of a value stands for itself: all that a value may have, but
 * what begins a coded one (3.3.1.3: the percent sign MUST be coded). */
static inline bool dctxi_is_plain(unsigned char c)
{
	return dctxi_octet[c] && c != '%';
}

/* Which of sixteen are no octets, or not plain. */
static inline dctxi_sixteen dctxi_are_no_octets(dctxi_sixteen v)
{
	return (v < '!') | (v == '"') | (v == ',') | (v == ';') | (v == '\\') |
	       (v == 0x7f);
}

static inline dctxi_sixteen dctxi_are_not_plain(dctxi_sixteen v)
{
	return dctxi_are_no_octets(v) | (v == '%');
}

#endif
