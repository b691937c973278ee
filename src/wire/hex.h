/* SPDX-License-Identifier: MIT */
/*
 * hex.h - lower-case hexadecimal, eight characters at once.
 *
 * A word holds the characters in the order of a little-endian load, and each
 * step works on all eight: none carries into its neighbour.
 */
#ifndef DCTXI_HEX_H
#define DCTXI_HEX_H

#include "wire/le.h"

#include <stdbool.h>
#include <stddef.h>

#define DCTXI_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Reads eight characters as four bytes. Bit 6 tells letters from digits; a
 * digit must then be 0x30 and up to 9, a letter 0x60 and 1 to 6.
 * Returns: bits that are 0 when each is a digit or one of a to f. */
static inline uint64_t dctxi_hex_read8(const char *text, unsigned char *out)
{
	uint64_t word = dctxi_load64(text);
	uint64_t letter = word >> 6 & DCTXI_EACH(1);
	uint64_t value = (word & DCTXI_EACH(0x0f)) + 9 * letter;
	uint64_t bad =
		(word ^ (DCTXI_EACH(0x30) + 0x30 * letter)) & DCTXI_EACH(0xf0);

	bad |= value & DCTXI_EACH(0x10);
	bad |= ((value + DCTXI_EACH(6)) >> 4 ^ letter) & DCTXI_EACH(1);
	value = (value << 4 | value >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	value = (value | value >> 8) & UINT64_C(0x0000ffff0000ffff);
	dctxi_store32(out, (uint32_t)(value | value >> 16));
	return bad;
}

/* Reads `size` bytes, a multiple of four, from twice as many characters. All
 * are written, also when some are none and the result is false. */
static inline bool dctxi_hex_read(const char *text, unsigned char *out,
				  size_t size)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < size; i += 4)
		bad |= dctxi_hex_read8(text + 2 * i, out + i);
	return bad == 0;
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
