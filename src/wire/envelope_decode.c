/* SPDX-License-Identifier: MIT */
/*
 * envelope_decode.c - bytes from outside as a context.
 *
 * Theory. Nothing is made before incoming.c has looked at all of the message,
 * and no memory is taken but, past DCTXI_FEW entries, for a table about the
 * size of the message. Then large values become objects and the user's codecs
 * and migrations run; when one refuses, what was made before it is released.
 * The snapshot is one block, made last. All of it hangs on a scratch, where
 * user's code that never returns leaves it.
 *
 * What is odd but accepted is counted when the message is taken, not when it
 * is refused, and the hook and the caller's report hear of it when the caller
 * has the snapshot.
 */
#include "data/fail.h"
#include "plat/heap.h"
#include "wire/incoming.h"
#include "wire/sort.h"

#define FEW_NAMES 64u

/* A text or bytes that is too long to stand beside its box. */
static dctx_status make_large(struct dctxi_incoming *m, struct dctxi_item *item)
{
	const dctx_key *key = dctxi_entry_at(item->index)->key;
	struct dctxi_object *object =
		dctxi_object_bytes(key->kind, item->value.p, item->len);

	if (object == NULL)
		return dctxi_fail(DCTX_NOMEM, key->name);
	dctxi_object_of_key(object, key);
	dctxi_scratch_take(m->scratch, object);
	item->value.p = object->data;
	item->counted = true;
	return DCTX_OK;
}

static bool is_large(const struct dctxi_item *item)
{
	return dctxi_is_large(dctxi_entry_at(item->index)->key, item->len);
}

/* What is superseded must only be good: it is let go at once, so that a message
 * cannot have one key a thousand times in memory. */
static dctx_status make_one(struct dctxi_incoming *m, struct dctxi_item *item)
{
	dctx_status status = DCTX_OK;

	if (dctxi_item_is_raw(item))
		status = dctxi_value_make(m, item);
	if (status == DCTX_OK && item->pointer && !item->counted &&
	    !item->skip && is_large(item))
		status = make_large(m, item);
	return status;
}

static dctx_status make_values(struct dctxi_incoming *m)
{
	dctx_status status = DCTX_OK;

	if (m->unmade > 0 && !dctxi_scratch_begin(&m->scratch))
		return dctxi_fail(DCTX_NOMEM, "message");
	for (size_t i = 0; i < m->n && m->unmade > 0 && status == DCTX_OK; i++)
		status = make_one(m, &m->item[i]);
	return status;
}

/* Reads the names once more, which cannot fail now; the newest comes first. */
static void list_names(const struct dctxi_incoming *m, struct dctxi_name *list)
{
	dctx_bytes name = {NULL, 0};
	dctx_reader r;

	dctxi_reader_init(&r, m->chain, (size_t)(m->in.end - m->chain));
	for (size_t i = m->names; i-- > 0;) {
		dctx_read_bytes(&r, &name);
		list[i] = (struct dctxi_name){name.data, name.len};
	}
}

static dctx_status make_names(const struct dctxi_incoming *m,
			      struct dctxi_names **out)
{
	struct dctxi_name few[FEW_NAMES], *list = few;
	size_t size = m->names * sizeof *list;

	if (m->names == 0)
		return DCTX_OK;
	if (m->names > FEW_NAMES)
		list = dctxi_alloc(size);
	if (list != NULL) {
		list_names(m, list);
		*out = dctxi_names_new(list, m->names);
	}
	if (list != few)
		dctxi_free(list, size);
	return *out != NULL ? DCTX_OK : dctxi_fail(DCTX_NOMEM, "chain");
}

static dctx_status build(struct dctxi_incoming *m, dctx_snapshot **out)
{
	struct dctxi_names *names = NULL;
	dctx_status status = make_names(m, &names);

	if (status != DCTX_OK)
		return status;
	if (m->n == 0 && names == NULL) {
		*out = dctx_snapshot_empty();
		return DCTX_OK;
	}
	status = dctxi_snapshot_build(m->item, m->n, names, out);
	if (status != DCTX_OK) {
		dctxi_names_unref(names);
		return dctxi_fail(status, "message");
	}
	if (m->scratch != NULL)
		dctxi_scratch_give(m->scratch);
	return DCTX_OK;
}

