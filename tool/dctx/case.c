/* SPDX-License-Identifier: MIT */
/*
 * case.c - one case of a corpus. The headers come in, are shown as the trace
 * and members that they make, and go out again with the same ids.
 *
 * Members are sorted as the texts that they are shown as, headers by name.
 */
#include "case.h"
#include "format.h"

#include <dctx/baggage.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_MAX = 1024, OUT_ROOM = 1 << 17 };

/* A column of the line. */
struct column {
	char *at;
	size_t len;
};

static dctx_header *list;
static size_t list_room, list_count;

/* What is shown of members: texts, each with its NUL, before they are sorted.
 */
static struct text shown;
static size_t shown_count;

void case_refuse(const char *line, size_t len, const char *reason,
		 struct text *out)
{
	const char *tab = len > 0 ? memchr(line, '\t', len) : NULL;

	text_add(out, line, tab != NULL ? (size_t)(tab - line) : len);
	text_str(out, "\terror\t");
	text_str(out, reason);
	text_char(out, '\n');
}

/* Takes the next column off a line; an absent one is empty. */
static struct column next(char **line, char *end)
{
	struct column column = {*line, (size_t)(end - *line)};
	char *tab = column.len > 0 ? memchr(column.at, '\t', column.len) : NULL;

	*line = end;
	if (tab != NULL) {
		column.len = (size_t)(tab - column.at);
		*line = tab + 1;
	}
	return column;
}

static bool is(struct column column, const char *name)
{
	return column.len == strlen(name) &&
	       memcmp(column.at, name, column.len) == 0;
}

static void keep(dctx_bytes name, dctx_bytes value)
{
	if (list_count == list_room) {
		list_room = 2 * list_room + 16;
		list = grown(list, list_room * sizeof *list);
	}
	list[list_count++] = (dctx_header){name, value};
}

/* Reads "name=hex name=hex", where with `coded` the name is in hex, too, to the
 * list. Returns NULL, or what is wrong. */
static const char *read_pairs(struct column pairs, bool coded)
{
	char *at = pairs.at, *end = at + pairs.len;

	for (list_count = 0; at < end; at++) {
		char *space = memchr(at, ' ', (size_t)(end - at));
		char *stop = space != NULL ? space : end;
		char *equals = memchr(at, '=', (size_t)(stop - at));
		dctx_bytes name = {at, 0}, value;

		if (stop == at)
			continue;
		if (equals == NULL)
			return "there is no equals sign behind a name";
		name.len = (size_t)(equals - at);
		value = (dctx_bytes){equals + 1, (size_t)(stop - equals - 1)};
		if (!unhex(value.data, value.len, equals + 1))
			return "a value is not in hexadecimal";
		value.len /= 2;
		if (coded && !unhex(at, name.len, at))
			return "a key is not in hexadecimal";
		if (coded)
			name.len /= 2;
		keep(name, value);
		at = stop;
	}
	return NULL;
}

static void show_trace(struct text *out)
{
	static const char digits[] = "0123456789abcdef";
	dctx_trace trace;

	if (!dctx_trace_get(&trace)) {
		text_str(out, "none\t");
		return;
	}
	text_hex(out, (dctx_bytes){trace.trace_id, DCTX_TRACE_ID});
	text_char(out, '-');
	text_hex(out, (dctx_bytes){trace.span_id, DCTX_SPAN_ID});
	text_char(out, '-');
	text_char(out, digits[trace.flags >> 4 & 15]);
	text_char(out, digits[trace.flags & 15]);
	text_char(out, '\t');
	text_hex(out, trace.state);
}

