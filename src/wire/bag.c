/* SPDX-License-Identifier: MIT */
#include "wire/bag.h"

#include "wire/percent.h"

#include <string.h>

/* So many are looked through; more have a table of places by hash. */
#define FEW 16u

#define SLOTS (2 * DCTXI_BAG_MEMBERS)

/* From the bag's own address, which nobody outside knows. */
static size_t slot_of(const struct dctxi_bag *bag, const char *key, size_t len)
{
	uint64_t hash = (uintptr_t)bag * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) % SLOTS;
}

/* Tells most keys apart without a look at all of them: the end, in which names
 * with numbers differ, and the length. */
static uint32_t tag_of(dctx_bytes key)
{
	const unsigned char *at = key.data;
	uint32_t tag = 0;

	if (key.len >= sizeof tag)
		memcpy(&tag, at + key.len - sizeof tag, sizeof tag);
	else
		for (size_t i = 0; i < key.len; i++)
			tag = tag << 8 | at[i];
	return tag ^ (uint32_t)key.len;
}

static bool has_key(const struct dctxi_bagged *member, dctx_bytes key)
{
	return member->key_len == key.len &&
	       memcmp(member->key, key.data, key.len) == 0;
}

static size_t find_few(const struct dctxi_bag *bag, dctx_bytes key)
{
	uint32_t tag = tag_of(key);
	size_t i = 0;

	while (i < bag->count &&
	       (bag->member[i].tag != tag || !has_key(&bag->member[i], key)))
		i++;
	return i;
}

/* The slot of a key: it has the key's member plus one, or 0. */
static uint16_t *find_slot(struct dctxi_bag *bag, dctx_bytes key)
{
	size_t slot = slot_of(bag, key.data, key.len);

	while (bag->slot[slot] != 0 &&
	       !has_key(&bag->member[bag->slot[slot] - 1], key))
		slot = (slot + 1) % SLOTS;
	return &bag->slot[slot];
}

static void make_table(struct dctxi_bag *bag)
{
	memset(bag->slot, 0, sizeof bag->slot);
	for (size_t i = 0; i < bag->count; i++) {
		dctx_bytes key = {bag->member[i].key, bag->member[i].key_len};

		*find_slot(bag, key) = (uint16_t)(i + 1);
	}
}

/* Where a key's member is, or where the next one goes; and its slot, if there
 * are slots. */
static size_t find(struct dctxi_bag *bag, dctx_bytes key, uint16_t **out_slot)
{
	*out_slot = NULL;
	if (bag->count < FEW)
		return find_few(bag, key);
	*out_slot = find_slot(bag, key);
	return **out_slot != 0 ? **out_slot - 1u : bag->count;
}

/* Takes the next place. */
static void add(struct dctxi_bag *bag, uint16_t *slot)
{
	bag->count++;
	if (slot != NULL)
		*slot = (uint16_t)bag->count;
	else if (bag->count == FEW)
		make_table(bag);
}

/* A member whose places are too far apart to be counted has so much white space
 * in it that nobody can have meant it. */
static bool is_compact(const struct dctxi_member *member)
{
	const char *end =
		(const char *)member->properties.data + member->properties.len;

	if (member->properties.len == 0)
		end = (const char *)member->value.data + member->value.len;
	return end - (const char *)member->key.data <= UINT16_MAX;
}

static void put(struct dctxi_bagged *out, const struct dctxi_member *member)
{
	const char *key = member->key.data, *value = member->value.data;
	const char *properties = member->properties.data;

	if (member->properties.len == 0)
		properties = value + member->value.len;
	*out = (struct dctxi_bagged){
		.key = key,
		.tag = tag_of(member->key),
		.key_len = (uint16_t)member->key.len,
		.value = (uint16_t)(value - key),
		.value_len = (uint16_t)member->value.len,
		.properties = (uint16_t)(properties - key),
		.len = (uint16_t)(properties + member->properties.len - key),
		.size = (uint16_t)member->size,
	};
}

/* What a value decodes to that is legal, though odd, is told to who listens: it
 * is not counted, so nobody else would know. */
static void look_at_value(const struct dctxi_member *member,
			  const struct dctxi_sink *sink)
{
	size_t at = member->offset + (size_t)((const char *)member->value.data -
					      (const char *)member->key.data);
	struct dctxi_percent made = dctxi_percent_decode(member->value, NULL);

	if (made.lone != SIZE_MAX)
		dctxi_found(sink, DCTX_RULE_BAGGAGE_PERCENT, DCTX_KEPT,
			    at + made.lone, member->key);
	if (made.no_utf8 != SIZE_MAX)
		dctxi_found(sink, DCTX_RULE_BAGGAGE_UTF8, DCTX_KEPT,
			    at + made.no_utf8, member->key);
}

static void add_member(struct dctxi_bag *bag, const struct dctxi_member *member,
		       const struct dctxi_sink *sink)
{
	uint16_t *slot;
	size_t at = find(bag, member->key, &slot), count = bag->count;
	size_t bytes = bag->bytes + member->size;
	bool again = at < count;

	if (again)
		bytes -= bag->member[at].size;
	else
		count++;
	if (count > DCTXI_BAG_MEMBERS) {
		dctxi_found(sink, DCTX_RULE_BAGGAGE_MEMBERS, DCTX_CUT,
			    member->offset, member->key);
		return;
	}
	/* With a comma between two. */
	if (bytes + count - 1 > DCTXI_BAG_BYTES || !is_compact(member)) {
		dctxi_found(sink, DCTX_RULE_BAGGAGE_LENGTH, DCTX_CUT,
			    member->offset, member->key);
		return;
	}
	if (again)
		dctxi_found(sink, DCTX_RULE_BAGGAGE_TWICE, DCTX_REPLACED,
			    member->offset, member->key);
	put(&bag->member[at], member);
	bag->bytes = bytes;
	if (!again)
		add(bag, slot);
}

void dctxi_bag_add(struct dctxi_bag *bag, dctx_bytes line,
		   const struct dctxi_sink *sink)
{
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(line, sink);
	struct dctxi_member member;

	while (dctxi_baggage_next(&walk, &member)) {
		if (sink != NULL && sink->to != NULL)
			look_at_value(&member, sink);
		add_member(bag, &member, sink);
	}
}

size_t dctxi_bag_write(const struct dctxi_bag *bag, char *out)
{
	char *at = out;

	for (size_t i = 0; i < bag->count; i++) {
		struct dctxi_member member = dctxi_bag_at(bag, i);

		if (i > 0)
			*at++ = ',';
		at = dctxi_member_write(&member, at);
	}
	return (size_t)(at - out);
}

size_t dctxi_bag_clean(dctx_bytes line, const struct dctxi_sink *sink,
		       char *out)
{
	struct dctxi_bag bag;

	dctxi_bag_begin(&bag);
	dctxi_bag_add(&bag, line, sink);
	return dctxi_bag_write(&bag, out);
}
