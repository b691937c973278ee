/* SPDX-License-Identifier: MIT */
/*
 * sixteen.h - sixteen characters looked at at once: the compiler makes of it
 * what the processor has.
 *
 * What is compared gives all bits of a place where it holds, and none where it
 * does not. Characters are signed, whatever a char is: those past ASCII are
 * below all others.
 *
 * Functions with such vectors, here and where this is included, are static: so
 * it is nothing to be told of that processors without registers for them are
 * called in another way (-Wpsabi).
 */
#ifndef DCTXI_SIXTEEN_H
#define DCTXI_SIXTEEN_H

#include "wire/le.h"

#include <stddef.h>

#pragma GCC diagnostic ignored "-Wpsabi"

typedef signed char dctxi_sixteen __attribute__((vector_size(16)));

/* All sixteen must be there. */
static inline __attribute__((always_inline)) dctxi_sixteen
dctxi_sixteen_at(const void *text)
{
	dctxi_sixteen v;

	memcpy(&v, text, sizeof v);
	return v;
}

/* The first of them for which something holds; 16: for none. */
static inline __attribute__((always_inline)) size_t
dctxi_sixteen_first(dctxi_sixteen holds)
{
	uint64_t word[2];

	memcpy(word, &holds, sizeof word);
	if (word[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(word[0])) / 8;
	if (word[1] != 0)
		return (size_t)__builtin_ctzll(le64toh(word[1])) / 8 + 8;
	return 16;
}

#endif