static void show_member(void *user, const dctx_member *member)
{
	(void)user;
	text_hex(&shown, member->key);
	text_char(&shown, '=');
	text_hex(&shown, member->value);
	text_char(&shown, ';');
	text_hex(&shown, member->properties);
	text_char(&shown, '\0');
	shown_count++;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void show_members(struct text *out)
{
	const char *sorted[DCTX_BAGGAGE_MEMBERS], *at;

	shown.len = 0;
	shown_count = 0;
	(void)dctx_baggage_each(show_member, NULL);
	at = shown.at;
	for (size_t i = 0; i < shown_count; i++) {
		sorted[i] = at;
		at += strlen(at) + 1;
	}
	qsort(sorted, shown_count, sizeof *sorted, by_text);
	for (size_t i = 0; i < shown_count; i++) {
		if (i > 0)
			text_char(out, ',');
		text_str(out, sorted[i]);
	}
}

static int by_name(const void *a, const void *b)
{
	const dctx_bytes *x = &((const dctx_header *)a)->name;
	const dctx_bytes *y = &((const dctx_header *)b)->name;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len > 0 ? memcmp(x->data, y->data, len) : 0;

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static dctx_status show_injected(const dctx_hop *hop, struct text *out)
{
	static dctx_header went[OUT_MAX];
	static char text[OUT_ROOM];
	dctx_headers headers = {went, 0, OUT_MAX, text, sizeof text, 0};
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_status status = dctx_inject(&carrier, hop, NULL);

	if (status != DCTX_OK)
		return status;
	qsort(went, headers.count, sizeof *went, by_name);
	for (size_t i = 0; i < headers.count; i++) {
		if (i > 0)
			text_char(out, ' ');
		text_add(out, went[i].name.data, went[i].name.len);
		text_char(out, '=');
		text_hex(out, went[i].value);
	}
	return DCTX_OK;
}

/* The context that is here, in four columns. */
static dctx_status show(const dctx_hop *hop, struct text *out)
{
	text_char(out, '\t');
	show_trace(out);
	text_char(out, '\t');
	show_members(out);
	text_char(out, '\t');
	return show_injected(hop, out);
}

/* What came, as a context. */
static dctx_status extracted(const dctx_hop *hop, struct text *out)
{
	dctx_headers headers = {list, list_count, list_count, NULL, 0, 0};
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_guard guard;
	dctx_status status = dctx_extract(&carrier, hop, &guard);

	if (status != DCTX_OK)
		return status;
	status = show(hop, out);
	dctx_leave(guard);
	return status;
}

/* A key is a C string to who sets a member, and this one may be none. */
static void set_member(const dctx_header *member)
{
	static struct text key;

	if (member->name.len > DCTX_BAGGAGE_BYTES ||
	    memchr(member->name.data, '\0', member->name.len) != NULL)
		return;
	key.len = 0;
	text_add(&key, member->name.data, member->name.len);
	(void)dctx_baggage_set(key.at, member->value, NULL);
}

/* A baggage of these entries; what is none, or has no room, is left out. */
static dctx_status built(const dctx_hop *hop, struct text *out)
{
	dctx_guard guard = dctx_enter("case");
	dctx_status status;

	for (size_t i = 0; i < list_count; i++)
		set_member(&list[i]);
	status = show(hop, out);
	dctx_leave(guard);
	return status;
}

void case_answer(char *line, size_t len, struct text *out)
{
	char *at = line, *end = line + len;
	struct column id = next(&at, end), format = next(&at, end);
	struct column came = next(&at, end);
	bool is_set = is(format, "bagset");
	struct formats formats = {.count = 1};
	const char *wrong = "there is no such format";
	size_t start = out->len;
	dctx_status status;
	dctx_hop hop;

	formats.list[0] = is_set ? dctx_w3c_baggage()
				 : format_named(format.at, format.len);
	if (formats.list[0] != NULL)
		wrong = read_pairs(came, is_set);
	if (wrong != NULL) {
		case_refuse(id.at, id.len, wrong, out);
		return;
	}
	hop = hop_of(&formats);
	text_add(out, id.at, id.len);
	status = is_set ? built(&hop, out) : extracted(&hop, out);
	if (status == DCTX_OK) {
		text_char(out, '\n');
		return;
	}
	out->len = start;
	case_refuse(id.at, id.len, dctx_strerror(status), out);
}
