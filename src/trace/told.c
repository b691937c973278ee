/* SPDX-License-Identifier: MIT */
#include "trace/told.h"

#include "data/any.h"
#include "data/trace.h"
#include "data/utf8.h"

#include <string.h>

enum { PART_TRACE = 1, PART_SPAN };

void dctxi_told_begin(struct dctxi_told_walk *walk,
		      const struct dctx_store *store)
{
	walk->store = store;
	walk->n = walk->at = 0;
	walk->begun = false;
	walk->more = true;
}

/* The trace comes last among equal names: what a key says was meant. */
static uint64_t rank(const struct dctxi_told *told)
{
	return told->part != 0 ? UINT64_MAX : told->index;
}

static bool before(const struct dctxi_told *a, const struct dctxi_told *b)
{
	int order = strcmp(a->name, b->name);

	return order != 0 ? order < 0 : rank(a) < rank(b);
}

/* Keeps the first few of what comes after the last batch, in order. */
static void add(struct dctxi_told_walk *walk, const struct dctxi_told *told)
{
	uint32_t at = walk->n;

	if (walk->begun && !before(&walk->last, told))
		return;
	if (at == DCTXI_TOLD_BATCH) {
		walk->more = true;
		if (!before(told, &walk->batch[at - 1]))
			return;
		at--;
	} else {
		walk->n++;
	}
	for (; at > 0 && before(told, &walk->batch[at - 1]); at--)
		walk->batch[at] = walk->batch[at - 1];
	walk->batch[at] = *told;
}

/* What is told of a key: 0 to 2 fields. */
static unsigned fields_at(uint32_t index, struct dctxi_told out[2])
{
	const struct dctxi_field *field = dctxi_field_at(index);
	const dctx_key *key = dctxi_entry_at(index)->key;
	bool wanted = key->policy & DCTX_LOG;

	if (key == &dctxi_trace_key) {
		out[0] = (struct dctxi_told){"span_id", NULL, index, PART_SPAN};
		out[1] = (struct dctxi_told){"trace_id", NULL, index,
					     PART_TRACE};
		return 2;
	}
	out[0] = (struct dctxi_told){key->name, field, index, 0};
	if (field != NULL) {
		out[0].name = field->name;
		wanted = field->said.flags & DCTX_FIELD_LOG;
	}
	return wanted ? 1 : 0;
}

/* The next index that has a value; 0, of none, begins and ends. */
static uint32_t next_index(const struct dctx_dir *dir, uint32_t after)
{
	uint32_t index = after > 0 ? after + 1 : DCTXI_PAGE_SLOTS;

	while (index / DCTXI_PAGE_SLOTS < dir->pages) {
		const uintptr_t *slot = dir->page[index / DCTXI_PAGE_SLOTS];

		if (slot == dctxi_page_empty.slot)
			index |= DCTXI_PAGE_SLOTS - 1;
		else if (slot[index % DCTXI_PAGE_SLOTS] & 1)
			return index;
		index++;
	}
	return 0;
}

/* The next few. The directory is looked at anew, since it may be another. */
static void collect(struct dctxi_told_walk *walk)
{
	const struct dctx_dir *dir = walk->store->dir;
	struct dctxi_told told[2];
	uint32_t index = 0;

	walk->n = walk->at = 0;
	walk->more = false;
	while ((index = next_index(dir, index)) != 0)
		for (unsigned i = 0, n = fields_at(index, told); i < n; i++)
			add(walk, &told[i]);
}

const struct dctxi_told *dctxi_told_next(struct dctxi_told_walk *walk)
{
	for (;;) {
		const struct dctxi_told *told = &walk->batch[walk->at];
		bool again;

		if (walk->at == walk->n) {
			if (!walk->more)
				return NULL;
			collect(walk);
			continue;
		}
		walk->at++;
		again = walk->begun && strcmp(walk->last.name, told->name) == 0;
		walk->last = *told;
		walk->begun = true;
		if (!again)
			return told;
	}
}

