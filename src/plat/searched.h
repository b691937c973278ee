/* SPDX-License-Identifier: MIT */
/*
 * For tests: a secret, and where it stands in this process's memory, freed
 * blocks included. Where malloc keeps its memory elsewhere (asan, tsan,
 * valgrind, musl), or qemu does not say where it is, that cannot be searched.
 */
#ifndef DCTXI_SEARCHED_H
#define DCTXI_SEARCHED_H

#ifndef _GNU_SOURCE
#error "for memmem"
#endif

#include "plat/heap.h"

#include <stdio.h>
#include <string.h>

#define DCTXI_SECRET 31 /* its length */

/* Made when needed, so that the program does not have it. */
static inline char *dctxi_secret(char out[DCTXI_SECRET + 1])
{
	static const char code[] = "tvsfmz!op!puifs!ufyu!jt!mjlf!ju";

	for (size_t i = 0; i < DCTXI_SECRET; i++)
		out[i] = (char)(code[i] - 1);
	out[DCTXI_SECRET] = '\0';
	return out;
}

/* How often it stands there. */
static inline size_t dctxi_secrets_in(const char *at, size_t size)
{
	char word[DCTXI_SECRET + 1];
	const char *end = at + size;
	size_t n = 0;

	dctxi_secret(word);
	while ((at = memmem(at, (size_t)(end - at), word, DCTXI_SECRET)) !=
	       NULL) {
		at++;
		n++;
	}
	dctxi_wipe(word, sizeof word);
	return n;
}

/* How often it stands in the memory that malloc has; -1: nobody says where
 * that is. */
static inline long dctxi_secrets_in_heap(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	long n = 0;

	if (maps == NULL)
		return -1;
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;

		if (strstr(line, "[heap]") != NULL &&
		    sscanf(line, "%lx-%lx rw", &from, &to) == 2)
			n += (long)dctxi_secrets_in((const char *)from,
						    to - from);
	}
	fclose(maps);
	return n;
}

#endif
