/* SPDX-License-Identifier: MIT */
#include "wire/baggage.h"

#include "wire/baggage_class.h"

#include <string.h>

static const dctx_bytes nameless = {"", 0};

/* Four at a time, as long as there are. */
static inline const char *skip(const char *at, const char *end, unsigned class)
{
	for (; end - at >= 4; at += 4) {
		if (!dctxi_is_class(at[0], class))
			return at;
		if (!dctxi_is_class(at[1], class))
			return at + 1;
		if (!dctxi_is_class(at[2], class))
			return at + 2;
		if (!dctxi_is_class(at[3], class))
			return at + 3;
	}
	while (at < end && dctxi_is_class(*at, class))
		at++;
	return at;
}

static bool ends_member(const char *at, const char *end)
{
	return at == end || *at == ',';
}

static bool ends_property(const char *at, const char *end)
{
	return ends_member(at, end) || *at == ';';
}

static dctx_bytes view(const char *from, const char *to)
{
	return (dctx_bytes){from, (size_t)(to - from)};
}

static void tell(const struct dctxi_baggage_walk *walk, dctx_rule rule,
		 dctx_effect effect, const char *at, dctx_bytes what)
{
	dctxi_found(walk->sink, rule, effect, (size_t)(at - walk->line), what);
}

struct dctxi_baggage_walk dctxi_baggage_walk(dctx_bytes line,
					     const struct dctxi_sink *sink)
{
	const char *at = line.len > 0 ? line.data : "";

	return (struct dctxi_baggage_walk){at, at, at + line.len, false, sink};
}

/* A part `key [= value]` with white space around all, as properties are, and
 * members but for theirs. */
struct part {
	dctx_bytes key;
	dctx_bytes value;
	bool has_value;
	const char *end; /* behind it, where a separator belongs */
};

static struct part part_at(const char *at, const char *end)
{
	struct part part = {.value = nameless};
	const char *from = skip(at, end, DCTXI_SPACE);

	at = skip(from, end, DCTXI_TOKEN);
	part.key = view(from, at);
	at = skip(at, end, DCTXI_SPACE);
	part.has_value = at < end && *at == '=' && part.key.len > 0;
	if (part.has_value) {
		/* A value may have any number of = (3.3.1.3), and none but
		 * these characters, quoted or not. */
		from = skip(at + 1, end, DCTXI_SPACE);
		at = skip(from, end, DCTXI_OCTET);
		part.value = view(from, at);
		at = skip(at, end, DCTXI_SPACE);
	}
	part.end = at;
	return part;
}

static bool is_property(const struct part *part, const char *end)
{
	return part->key.len > 0 && ends_property(part->end, end);
}

static const char *property_end(const char *at, const char *end)
{
	while (!ends_property(at, end))
		at++;
	return at;
}

static size_t part_size(const struct part *part)
{
	return part->key.len + (part->has_value ? 1 + part->value.len : 0);
}

/* Measures the properties from the first ; on. One that is none is left out and
 * told, since the member's value is good without: the standard gives properties
 * no meaning (3.3.1.4). So is an empty one, which the grammar does not have and
 * which writers leave at the end. */
static const char *read_properties(const struct dctxi_baggage_walk *walk,
				   const char *at, struct dctxi_member *member)
{
	const char *end = walk->end;

	while (at < end && *at == ';') {
		struct part part = part_at(at + 1, end);

		if (is_property(&part, end))
			member->size += 1 + part_size(&part);
		else
			tell(walk, DCTX_RULE_BAGGAGE_PROPERTY, DCTX_SKIPPED,
			     part.end, member->key);
		at = property_end(part.end, end);
	}
	return at;
}

/* Past empty members, which a list may have (RFC 9110, 5.6.1.2). */
static void skip_empty(struct dctxi_baggage_walk *walk)
{
	const char *at = skip(walk->at, walk->end, DCTXI_SPACE);

	for (; at < walk->end && *at == ',';
	     at = skip(at + 1, walk->end, DCTXI_SPACE)) {
		if (!walk->told_empty)
			tell(walk, DCTX_RULE_BAGGAGE_EMPTY, DCTX_KEPT, at,
			     nameless);
		walk->told_empty = true;
	}
	walk->at = at;
}

