/* SPDX-License-Identifier: MIT */
/*
 * envelope_encode.c - a context as bytes.
 *
 * Each entry knows its size beforehand, but for those that the user's code
 * writes, whose length is put in afterwards. A buffer that is too small is
 * counted on past its end, so every call tells the full size. The hook hears of
 * values that stayed behind when the message is done, after the last look at
 * the directory, since it may change the store.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "data/trace.h"
#include "data/utf8.h"
#include "wire/envelope.h"
#include "wire/part.h"
#include "wire/value.h"

/* memcpy; but most keys and ids have 8 to 16 bytes, which are two words. */
static inline void put_bytes(unsigned char *to, const void *from, size_t len)
{
	uint64_t head, tail;

	if (len < 8 || len > 16) {
		memcpy(to, from, len);
		return;
	}
	memcpy(&head, from, 8);
	memcpy(&tail, (const unsigned char *)from + len - 8, 8);
	memcpy(to, &head, 8);
	memcpy(to + len - 8, &tail, 8);
}

/* Writes an entry up to its value. */
static inline unsigned char *
put_head(unsigned char *at, const struct dctxi_entry *entry, uint64_t value_len)
{
	dctxi_store64(at, entry->name_len);
	put_bytes(at + 8, entry->key->name, entry->name_len);
	at += 8 + entry->name_len;
	dctxi_store32(at, entry->key->version);
	dctxi_store64(at + 4, value_len);
	return at + 12;
}

static void put_scalar(unsigned char *at, uint64_t bits, size_t width)
{
	switch (width) {
	case 1:
		*at = (unsigned char)bits;
		break;
	case 2:
		dctxi_store16(at, (uint16_t)bits);
		break;
	case 4:
		dctxi_store32(at, (uint32_t)bits);
		break;
	default:
		dctxi_store64(at, bits);
	}
}

static dctx_status write_scalar(dctx_writer *w, const struct dctxi_entry *entry,
				const struct dctx_box *box, size_t width)
{
	unsigned char *at = dctxi_writer_room(
		w, DCTXI_ENTRY_BYTES + entry->name_len + width);

	if (at != NULL)
		put_scalar(put_head(at, entry, width), box->value.u, width);
	return DCTX_OK;
}

/* A text or bytes: behind the value's own length come the bytes'. */
static dctx_status write_bytes(dctx_writer *w, const struct dctxi_entry *entry,
			       const struct dctx_box *box)
{
	size_t len = box->len;
	unsigned char *at;

	if (entry->key->kind == DCTX_KIND_STR &&
	    !dctxi_utf8_valid(box->value.p, len))
		return dctxi_fail(DCTX_CORRUPT, entry->key->name);
	at = dctxi_writer_room(w,
			       DCTXI_ENTRY_BYTES + entry->name_len + 8 + len);
	if (at == NULL)
		return DCTX_OK;
	at = put_head(at, entry, 8 + (uint64_t)len);
	dctxi_store64(at, len);
	put_bytes(at + 8, box->value.p, len);
	return DCTX_OK;
}

/* What a codec's result means beside its writer's: only counting on is no
 * failure, whether the codec passes it on or not. */
static dctx_status judge(const dctx_writer *w, dctx_status result)
{
	if (w->status != DCTX_OK && w->status != DCTX_TOO_SMALL)
		return w->status;
	if (result == DCTX_OK || result == w->status)
		return DCTX_OK;
	return result == DCTX_NOMEM ? DCTX_NOMEM : DCTX_CODEC;
}

/* A value as its codec sees it: at the box, or made in `plain`. */
static const void *seen(const dctx_key *key, const struct dctx_box *box,
			union dctxi_plain *plain)
{
	if (key->kind == DCTX_KIND_TYPE)
		return box->value.p;
	if (dctxi_scalar_width(key->kind) == 0)
		plain->bytes = (dctx_bytes){box->value.p, box->len};
	else
		dctxi_plain_set(key->kind, box->value.u, plain);
	return plain;
}

/* What the user's code writes: a key's codec, or its type's encode. */
static dctx_status write_made(dctx_writer *w, const struct dctxi_entry *entry,
			      const dctx_codec *codec,
			      const struct dctx_box *box)
{
	const dctx_key *key = entry->key;
	unsigned char *at =
		dctxi_writer_room(w, DCTXI_ENTRY_BYTES + entry->name_len);
	size_t before = w->len;
	union dctxi_plain plain;
	dctx_status status;

	if (at != NULL)
		at = put_head(at, entry, 0);
	if (codec != NULL)
		status = codec->encode(seen(key, box, &plain), w);
	else
		status = key->type->encode(box->value.p, w);
	status = judge(w, status);
	if (status != DCTX_OK)
		return dctxi_fail(status, key->name);
	if (at != NULL)
		dctxi_store64(at - 8, w->len - before);
	return DCTX_OK;
}

