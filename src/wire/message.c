/* SPDX-License-Identifier: MIT */
/*
 * message.c - the first pass over bytes from outside.
 *
 * All that comes in is hostile until it was looked at: the version before all
 * else, then every count and length against the bytes that are left and
 * against the limits, every text, every built-in value.
 */
#include "wire/message.h"

#include "data/fail.h"
#include "data/limit.h"
#include "data/registry.h"
#include "data/utf8.h"
#include "wire/codec.h"
#include "wire/envelope.h"

/* The most bytes of one value: a length of 32 bits, and a NUL after them. */
#define VALUE_MAX (UINT32_MAX - 1)

/* Copies a text that has no NUL after it, cut to fit between characters. */
static void put_what(char to[64], dctx_bytes what)
{
	size_t len = what.len < 63 ? what.len : 63;

	memcpy(to, what.data, len);
	to[len] = '\0';
	if (len < what.len)
		to[dctxi_utf8_cut(what.data, len)] = '\0';
}

static dctx_status fail(const struct dctxi_message *m, const void *place,
			dctx_bytes what, dctx_error error)
{
	error.offset = (size_t)((const unsigned char *)place - m->in.start);
	put_what(error.what, what);
	return dctxi_fail_with(&error);
}

dctx_status dctxi_message_refuse(const struct dctxi_message *m,
				 const void *place, dctx_status status,
				 dctx_bytes what)
{
	return fail(m, place, what, (dctx_error){.status = status});
}

/* Refuses what ends early, where the reader stopped. */
static dctx_status corrupt(const struct dctxi_message *m, const char *what)
{
	return dctxi_message_refuse(m, m->in.at, DCTX_CORRUPT,
				    dctxi_text(what));
}

static dctx_status too_much(const struct dctxi_message *m, const void *place,
			    size_t size, dctx_limit limit, const char *what)
{
	return fail(m, place, dctxi_text(what),
		    (dctx_error){.status = DCTX_LIMIT,
				 .size = size,
				 .limit = dctxi_limit(limit)});
}

static inline dctx_status check(const struct dctxi_message *m,
				const void *place, size_t size,
				dctx_limit limit, const char *what)
{
	if (!dctxi_past(limit, size))
		return DCTX_OK;
	return too_much(m, place, size, limit, what);
}

/* Reads how many of something follow that takes `least` bytes at least: a
 * number that cannot be true is refused before anything relies on it. */
static dctx_status read_count(struct dctxi_message *m, size_t least,
			      const char *what, size_t *out)
{
	const unsigned char *place = m->in.at;
	uint64_t n;

	if (dctx_read_u64(&m->in, &n) != DCTX_OK)
		return corrupt(m, what);
	if (n > dctx_read_left(&m->in) / least)
		return dctxi_message_refuse(m, place, DCTX_CORRUPT,
					    dctxi_text(what));
	*out = (size_t)n;
	return DCTX_OK;
}

dctx_status dctxi_message_head(struct dctxi_message *m, size_t *out_count)
{
	const unsigned char *start = m->in.at;
	dctx_status status;
	uint32_t version;

	if (dctx_read_u32(&m->in, &version) != DCTX_OK)
		return corrupt(m, "version");
	if (version != DCTXI_ENVELOPE_VERSION)
		return dctxi_message_refuse(m, start, DCTX_UNSUPPORTED,
					    dctxi_text("version"));
	status = check(m, start, (size_t)(m->in.end - start),
		       DCTX_LIMIT_MESSAGE_BYTES, "message");
	if (status == DCTX_OK)
		status = read_count(m, DCTXI_ENTRY_BYTES, "entries", out_count);
	if (status == DCTX_OK)
		status = check(m, start + 4, *out_count, DCTX_LIMIT_ENTRIES,
			       "entries");
	return status;
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
	if (bytes.len > VALUE_MAX)
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
	*out_used = 8 + bytes.len;
	return point_at(bytes, item);
}

static dctx_status scan_object(dctx_bytes value, struct dctxi_item *item,
			       size_t *out_used)
{
	*out_used = value.len;
	return point_at(value, item);
}

/* Whether an index came before; from now on it did. */
static bool is_seen(struct dctxi_message *m, uint32_t index)
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

static dctx_status scan_value(struct dctxi_message *m,
			      const struct dctxi_entry *entry, dctx_bytes value)
{
	struct dctxi_item *item = &m->item[m->n++];
	const dctx_key *key = entry->key;
	dctx_status status;
	size_t used = 0;

	*item = (struct dctxi_item){.index = entry->index};
	if (dctxi_scalar_width(key->kind) > 0)
		status = scan_scalar(key, value, item, &used);
	else if (key->kind == DCTX_KIND_TYPE)
		status = scan_object(value, item, &used);
	else
		status = scan_bytes(key, value, item, &used);
	if (status != DCTX_OK)
		return fail(m, value.data, dctxi_text(key->name),
			    (dctx_error){.status = status,
					 .size = value.len,
					 .limit = status == DCTX_LIMIT
							  ? VALUE_MAX
							  : 0});
	if (used < value.len)
		dctxi_message_odd(m, DCTX_EV_TRAILING_BYTES,
				  dctxi_text(key->name));
	m->objects += key->kind == DCTX_KIND_TYPE ||
		      item->len >= DCTXI_INLINE_MAX;
	if (is_seen(m, entry->index))
		dctxi_message_odd(m, DCTX_EV_DUPLICATE_ENTRY,
				  dctxi_text(key->name));
	return DCTX_OK;
}

