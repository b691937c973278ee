/* SPDX-License-Identifier: MIT */
/*
 * incoming.c - the first pass over a message: where its parts are, whose keys
 * they have, and every value that its kind reads by itself.
 */
#include "wire/incoming.h"

#include "data/fail.h"
#include "data/trace.h"
#include "data/utf8.h"
#include "wire/carried.h"
#include "wire/until.h"
#include "wire/value.h"

void dctxi_incoming_begin(struct dctxi_incoming *m, const void *data,
			  size_t len, const dctx_decode_options *options)
{
	dctxi_reader_init(&m->in, data, len);
	m->options = options;
	m->gate = NULL;
	m->scratch = NULL;
	m->item = m->few;
	m->n = 0;
	m->unmade = 0;
	m->names = 0;
	m->is_odd = false;
	m->limited = 0;
	m->lost[0] = m->lost[1] = NULL;
	m->seen_words = 0;
}

dctx_status dctxi_incoming_bad(struct dctxi_incoming *m,
			       struct dctxi_item *item, const void *entry,
			       const void *place, const dctx_error *error)
{
	const dctx_key *key = dctxi_entry_at(item->index)->key;

	if (!(m->options->flags & DCTX_DECODE_SKIP_BAD) ||
	    error->status == DCTX_NOMEM)
		return dctxi_part_refuse(&m->in, place, dctxi_text(key->name),
					 error);
	dctxi_incoming_odd(m, DCTX_EV_BAD_ENTRY, dctxi_text(key->name));
	*item = (struct dctxi_item){.index = item->index, .skip = true};
	item->value.p = entry;
	item->len = error->status;
	return DCTX_OK;
}

/* A scalar's bits as a box has them. */
static uint64_t load_scalar(uint32_t kind, const unsigned char *at)
{
	switch (kind) {
	case DCTX_KIND_BOOL:
	case DCTX_KIND_U8:
		return *at;
	case DCTX_KIND_I8:
		return (uint64_t)(int8_t)*at;
	case DCTX_KIND_I16:
		return (uint64_t)(int16_t)dctxi_load16(at);
	case DCTX_KIND_U16:
		return dctxi_load16(at);
	case DCTX_KIND_I32:
		return (uint64_t)(int32_t)dctxi_load32(at);
	case DCTX_KIND_U32:
	case DCTX_KIND_F32:
		return dctxi_load32(at);
	default:
		return dctxi_load64(at);
	}
}

/* Each of the three scans one kind of value and tells how many bytes it has;
 * more may follow. */
static dctx_status scan_scalar(const dctx_key *key, dctx_bytes value,
			       struct dctxi_item *item, size_t *out_used)
{
	size_t width = dctxi_scalar_width(key->kind);

	if (value.len < width)
		return DCTX_CORRUPT;
	item->value.u = load_scalar(key->kind, value.data);
	if (key->kind == DCTX_KIND_BOOL && item->value.u > 1)
		return DCTX_CORRUPT;
	*out_used = width;
	return DCTX_OK;
}

/* What is left as a view of the message, to be copied or decoded. */
static dctx_status point_at(dctx_bytes bytes, struct dctxi_item *item)
{
	if (bytes.len > DCTXI_VALUE_MAX)
		return DCTX_LIMIT;
	item->value.p = bytes.data;
	item->len = (uint32_t)bytes.len;
	item->pointer = true;
	return DCTX_OK;
}

static dctx_status scan_bytes(const dctx_key *key, dctx_bytes value,
			      struct dctxi_item *item, size_t *out_used)
{
	dctx_bytes bytes;
	uint64_t len;

	if (value.len < 8)
		return DCTX_CORRUPT;
	len = dctxi_load64(value.data);
	if (len > value.len - 8)
		return DCTX_CORRUPT;
	bytes = (dctx_bytes){(const char *)value.data + 8, (size_t)len};
	if (key->kind == DCTX_KIND_STR &&
	    !dctxi_utf8_valid(bytes.data, bytes.len))
		return DCTX_CORRUPT;
	if (dctxi_key_reserved(key) && !dctxi_trace_bytes_valid(key, bytes))
		return DCTX_CORRUPT;
	*out_used = 8 + bytes.len;
	return point_at(bytes, item);
}

