/* SPDX-License-Identifier: MIT */
#include "wire/baggage.h"

#include "data/token.h"
#include "wire/octet.h"
#include "wire/ows.h"

#include <string.h>

static const dctx_bytes nameless = {"", 0};

/* The ends of white space, of a key and of a value that stand somewhere; keys
 * are short, four characters at a time are quickest. */
static const char *skip_space(const char *at, const char *end)
{
	while (at < end && dctxi_is_ows(*at))
		at++;
	return at;
}

static inline const char *skip_key(const char *at, const char *end)
{
	for (; end - at >= 4; at += 4) {
		if (!dctxi_is_tchar(at[0]))
			return at;
		if (!dctxi_is_tchar(at[1]))
			return at + 1;
		if (!dctxi_is_tchar(at[2]))
			return at + 2;
		if (!dctxi_is_tchar(at[3]))
			return at + 3;
	}
	while (at < end && dctxi_is_tchar(*at))
		at++;
	return at;
}

static inline const char *skip_value(const char *at, const char *end)
{
	for (; end - at >= 16; at += 16) {
		size_t run = dctxi_sixteen_first(
			dctxi_are_no_octets(dctxi_sixteen_at(at)));

		if (run < 16)
			return at + run;
	}
	while (at < end && dctxi_is_octet(*at))
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
	const char *from = skip_space(at, end);

	at = skip_key(from, end);
	part.key = view(from, at);
	at = skip_space(at, end);
	part.has_value = at < end && *at == '=' && part.key.len > 0;
	if (part.has_value) {
		/* A value may have any number of = (3.3.1.3), and none but
		 * these characters, quoted or not. */
		from = skip_space(at + 1, end);
		at = skip_value(from, end);
		part.value = view(from, at);
		at = skip_space(at, end);
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
	const char *at = skip_space(walk->at, walk->end);

	for (; at < walk->end && *at == ',';
	     at = skip_space(at + 1, walk->end)) {
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

	equals = skip_key(key, end);
	if (equals == key || equals == end || *equals != '=')
		return false;
	to = skip_value(equals + 1, end);
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

/* Any member, past what is none. Apart from the plain ones, which would save
 * its registers for nothing. */
__attribute__((noinline)) static bool next_odd(struct dctxi_baggage_walk *walk,
					       struct dctxi_member *out)
{
	struct part part;
	const char *at;

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

bool dctxi_baggage_next(struct dctxi_baggage_walk *walk,
			struct dctxi_member *out)
{
	return next_plain(walk, out) || next_odd(walk, out);
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
	return dctxi_is_token(key.data, key.len);
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