/* Reads a key or a name, still to be looked at as UTF-8. */
static dctx_status read_text(struct dctxi_message *m, dctx_limit limit,
			     const char *what, dctx_bytes *out)
{
	const unsigned char *place = m->in.at;

	if (dctxi_reader_bytes(&m->in, out) != DCTX_OK)
		return corrupt(m, what);
	return check(m, place, out->len, limit, what);
}

static bool comes_in(const dctx_key *key)
{
	return key->policy & DCTX_WIRE &&
	       (key->kind != DCTX_KIND_TYPE || key->type->decode != NULL);
}

/* What to do with an entry whose bytes are all there. */
static dctx_status scan_known(struct dctxi_message *m, dctx_bytes name,
			      const unsigned char *version, dctx_bytes value)
{
	const struct dctxi_entry *entry =
		dctxi_registry_find(NULL, name.data, name.len);

	if (entry == NULL) {
		if (!dctxi_utf8_valid(name.data, name.len))
			return dctxi_message_refuse(m, name.data, DCTX_CORRUPT,
						    dctxi_text("key"));
		dctxi_message_odd(m, DCTX_EV_UNKNOWN_ENTRY, name);
		return DCTX_OK;
	}
	if (!comes_in(entry->key)) {
		dctxi_message_odd(m, DCTX_EV_LOCAL_ENTRY, name);
		return DCTX_OK;
	}
	if (dctxi_load32(version) != entry->key->version)
		return dctxi_message_refuse(m, version, DCTX_UNSUPPORTED, name);
	return scan_value(m, entry, value);
}

static dctx_status scan_entry(struct dctxi_message *m)
{
	const unsigned char *version;
	dctx_bytes name, value;
	dctx_status status =
		read_text(m, DCTX_LIMIT_KEY_BYTES, "key", &name);

	if (status != DCTX_OK)
		return status;
	version = dctxi_reader_take(&m->in, 4);
	if (version == NULL || dctxi_reader_bytes(&m->in, &value) != DCTX_OK)
		return dctxi_message_refuse(m, m->in.at, DCTX_CORRUPT, name);
	return scan_known(m, name, version, value);
}

/* Here a name is a C string, so one with a NUL in it has no place. */
static dctx_status scan_name(struct dctxi_message *m)
{
	dctx_bytes name = {NULL, 0};
	dctx_status status =
		read_text(m, DCTX_LIMIT_NAME_BYTES, "name", &name);

	if (status != DCTX_OK)
		return status;
	if (!dctxi_utf8_valid(name.data, name.len) ||
	    memchr(name.data, '\0', name.len) != NULL)
		return dctxi_message_refuse(m, name.data, DCTX_CORRUPT,
					    dctxi_text("name"));
	return DCTX_OK;
}

static dctx_status scan_chain(struct dctxi_message *m)
{
	size_t most = dctxi_limit(DCTX_LIMIT_CHAIN), count, skip;
	dctx_status status =
		read_count(m, DCTXI_NAME_BYTES, "chain", &count);

	if (status != DCTX_OK)
		return status;
	skip = most != 0 && count > most ? count - most : 0;
	m->names = count - skip;
	for (size_t i = 0; i < count && status == DCTX_OK; i++) {
		if (i == skip)
			m->chain = m->in.at;
		status = scan_name(m);
	}
	if (skip > 0)
		dctxi_message_odd(m, DCTX_EV_CHAIN_TRIMMED,
				  dctxi_text("chain"));
	return status;
}

/* Of entries with one key the last counts: marks the others. */
static void mark_superseded(struct dctxi_message *m)
{
	memset(m->seen, 0, m->seen_words * sizeof *m->seen);
	for (size_t i = m->n; i-- > 0;)
		m->item[i].removed = is_seen(m, m->item[i].index);
}

dctx_status dctxi_message_body(struct dctxi_message *m, size_t count)
{
	dctx_status status = DCTX_OK;

	for (size_t i = 0; i < count && status == DCTX_OK; i++)
		status = scan_entry(m);
	if (status == DCTX_OK)
		status = scan_chain(m);
	if (status != DCTX_OK)
		return status;
	if (dctx_read_left(&m->in) > 0)
		dctxi_message_odd(m, DCTX_EV_TRAILING_BYTES,
				  dctxi_text("message"));
	if (m->odd[DCTX_EV_DUPLICATE_ENTRY - DCTXI_ODD_FIRST].n > 0)
		mark_superseded(m);
	return DCTX_OK;
}

void dctxi_message_odd(struct dctxi_message *m, dctx_event event,
		       dctx_bytes what)
{
	struct dctxi_odd *odd = &m->odd[event - DCTXI_ODD_FIRST];

	if (odd->n++ == 0)
		odd->what = what;
}

void dctxi_message_tell(const struct dctxi_message *m)
{
	char what[64];

	for (int i = 0; i < DCTXI_ODD_KINDS; i++) {
		if (m->odd[i].n == 0)
			continue;
		put_what(what, m->odd[i].what);
		dctxi_events((dctx_event)(DCTXI_ODD_FIRST + i), m->odd[i].n,
			     DCTX_OK, what);
	}
}
