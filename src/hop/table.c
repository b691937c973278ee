/* SPDX-License-Identifier: MIT */
/*
 * table.c - the user's own headers: one a key, its value as text.
 *
 * A value becomes a header's field, so what a field cannot have does not leave
 * (RFC 9110, 5.5): a line end in a value would begin a header of its own.
 * What comes is trimmed, as fields are; a header that comes twice is none,
 * since nothing says which of the two is meant.
 */
#include "data/trace.h"
#include "flow/store.h"
#include "hop/border.h"
#include "hop/valued.h"
#include "plat/heap.h"
#include "wire/scratch.h"

#include <dctx/hop.h>

#include <string.h>

/* Values up to this are written on the stack, and at all. */
#define SHORT 512u
#define LONGEST 8192u

static const dctx_header_table *table_of(const dctx_propagator *self)
{
	return (const dctx_header_table *)(const void *)self;
}

static dctx_bytes name_of(const dctx_key *key)
{
	return (dctx_bytes){key->name, strlen(key->name)};
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether a text can be a field's value: no controls but tabs, and no white
 * space at its ends, where it would be lost. Bytes from 0x80 on are opaque. */
static bool is_field(const char *text, size_t len)
{
	if (len > 0 && (is_space(text[0]) || is_space(text[len - 1])))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* One header on its way out. */
struct field {
	const dctx_injection *injection;
	const dctx_header_key *entry;
	struct dctxi_sink sink;
};

static dctx_status leave_out(const struct field *field, dctx_rule rule)
{
	dctxi_found(&field->sink, rule, DCTX_SKIPPED, 0,
		    name_of(field->entry->key));
	return DCTX_OK;
}

static dctx_status send(const struct field *field, const char *text, size_t len)
{
	const dctx_carrier *to = field->injection->to;

	if (!is_field(text, len))
		return leave_out(field, DCTX_RULE_VALUE_TEXT);
	return to->set(to->user, field->entry->name, (dctx_bytes){text, len});
}

/* Of a value that is longer. A format that writes more the second time than the
 * first has no room for it. */
static dctx_status send_long(const struct field *field, const dctx_any *value,
			     size_t size)
{
	struct dctxi_scratch *scratch = NULL;
	char *text = dctxi_scratch_room(&scratch, size);
	dctx_status status = DCTX_NOMEM;
	size_t len = 0;

	if (text != NULL) {
		len = dctxi_literal_write(value, text, size);
		status = len < size ? send(field, text, len)
				    : leave_out(field, DCTX_RULE_VALUE_LENGTH);
	}
	dctxi_scratch_end(scratch);
	return status;
}

static dctx_status send_short(const struct field *field, const dctx_any *value,
			      char text[SHORT])
{
	size_t len = dctxi_literal_write(value, text, SHORT);

	if (len == DCTXI_NO_TEXT)
		return leave_out(field, DCTX_RULE_VALUE_TEXT);
	if (len > LONGEST)
		return leave_out(field, DCTX_RULE_VALUE_LENGTH);
	if (len < SHORT)
		return send(field, text, len);
	return send_long(field, value, len + 1);
}

static dctx_status send_value(const struct field *field, const dctx_any *value)
{
	char text[SHORT];
	dctx_status status = send_short(field, value, text);

	if (field->entry->key->policy & DCTX_SECRET)
		dctxi_wipe(text, sizeof text);
	return status;
}

static bool is_sound(const dctx_header_table *table)
{
	if (table->keys == NULL && table->count > 0)
		return false;
	for (size_t i = 0; i < table->count; i++)
		if (table->keys[i].name == NULL || table->keys[i].key == NULL)
			return false;
	return true;
}

dctx_status dctx_header_table_inject(const dctx_propagator *self,
				     const dctx_injection *injection)
{
	const dctx_header_table *table = table_of(self);
	const dctx_hop *hop = injection->hop;
	dctx_status first = DCTX_OK;

	if (!is_sound(table))
		return DCTX_INVALID;
	for (size_t i = 0; i < table->count; i++) {
		const dctx_header_key *entry = &table->keys[i];
		struct field field = {
			injection, entry, {hop->findings, entry->name, 0}};
		dctx_status status = DCTX_OK;
		dctx_any value;

		if (dctx_store_get_any(injection->from, entry->key, &value) &&
		    value.kind != 0 && dctxi_border_key(hop, entry->key))
			status = send_value(&field, &value);
		if (first == DCTX_OK)
			first = status;
	}
	return first;
}

static dctx_bytes trimmed(dctx_bytes text)
{
	const char *from = text.data, *to = from + text.len;

	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	return (dctx_bytes){from, (size_t)(to - from)};
}

/* Bytes take room of their own: the line is the carrier's. */
static dctx_status take(const dctx_extraction *extraction,
			struct dctxi_valued *valued)
{
	size_t size = dctxi_literal_room(valued->text.len);
	struct dctxi_scratch *scratch = NULL;
	unsigned char room[SHORT];
	dctx_status status = DCTX_NOMEM;

	valued->room = room;
	valued->size = sizeof room;
	if (valued->key->kind == DCTX_KIND_BYTES && size > sizeof room) {
		valued->room = dctxi_scratch_room(&scratch, size);
		valued->size = size;
	}
	if (valued->room != NULL)
		status = dctxi_valued_set(extraction->into, valued);
	if (valued->key->policy & DCTX_SECRET)
		dctxi_wipe(room, sizeof room);
	dctxi_scratch_end(scratch);
	return status;
}

static dctx_status receive(const dctx_extraction *extraction,
			   const dctx_header_key *entry)
{
	const dctx_carrier *from = extraction->from;
	struct dctxi_sink sink = {extraction->hop->findings, entry->name, 0};
	struct dctxi_valued valued = {.key = entry->key, .sink = &sink};
	dctx_bytes line;
	size_t n = from->get(from->user, entry->name, &line, 1);

	if (n == 0 || !dctxi_border_key(extraction->hop, entry->key))
		return DCTX_OK;
	if (n > 1 || line.len > LONGEST) {
		sink.line = n > 1;
		dctxi_found(&sink,
			    n > 1 ? DCTX_RULE_VALUE_TWICE
				  : DCTX_RULE_VALUE_LENGTH,
			    DCTX_IGNORED, 0, name_of(entry->key));
		return DCTX_OK;
	}
	valued.text = line.len > 0 ? trimmed(line) : (dctx_bytes){"", 0};
	if (line.len > 0)
		valued.offset = (size_t)((const char *)valued.text.data -
					 (const char *)line.data);
	return take(extraction, &valued);
}

dctx_status dctx_header_table_extract(const dctx_propagator *self,
				      const dctx_extraction *extraction)
{
	const dctx_header_table *table = table_of(self);
	dctx_status status = DCTX_OK;

	if (!is_sound(table))
		return DCTX_INVALID;
	for (size_t i = 0; i < table->count && status == DCTX_OK; i++)
		status = receive(extraction, &table->keys[i]);
	return status;
}
