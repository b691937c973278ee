/* SPDX-License-Identifier: MIT */
/*
 * value_decode.c - a value that the user's code makes: by a codec, or by its
 * type's decode, and then by one migration after the other.
 *
 * Theory. A value on its way is in a cell: an object of the scratch, or plain.
 * Two cells are enough, since of the older value nothing is needed once the
 * newer one is made. Whatever the user's code does, an object is in one of two
 * states: being made, when it is freed without more, or whole, when it is
 * destroyed, once.
 */
#include "wire/incoming.h"
#include "wire/value.h"

struct cell {
	uint32_t kind;
	struct dctxi_object *object; /* of DCTX_KIND_TYPE */
	union dctxi_plain plain;     /* of any other */
};

/* The way of one value. */
struct way {
	struct dctxi_incoming *m;
	const dctx_key *key;
	dctx_reader r; /* over its bytes; then over none, for migrations */
};

static void *address(struct cell *cell)
{
	return cell->object != NULL ? (void *)cell->object->data
				    : (void *)&cell->plain;
}

/* Room for a value, zeroed. */
static dctx_status begin(struct way *way, struct cell *cell, uint32_t kind,
			 const dctx_type *type)
{
	*cell = (struct cell){.kind = kind};
	if (kind != DCTX_KIND_TYPE)
		return DCTX_OK;
	cell->object = dctxi_scratch_make(way->m->scratch, type);
	dctxi_object_of_key(cell->object, way->key);
	return cell->object != NULL ? DCTX_OK : DCTX_NOMEM;
}

/* What the result of the user's code is: the reader's own failure, a lack of
 * memory, or the code's. */
static dctx_status judge(const dctx_reader *r, dctx_status result)
{
	if (r->status != DCTX_OK)
		return r->status;
	return result == DCTX_NOMEM ? DCTX_NOMEM : DCTX_CODEC;
}

static void drop(struct way *way, struct cell *cell)
{
	if (cell->object != NULL)
		dctxi_scratch_drop(way->m->scratch, cell->object);
}

/* Code that did not look at the reader made a value all the same, which is to
 * be destroyed. */
static dctx_status settle(struct way *way, struct cell *cell,
			  dctx_status result)
{
	dctx_status status;

	if (result != DCTX_OK) {
		if (cell->object != NULL)
			dctxi_scratch_unmake(way->m->scratch);
		return judge(&way->r, result);
	}
	if (cell->object != NULL)
		dctxi_scratch_made(way->m->scratch);
	status = way->r.status;
	if (status == DCTX_OK && cell->object == NULL)
		status = dctxi_plain_check(cell->kind, &cell->plain);
	if (status != DCTX_OK)
		drop(way, cell);
	return status;
}

/* Reads what was sent: a value of the migration `step`, or without one of the
 * key's own. */
static dctx_status read_sent(struct way *way, const dctx_migration *step,
			     struct cell *cell)
{
	const dctx_key *key = way->key;
	const dctx_type *type = step != NULL ? step->type : key->type;
	const dctx_codec *codec = step != NULL
					  ? dctxi_migration_codec(key, step)
					  : dctxi_key_codec(key);
	dctx_status status = begin(way, cell,
				   step != NULL ? step->kind : key->kind, type);

	if (status != DCTX_OK)
		return status;
	if (codec != NULL)
		status = codec->decode(address(cell), &way->r);
	else if (cell->object != NULL)
		status = type->decode(cell->object->data, &way->r);
	else
		status = dctxi_plain_read(cell->kind, &way->r, &cell->plain);
	status = settle(way, cell, status);
	if (status != DCTX_OK || dctx_read_left(&way->r) == 0)
		return status;
	status = dctxi_incoming_tail(way->m, dctxi_text(key->name));
	if (status != DCTX_OK)
		drop(way, cell);
	return status;
}

/* The step that follows; NULL when the key's version is reached, from which
 * there is none. */
static const dctx_migration *after(const dctx_key *key,
				   const dctx_migration *step)
{
	return step->to != 0 ? dctxi_key_migration(key, step->to) : NULL;
}

static dctx_status convert(struct way *way, const dctx_migration *step,
			   struct cell *older, struct cell *newer)
{
	const dctx_migration *next = after(way->key, step);
	dctx_status status = begin(way, newer,
				   next != NULL ? next->kind : way->key->kind,
				   next != NULL ? next->type : way->key->type);

	if (status == DCTX_OK)
		status = settle(way, newer, step->convert(address(older),
							  address(newer),
							  &way->r));
	drop(way, older);
	return status;
}

static dctx_status make(struct way *way, uint32_t version, struct cell *cell)
{
	const unsigned char *start = way->r.start;
	const dctx_migration *step = NULL;
	struct cell older;
	dctx_status status;

	if (version != way->key->version)
		step = dctxi_key_migration(way->key, version);
	status = read_sent(way, step, cell);
	if (status != DCTX_OK)
		return status;
	dctxi_reader_init(&way->r, start, 0);
	way->r.room = way->m->scratch;
	while (status == DCTX_OK && step != NULL) {
		older = *cell;
		status = convert(way, step, &older, cell);
		step = after(way->key, step);
	}
	return status;
}

/* What is superseded must only have been good. */
static void keep(struct way *way, struct dctxi_item *item, struct cell *cell)
{
	item->counted = cell->object != NULL;
	if (item->skip) {
		drop(way, cell);
		return;
	}
	item->len = 0;
	item->pointer = true;
	if (cell->object != NULL) {
		item->value.p = cell->object->data;
	} else if (dctxi_scalar_width(cell->kind) == 0) {
		item->value.p = cell->plain.bytes.data;
		item->len = (uint32_t)cell->plain.bytes.len;
	} else {
		item->value.u = dctxi_plain_bits(cell->kind, &cell->plain);
		item->pointer = false;
	}
}

dctx_status dctxi_value_make(struct dctxi_incoming *m, struct dctxi_item *item)
{
	const struct dctxi_entry *entry = dctxi_entry_at(item->index);
	const unsigned char *value = item->value.p;
	const unsigned char *start = value - DCTXI_ENTRY_BYTES -
				     entry->name_len;
	dctx_error error = {.version = dctxi_load32(value - 12)};
	struct way way = {.m = m, .key = entry->key};
	struct cell cell;

	dctxi_reader_init(&way.r, value, item->len);
	way.r.room = m->scratch;
	error.status = make(&way, error.version, &cell);
	if (error.status != DCTX_OK)
		return dctxi_incoming_bad(m, item, start, way.r.at, &error);
	keep(&way, item, &cell);
	return DCTX_OK;
}
