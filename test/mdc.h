/* SPDX-License-Identifier: MIT */
/* mdc.h - for tests, a logger's map of each thread (a mapped diagnostic
 * context), which knows nothing of dctx. */
#ifndef TEST_MDC_H
#define TEST_MDC_H

#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

struct map {
	int n;
	char key[8][16], value[8][16];
};

static __thread struct map *map; /* NULL: no map */

static inline const char *map_get(const char *key)
{
	for (int i = 0; map != NULL && i < map->n; i++)
		if (strcmp(map->key[i], key) == 0)
			return map->value[i];
	return NULL;
}

static inline void map_put(const char *key, const char *value)
{
	int i = 0;

	if (map == NULL)
		map = calloc(1, sizeof(*map));
	while (i < map->n && strcmp(map->key[i], key) != 0)
		i++;
	snprintf(map->key[i], sizeof(map->key[i]), "%s", key);
	snprintf(map->value[i], sizeof(map->value[i]), "%s", value);
	if (i == map->n)
		map->n++;
}

static inline void map_remove(const char *key)
{
	for (int i = 0; map != NULL && i < map->n; i++)
		if (strcmp(map->key[i], key) == 0) {
			map->n--;
			memmove(map->key[i], map->key[map->n], 16);
			memmove(map->value[i], map->value[map->n], 16);
		}
}

static inline void map_clear(void)
{
	free(map);
	map = NULL;
}

static inline int map_size(void)
{
	return map != NULL ? map->n : 0;
}

static inline struct map *map_copy(const struct map *of)
{
	struct map *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *of;
	return copy;
}

#endif
