/* SPDX-License-Identifier: MIT */
/*
 * envelope_decode.c - bytes from outside as a context.
 *
 * Theory. Nothing is made before message.c has looked at all of the message,
 * and no memory is taken but, past DCTXI_FEW entries, for a table about the
 * size of the message. Then large values become objects and the codecs of user
 * types run; when one refuses, what was made before it is released. The
 * snapshot is one block, made last.
 *
 * What is odd but accepted is counted when the message is taken, not when it
 * is refused, and the hook hears of it when the caller has the snapshot.
 */
#include "wire/envelope.h"

#include "data/fail.h"
#include "data/registry.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "wire/codec.h"
#include "wire/message.h"
#include "wire/scratch.h"

#include <string.h>

#define FEW_NAMES 64u

/* What a codec's refusal is: the reader's own, a lack of memory, or its. */
static dctx_status judge(const dctx_reader *r, dctx_status result)
{
	if (r->status != DCTX_OK)
		return r->status;
	return result == DCTX_NOMEM ? DCTX_NOMEM : DCTX_CODEC;
}

static dctx_status make_value(struct dctxi_message *m, const dctx_key *key,
			      struct dctxi_item *item,
			      struct dctxi_object *object)
{
	dctx_status status;
	dctx_reader r;

	dctxi_reader_init(&r, item->value.p, item->len);
	status = key->type->decode(object->data, &r);
	if (status != DCTX_OK) {
		dctxi_let_go(&object->held);
		dctxi_object_discard(object);
		return dctxi_message_refuse(m, r.at, judge(&r, status),
					    dctxi_text(key->name));
	}
	/* A codec that did not look at the reader made a value all the same,
	 * which is to be destroyed. */
	if (r.status != DCTX_OK) {
		dctxi_let_go(&object->held);
		dctxi_object_unref(object->data);
		return dctxi_message_refuse(m, r.at, r.status,
					    dctxi_text(key->name));
	}
	if (dctx_read_left(&r) > 0)
		dctxi_message_odd(m, DCTX_EV_TRAILING_BYTES,
				  dctxi_text(key->name));
	item->len = 0;
	return DCTX_OK;
}

/* Puts each object on the thread's list, where a codec that never returns
 * leaves them all. What is superseded must only have been good: it is let go
 * at once, so that a message cannot have one key a thousand times in memory. */
static dctx_status make_object(struct dctxi_message *m, struct dctxi_item *item)
{
	const dctx_key *key = dctxi_entry_at(item->index)->key;
	bool typed = key->kind == DCTX_KIND_TYPE;
	struct dctxi_object *object;
	dctx_status status = DCTX_OK;

	if (!typed && (item->removed || !item->pointer ||
		       item->len < DCTXI_INLINE_MAX))
		return DCTX_OK;
	object = typed ? dctxi_object_room(key->type)
		       : dctxi_object_bytes(key->kind, item->value.p,
					    item->len);
	if (object == NULL)
		return dctxi_fail(DCTX_NOMEM, key->name);
	if (!dctxi_hold(&object->held)) {
		dctxi_object_discard(object);
		return dctxi_fail(DCTX_NOMEM, key->name);
	}
	if (typed)
		status = make_value(m, key, item, object);
	if (status != DCTX_OK)
		return status;
	if (item->removed) {
		dctxi_let_go(&object->held);
		dctxi_object_unref(object->data);
		return DCTX_OK;
	}
	item->value.p = object->data;
	item->counted = true;
	return DCTX_OK;
}

static dctx_status make_objects(struct dctxi_message *m)
{
	dctx_status status = DCTX_OK;

	for (size_t i = 0; i < m->n && status == DCTX_OK; i++)
		status = make_object(m, &m->item[i]);
	return status;
}

/* Takes the objects off the list, the newest first; and when the message is
 * refused, each away before the next one's destroy can jump. */
static void release_objects(const struct dctxi_message *m, bool refused)
{
	for (size_t i = m->n; i-- > 0;) {
		const void *data = m->item[i].value.p;

		if (!m->item[i].counted)
			continue;
		dctxi_let_go(&dctxi_object_of(data)->held);
		if (refused)
			dctxi_object_unref(data);
	}
}

/* Reads the names once more, which cannot fail now; the newest comes first. */
static void list_names(const struct dctxi_message *m, struct dctxi_name *list)
{
	dctx_bytes name = {NULL, 0};
	dctx_reader r;

	dctxi_reader_init(&r, m->chain, (size_t)(m->in.end - m->chain));
	for (size_t i = m->names; i-- > 0;) {
		dctx_read_bytes(&r, &name);
		list[i] = (struct dctxi_name){name.data, name.len};
	}
}

static dctx_status make_names(const struct dctxi_message *m,
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

static dctx_status build(struct dctxi_message *m, dctx_snapshot **out)
{
	struct dctxi_names *names = NULL;
	dctx_status status = DCTX_OK;

	if (m->objects > 0)
		status = make_objects(m);
	if (status == DCTX_OK)
		status = make_names(m, &names);
	if (m->objects > 0)
		release_objects(m, status != DCTX_OK);
	if (status != DCTX_OK)
		return status;
	if (m->n == 0 && names == NULL) {
		*out = dctx_snapshot_empty();
		return DCTX_OK;
	}
	status = dctxi_snapshot_build(m->item, m->n, names, out);
	return status == DCTX_OK ? DCTX_OK : dctxi_fail(status, "message");
}

static void begin(struct dctxi_message *m, const void *data, size_t len)
{
	dctxi_reader_init(&m->in, data, len);
	memset(m->odd, 0, sizeof m->odd);
	m->n = 0;
	m->objects = 0;
	m->names = 0;
	m->seen_words = 0;
}

dctx_status dctx_decode(const void *data, size_t len, dctx_snapshot **out)
{
	struct dctxi_item few[DCTXI_FEW];
	struct dctxi_message m;
	dctx_status status;
	size_t count;

	if ((data == NULL && len > 0) || out == NULL)
		return dctxi_fail(DCTX_INVALID, "message");
	begin(&m, data, len);
	status = dctxi_message_head(&m, &count);
	if (status != DCTX_OK)
		return status;
	m.item = count > DCTXI_FEW ? dctxi_scratch(count * sizeof *m.item)
				   : few;
	if (m.item == NULL)
		return dctxi_fail(DCTX_NOMEM, "entries");
	status = dctxi_message_body(&m, count);
	if (status == DCTX_OK)
		status = build(&m, out);
	if (m.item != few)
		dctxi_scratch_free(m.item);
	if (status == DCTX_OK)
		dctxi_message_tell(&m);
	return status;
}
