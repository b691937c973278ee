/* SPDX-License-Identifier: MIT */
/* What characters a baggage is made of. */
#ifndef DCTXI_BAGGAGE_CLASS_H
#define DCTXI_BAGGAGE_CLASS_H

#include <stdbool.h>

#define DCTXI_TOKEN 1u /* of a key: RFC 9110, 5.6.2, tchar */
#define DCTXI_OCTET 2u /* of a value: W3C Baggage, 3.3.1, baggage-octet */
#define DCTXI_SPACE 4u /* RFC 9110, 5.6.3: a space, a tab */

extern const unsigned char dctxi_baggage_class[256];

static inline bool dctxi_is_class(char c, unsigned what)
{
	return dctxi_baggage_class[(unsigned char)c] & what;
}

/* Whether a byte of a value stands for itself: all that a value may have, but
 * what begins a coded one (3.3.1.3: the percent sign MUST be coded). */
static inline bool dctxi_is_plain(unsigned char c)
{
	return dctxi_baggage_class[c] & DCTXI_OCTET && c != '%';
}

#endif