/* Past a member and the comma behind it. */
static void pass(struct dctxi_baggage_walk *walk, const char *at)
{
	const char *comma = memchr(at, ',', (size_t)(walk->end - at));

	walk->at = comma != NULL ? comma + 1 : walk->end;
}

/* Which rule a part that is no member breaks, at its end. */
static void tell_bad(const struct dctxi_baggage_walk *walk,
		     const struct part *part)
{
	/* What stands where a key does not belong may be part of a value. */
	if (part->has_value)
		tell(walk, DCTX_RULE_BAGGAGE_VALUE, DCTX_SKIPPED, part->end,
		     part->key);
	else if (part->key.len > 0 && ends_property(part->end, walk->end))
		tell(walk, DCTX_RULE_BAGGAGE_SHAPE, DCTX_SKIPPED, part->end,
		     nameless);
	else
		tell(walk, DCTX_RULE_BAGGAGE_KEY, DCTX_SKIPPED, part->end,
		     nameless);
}

/* Most members: a key, an equals sign, a value, and nothing else. False, and
 * nothing changed, for all others. */
static bool next_plain(struct dctxi_baggage_walk *walk,
		       struct dctxi_member *out)
{
	const char *key = walk->at, *end = walk->end, *equals, *to;

	equals = skip(key, end, DCTXI_TOKEN);
	if (equals == key || equals == end || *equals != '=')
		return false;
	to = skip(equals + 1, end, DCTXI_OCTET);
	if (!ends_member(to, end))
		return false;
	out->key = view(key, equals);
	out->value = view(equals + 1, to);
	out->properties = nameless;
	out->offset = (size_t)(key - walk->line);
	out->size = (size_t)(to - key);
	walk->at = to < end ? to + 1 : to;
	return true;
}

bool dctxi_baggage_next(struct dctxi_baggage_walk *walk,
			struct dctxi_member *out)
{
	struct part part;
	const char *at;

	if (next_plain(walk, out))
		return true;
	for (skip_empty(walk); walk->at < walk->end; skip_empty(walk)) {
		part = part_at(walk->at, walk->end);
		at = part.end;
		if (!part.has_value || !ends_property(at, walk->end)) {
			tell_bad(walk, &part);
			pass(walk, at);
			continue;
		}
		out->key = part.key;
		out->value = part.value;
		out->offset =
			(size_t)((const char *)part.key.data - walk->line);
		out->size = part_size(&part);
		out->properties = nameless;
		if (at < walk->end && *at == ';') {
			const char *from = at;

			at = read_properties(walk, from, out);
			out->properties = view(from, at);
		}
		walk->at = at < walk->end ? at + 1 : at;
		return true;
	}
	return false;
}

static char *put(char *out, dctx_bytes text)
{
	if (text.len > 0)
		memcpy(out, text.data, text.len);
	return out + text.len;
}

static char *put_part(char *out, const struct part *part)
{
	out = put(out, part->key);
	if (!part->has_value)
		return out;
	*out++ = '=';
	return put(out, part->value);
}

char *dctxi_properties_write(dctx_bytes properties, char *out)
{
	const char *at = properties.data, *end = at + properties.len;
	bool first = true;

	while (at < end) {
		struct part part = part_at(at + 1, end);

		if (is_property(&part, end)) {
			if (!first)
				*out++ = ';';
			first = false;
			out = put_part(out, &part);
		}
		at = property_end(part.end, end);
	}
	return out;
}

char *dctxi_member_write(const struct dctxi_member *member, char *out)
{
	size_t plain = member->key.len + 1 + member->value.len;

	out = put(out, member->key);
	*out++ = '=';
	out = put(out, member->value);
	if (member->size == plain)
		return out;
	*out++ = ';';
	return dctxi_properties_write(member->properties, out);
}

bool dctxi_baggage_is_key(dctx_bytes key)
{
	const char *at = key.data, *end = at + key.len;

	return key.len > 0 && skip(at, end, DCTXI_TOKEN) == end;
}

bool dctxi_baggage_are_properties(dctx_bytes properties)
{
	const char *at = properties.data, *end = at + properties.len;

	for (;; at++) {
		struct part part = part_at(at, end);

		if (!is_property(&part, end) ||
		    part_size(&part) != (size_t)(part.end - at) ||
		    (part.end < end && *part.end == ','))
			return false;
		at = part.end;
		if (at == end)
			return true;
	}
}
