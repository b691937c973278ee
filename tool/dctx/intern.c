/* SPDX-License-Identifier: MIT */
/*
 * intern.c - texts by number.
 *
 * The texts are of files from outside, so the hash has a seed that nobody knows
 * beforehand: else a file could be made whose texts all fall into one place.
 */
#include "intern.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_MASK 1023u

static uint64_t mixed(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t hash_of(uint64_t seed, const char *text, size_t len)
{
	uint64_t h = mixed(seed, len), word;

	for (; len >= sizeof word; len -= sizeof word, text += sizeof word) {
		memcpy(&word, text, sizeof word);
		h = mixed(h, word);
	}
	word = 0;
	if (len > 0)
		memcpy(&word, text, len);
	return mixed(mixed(h, word), seed);
}

static void start(struct strings *s)
{
	/* Before there is any randomness the address of a variable will do. */
	if (getrandom(&s->seed, sizeof s->seed, GRND_NONBLOCK) !=
	    (ssize_t)sizeof s->seed)
		s->seed = (uintptr_t)&s;
	s->mask = FIRST_MASK;
	s->table = grown(NULL, (FIRST_MASK + 1) * sizeof *s->table);
	memset(s->table, 0, (FIRST_MASK + 1) * sizeof *s->table);
	s->places_room = 256;
	s->places = grown(NULL, s->places_room * sizeof *s->places);
	s->places[0] = (struct string_place){0, 0};
	s->count = 1;
}

static uint32_t *place_of(struct strings *s, const char *text, size_t len)
{
	uint64_t i = hash_of(s->seed, text, len);

	for (;; i++) {
		uint32_t *slot = &s->table[i & s->mask];
		const struct string_place *at = &s->places[*slot];

		if (*slot == 0 || (at->len == len &&
				   memcmp(s->bytes + at->at, text, len) == 0))
			return slot;
	}
}

static void grow_table(struct strings *s)
{
	size_t size = 2 * ((size_t)s->mask + 1);

	free(s->table);
	s->table = grown(NULL, size * sizeof *s->table);
	memset(s->table, 0, size * sizeof *s->table);
	s->mask = (uint32_t)(size - 1);
	for (uint32_t i = 1; i < s->count; i++)
		*place_of(s, s->bytes + s->places[i].at, s->places[i].len) = i;
}

static void add(struct strings *s, const char *text, size_t len)
{
	if (len > s->room - s->used) {
		s->room = 2 * s->room + len + 4096;
		s->bytes = grown(s->bytes, s->room);
	}
	if (s->count == s->places_room) {
		s->places_room *= 2;
		s->places =
			grown(s->places, s->places_room * sizeof *s->places);
	}
	memcpy(s->bytes + s->used, text, len);
	s->places[s->count++] = (struct string_place){s->used, len};
	s->used += len;
}

uint32_t strings_put(struct strings *s, const void *text, size_t len)
{
	uint32_t *slot, number;

	if (s->table == NULL)
		start(s);
	if (len == 0)
		return 0;
	slot = place_of(s, text, len);
	if (*slot != 0)
		return *slot;
	*slot = number = s->count;
	add(s, text, len);
	if (s->count > s->mask / 4 * 3)
		grow_table(s);
	return number;
}

dctx_bytes strings_at(const struct strings *s, uint32_t number)
{
	if (number == 0 || number >= s->count)
		return (dctx_bytes){"", 0};
	return (dctx_bytes){s->bytes + s->places[number].at,
			    s->places[number].len};
}

void strings_free(struct strings *s)
{
	free(s->bytes);
	free(s->places);
	free(s->table);
	*s = (struct strings){.count = 0};
}
