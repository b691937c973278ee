/* SPDX-License-Identifier: MIT */
/*
 * bag.h - a whole baggage: the members of all its lines, each key once, within
 * the limits.
 *
 * A key that comes again replaces the member, in its place: the standard
 * promises nothing about duplicates and lets either be kept (W3C Baggage,
 * 3.3.1.1, 3.5), asks producers for none, and OpenTelemetry has the last win
 * (Baggage API, conflict resolution).
 *
 * The limits are those of all lines together (3.3.2), counted in what is kept:
 * white space and what is skipped does not count. At least 64 members and 8,192
 * bytes MUST travel; here as many members as have on average 15 bytes and a
 * comma. What does not fit is left out whole and told, and what is shorter and
 * comes later may fit still.
 */
#ifndef DCTXI_BAG_H
#define DCTXI_BAG_H

#include "wire/baggage.h"

#define DCTXI_BAG_MEMBERS 512u
#define DCTXI_BAG_BYTES 8192u

/* A member, in fewer bytes, since a bag lives on the stack; places are counted
 * from the key on. */
struct dctxi_bagged {
	const char *key;
	uint32_t tag; /* of the key: equal for equal ones */
	uint16_t key_len;
	uint16_t value;
	uint16_t value_len;
	uint16_t properties;
	uint16_t len;  /* of all of it */
	uint16_t size; /* as it is written */
};

struct dctxi_bag {
	size_t count;
	size_t bytes; /* of the members as they are written, without commas */
	struct dctxi_bagged member[DCTXI_BAG_MEMBERS];
	uint16_t slot[2 * DCTXI_BAG_MEMBERS]; /* once there are many */
};

static inline void dctxi_bag_begin(struct dctxi_bag *bag)
{
	bag->count = 0;
	bag->bytes = 0;
}

/* Adds the members of a line, which must stay. */
void dctxi_bag_add(struct dctxi_bag *bag, dctx_bytes line,
		   const struct dctxi_sink *sink);

/* A member of it. */
static inline struct dctxi_member dctxi_bag_at(const struct dctxi_bag *bag,
					       size_t i)
{
	const struct dctxi_bagged *m = &bag->member[i];

	return (struct dctxi_member){
		.key = {m->key, m->key_len},
		.value = {m->key + m->value, m->value_len},
		.properties = {m->key + m->properties,
			       (size_t)(m->len - m->properties)},
		.size = m->size,
	};
}

/* Writes all members as one line, of at most DCTXI_BAG_BYTES. Returns: its
 * length. */
size_t dctxi_bag_write(const struct dctxi_bag *bag, char *out);

/* Makes of a line from anywhere one that a bag could have written; `out` has
 * room for DCTXI_BAG_BYTES. Returns: its length. */
size_t dctxi_bag_clean(dctx_bytes line, const struct dctxi_sink *sink,
		       char *out);

#endif
