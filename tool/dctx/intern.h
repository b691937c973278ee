/* SPDX-License-Identifier: MIT */
/* intern.h - texts, each kept once and known by a number; 0 is the empty one.
 * Without memory the program ends. */
#ifndef INTERN_H
#define INTERN_H

#include <dctx/codec.h>

#include <stddef.h>
#include <stdint.h>

struct strings {
	char *bytes;
	size_t used, room;
	struct string_place {
		size_t at, len;
	} * places;
	uint32_t count, places_room;
	uint32_t *table; /* of a power of two; 0: free */
	uint32_t mask;
	uint64_t seed;
};

/* The number of a text, which is copied when it is new. */
uint32_t strings_put(struct strings *s, const void *text, size_t len);

/* The text of a number, until the next is put; "" for one that is none. */
dctx_bytes strings_at(const struct strings *s, uint32_t number);

void strings_free(struct strings *s);

#endif
