/* SPDX-License-Identifier: MIT */
/*
 * hex.h - lower-case hexadecimal, eight characters at once.
 *
 * A word holds the characters in the order of a little-endian load. To tell a
 * range of characters, a number is added to each that carries into its top bit
 * from the range's first on, and another that does so past its last; none
 * carries into its neighbour, since all are ASCII.
 */
#ifndef DCTXI_HEX_H
#define DCTXI_HEX_H

#include "wire/le.h"

#include <stdbool.h>
#include <stddef.h>

#define DCTXI_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Those of eight characters that lie between two, as their top bits. */
static inline uint64_t dctxi_hex_within(uint64_t text, unsigned first,
					unsigned last)
{
	return (text + DCTXI_EACH(0x80 - first)) &
	       ~(text + DCTXI_EACH(0x7f - last)) & DCTXI_EACH(0x80);
}

/* Reads eight characters as four bytes; false, with some bytes written, when
 * one is no lower-case digit. */
static inline bool dctxi_hex_read8(const char *text, unsigned char *out)
{
	uint64_t word = dctxi_load64(text);
	uint64_t digit = dctxi_hex_within(word, '0', '9');
	uint64_t letter = dctxi_hex_within(word, 'a', 'f');
	uint64_t value = (word & DCTXI_EACH(0x0f)) + 9 * (letter >> 7);

	value = (value << 4 | value >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	value = (value | value >> 8) & UINT64_C(0x0000ffff0000ffff);
	dctxi_store32(out, (uint32_t)(value | value >> 16));
	return !(word & DCTXI_EACH(0x80)) &&
	       (digit | letter) == DCTXI_EACH(0x80);
}

/* Reads `size` bytes, a multiple of four, from twice as many characters. */
static inline bool dctxi_hex_read(const char *text, unsigned char *out,
				  size_t size)
{
	bool good = true;

	for (size_t i = 0; i < size; i += 4)
		good &= dctxi_hex_read8(text + 2 * i, out + i);
	return good;
}

/* One digit's value, or -1. */
static inline int dctxi_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte from two characters, or -1. */
static inline int dctxi_hex_byte(const char *text)
{
	int high = dctxi_hex_digit(text[0]), low = dctxi_hex_digit(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Writes four bytes as eight characters. */
static inline void dctxi_hex_write8(const unsigned char *bytes, char *out)
{
	uint64_t word = dctxi_load32(bytes);

	word = (word | word << 16) & UINT64_C(0x0000ffff0000ffff);
	word = (word | word << 8) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word >> 4 | word << 8) & DCTXI_EACH(0x0f);
	word += DCTXI_EACH('0') +
		((word + DCTXI_EACH(6)) >> 4 & DCTXI_EACH(1)) *
			('a' - '0' - 10);
	dctxi_store64(out, word);
}

/* Writes `size` bytes, a multiple of four, as twice as many characters. */
static inline void dctxi_hex_write(const unsigned char *bytes, size_t size,
				   char *out)
{
	for (size_t i = 0; i < size; i += 4)
		dctxi_hex_write8(bytes + i, out + 2 * i);
}

#endif