/* No key twice, whether anybody knows it or not. */
static dctx_status check_keys(struct dctxi_incoming *m, size_t n)
{
	const dctx_error error = {.status = DCTX_CORRUPT};
	const unsigned char *at = m->in.start + DCTXI_HEAD_BYTES;
	struct dctxi_sorted *sorted;
	dctx_bytes *keys;
	dctx_entry e;

	if (n < 2)
		return DCTX_OK;
	sorted = dctxi_scratch_room(&m->scratch,
				    n * (sizeof *sorted + sizeof *keys));
	if (sorted == NULL)
		return dctxi_fail(DCTX_NOMEM, "entries");
	keys = (dctx_bytes *)(void *)(sorted + n);
	for (size_t i = 0; i < n; i++) {
		at = dctxi_part_again(m->in.start, at, &e);
		keys[i] = e.key;
		sorted[i] = dctxi_sorted_key(&keys[i]);
	}
	dctxi_sort(sorted, n, dctxi_key_before);
	for (size_t i = 1; i < n; i++) {
		const dctx_bytes *a = sorted[i - 1].what, *b = sorted[i].what;

		if (dctxi_key_compare(*a, *b) == 0)
			return dctxi_part_refuse(
				&m->in, a > b ? a->data : b->data, *a, &error);
	}
	return DCTX_OK;
}

static dctx_status take(struct dctxi_incoming *m)
{
	dctx_status status;
	uint32_t version;
	size_t entries;

	status = dctxi_part_head(&m->in, &version, &entries);
	if (status != DCTX_OK)
		return status;
	if (entries > DCTXI_FEW)
		m->item = dctxi_scratch_room(&m->scratch,
					     entries * sizeof *m->item);
	if (m->item == NULL)
		return dctxi_fail(DCTX_NOMEM, "entries");
	status = dctxi_incoming_body(m, version, entries);
	if (status == DCTX_OK && m->options->flags & DCTX_DECODE_STRICT)
		status = check_keys(m, entries);
	return status;
}

/* What is signed says so before any of it is believed. */
static dctx_status check_seal(const struct dctxi_incoming *m, const void *data,
			      size_t len)
{
	dctx_message message;
	dctx_rule why;
	dctx_status status = DCTX_OK;

	if (m->options->auth != NULL)
		status = dctx_message_open(data, len, &message);
	if (m->options->auth != NULL && status == DCTX_OK)
		status = dctxi_auth_verify(m->options->auth, &message, &why);
	return status;
}

static bool are_sound(const dctx_decode_options *options)
{
	const unsigned known = DCTX_DECODE_STRICT | DCTX_DECODE_SKIP_BAD;

	return options->struct_size >= sizeof *options &&
	       (options->flags & ~known) == 0 && options->received_at >= 0 &&
	       (unsigned)options->trust <= DCTX_PUBLIC &&
	       (options->auth == NULL || (dctxi_auth_valid(options->auth) &&
					  options->auth->verify != NULL));
}

dctx_status dctxi_incoming_take(struct dctxi_incoming *m, const void *data,
				size_t len, const dctx_decode_options *options,
				struct dctxi_gate *gate)
{
	static const dctx_decode_options none = {.struct_size = sizeof none};
	dctx_status status;

	if (options == NULL)
		options = &none;
	if (data == NULL && len > 0)
		return dctxi_fail(DCTX_INVALID, "message");
	if (!are_sound(options))
		return dctxi_fail(DCTX_INVALID, "options");
	dctxi_incoming_begin(m, data, len, options);
	m->gate = gate;
	if (gate != NULL)
		gate->withheld = 0;
	status = check_seal(m, data, len);
	if (status == DCTX_OK)
		status = take(m);
	if (status != DCTX_OK)
		dctxi_scratch_end(m->scratch);
	return status;
}

dctx_status dctxi_incoming_make(struct dctxi_incoming *m, dctx_snapshot **out)
{
	dctx_status status = DCTX_OK;

	if (m->unmade > 0)
		status = make_values(m);
	if (status == DCTX_OK)
		status = build(m, out);
	if (status != DCTX_OK)
		dctxi_scratch_end(m->scratch);
	return status;
}

static void report_one(const struct dctxi_incoming *m,
		       const struct dctxi_item *item)
{
	dctx_bad_entry bad = {.status = (dctx_status)item->len};

	if (item->index != 0)
		bad.key = dctxi_entry_at(item->index)->key;
	if (bad.key != NULL && dctxi_key_reserved(bad.key))
		bad.key = NULL;
	dctxi_part_again(m->in.start, item->value.p, &bad.entry);
	m->options->report(m->options->user, &bad);
}

static void report_lost(const struct dctxi_incoming *m,
			const unsigned char *place)
{
	dctx_bad_entry bad = {.status = DCTX_CORRUPT};

	dctxi_part_again(m->in.start, place, &bad.entry);
	m->options->report(m->options->user, &bad);
}

void dctxi_incoming_end(struct dctxi_incoming *m)
{
	bool report = m->options->report != NULL &&
		      dctxi_incoming_odds(m, DCTX_EV_BAD_ENTRY) > 0;

	for (size_t i = 0; i < m->n && report; i++)
		if (dctxi_item_is_bad(&m->item[i]))
			report_one(m, &m->item[i]);
	for (size_t i = 0; i < 2 && report; i++)
		if (m->lost[i] != NULL)
			report_lost(m, m->lost[i]);
	dctxi_scratch_end(m->scratch);
	dctxi_incoming_tell(m);
}