static dctx_status write_entry(dctx_writer *w, const struct dctxi_entry *entry,
			       const struct dctx_box *box, size_t longest)
{
	const dctx_key *key = entry->key;
	const dctx_codec *codec = NULL;
	size_t width = dctxi_scalar_width(key->kind);

	if (entry->name_len > longest)
		return dctxi_fail_limit(key->name, entry->name_len, longest);
	if (key->options != NULL)
		codec = dctxi_key_codec(key);
	if (codec != NULL || key->kind == DCTX_KIND_TYPE)
		return write_made(w, entry, codec, box);
	if (width > 0)
		return write_scalar(w, entry, box, width);
	return write_bytes(w, entry, box);
}

/* Whether something sent along comes before an entry of the registry. */
static bool extra_before(const struct dctxi_sorted *extra,
			 const struct dctxi_sorted *item)
{
	const struct dctxi_entry *entry = item->what;

	return dctxi_key_compare(
		       *(const dctx_bytes *)extra->what,
		       (dctx_bytes){entry->key->name, entry->name_len}) < 0;
}

static inline const struct dctx_box *box_of(const struct dctxi_outgoing *o,
					    const struct dctxi_entry *entry)
{
	if (o->members.value.p != NULL && entry->key == &dctxi_members_key)
		return &o->members;
	return dctxi_box(*dctxi_dir_slot(o->dir, entry->index));
}

static dctx_status write_entries(dctx_writer *w, const struct dctxi_outgoing *o)
{
	size_t extras = o->extras, n = o->n + extras, e = 0;
	size_t longest = dctxi_limit(DCTX_LIMIT_KEY_BYTES);
	dctx_status status = DCTX_OK;

	if (dctxi_past(DCTX_LIMIT_ENTRIES, n))
		return dctxi_fail_limit("entries", n,
					dctxi_limit(DCTX_LIMIT_ENTRIES));
	dctx_write_u64(w, n);
	for (size_t i = 0; i < o->n && status == DCTX_OK; i++) {
		const struct dctxi_entry *entry = o->item[i].what;

		for (; e < extras && extra_before(&o->extra[e], &o->item[i]);
		     e++)
			(void)dctxi_part_put_entry(w, o->extra[e].what);
		status = write_entry(w, entry, box_of(o, entry), longest);
	}
	for (; e < extras && status == DCTX_OK; e++)
		(void)dctxi_part_put_entry(w, o->extra[e].what);
	return status;
}

static dctx_status write_names(dctx_writer *w, const char *const *names,
			       size_t n)
{
	size_t most = dctxi_limit(DCTX_LIMIT_CHAIN);
	size_t skip = most != 0 && n > most ? n - most : 0;
	dctx_status status = DCTX_OK;

	dctx_write_u64(w, n - skip);
	for (size_t i = skip; i < n && status == DCTX_OK; i++)
		status = dctxi_part_put_name(w, dctxi_text(names[i]));
	return status;
}

static dctx_status write_message(dctx_writer *w, const struct dctxi_outgoing *o,
				 const char *const *names, size_t n_names)
{
	bool chain = !(o->options->flags & DCTX_ENCODE_NO_CHAIN);
	dctx_status status;

	dctx_write_u32(w, DCTXI_MESSAGE_V2);
	status = write_entries(w, o);
	if (status == DCTX_OK)
		status = write_names(w, names, chain ? n_names : 0);
	return status;
}

dctx_status dctxi_outgoing_write(struct dctxi_outgoing *o,
				 const char *const *names, size_t n_names,
				 void *buf, size_t size, size_t *out_len)
{
	dctx_status status;
	dctx_writer w;

	dctxi_writer_init(&w, buf, size);
	status = write_message(&w, o, names, n_names);
	if (status == DCTX_OK && o->options->auth != NULL && w.len <= size)
		status = dctxi_auth_sign(o->options->auth, buf, w.len);
	if (status == DCTX_OK)
		status = dctxi_part_finish(&w, size, out_len);
	dctxi_outgoing_end(o);
	if (status == DCTX_OK && o->unsent > 0)
		dctxi_events(DCTX_EV_UNSENT_VALUE, o->unsent, DCTX_OK,
			     o->first_unsent->name);
	return status;
}
