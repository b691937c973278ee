/* SPDX-License-Identifier: MIT */
#include "hop/outward.h"

#include "data/any.h"
#include "data/fail.h"
#include "data/registry.h"
#include "data/trace.h"
#include "flow/store.h"
#include "hop/border.h"
#include "plat/heap.h"
#include "wire/carried.h"
#include "wire/percent.h"
#include "wire/scratch.h"
#include "wire/sort.h"
#include "wire/literal.h"

#include <string.h>

/* More keys than this take memory to be sorted. */
#define FEW 32u

/* The keys with values, by their entries. */
struct keys {
	struct dctxi_sorted *item;
	size_t room, n;
};

/* Collects those of a page, from the index of its first slot on. */
static void collect_page(struct keys *keys, const uint64_t *bits,
			 const uintptr_t *slot, uint32_t first)
{
	for (uint32_t i = 0; i < DCTXI_PAGE_SLOTS; i++) {
		const struct dctxi_entry *entry;

		if (!(slot[i] & 1) || !dctxi_bits_have(bits, first + i))
			continue;
		entry = dctxi_entry_at(first + i);
		if (!(entry->key->policy & DCTX_BAGGAGE))
			continue;
		if (keys->n < keys->room)
			keys->item[keys->n] = dctxi_sorted_entry(entry);
		keys->n++;
	}
}

/* Collects what a store shows; what is past the room is only counted. */
static void collect(const dctx_injection *injection, struct keys *keys)
{
	const uint64_t *bits = dctxi_registry_bits(injection->hop->registry);
	const struct dctx_dir *dir = injection->from->dir;

	keys->n = 0;
	for (uint32_t page = 0; page < dir->pages; page++)
		if (dir->page[page] != dctxi_page_empty.slot)
			collect_page(keys, bits, dir->page[page],
				     page * DCTXI_PAGE_SLOTS);
}

static void cut(const struct dctxi_outward *out, dctx_rule rule, dctx_bytes key)
{
	dctxi_found(&out->sink, rule, DCTX_CUT, 0, key);
}

/* Whether one more member of so many bytes fits; told when it does not. */
static bool fits(const struct dctxi_outward *out, size_t size, dctx_bytes key)
{
	size_t from = out->used + (out->used > 0);

	if (out->count == DCTXI_BAG_MEMBERS)
		cut(out, DCTX_RULE_BAGGAGE_MEMBERS, key);
	else if (size > DCTXI_BAG_BYTES - from || from > DCTXI_BAG_BYTES)
		cut(out, DCTX_RULE_BAGGAGE_LENGTH, key);
	else
		return true;
	return false;
}

/* Begins a member with what stands before its value. Returns: where that
 * goes. */
static char *begin(struct dctxi_outward *out, dctx_bytes key)
{
	char *at = out->text + out->used;

	if (out->used > 0)
		*at++ = ',';
	memcpy(at, key.data, key.len);
	at += key.len;
	*at++ = '=';
	return at;
}

/* A value's text: where it lies, or written to room for `left` bytes and a NUL.
 * Its length is the whole one, whatever of it was written, or DCTXI_NO_TEXT. */
static dctx_bytes text_of(const dctx_key *key, const struct dctx_box *box,
			  char *room, size_t left)
{
	dctx_any value;

	if (key->kind == DCTX_KIND_STR)
		return dctx_abi_bytes(box);
	value = dctxi_any_of_box(key, box);
	return (dctx_bytes){room, dctxi_literal_write(&value, room, left + 1)};
}

/*
 * The text is moved to the end of what it will take, and coded from there: the
 * writer never comes past the reader, since what is left to be read is not
 * longer coded than the room before it.
 */
static void write_text(dctx_bytes text, char *out, size_t size)
{
	char *at = out + size - text.len;

	memmove(at, text.data, text.len);
	if (size > text.len)
		(void)dctxi_percent_encode((dctx_bytes){at, text.len}, out);
}

static void write_value(struct dctxi_outward *out, dctx_bytes name,
			const dctx_key *key, const struct dctx_box *box)
{
	char *from = begin(out, name);
	size_t left = (size_t)(out->text + DCTXI_BAG_BYTES - from), size;
	dctx_bytes text = text_of(key, box, from, left);

	if (text.len == DCTXI_NO_TEXT) {
		dctxi_found(&out->sink, DCTX_RULE_VALUE_TEXT, DCTX_SKIPPED, 0,
			    name);
		return;
	}
	size = text.len <= left ? dctxi_percent_size(text) : text.len;
	if (size > left) {
		cut(out, DCTX_RULE_BAGGAGE_LENGTH, name);
		return;
	}
	write_text(text, from, size);
	out->used = (size_t)(from + size - out->text);
	out->count++;
}

/* The value is read now, since the user's code may have run since the keys were
 * collected. */