static dctx_status scan_raw(dctx_bytes value, struct dctxi_item *item,
			    size_t *out_used)
{
	item->counted = true;
	*out_used = value.len;
	return point_at(value, item);
}

/* Whether the value is made by the user's code. */
static inline bool is_made(const dctx_key *key, uint32_t version)
{
	return key->kind == DCTX_KIND_TYPE || version != key->version ||
	       (key->options != NULL && dctxi_key_codec(key) != NULL);
}

static dctx_status scan_value(const dctx_key *key, const dctx_entry *e,
			      struct dctxi_item *item, size_t *out_used)
{
	if (e->version != key->version &&
	    dctxi_key_migration(key, e->version) == NULL)
		return DCTX_UNSUPPORTED;
	if (is_made(key, e->version))
		return scan_raw(e->value, item, out_used);
	if (dctxi_scalar_width(key->kind) > 0)
		return scan_scalar(key, e->value, item, out_used);
	return scan_bytes(key, e->value, item, out_used);
}

/* The version's place is in front of the value and its length. */
static dctx_status bad_value(struct dctxi_incoming *m, struct dctxi_item *item,
			     const dctx_entry *e, dctx_status status)
{
	const unsigned char *place = e->value.data;
	dctx_error error = {.status = status, .version = e->version};

	if (status == DCTX_LIMIT) {
		error.size = e->value.len;
		error.limit = DCTXI_VALUE_MAX;
	}
	if (status == DCTX_UNSUPPORTED)
		place -= 12;
	return dctxi_incoming_bad(m, item, m->in.start + e->offset, place,
				  &error);
}

static dctx_status bad_tail(struct dctxi_incoming *m, struct dctxi_item *item,
			    const dctx_entry *e, size_t used)
{
	const dctx_error error = {.status = DCTX_CORRUPT,
				  .version = e->version};

	return dctxi_incoming_bad(m, item, m->in.start + e->offset,
				  (const char *)e->value.data + used, &error);
}

dctx_status dctxi_incoming_tail(struct dctxi_incoming *m, dctx_bytes what)
{
	if (m->options->flags & DCTX_DECODE_STRICT)
		return DCTX_CORRUPT;
	dctxi_incoming_odd(m, DCTX_EV_TRAILING_BYTES, what);
	return DCTX_OK;
}

/* Whether an index came before; from now on it did. */
static inline bool is_seen(struct dctxi_incoming *m, uint32_t index)
{
	uint64_t bit = UINT64_C(1) << index % 64;
	uint64_t *word = &m->seen[index / 64];
	bool before;

	while (m->seen_words <= index / 64)
		m->seen[m->seen_words++] = 0;
	before = (*word & bit) != 0;
	*word |= bit;
	return before;
}

static dctx_status scan_ours(struct dctxi_incoming *m,
			     const struct dctxi_entry *entry,
			     const dctx_entry *e)
{
	struct dctxi_item *item = &m->item[m->n++];
	const dctx_key *key = entry->key;
	dctx_status status;
	size_t used = 0;

	*item = (struct dctxi_item){.index = entry->index};
	status = scan_value(key, e, item, &used);
	if (status != DCTX_OK)
		status = bad_value(m, item, e, status);
	else if (used < e->value.len &&
		 dctxi_incoming_tail(m, e->key) != DCTX_OK)
		status = bad_tail(m, item, e, used);
	if (status != DCTX_OK)
		return status;
	m->unmade += dctxi_item_is_raw(item) ||
		     (item->pointer && dctxi_is_large(key, item->len));
	if (is_seen(m, entry->index))
		dctxi_incoming_odd(m, DCTX_EV_DUPLICATE_ENTRY, e->key);
	return DCTX_OK;
}

