/* SPDX-License-Identifier: MIT */
/* le.h - little-endian words at addresses of any alignment. */
#ifndef DCTXI_LE_H
#define DCTXI_LE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t dctxi_load16(const void *from)
{
	uint16_t v;

	memcpy(&v, from, sizeof v);
	return le16toh(v);
}

static inline uint32_t dctxi_load32(const void *from)
{
	uint32_t v;

	memcpy(&v, from, sizeof v);
	return le32toh(v);
}

static inline uint64_t dctxi_load64(const void *from)
{
	uint64_t v;

	memcpy(&v, from, sizeof v);
	return le64toh(v);
}

static inline void dctxi_store16(void *to, uint16_t v)
{
	v = htole16(v);
	memcpy(to, &v, sizeof v);
}

static inline void dctxi_store32(void *to, uint32_t v)
{
	v = htole32(v);
	memcpy(to, &v, sizeof v);
}

static inline void dctxi_store64(void *to, uint64_t v)
{
	v = htole64(v);
	memcpy(to, &v, sizeof v);
}

#endif
