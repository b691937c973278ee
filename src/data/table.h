/* SPDX-License-Identifier: MIT */
/*
 * A registry's names: a hash table and a list of the indexes of its entries.
 *
 * Theory. A slot has a position in the list, counted from 1, beside the index,
 * and only positions up to the registry's count are there for a reader. So a
 * writer, under the process's lock, puts any number of keys past the count and
 * then publishes all of them by one release of it, or takes them back. Readers
 * take no lock: they load the count with acquire and then the table, which
 * holds at least as many. A table that became too small is replaced and kept,
 * since a reader may still be in it; all the older ones together are smaller
 * than the newest.
 */
#ifndef DCTXI_TABLE_H
#define DCTXI_TABLE_H

#include "data/entry.h"

struct dctxi_table {
	uint32_t mask;
	struct dctxi_table *older;
	uint16_t *list;  /* behind the slots */
	uint32_t slot[]; /* position << 16 | index; 0: free */
};

/* The position and index of a name among the first `count`; 0 for none. */
uint32_t dctxi_table_find(const struct dctxi_table *table, uint32_t count,
			  const char *name, size_t len);

/* Makes room for that many names; false without memory. */
bool dctxi_table_reserve(struct dctxi_table **table, uint32_t count,
			 uint32_t names);

/* Puts an index in a position; takes the last one back. */
void dctxi_table_put(struct dctxi_table *table, uint32_t index,
		     uint32_t position);
void dctxi_table_take(struct dctxi_table *table, uint32_t position);

/* Frees a table and those it replaced. */
void dctxi_table_free(struct dctxi_table *table);

static inline uint32_t dctxi_table_position(uint32_t word)
{
	return word >> 16;
}

static inline uint32_t dctxi_table_index(uint32_t word)
{
	return word & 0xffff;
}

#endif