static dctx_status bad_limit(struct dctxi_incoming *m, const dctx_entry *e,
			     size_t used, dctx_status status)
{
	const unsigned char *place = e->value.data;
	const dctx_error error = {.status = status, .version = e->version};
	struct dctxi_item *item;

	if (status == DCTX_UNSUPPORTED)
		place -= 12;
	if (!(m->options->flags & DCTX_DECODE_SKIP_BAD))
		return dctxi_part_refuse(&m->in, place + used, e->key, &error);
	dctxi_incoming_odd(m, DCTX_EV_BAD_ENTRY, e->key);
	item = &m->item[m->n++];
	*item = (struct dctxi_item){.len = status, .skip = true};
	item->value.p = m->in.start + e->offset;
	return DCTX_OK;
}

/* An entry of what ends the context. */
static dctx_status scan_limit(struct dctxi_incoming *m, const dctx_entry *e)
{
	struct dctxi_limits before, *limits = &m->limits;
	dctx_status status;
	uint8_t which = e->key.len == sizeof "dctx.cancel" - 1 ? 1 : 2;
	size_t used = 0;

	if (m->limited == 0)
		*limits = DCTXI_NO_LIMITS;
	if (m->limited & which)
		dctxi_incoming_odd(m, DCTX_EV_DUPLICATE_ENTRY, e->key);
	m->limited |= which;
	before = *limits;
	status = dctxi_limits_read(e, limits, &used);
	if (status == DCTX_OK && used < e->value.len)
		status = dctxi_incoming_tail(m, e->key);
	if (status == DCTX_OK)
		return DCTX_OK;
	*limits = before;
	return bad_limit(m, e, used, status);
}

/* Whether a key's value must not come in; counted. */
static bool is_withheld(struct dctxi_incoming *m, const dctx_key *key)
{
	if (m->gate == NULL || m->gate->may(m->gate, key))
		return false;
	m->gate->withheld++;
	if (m->gate->odd)
		dctxi_incoming_odd(m, DCTX_EV_LOCAL_ENTRY,
				   dctxi_text(key->name));
	return true;
}

/* What headers would not have brought as it is loses a part. */
static dctx_status mend(struct dctxi_incoming *m, struct dctxi_item *item,
			const dctx_key *key, const dctx_entry *e)
{
	bool bad;
	dctx_status status = dctxi_carried_come(m, item, key, &bad);

	if (status != DCTX_OK || !bad)
		return status;
	if (m->options->flags & DCTX_DECODE_STRICT)
		return bad_value(m, item, e, DCTX_CORRUPT);
	m->lost[key == &dctxi_members_key] = m->in.start + e->offset;
	dctxi_incoming_odd(m, DCTX_EV_BAD_ENTRY, e->key);
	return DCTX_OK;
}

/* An entry of the trace's, which no registry has. */
static dctx_status scan_trace(struct dctxi_incoming *m, dctx_key *key,
			      const dctx_entry *e)
{
	dctx_status status;

	if (is_withheld(m, key))
		return DCTX_OK;
	status = dctxi_key_reserve(key);
	if (status != DCTX_OK)
		return status;
	status = scan_ours(m, dctxi_entry_at(dctxi_key_index(key)), e);
	if (status != DCTX_OK || dctxi_item_is_bad(&m->item[m->n - 1]))
		return status;
	return mend(m, &m->item[m->n - 1], key, e);
}

/* A name that no key of the registry has. */
static dctx_status pass_over(struct dctxi_incoming *m, const dctx_entry *e)
{
	dctx_status status = dctxi_part_check_key(&m->in, e->key);
	dctx_event event = DCTX_EV_UNKNOWN_ENTRY;

	if (status != DCTX_OK)
		return status;
	if (dctxi_is_reserved(e->key)) {
		dctx_key *key = dctxi_trace_key_named(e->key);

		if (dctxi_limits_have(e->key))
			return scan_limit(m, e);
		if (key != NULL)
			return scan_trace(m, key, e);
		if (dctxi_auth_is(e->key) || dctxi_until_has(e->key))
			return DCTX_OK; /* looked at before, if at all */
		event = DCTX_EV_RESERVED_ENTRY;
	}
	dctxi_incoming_odd(m, event, e->key);
	return DCTX_OK;
}

