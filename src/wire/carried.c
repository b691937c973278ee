/* SPDX-License-Identifier: MIT */
#include "wire/carried.h"

#include "data/fail.h"
#include "data/trace.h"
#include "wire/bag.h"
#include "wire/tracestate.h"

const dctx_key *dctxi_member_key(const dctx_registry *registry, dctx_bytes name)
{
	const struct dctxi_entry *entry =
		dctxi_registry_find(registry, name.data, name.len);

	if (entry == NULL || !(entry->key->policy & DCTX_BAGGAGE))
		return NULL;
	return entry->key;
}

static size_t line_len(const struct dctxi_bag *bag)
{
	return bag->bytes + bag->count - (bag->count > 0);
}

/* Takes out of a bag the members whose key is not let through. Returns: how
 * many that were. After this a bag is only written. */
static size_t hold_back(struct dctxi_bag *bag, const dctx_registry *registry,
			const struct dctxi_gate *gate)
{
	size_t kept = 0, held;

	if (gate == NULL)
		return 0;
	for (size_t i = 0; i < bag->count; i++) {
		struct dctxi_member member = dctxi_bag_at(bag, i);
		const dctx_key *key = dctxi_member_key(registry, member.key);

		if (key == NULL || gate->may(gate, key))
			bag->member[kept++] = bag->member[i];
	}
	held = bag->count - kept;
	bag->count = kept;
	return held;
}

static bool is_strict(const struct dctxi_incoming *m)
{
	return (m->options->flags & DCTX_DECODE_STRICT) != 0;
}

/* Apart from what calls it, for the bag's room on the stack: most messages have
 * no members. */
__attribute__((noinline)) static dctx_status
members_come(struct dctxi_incoming *m, struct dctxi_item *item, bool *out_bad)
{
	dctx_bytes line = {item->value.p, item->len};
	struct dctxi_bag bag;
	size_t held;
	char *room;

	dctxi_bag_begin(&bag);
	dctxi_bag_add(&bag, line, NULL);
	*out_bad = line_len(&bag) != line.len;
	if (*out_bad && is_strict(m))
		return DCTX_OK;
	held = hold_back(&bag, m->options->registry, m->gate);
	if (!*out_bad && held == 0)
		return DCTX_OK;
	if (held > 0)
		m->gate->withheld += held;
	room = dctxi_scratch_room(&m->scratch, line.len);
	if (room == NULL)
		return dctxi_fail(DCTX_NOMEM, dctxi_members_key.name);
	item->value.p = room;
	item->len = (uint32_t)dctxi_bag_write(&bag, room);
	item->skip = item->len == 0;
	return DCTX_OK;
}

static void trace_comes(struct dctxi_incoming *m, struct dctxi_item *item,
			bool *out_bad)
{
	const char *state = (const char *)item->value.p + DCTXI_TRACE_HEAD;
	size_t len = item->len - DCTXI_TRACE_HEAD;

	*out_bad = len > 0 && !dctxi_tracestate_valid((dctx_bytes){state, len});
	if (*out_bad && !is_strict(m))
		item->len = DCTXI_TRACE_HEAD;
}

dctx_status dctxi_carried_come(struct dctxi_incoming *m,
			       struct dctxi_item *item, const dctx_key *key,
			       bool *out_bad)
{
	if (key == &dctxi_members_key)
		return members_come(m, item, out_bad);
	trace_comes(m, item, out_bad);
	return DCTX_OK;
}

/* Takes the members' entry off the list. */
static void drop(struct dctxi_outgoing *o, size_t i)
{
	o->n--;
	memmove(&o->item[i], &o->item[i + 1], (o->n - i) * sizeof *o->item);
}

static dctx_status filter(struct dctxi_outgoing *o, size_t i)
{
	dctx_bytes line = dctxi_members_in(o->dir);
	struct dctxi_bag bag;
	size_t held;
	char *room;

	dctxi_bag_begin(&bag);
	dctxi_bag_add(&bag, line, NULL);
	held = hold_back(&bag, o->options->registry, o->gate);
	o->gate->withheld += held;
	if (held == 0)
		return DCTX_OK;
	if (bag.count == 0) {
		drop(o, i);
		return DCTX_OK;
	}
	room = dctxi_scratch_room(&o->scratch, line.len);
	if (room == NULL)
		return dctxi_fail(DCTX_NOMEM, dctxi_members_key.name);
	o->members.value.p = room;
	o->members.len = (uint32_t)dctxi_bag_write(&bag, room);
	return DCTX_OK;
}

dctx_status dctxi_members_leave(struct dctxi_outgoing *o)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct dctxi_entry *entry = o->item[i].what;

		if (entry->key == &dctxi_members_key)
			return filter(o, i);
	}
	return DCTX_OK;
}
