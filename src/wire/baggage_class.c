/* SPDX-License-Identifier: MIT */
#include "wire/baggage_class.h"

#define O DCTXI_OCTET
#define B (DCTXI_TOKEN | DCTXI_OCTET)
#define S DCTXI_SPACE

const unsigned char dctxi_baggage_class[256] = {
	['\t'] = S,
	/* Sixteen a line, from the space on: no " , ; \ in a value. */
	[' '] = S, B, 0, B, B, B, B, B, O, O, B, B, 0, B, B, O,
	B, B, B, B, B, B, B, B, B, B, O, 0, O, O, O, O,
	O, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	B, B, B, B, B, B, B, B, B, B, B, O, 0, O, B, B,
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	B, B, B, B, B, B, B, B, B, B, B, O, B, O, B,
};
