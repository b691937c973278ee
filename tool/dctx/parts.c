/* SPDX-License-Identifier: MIT */
#include "parts.h"
#include "tool.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>

struct parts parts_new(void)
{
	return (struct parts){.version = 2};
}

void parts_free(struct parts *parts)
{
	free(parts->entries);
	free(parts->names);
	text_free(&parts->bytes);
}

static struct piece keep(struct parts *parts, dctx_bytes bytes)
{
	struct piece piece = {parts->bytes.len, bytes.len};

	text_add(&parts->bytes, bytes.data, bytes.len);
	return piece;
}

static dctx_bytes at(const struct parts *parts, struct piece piece)
{
	return (dctx_bytes){parts->bytes.at + piece.at, piece.len};
}

void parts_entry(struct parts *parts, dctx_bytes key, uint32_t version,
		 dctx_bytes value)
{
	if (parts->entry_count == parts->entry_room) {
		parts->entry_room = 2 * parts->entry_room + 16;
		parts->entries =
			grown(parts->entries,
			      parts->entry_room * sizeof *parts->entries);
	}
	parts->entries[parts->entry_count++] =
		(struct part){keep(parts, key), keep(parts, value), version};
}

void parts_name(struct parts *parts, dctx_bytes name)
{
	if (parts->name_count == parts->name_room) {
		parts->name_room = 2 * parts->name_room + 16;
		parts->names = grown(parts->names,
				     parts->name_room * sizeof *parts->names);
	}
	parts->names[parts->name_count++] = keep(parts, name);
	parts->has_chain = true;
}

const char *parts_value(struct parts *parts, dctx_bytes key, uint32_t version,
			const char *kind, dctx_bytes text)
{
	struct text value = {NULL, 0, 0};
	const char *wrong = value_read(kind, text, &value);

	if (wrong == NULL)
		parts_entry(parts, key, version,
			    (dctx_bytes){value.at, value.len});
	text_free(&value);
	return wrong;
}

/* Counts what is told. */
static void count(void *user, const dctx_finding *finding)
{
	(void)finding;
	++*(size_t *)user;
}

/* Adds the entries of the context that is here. */
static bool add_context(struct parts *parts)
{
	void *data = NULL;
	size_t len = 0;
	dctx_message message;
	dctx_entry entry;
	bool added = dctx_encode_alloc(&data, &len) == DCTX_OK &&
		     dctx_message_open(data, len, &message) == DCTX_OK &&
		     message.entries > 0;

	while (added && dctx_message_entry(&message, &entry))
		parts_entry(parts, entry.key, entry.version, entry.value);
	free(data);
	return added;
}

/* Adds what headers make; false when anything was wrong with them. */
static bool add_headers(struct parts *parts, dctx_header *list, size_t n)
{
	size_t found = 0;
	dctx_findings findings = {count, &found};
	dctx_hop hop = {.struct_size = sizeof hop, .findings = &findings};
	dctx_headers headers = {.list = list, .count = n, .max = n};
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_guard guard;
	bool added;

	if (dctx_extract(&carrier, &hop, &guard) != DCTX_OK)
		return false;
	added = found == 0 && add_context(parts);
	dctx_leave(guard);
	return added;
}

#define NAME(text)                                                             \
	{                                                                      \
		(text), sizeof(text) - 1                                       \
	}

const char *parts_trace(struct parts *parts, dctx_bytes traceparent,
			dctx_bytes tracestate)
{
	dctx_header list[] = {{NAME("traceparent"), traceparent},
			      {NAME("tracestate"), tracestate}};

	if (!add_headers(parts, list, tracestate.len > 0 ? 2 : 1))
		return "the trace is no traceparent, or its state no "
		       "tracestate";
	return NULL;
}

const char *parts_baggage(struct parts *parts, dctx_bytes baggage)
{
	dctx_header list[] = {{NAME("baggage"), baggage}};

	return add_headers(parts, list, 1) ? NULL : "the baggage is none";
}

const char *parts_deadline(struct parts *parts, const char *span)
{
	static const char key[] = "dctx.deadline";
	unsigned char value[8];
	int64_t left;

	if (!tool_duration(span, &left))
		return "the deadline is no span of time, as 250ms or 1.5s";
	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (unsigned char)((uint64_t)left >> (8 * i));
	parts_entry(parts, (dctx_bytes){key, sizeof key - 1}, 1,
		    (dctx_bytes){value, sizeof value});
	return NULL;
}

dctx_status parts_write(const struct parts *parts, struct text *out)
{
	dctx_entry *entries = grown(NULL, parts->entry_count * sizeof *entries);
	dctx_bytes *names = grown(NULL, parts->name_count * sizeof *names);
	dctx_message_parts message = {.struct_size = sizeof message,
				      .version = parts->version,
				      .entries = entries,
				      .entry_count = parts->entry_count,
				      .name_count = parts->name_count};
	dctx_status status;
	size_t len;

	for (size_t i = 0; i < parts->entry_count; i++) {
		const struct part *part = &parts->entries[i];

		entries[i] = (dctx_entry){.key = at(parts, part->key),
					  .value = at(parts, part->value),
					  .version = part->version};
	}
	for (size_t i = 0; i < parts->name_count; i++)
		names[i] = at(parts, parts->names[i]);
	message.names = parts->has_chain ? names : NULL;
	status = dctx_message_write(&message, NULL, 0, &len);
	out->len = 0;
	if (status == DCTX_TOO_SMALL) {
		status = dctx_message_write(&message, text_room(out, len), len,
					    &len);
		out->len = len;
	}
	free(entries);
	free(names);
	return status;
}
