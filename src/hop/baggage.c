/* SPDX-License-Identifier: MIT */
/*
 * baggage.c - the propagator of W3C Baggage.
 *
 * What comes: a member whose key is a key of the hop's registry with
 * DCTX_BAGGAGE becomes its value; all others are kept as they came, next to
 * those that are there. What goes: the keys' values in the order of their
 * names, then those members.
 */
#include "data/registry.h"
#include "data/trace.h"
#include "flow/store.h"
#include "hop/baggage.h"
#include "hop/border.h"
#include "hop/lines.h"
#include "hop/outward.h"
#include "hop/trace.h"
#include "hop/valued.h"
#include "plat/heap.h"
#include "wire/bag.h"
#include "wire/percent.h"

#include <dctx/hop.h>

#include <string.h>

#define HEADER "baggage"

/* One extraction. */
struct inward {
	const dctx_extraction *extraction;
	const struct dctxi_lines *lines;
	struct dctxi_sink sink;
	enum { NOT_ASKED, ADMITTED, WITHHELD } unknown;
	/* Members that stand side by side and go on as they came: to be copied
	 * at once. */
	bool has_runs;
	const char *run;
	size_t run_len;
	bool secret; /* it is, or was, in `text` */
	size_t used; /* of `text`: the members that no key has */
	char text[DCTXI_MEMBERS_MAX];
};

/* Findings about a member name its line and its place in there. Of what was
 * there before, neither is known: both are 0. */
static size_t place_of(struct inward *in, const void *at)
{
	for (size_t i = 0; i < in->lines->count; i++) {
		dctx_bytes line = in->lines->line[i];
		size_t offset = (size_t)((uintptr_t)at - (uintptr_t)line.data);

		if (offset < line.len) {
			in->sink.line = i;
			return offset;
		}
	}
	in->sink.line = 0;
	return 0;
}

/* The key that a member is for, or NULL. Registered keys are only kept as
 * const. */
static dctx_key *key_of(const dctx_hop *hop, dctx_bytes name)
{
	const struct dctxi_entry *entry =
		dctxi_registry_find(hop->registry, name.data, name.len);

	if (entry == NULL || !(entry->key->policy & DCTX_BAGGAGE))
		return NULL;
	return (dctx_key *)(uintptr_t)entry->key;
}

/* The value as it was meant. It is decoded behind what is kept so far: all
 * members together are no longer than that room, and none of them longer
 * decoded than coded. */
static dctx_bytes decoded(struct inward *in, const struct dctxi_member *member)
{
	dctx_bytes value = member->value;
	char *room = in->text + in->used;

	if (value.len == 0 || memchr(value.data, '%', value.len) == NULL)
		return value;
	return (dctx_bytes){room, dctxi_percent_decode(value, room).len};
}

static dctx_status take_value(struct inward *in, dctx_key *key,
			      const struct dctxi_member *member)
{
	const dctx_extraction *extraction = in->extraction;
	struct dctxi_valued valued = {.key = key,
				      .room = in->text + in->used,
				      .size = sizeof in->text - in->used,
				      .sink = &in->sink};

	if (!dctxi_border_key(extraction->hop, key))
		return DCTX_OK;
	if (key->policy & DCTX_SECRET)
		in->secret = true;
	valued.text = decoded(in, member);
	valued.offset = place_of(in, member->value.data);
	return dctxi_valued_set(extraction->into, &valued);
}

/* Begins what is kept next. */
static char *next(struct inward *in)
{
	char *at = in->text + in->used;

	if (in->used > 0)
		*at++ = ',';
	return at;
}

static void end_run(struct inward *in)
{
	char *at;

	if (in->run_len == 0)
		return;
	at = next(in);
	memcpy(at, in->run, in->run_len);
	in->used = (size_t)(at + in->run_len - in->text);
	in->run_len = 0;
}

/* Whether a member is written as it came, right behind the run. */
static bool joins_run(const struct inward *in,
		      const struct dctxi_member *member)
{
	const char *key = member->key.data;
	const char *end =
		(const char *)member->properties.data + member->properties.len;

	return in->has_runs && member->size == (size_t)(end - key) &&
	       (in->run_len == 0 ||
		(key == in->run + in->run_len + 1 && key[-1] == ','));
}