static bool is_in_identifiers(unsigned char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* Whether a name is asked for: 2 if by itself, 1 if by an identifier. */
static unsigned is_asked(const char *name, const char *by)
{
	unsigned is = 2;

	for (; *name != '\0' && *by != '\0'; name++, by++) {
		if (*name == *by)
			continue;
		if (*by != '_' || is_in_identifiers((unsigned char)*name))
			return 0;
		is = 1;
	}
	return *name == *by ? is : 0;
}

bool dctxi_told_find(const struct dctx_store *store, const char *name,
		     struct dctxi_told *out)
{
	struct dctxi_told told[2], found = {NULL, NULL, 0, 0};
	unsigned best = 0, n, is;
	uint32_t index = 0;

	while ((index = next_index(store->dir, index)) != 0) {
		n = fields_at(index, told);
		for (unsigned i = 0; i < n; i++) {
			is = is_asked(told[i].name, name);
			if (is == 0 || is < best ||
			    (is == best && rank(&found) <= rank(&told[i])))
				continue;
			best = is;
			found = told[i];
		}
	}
	*out = found;
	return best > 0;
}

static void put_hex(const void *data, size_t len, char *to)
{
	const unsigned char *from = data;

	for (size_t i = 0; i < len; i++) {
		*to++ = "0123456789abcdef"[from[i] >> 4];
		*to++ = "0123456789abcdef"[from[i] & 15];
	}
}

/* A text of the library's own. */
static bool say_text(struct dctxi_said *out, const char *text, size_t len)
{
	out->is_text = true;
	out->text = (dctx_bytes){text, len};
	out->value = (dctx_any){.kind = DCTX_KIND_STR, .as.bytes = out->text};
	return true;
}

static bool say_trace(const struct dctx_box *box, uint32_t part, char *buf,
		      struct dctxi_said *out)
{
	const unsigned char *packed = box->value.p;
	size_t len = part == PART_TRACE ? DCTX_TRACE_ID : DCTX_SPAN_ID;

	if (box->len < DCTXI_TRACE_HEAD)
		return false;
	put_hex(packed + (part == PART_TRACE ? 0 : DCTX_TRACE_ID), len, buf);
	return say_text(out, buf, 2 * len);
}

static void asked(struct dctxi_keep *keep)
{
	((struct dctxi_asking *)(void *)keep)->now = false;
}

bool dctxi_asking_begin(struct dctxi_asking *asking)
{
	if (asking == NULL || asking->now)
		return false;
	asking->keep.end = asked;
	if (!dctxi_keep(&asking->keep))
		return false;
	asking->now = true;
	return true;
}

void dctxi_asking_end(struct dctxi_asking *asking)
{
	dctxi_let_go((void **)(void *)&asking->keep);
	asking->now = false;
}

/* What a format left in the buffer, whatever it says of it. */
static bool take(size_t says, char *buf, struct dctxi_said *out)
{
	size_t most = says < DCTXI_TOLD_ROOM ? says : DCTXI_TOLD_BYTES;
	size_t len = strnlen(buf, most);

	out->is_bad = len != most;
	if (says == SIZE_MAX) {
		out->is_bad = true;
		return false;
	}
	out->is_cut = says > DCTXI_TOLD_BYTES;
	if (out->is_cut)
		len = dctxi_utf8_whole(buf, len);
	out->is_text = true;
	out->text = (dctx_bytes){buf, len};
	return true;
}

static bool say_format(const struct dctxi_field *field,
		       struct dctxi_asking *asking, char *buf,
		       struct dctxi_said *out)
{
	const dctx_any value = out->value;
	size_t says;

	if (!dctxi_asking_begin(asking))
		return false;
	memset(buf, 0, DCTXI_TOLD_ROOM);
	says = field->said.format(&value, buf, DCTXI_TOLD_ROOM);
	dctxi_asking_end(asking);
	out->is_format = true;
	return take(says, buf, out);
}

/* <name>, as dumps show what has no format. */
static bool say_type(const dctx_type *type, char *buf, struct dctxi_said *out)
{
	size_t len = dctxi_utf8_cut(type->name, DCTXI_TOLD_BYTES - 2);

	buf[0] = '<';
	memcpy(buf + 1, type->name, len);
	buf[len + 1] = '>';
	out->is_text = true;
	out->text = (dctx_bytes){buf, len + 2};
	return true;
}

static bool say_object(struct dctxi_asking *asking, char *buf,
		       struct dctxi_said *out)
{
	const dctx_any value = out->value;
	size_t says;

	if (value.type->format == NULL)
		return say_type(value.type, buf, out);
	if (!dctxi_asking_begin(asking))
		return false;
	memset(buf, 0, DCTXI_TOLD_ROOM);
	says = value.type->format(value.as.object, buf, DCTXI_TOLD_ROOM);
	dctxi_asking_end(asking);
	return take(says, buf, out);
}

static bool say_bytes(char *buf, struct dctxi_said *out)
{
	dctx_bytes bytes = out->value.as.bytes;

	out->is_cut = bytes.len > DCTXI_TOLD_BYTES / 2;
	if (out->is_cut)
		bytes.len = DCTXI_TOLD_BYTES / 2;
	put_hex(bytes.data, bytes.len, buf);
	out->is_text = true;
	out->text = (dctx_bytes){buf, bytes.len * 2};
	return true;
}

static bool say_str(struct dctxi_said *out)
{
	dctx_bytes text = out->value.as.bytes;

	out->is_cut = text.len > DCTXI_TOLD_BYTES;
	if (out->is_cut)
		text.len = dctxi_utf8_whole(text.data, DCTXI_TOLD_BYTES);
	out->is_text = true;
	out->text = text;
	return true;
}

bool dctxi_told_say(const struct dctx_store *store,
		    const struct dctxi_told *told, struct dctxi_asking *asking,
		    char buf[DCTXI_TOLD_ROOM], struct dctxi_said *out)
{
	const dctx_key *key = dctxi_entry_at(told->index)->key;
	uintptr_t word =
		dctx_abi_word(store->dir, told->index / DCTXI_PAGE_SLOTS,
			      told->index % DCTXI_PAGE_SLOTS);
	const struct dctx_box *box = dctxi_box(word);

	*out = (struct dctxi_said){.is_text = false};
	if (box == NULL)
		return false;
	if (told->part != 0)
		return say_trace(box, told->part, buf, out);
	if (key->policy & DCTX_SECRET)
		return say_text(out, "<secret>", 8);
	out->value = dctxi_any_of_box(key, box);
	if (told->field != NULL && told->field->said.format != NULL)
		return say_format(told->field, asking, buf, out);
	switch (key->kind) {
	case DCTX_KIND_STR:
		return say_str(out);
	case DCTX_KIND_BYTES:
		return say_bytes(buf, out);
	case DCTX_KIND_TYPE:
		return say_object(asking, buf, out);
	default:
		return true;
	}
}
