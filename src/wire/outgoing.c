/* SPDX-License-Identifier: MIT */
/* outgoing.c - what is to be sent, in the order in which it is sent. */
#include "data/fail.h"
#include "data/registry.h"
#include "data/trace.h"
#include "wire/carried.h"
#include "wire/envelope.h"
#include "wire/part.h"

#include <string.h>

/* Whether a value leaves, and whether the user's code writes it. */
static inline bool leaves(struct dctxi_outgoing *o, const dctx_key *key)
{
	const dctx_codec *codec = NULL;

	if (key->options != NULL)
		codec = dctxi_key_codec(key);
	if (codec == NULL && key->kind != DCTX_KIND_TYPE)
		return true;
	if (codec != NULL || key->type->encode != NULL) {
		o->calls_user = true;
		return true;
	}
	if (o->unsent++ == 0)
		o->first_unsent = key;
	return false;
}

/* Whether a key is of the trace's, which no registry has. */
static bool is_trace(const struct dctxi_outgoing *o, const dctx_key *key)
{
	return dctxi_key_reserved(key) &&
	       !(o->options->flags & DCTX_ENCODE_NO_TRACE);
}

static bool is_withheld(struct dctxi_outgoing *o, const dctx_key *key)
{
	if (o->gate->may(o->gate, key)) {
		o->gate->secret |= (key->policy & DCTX_SECRET) != 0;
		return false;
	}
	o->gate->withheld++;
	return true;
}

/* Collects what a page shows, behind the first `n`; returns how many there are
 * then, of which those past the room are only counted. */
static inline size_t collect_page(struct dctxi_outgoing *o,
				  const uint64_t *bits, uint32_t page, size_t n)
{
	const uintptr_t *slot = o->dir->page[page];
	struct dctxi_sorted *item = o->item;

	for (uint32_t i = 0; i < DCTXI_PAGE_SLOTS; i++) {
		uint32_t index = page * DCTXI_PAGE_SLOTS + i;
		const struct dctxi_entry *entry;

		if (!(slot[i] & 1))
			continue;
		entry = dctxi_entry_at(index);
		if (!(entry->key->policy & DCTX_WIRE) ||
		    !(dctxi_bits_have(bits, index) ||
		      is_trace(o, entry->key)) ||
		    (o->gate != NULL && is_withheld(o, entry->key)) ||
		    !leaves(o, entry->key))
			continue;
		if (n < o->room)
			item[n] = dctxi_sorted_entry(entry);
		n++;
	}
	return n;
}

static void collect(struct dctxi_outgoing *o)
{
	const uint64_t *bits = dctxi_registry_bits(o->options->registry);
	size_t n = 0;

	o->unsent = 0;
	if (o->gate != NULL)
		o->gate->withheld = 0;
	for (uint32_t page = 0; page < o->dir->pages; page++)
		if (o->dir->page[page] != dctxi_page_empty.slot)
			n = collect_page(o, bits, page, n);
	o->n = n;
}

static dctx_status conflict(dctx_bytes key)
{
	char what[64];

	dctxi_part_what(what, key);
	return dctxi_fail(DCTX_CONFLICT, what);
}

static dctx_status add_extra(struct dctxi_outgoing *o, const dctx_entry *entry)
{
	dctx_status status = dctxi_part_check_sent(entry);

	if (status != DCTX_OK)
		return status;
	if (dctxi_registry_find(o->options->registry, entry->key.data,
				entry->key.len))
		return conflict(entry->key);
	o->extra[o->extras++] = dctxi_sorted_key(&entry->key);
	return DCTX_OK;
}

/* Where this context's own limits and trace could be told, those of another
 * message are not: they would be old. */
static bool is_older(const dctx_encode_options *options, dctx_bytes name)
{
	if (dctxi_limits_have(name))
		return !(options->flags & DCTX_ENCODE_NO_LIMITS);
	if (dctxi_auth_is(name))
		return options->auth != NULL;
	return dctxi_trace_key_named(name) != NULL &&
	       !(options->flags & DCTX_ENCODE_NO_TRACE);
}