static void write_key(struct dctxi_outward *out,
		      const struct dctxi_entry *entry)
{
	const dctx_key *key = entry->key;
	dctx_bytes name = {key->name, entry->name_len};
	const struct dctx_box *box;

	if (!dctxi_border_key(out->injection->hop, key))
		return;
	box = dctxi_box(
		dctx_abi_key_word(dctx_abi_dir(out->injection->from), key));
	if (box == NULL)
		return;
	/* Some code what is no token as if it were a value; the standard has
	 * no such keys (3.3.1.2). */
	if (!entry->is_token) {
		dctxi_found(&out->sink, DCTX_RULE_BAGGAGE_KEY, DCTX_SKIPPED, 0,
			    name);
		return;
	}
	if (key->policy & DCTX_SECRET)
		out->secret = true;
	if (fits(out, name.len + 1, name))
		write_value(out, name, key, box);
}

static void write_keys(struct dctxi_outward *out, struct keys *keys)
{
	dctxi_sort(keys->item, keys->n, dctxi_entry_before);
	for (size_t i = 0; i < keys->n; i++)
		write_key(out, keys->item[i].what);
}

/* With room for so many. */
static dctx_status write_many(struct dctxi_outward *out, size_t n)
{
	struct dctxi_scratch *scratch = NULL;
	struct keys keys = {.room = n};

	keys.item = dctxi_scratch_room(&scratch, n * sizeof *keys.item);
	if (keys.item == NULL) {
		dctxi_scratch_end(scratch);
		return dctxi_fail(DCTX_NOMEM, out->sink.header);
	}
	collect(out->injection, &keys);
	write_keys(out, &keys);
	dctxi_scratch_end(scratch);
	return DCTX_OK;
}

/* Whether a member of a key's name stays behind: for the key's own value, or
 * as that would. */
static bool is_keys(const dctx_injection *injection, dctx_bytes name)
{
	const dctx_key *key = dctxi_member_key(injection->hop->registry, name);

	return key != NULL &&
	       (dctxi_box(dctx_abi_key_word(injection->from->dir, key)) !=
			NULL ||
		!dctxi_border_key(injection->hop, key));
}

/* Whether there may be keys whose values do not leave. */
static bool has_bits(const dctx_hop *hop)
{
	return hop->trust != DCTX_INTERNAL || hop->flags & DCTX_HOP_ENVIRON;
}

static void write_member(struct dctxi_outward *out,
			 const struct dctxi_member *member)
{
	char *at = out->text + out->used;

	if (is_keys(out->injection, member->key) ||
	    !fits(out, member->size, member->key))
		return;
	if (out->used > 0)
		*at++ = ',';
	out->used = (size_t)(dctxi_member_write(member, at) - out->text);
	out->count++;
}

/* A copy is walked: who is told that one stays behind may change the store's,
 * which frees them. */
static void write_members(struct dctxi_outward *out, dctx_bytes members)
{
	char copy[DCTXI_MEMBERS_MAX];
	struct dctxi_baggage_walk walk;
	struct dctxi_member member;

	if (members.len == 0)
		return;
	memcpy(copy, members.data, members.len);
	walk = dctxi_baggage_walk((dctx_bytes){copy, members.len}, NULL);
	while (dctxi_baggage_next(&walk, &member))
		write_member(out, &member);
}

dctx_status dctxi_outward_write(struct dctxi_outward *out,
				const dctx_injection *injection,
				const char *header)
{
	struct dctxi_sorted few[FEW];
	struct keys keys = {few, FEW, 0};
	dctx_status status = DCTX_OK;
	dctx_bytes members;

	out->count = 0;
	out->used = 0;
	out->secret = false;
	out->injection = injection;
	out->sink = (struct dctxi_sink){injection->hop->findings, header, 0};
	collect(injection, &keys);
	if (keys.n > FEW)
		status = write_many(out, keys.n);
	else if (keys.n > 0)
		write_keys(out, &keys);
	if (status != DCTX_OK)
		return status;
	members = dctxi_members_in(injection->from->dir);
	if (members.len > 0 &&
	    !dctxi_border_crosses(injection->hop, DCTX_CROSS_UNKNOWN, false))
		members.len = 0;
	/* With no key's value before them they are the line as they are; a copy
	 * of it, since the carrier may change the store. */
	if (keys.n > 0 || has_bits(injection->hop)) {
		write_members(out, members);
	} else if (members.len > 0) {
		memcpy(out->text, members.data, members.len);
		out->used = members.len;
	}
	out->line = (dctx_bytes){out->text, out->used};
	return DCTX_OK;
}

void dctxi_outward_wipe(struct dctxi_outward *out)
{
	if (out->secret)
		dctxi_wipe(out->text, sizeof out->text);
}
