/* SPDX-License-Identifier: MIT */
/*
 * envelope_encode.c - a context as bytes.
 *
 * The entries are collected, sorted by key and written in one go. Each knows
 * its size beforehand, but for user types, whose length is put in afterwards.
 * A buffer that is too small is counted on past its end, so every call tells
 * the full size. The hook hears of values that stayed behind when the message
 * is done, after the last look at the directory, since it may change the store.
 */
#include "wire/envelope.h"

#include "data/fail.h"
#include "data/limit.h"
#include "data/registry.h"
#include "data/snapshot.h"
#include "data/utf8.h"
#include "wire/codec.h"
#include "wire/scratch.h"

/* An entry to be sent; `first` is the first eight bytes of its key. */
struct outgoing {
	uint64_t first;
	const struct dctxi_entry *entry;
};

/* What was found: `n` may be more than `room`. */
struct collection {
	const struct dctx_dir *dir;
	struct outgoing *item;
	size_t n, room;
	size_t unsent;
	const dctx_key *first_unsent;
};

static void collect_one(struct collection *c, uint32_t index)
{
	const struct dctxi_entry *entry = dctxi_entry_at(index);
	const dctx_key *key = entry->key;

	if (!(key->policy & DCTX_WIRE) || !dctxi_registry_has(NULL, index))
		return;
	if (key->kind == DCTX_KIND_TYPE && key->type->encode == NULL) {
		if (c->unsent++ == 0)
			c->first_unsent = key;
		return;
	}
	if (c->n < c->room)
		c->item[c->n] = (struct outgoing){entry->prefix[0], entry};
	c->n++;
}

static void collect_page(struct collection *c, const uintptr_t *slot,
			 uint32_t index)
{
	for (uint32_t i = 0; i < DCTXI_PAGE_SLOTS; i++)
		if (slot[i] & 1)
			collect_one(c, index + i);
}

static void collect(struct collection *c)
{
	c->n = c->unsent = 0;
	for (uint32_t page = 0; page < c->dir->pages; page++) {
		const uintptr_t *slot = c->dir->page[page];

		if (slot != dctxi_page_empty.slot)
			collect_page(c, slot, page * DCTXI_PAGE_SLOTS);
	}
}

/* Names differ, so those with 16 equal bytes, NULs behind the shorter
 * included, are both that long. */
static __attribute__((noinline)) bool rest_is_before(
	const struct dctxi_entry *a, const struct dctxi_entry *b)
{
	size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = 0;

	if (a->prefix[1] != b->prefix[1])
		return a->prefix[1] < b->prefix[1];
	if (len > 16)
		order = memcmp(a->key->name + 16, b->key->name + 16, len - 16);
	return order != 0 ? order < 0 : a->name_len < b->name_len;
}

static bool is_before(const struct outgoing *a, const struct outgoing *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	return rest_is_before(a->entry, b->entry);
}

static inline void sift(struct outgoing *item, size_t i, size_t gap)
{
	struct outgoing moved = item[i];

	for (; i >= gap && is_before(&moved, &item[i - gap]); i -= gap)
		item[i] = item[i - gap];
	item[i] = moved;
}

/* Shell's sort with Ciura's gaps: fast enough for as many keys as there can
 * be, and of a few it is a plain insertion sort. */
static void sort(struct outgoing *item, size_t n)
{
	static const unsigned short gaps[] = {7983, 3548, 1577, 701, 301,
					      132,  57,	  23,	10,  4};

	for (size_t g = n > 16 ? 0 : sizeof gaps / sizeof *gaps;
	     g < sizeof gaps / sizeof *gaps; g++)
		for (size_t i = gaps[g]; i < n; i++)
			sift(item, i, gaps[g]);
	for (size_t i = 1; i < n; i++)
		sift(item, i, 1);
}

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
static inline unsigned char *put_head(unsigned char *at,
				      const struct dctxi_entry *entry,
				      uint64_t value_len)
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