/* What the user sends along, and the limits. */
static dctx_status add_extras(struct dctxi_outgoing *o)
{
	const dctx_encode_options *options = o->options;
	dctx_status status = DCTX_OK;

	for (size_t i = 0; i < options->entry_count && status == DCTX_OK; i++)
		if (!is_older(options, options->entries[i].key))
			status = add_extra(o, &options->entries[i]);
	for (size_t i = 0; o->limits != NULL && i < o->limit.n; i++)
		if (status == DCTX_OK)
			status = add_extra(o, &o->limit.entry[i]);
	if (status == DCTX_OK && options->auth != NULL) {
		o->seal = dctxi_auth_entry(options->auth, o->sealed);
		status = add_extra(o, &o->seal);
	}
	return status;
}

/* No name that is the registry's, none twice. */
static dctx_status collect_extra(struct dctxi_outgoing *o)
{
	size_t n = o->options->entry_count;
	dctx_status status;

	if (dctxi_past(DCTX_LIMIT_ENTRIES, n))
		return dctxi_fail_limit("entries", n,
					dctxi_limit(DCTX_LIMIT_ENTRIES));
	if (o->limits != NULL)
		dctxi_limits_write(o->limits, &o->limit);
	n += 3;
	o->extra = dctxi_scratch_room(&o->scratch, n * sizeof *o->extra);
	if (o->extra == NULL)
		return dctxi_fail(DCTX_NOMEM, "entries");
	status = add_extras(o);
	if (status != DCTX_OK)
		return status;
	dctxi_sort(o->extra, o->extras, dctxi_key_before);
	for (size_t i = 1; i < o->extras; i++) {
		const dctx_bytes *a = o->extra[i - 1].what;

		if (dctxi_key_compare(
			    *a, *(const dctx_bytes *)o->extra[i].what) == 0)
			return conflict(*a);
	}
	return DCTX_OK;
}

static bool are_sound(const dctx_encode_options *options)
{
	const unsigned known = DCTX_ENCODE_NO_CHAIN | DCTX_ENCODE_NO_LIMITS |
			       DCTX_ENCODE_NO_TRACE;

	return options->struct_size >= sizeof *options &&
	       (options->flags & ~known) == 0 && options->hop_cost >= 0 &&
	       (unsigned)options->trust <= DCTX_PUBLIC &&
	       (options->entries != NULL || options->entry_count == 0) &&
	       (options->auth == NULL || (dctxi_auth_valid(options->auth) &&
					  options->auth->sign != NULL));
}

/* Past the stack's room they are collected a second time. */
static dctx_status collect_all(struct dctxi_outgoing *o)
{
	dctx_status status = DCTX_OK;

	collect(o);
	if (o->n > o->room) {
		o->room = o->n;
		o->item = dctxi_scratch_room(&o->scratch,
					     o->room * sizeof *o->item);
		if (o->item == NULL)
			return dctxi_fail(DCTX_NOMEM, "entries");
		collect(o);
	}
	if (o->gate != NULL && dctxi_members_in(o->dir).len > 0)
		status = dctxi_members_leave(o);
	if (status != DCTX_OK)
		return status;
	dctxi_sort(o->item, o->n, dctxi_entry_before);
	if (o->options->entry_count > 0 || o->limits != NULL ||
	    o->options->auth != NULL)
		return collect_extra(o);
	return DCTX_OK;
}

dctx_status dctxi_outgoing_begin(struct dctxi_outgoing *o,
				 const struct dctx_dir *dir,
				 const dctx_encode_options *options,
				 const struct dctxi_limits *limits,
				 struct dctxi_gate *gate)
{
	static const dctx_encode_options none = {.struct_size = sizeof none};
	dctx_status status;

	o->dir = dir;
	o->options = options != NULL ? options : &none;
	if (!are_sound(o->options))
		return dctxi_fail(DCTX_INVALID, "options");
	o->scratch = NULL;
	o->item = o->few;
	o->room = DCTXI_FEW;
	o->extra = NULL;
	o->extras = 0;
	o->limits = limits;
	o->gate = gate;
	o->members.value.p = NULL;
	o->calls_user = false;
	status = collect_all(o);
	if (status != DCTX_OK)
		dctxi_outgoing_end(o);
	return status;
}

void dctxi_outgoing_end(struct dctxi_outgoing *o)
{
	dctxi_scratch_end(o->scratch);
}
