/* SPDX-License-Identifier: MIT */
#include "hop/outward.h"

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

static bool is_carried(const dctx_hop *hop, uint32_t index)
{
	return dctxi_entry_at(index)->key->policy & DCTX_BAGGAGE &&
	       dctxi_registry_has(hop->registry, index);
}

/* Collects what a store shows; what is past the room is only counted. */
static void collect(const dctx_injection *injection, struct keys *keys)
{
	const struct dctx_dir *dir = injection->from->dir;

	keys->n = 0;
	for (uint32_t page = 0; page < dir->pages; page++)
		for (uint32_t i = 0; i < DCTXI_PAGE_SLOTS; i++) {
			uint32_t index = page * DCTXI_PAGE_SLOTS + i;
			const struct dctxi_entry *entry;

			if (dir->page[page] == dctxi_page_empty.slot)
				break;
			if (!(dir->page[page][i] & 1) ||
			    !is_carried(injection->hop, index))
				continue;
			entry = dctxi_entry_at(index);
			if (keys->n < keys->room)
				keys->item[keys->n] = (struct dctxi_sorted){
					entry->prefix[0], entry};
			keys->n++;
		}
}

static bool name_before(const void *x, const void *y)
{
	const struct dctxi_entry *a = x, *b = y;

	return strcmp(a->key->name, b->key->name) < 0;
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

/*
 * The text is written where the value belongs, moved to the end of what it will
 * take, and coded from there: the writer never comes past the reader, since
 * what is left to be read is not longer coded than the room before it.
 */
static void write_value(struct dctxi_outward *out, dctx_bytes key,
			const dctx_any *value)
{
	char *from = begin(out, key);
	size_t left = (size_t)(out->text + DCTXI_BAG_BYTES - from);
	size_t len = dctxi_literal_write(value, from, left + 1), size;

	if (len == DCTXI_NO_TEXT) {
		dctxi_found(&out->sink, DCTX_RULE_VALUE_TEXT, DCTX_SKIPPED, 0,
			    key);
		return;
	}
	size = len <= left ? dctxi_percent_size((dctx_bytes){from, len}) : len;
	if (size > left) {
		cut(out, DCTX_RULE_BAGGAGE_LENGTH, key);
		return;
	}
	if (size > len) {
		memmove(from + size - len, from, len);
		(void)dctxi_percent_encode((dctx_bytes){from + size - len, len},
					   from);
	}
	out->used = (size_t)(from + size - out->text);
	out->count++;
}

/* The value is read now, since the user's code may have run since the keys were
 * collected. */
static void write_key(struct dctxi_outward *out, const dctx_key *key)
{
	dctx_bytes name = {key->name, strlen(key->name)};
	dctx_any value;

	if (!dctxi_border_key(out->injection->hop, key) ||
	    !dctx_store_get_any(out->injection->from, key, &value) ||
	    value.kind == 0)
		return;
	/* Some code what is no token as if it were a value; the standard has
	 * no such keys (3.3.1.2). */
	if (!dctxi_baggage_is_key(name)) {
		dctxi_found(&out->sink, DCTX_RULE_BAGGAGE_KEY, DCTX_SKIPPED, 0,
			    name);
		return;
	}
	if (key->policy & DCTX_SECRET)
		out->secret = true;
	if (fits(out, name.len + 1, name))
		write_value(out, name, &value);
}

static void write_keys(struct dctxi_outward *out, struct keys *keys)
{
	dctxi_sort(keys->item, keys->n, name_before);
	for (size_t i = 0; i < keys->n; i++) {
		const struct dctxi_entry *entry = keys->item[i].what;

		write_key(out, entry->key);
	}
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