static void keep_member(struct inward *in, const struct dctxi_member *member)
{
	const dctx_hop *hop = in->extraction->hop;

	if (in->unknown == NOT_ASKED)
		in->unknown =
			dctxi_border_crosses(hop, DCTX_CROSS_UNKNOWN, true)
				? ADMITTED
				: WITHHELD;
	if (in->unknown == WITHHELD)
		return;
	if (!joins_run(in, member))
		end_run(in);
	if (joins_run(in, member)) {
		if (in->run_len == 0)
			in->run = member->key.data;
		else
			in->run_len++;
		in->run_len += member->size;
		return;
	}
	in->used = (size_t)(dctxi_member_write(member, next(in)) - in->text);
}

/* Each member in its order. A value is set once, whatever came twice. */
static dctx_status take(const dctx_extraction *extraction,
			const struct dctxi_lines *lines, const char *header,
			const struct dctxi_bag *bag)
{
	struct inward in;
	dctx_status status = DCTX_OK;

	in.extraction = extraction;
	in.lines = lines;
	in.sink = (struct dctxi_sink){extraction->hop->findings, header, 0};
	in.unknown = NOT_ASKED;
	in.used = 0;
	in.secret = false;
	in.has_runs = lines->count == 1 &&
		      dctxi_members_in(extraction->into->dir).len == 0;
	in.run_len = 0;
	for (size_t i = 0; i < bag->count && status == DCTX_OK; i++) {
		struct dctxi_member member = dctxi_bag_at(bag, i);
		dctx_key *key = key_of(extraction->hop, member.key);

		if (key == NULL) {
			keep_member(&in, &member);
			continue;
		}
		end_run(&in);
		status = take_value(&in, key, &member);
	}
	end_run(&in);
	if (status == DCTX_OK && in.used > 0)
		status = dctxi_members_put(extraction->into,
					   (dctx_bytes){in.text, in.used});
	if (in.secret)
		dctxi_wipe(in.text, sizeof in.text);
	return status;
}

/* All lines are one (RFC 9110, 5.3), an empty one has nothing in it. Members
 * that another propagator found stand before them: copied, since the user's
 * code that runs meanwhile may change the store's, which frees them. */
static void collect(const dctx_extraction *extraction,
		    const struct dctxi_lines *lines, const char *header,
		    struct dctxi_bag *bag, char before[DCTXI_MEMBERS_MAX])
{
	struct dctxi_sink sink = {extraction->hop->findings, header, 0};
	dctx_bytes members = dctxi_members_in(extraction->into->dir);

	dctxi_bag_begin(bag);
	if (members.len > 0) {
		memcpy(before, members.data, members.len);
		dctxi_bag_add(bag, (dctx_bytes){before, members.len}, NULL);
	}
	for (; sink.line < lines->count; sink.line++)
		dctxi_bag_add(bag, lines->line[sink.line], &sink);
	if (lines->count < lines->total)
		dctxi_found(&sink, DCTX_RULE_BAGGAGE_LINES, DCTX_CUT, 0,
			    (dctx_bytes){"", 0});
}

dctx_status dctxi_baggage_take(const dctx_extraction *extraction,
			       const struct dctxi_lines *lines,
			       const char *header)
{
	char before[DCTXI_MEMBERS_MAX];
	struct dctxi_bag bag;

	collect(extraction, lines, header, &bag, before);
	return bag.count > 0 ? take(extraction, lines, header, &bag) : DCTX_OK;
}

static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	struct dctxi_lines lines;
	dctx_status status = dctxi_lines_get(&lines, extraction->from, HEADER);

	(void)self;
	if (status != DCTX_OK || lines.count == 0)
		return status;
	status = dctxi_baggage_take(extraction, &lines, HEADER);
	dctxi_lines_end(&lines);
	return status;
}

static dctx_status inject(const dctx_propagator *self,
			  const dctx_injection *injection)
{
	const dctx_carrier *to = injection->to;
	struct dctxi_outward out;
	dctx_status status = dctxi_outward_write(&out, injection, HEADER);

	(void)self;
	if (status == DCTX_OK && out.line.len > 0)
		status = to->set(to->user, HEADER, out.line);
	dctxi_outward_wipe(&out);
	return status;
}

const dctx_propagator *dctx_w3c_baggage(void)
{
	static const dctx_propagator baggage = {
		.struct_size = sizeof baggage,
		.name = "baggage",
		.inject = inject,
		.extract = extract,
	};

	return &baggage;
}