static inline bool comes_in(const dctx_key *key)
{
	return key->policy & DCTX_WIRE &&
	       (key->kind != DCTX_KIND_TYPE || key->type->decode != NULL ||
		dctxi_key_codec(key) != NULL);
}

static inline dctx_status scan_entry(struct dctxi_incoming *m)
{
	const struct dctxi_entry *entry;
	dctx_entry e;

	if (!dctxi_part_entry(&m->in, &e))
		return m->in.status;
	entry = dctxi_registry_find(m->options->registry, e.key.data,
				    e.key.len);
	if (entry == NULL)
		return pass_over(m, &e);
	if (!comes_in(entry->key))
		dctxi_incoming_odd(m, DCTX_EV_LOCAL_ENTRY, e.key);
	else if (!is_withheld(m, entry->key))
		return scan_ours(m, entry, &e);
	return DCTX_OK;
}

static dctx_status scan_names(struct dctxi_incoming *m, size_t count)
{
	size_t most = dctxi_limit(DCTX_LIMIT_CHAIN);
	size_t skip = most != 0 && count > most ? count - most : 0;
	dctx_status status = DCTX_OK;
	dctx_bytes name;

	m->names = count - skip;
	for (size_t i = 0; i < count && status == DCTX_OK; i++) {
		if (i == skip)
			m->chain = m->in.at;
		status = dctxi_part_name(&m->in, &name);
	}
	if (skip > 0)
		dctxi_incoming_odd(m, DCTX_EV_CHAIN_TRIMMED,
				   dctxi_text("chain"));
	return status;
}

static dctx_status scan_chain(struct dctxi_incoming *m, uint32_t version)
{
	size_t count;
	dctx_status status = dctxi_part_chain(&m->in, version, &count);

	if (status != DCTX_OK || count == DCTXI_NO_CHAIN)
		return status;
	status = scan_names(m, count);
	if (status != DCTX_OK || dctx_read_left(&m->in) == 0)
		return status;
	if (version == DCTXI_MESSAGE_V1 ||
	    m->options->flags & DCTX_DECODE_STRICT)
		return dctxi_part_end(&m->in);
	dctxi_incoming_odd(m, DCTX_EV_TRAILING_BYTES, dctxi_text("message"));
	return DCTX_OK;
}

/* Of entries with one key the last counts: marks the others. */
static void mark_superseded(struct dctxi_incoming *m)
{
	memset(m->seen, 0, m->seen_words * sizeof *m->seen);
	for (size_t i = m->n; i-- > 0;)
		m->item[i].skip |= is_seen(m, m->item[i].index);
}

dctx_status dctxi_incoming_body(struct dctxi_incoming *m, uint32_t version,
				size_t entries)
{
	dctx_status status = DCTX_OK;

	for (size_t i = 0; i < entries && status == DCTX_OK; i++)
		status = scan_entry(m);
	if (status == DCTX_OK)
		status = scan_chain(m, version);
	if (status != DCTX_OK)
		return status;
	if (dctxi_incoming_odds(m, DCTX_EV_DUPLICATE_ENTRY) > 0)
		mark_superseded(m);
	return DCTX_OK;
}

void dctxi_incoming_odd(struct dctxi_incoming *m, dctx_event event,
			dctx_bytes what)
{
	struct dctxi_odd *odd = &m->odd[event - DCTXI_ODD_FIRST];

	if (!m->is_odd)
		memset(m->odd, 0, sizeof m->odd);
	m->is_odd = true;
	if (odd->n++ == 0)
		odd->what = what;
}

uint64_t dctxi_incoming_odds(const struct dctxi_incoming *m, dctx_event event)
{
	return m->is_odd ? m->odd[event - DCTXI_ODD_FIRST].n : 0;
}

void dctxi_incoming_tell(const struct dctxi_incoming *m)
{
	char what[64];

	for (int i = 0; i < DCTXI_ODD_KINDS && m->is_odd; i++) {
		if (m->odd[i].n == 0)
			continue;
		dctxi_part_what(what, m->odd[i].what);
		dctxi_events((dctx_event)(DCTXI_ODD_FIRST + i), m->odd[i].n,
			     DCTX_OK, what);
	}
}