static dctx_status write_scalar(dctx_writer *w,
				const struct dctxi_entry *entry,
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

static dctx_status write_object(dctx_writer *w, const struct dctxi_entry *entry,
				const struct dctx_box *box)
{
	unsigned char *at = dctxi_writer_room(w, DCTXI_ENTRY_BYTES +
							 entry->name_len);
	size_t before = w->len;
	dctx_status status;

	if (at != NULL)
		at = put_head(at, entry, 0);
	status = judge(w, entry->key->type->encode(box->value.p, w));
	if (status != DCTX_OK)
		return dctxi_fail(status, entry->key->name);
	if (at != NULL)
		dctxi_store64(at - 8, w->len - before);
	return DCTX_OK;
}

static dctx_status write_entry(dctx_writer *w, const struct dctxi_entry *entry,
			       const struct dctx_box *box)
{
	const dctx_key *key = entry->key;
	size_t width = dctxi_scalar_width(key->kind);

	if (dctxi_past(DCTX_LIMIT_KEY_BYTES, entry->name_len))
		return dctxi_fail_limit(key->name, entry->name_len,
					dctxi_limit(DCTX_LIMIT_KEY_BYTES));
	if (width > 0)
		return write_scalar(w, entry, box, width);
	if (key->kind == DCTX_KIND_TYPE)
		return write_object(w, entry, box);
	return write_bytes(w, entry, box);
}

static dctx_status write_entries(dctx_writer *w, const struct collection *c)
{
	dctx_status status = DCTX_OK;

	if (dctxi_past(DCTX_LIMIT_ENTRIES, c->n))
		return dctxi_fail_limit("entries", c->n,
					dctxi_limit(DCTX_LIMIT_ENTRIES));
	dctx_write_u64(w, c->n);
	for (size_t i = 0; i < c->n && status == DCTX_OK; i++) {
		const struct dctxi_entry *entry = c->item[i].entry;

		status = write_entry(
			w, entry,
			dctxi_box(*dctxi_dir_slot(c->dir, entry->index)));
	}
	return status;
}

static dctx_status write_name(dctx_writer *w, const char *name)
{
	size_t len = strlen(name);

	if (dctxi_past(DCTX_LIMIT_NAME_BYTES, len))
		return dctxi_fail_limit("chain", len,
					dctxi_limit(DCTX_LIMIT_NAME_BYTES));
	if (!dctxi_utf8_valid(name, len))
		return dctxi_fail(DCTX_CORRUPT, "chain");
	dctx_write_bytes(w, name, len);
	return DCTX_OK;
}

static dctx_status write_names(dctx_writer *w, const char *const *names,
			       size_t n)
{
	size_t most = dctxi_limit(DCTX_LIMIT_CHAIN);
	size_t skip = most != 0 && n > most ? n - most : 0;
	dctx_status status = DCTX_OK;

	dctx_write_u64(w, n - skip);
	for (size_t i = skip; i < n && status == DCTX_OK; i++)
		status = write_name(w, names[i]);
	return status;
}

static dctx_status write_message(dctx_writer *w, const struct collection *c,
				 const char *const *names, size_t n_names)
{
	dctx_status status;

	dctx_write_u32(w, DCTXI_ENVELOPE_VERSION);
	status = write_entries(w, c);
	if (status == DCTX_OK)
		status = write_names(w, names, n_names);
	if (status == DCTX_OK && dctxi_past(DCTX_LIMIT_MESSAGE_BYTES, w->len))
		return dctxi_fail_limit("message", w->len,
					dctxi_limit(DCTX_LIMIT_MESSAGE_BYTES));
	return status;
}

static dctx_status finish(const dctx_writer *w, size_t size, size_t *out_len)
{
	const dctx_error small = {DCTX_TOO_SMALL, .size = w->len,
				  .limit = size, .what = "message"};

	if (w->status != DCTX_OK && w->status != DCTX_TOO_SMALL)
		return dctxi_fail(w->status, "message");
	*out_len = w->len;
	/* To ask for the size is no failure. */
	if (w->status == DCTX_OK || size == 0)
		return w->status;
	return dctxi_fail_with(&small);
}

dctx_status dctxi_envelope_encode(const struct dctx_dir *dir,
				  const char *const *names, size_t n_names,
				  void *buf, size_t size, size_t *out_len)
{
	struct outgoing few[DCTXI_FEW];
	struct collection c = {dir, few, .room = DCTXI_FEW};
	dctx_status status;
	dctx_writer w;

	collect(&c);
	if (c.n > c.room) {
		c.room = c.n;
		c.item = dctxi_scratch(c.room * sizeof *c.item);
		if (c.item == NULL)
			return dctxi_fail(DCTX_NOMEM, "entries");
		collect(&c);
	}
	sort(c.item, c.n);
	dctxi_writer_init(&w, buf, size);
	status = write_message(&w, &c, names, n_names);
	if (status == DCTX_OK)
		status = finish(&w, size, out_len);
	if (c.item != few)
		dctxi_scratch_free(c.item);
	if (status == DCTX_OK && c.unsent > 0)
		dctxi_events(DCTX_EV_UNSENT_VALUE, c.unsent, DCTX_OK,
			     c.first_unsent->name);
	return status;
}

static bool has_encode(const dctx_key *key)
{
	return key->policy & DCTX_WIRE && key->kind == DCTX_KIND_TYPE &&
	       key->type->encode != NULL;
}

static bool page_calls_user(const uintptr_t *slot, uint32_t index)
{
	for (uint32_t i = 0; i < DCTXI_PAGE_SLOTS; i++) {
		const struct dctx_box *box = dctxi_box(slot[i]);

		if (box != NULL && box->kind & DCTXI_BOX_COUNTED &&
		    has_encode(dctxi_entry_at(index + i)->key))
			return true;
	}
	return false;
}

bool dctxi_envelope_calls_user(const struct dctx_dir *dir)
{
	for (uint32_t i = 0; i < dir->pages; i++)
		if (dir->page[i] != dctxi_page_empty.slot &&
		    page_calls_user(dir->page[i], i * DCTXI_PAGE_SLOTS))
			return true;
	return false;
}

dctx_status dctx_snapshot_encode(const dctx_snapshot *snapshot, void *buf,
				 size_t size, size_t *out_len)
{
	const char *few[DCTXI_FEW], **names = few;
	dctx_status status;
	size_t n;

	if (snapshot == NULL || (buf == NULL && size > 0) || out_len == NULL)
		return dctxi_fail(DCTX_INVALID, "snapshot");
	n = dctxi_names_total(snapshot->names);
	if (n > DCTXI_FEW)
		names = dctxi_scratch(n * sizeof *names);
	if (names == NULL)
		return dctxi_fail(DCTX_NOMEM, "chain");
	dctxi_names_list(snapshot->names, names, n);
	status = dctxi_envelope_encode(snapshot->dir, names, n, buf, size,
				       out_len);
	if (names != few)
		dctxi_scratch_free(names);
	return status;
}
