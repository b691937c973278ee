/* SPDX-License-Identifier: MIT */
/*
 * tracestate.c - W3C Trace Context Level 2, 3.3.
 *
 * One bad member makes all of it worthless: who wrote it did not follow the
 * standard, so that none of it can be relied on. The trace itself goes on.
 */
#include "wire/tracestate.h"

#include "data/trace.h"
#include "wire/ows.h"
#include "wire/sixteen.h"

#include <string.h>

/* Where a character may stand. A key begins with a letter or a digit; a value
 * does not end with a space (3.3.2.2.1, 3.3.2.2.2). */
enum { KEY_BEGINS = 1, KEY = 2, VALUE = 4 };

#define V VALUE
#define K (KEY | VALUE)
#define B (KEY_BEGINS | KEY | VALUE)

static const unsigned char kinds[256] = {
	[' '] = V, ['!'] = V,  ['"'] = V, ['#'] = V, ['$'] = V,	 ['%'] = V,
	['&'] = V, ['\''] = V, ['('] = V, [')'] = V, ['*'] = K,	 ['+'] = V,
	['-'] = K, ['.'] = V,  ['/'] = K, ['0'] = B, B,		 B,
	B,	   B,	       B,	  B,	     B,		 B,
	B,	   [':'] = V,  [';'] = V, ['<'] = V, ['>'] = V,	 ['?'] = V,
	['@'] = K, ['A'] = V,  V,	  V,	     V,		 V,
	V,	   V,	       V,	  V,	     V,		 V,
	V,	   V,	       V,	  V,	     V,		 V,
	V,	   V,	       V,	  V,	     V,		 V,
	V,	   V,	       V,	  ['['] = V, ['\\'] = V, [']'] = V,
	['^'] = V, ['_'] = K,  ['`'] = V, ['a'] = B, B,		 B,
	B,	   B,	       B,	  B,	     B,		 B,
	B,	   B,	       B,	  B,	     B,		 B,
	B,	   B,	       B,	  B,	     B,		 B,
	B,	   B,	       B,	  B,	     B,		 ['{'] = V,
	['|'] = V, ['}'] = V,  ['~'] = V,
};

static bool is_a(char c, unsigned kind)
{
	return kinds[(unsigned char)c] & kind;
}

/* Which of sixteen no value may have: exactly those that are not of the kind.
 */
static dctxi_sixteen are_no_value(dctxi_sixteen v)
{
	return (v < ' ') | (v == ',') | (v == '=') | (v == 0x7f);
}

/* How many characters from `at` on are of a kind. */
static size_t run_of(unsigned kind, const char *at, const char *end)
{
	const char *start = at;

	while (at < end && is_a(*at, kind))
		at++;
	return (size_t)(at - start);
}

/* The same of a value, sixteen at once as long as there are so many. */
static size_t run_of_value(const char *at, const char *end)
{
	const char *start = at;

	for (; end - at >= 16; at += 16) {
		size_t run =
			dctxi_sixteen_first(are_no_value(dctxi_sixteen_at(at)));

		if (run < 16)
			return (size_t)(at + run - start);
	}
	return (size_t)(at - start) + run_of(VALUE, at, end);
}

/* Where a key of characters that a key has is out of order; NULL when it is in
 * order.
 *
 * With an @ it is a tenant's name and then its vendor's. To Level 2's grammar
 * (3.3.2.2.1) an @ is a character like others; but W3C's own tests and whoever
 * is at Level 1 ask for the two names, and would ignore all that goes along
 * with any other key. Level 1 also wants a letter first
 * where there is no @; that no test asks for, and Level 2 allows a digit. */
static const char *out_of_order(const char *key, size_t len)
{
	const char *at = memchr(key, '@', len), *end = key + len, *vendor;

	if (at == NULL)
		return NULL;
	if (at - key > DCTXI_STATE_TENANT)
		return key + DCTXI_STATE_TENANT;
	vendor = at + 1;
	/* Of a key's characters letters come last. */
	if (vendor == end || *vendor < 'a')
		return vendor;
	at = memchr(vendor, '@', (size_t)(end - vendor));
	if (at != NULL)
		end = at;
	if (end - vendor > DCTXI_STATE_VENDOR)
		return vendor + DCTXI_STATE_VENDOR;
	return at;
}

bool dctxi_state_key_valid(const char *key, size_t len)
{
	return len > 0 && len <= DCTXI_STATE_KEY && is_a(*key, KEY_BEGINS) &&
	       run_of(KEY, key, key + len) == len &&
	       out_of_order(key, len) == NULL;
}

bool dctxi_state_value_valid(const char *value, size_t len)
{
	return len > 0 && len <= DCTXI_STATE_VALUE && value[len - 1] != ' ' &&
	       run_of_value(value, value + len) == len;
}

/* One line under way; its sink knows which. */
struct line {
	const char *start, *at, *end;
	bool is_told; /* to somebody */
	struct dctxi_sink sink;
};

static void tell(const struct line *line, dctx_rule rule, dctx_effect effect,
		 const char *place, const char *key, size_t key_len)
{
	if (line->is_told)
		dctxi_found(&line->sink, rule, effect,
			    (size_t)(place - line->start),
			    (dctx_bytes){key, key_len});
}

static bool refuse(const struct line *line, dctx_rule rule, const char *place,
		   const char *key, size_t key_len)
{
	tell(line, rule, DCTX_IGNORED, place, key, key_len);
	return false;
}

/* Up to the equals sign, which must be there. */
static bool read_key(struct line *line, size_t *out_len)
{
	const char *key = line->at;
	size_t len = run_of(KEY, key, line->end);
	const char *bad;

	if (!is_a(*key, KEY_BEGINS))
		return refuse(line, DCTX_RULE_TRACESTATE_KEY, key, key, 0);
	if (len > DCTXI_STATE_KEY)
		return refuse(line, DCTX_RULE_TRACESTATE_KEY,
			      key + DCTXI_STATE_KEY, key, DCTXI_STATE_KEY);
	bad = out_of_order(key, len);
	if (bad != NULL)
		return refuse(line, DCTX_RULE_TRACESTATE_KEY, bad, key, len);
	line->at = key + len;
	if (line->at == line->end || *line->at != '=')
		return refuse(line, DCTX_RULE_TRACESTATE_KEY, line->at, key,
			      len);
	line->at++;
	*out_len = len;
	return true;
}

/* Up to the comma or the end. White space behind a value is none of it, white
 * space in front is (3.3.2.2.2). */
static bool read_value(struct line *line, const char *key, size_t key_len,
		       size_t *out_len)
{
	const char *value = line->at;
	size_t len = run_of_value(value, line->end);
	const char *stop = value + len;

	line->at = stop;
	while (line->at < line->end && dctxi_is_ows(*line->at))
		line->at++;
	while (len > 0 && value[len - 1] == ' ')
		len--;
	if (line->at < line->end && *line->at != ',')
		return refuse(line, DCTX_RULE_TRACESTATE_VALUE, stop, key,
			      key_len);
	if (len == 0 || len > DCTXI_STATE_VALUE)
		return refuse(line, DCTX_RULE_TRACESTATE_VALUE,
			      len == 0 ? value : value + DCTXI_STATE_VALUE, key,
			      key_len);
	*out_len = len;
	return true;
}

static struct dctxi_state_member *member_of(struct dctxi_tracestate *state,
					    const char *key, size_t key_len)
{
	for (size_t i = 0; i < state->count; i++) {
		struct dctxi_state_member *m = &state->member[i];

		if (m->key_len == key_len &&
		    memcmp(m->text.data, key, key_len) == 0)
			return m;
	}
	return NULL;
}

/* A list has at most 32 members (3.3.2); empty ones are none, because who joins
 * lines makes them without wanting to. */
static bool read_member(struct line *line, struct dctxi_tracestate *state)
{
	const char *key = line->at;
	size_t key_len = 0, value_len = 0;

	if (state->seen++ == DCTXI_STATE_MEMBERS)
		return refuse(line, DCTX_RULE_TRACESTATE_MEMBERS, key, key, 0);
	if (!read_key(line, &key_len) ||
	    !read_value(line, key, key_len, &value_len))
		return false;
	/* Of one key the first is the latest (3.3.3). The standard leaves it to
	 * us whether the others go on (3.5): with them a reader further on
	 * might take an older one. */
	if (member_of(state, key, key_len) != NULL) {
		tell(line, DCTX_RULE_TRACESTATE_TWICE, DCTX_SKIPPED, key, key,
		     key_len);
		return true;
	}
	state->member[state->count++] =
		(struct dctxi_state_member){{key, key_len + 1 + value_len},
					    key_len,
					    line->sink.line,
					    (size_t)(key - line->start)};
	return true;
}

static bool read_line(struct line *line, struct dctxi_tracestate *state)
{
	for (;;) {
		while (line->at < line->end &&
		       (dctxi_is_ows(*line->at) || *line->at == ','))
			line->at++;
		if (line->at == line->end)
			return true;
		if (!read_member(line, state))
			return false;
	}
}

/* Lines are read as if commas joined them (3.3.2; RFC 9110, 5.3). */
bool dctxi_tracestate_read(const dctx_bytes *lines, size_t n,
			   const struct dctxi_sink *sink,
			   struct dctxi_tracestate *out)
{
	struct line line = {.is_told = sink != NULL};

	if (sink != NULL)
		line.sink = *sink;
	out->count = 0;
	out->seen = 0;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].len == 0) /* there may be no bytes, either */
			continue;
		line.start = line.at = lines[i].data;
		line.end = line.start + lines[i].len;
		line.sink.line = i;
		if (!read_line(&line, out))
			return false;
	}
	return true;
}

size_t dctxi_tracestate_len(const struct dctxi_tracestate *state)
{
	size_t len = state->count > 0 ? state->count - 1 : 0;

	for (size_t i = 0; i < state->count; i++)
		len += state->member[i].text.len;
	return len;
}

static void drop(struct dctxi_tracestate *state, size_t i)
{
	state->count--;
	memmove(&state->member[i], &state->member[i + 1],
		(state->count - i) * sizeof state->member[0]);
}

/* Long members go first, from the end (3.3.3.1); without them the rest fits,
 * however many there are. */
_Static_assert(DCTXI_STATE_MEMBERS *(DCTXI_STATE_LONG + 1) <= DCTXI_STATE_MAX,
	       "a short member would have to go");

void dctxi_tracestate_cut(struct dctxi_tracestate *state,
			  const struct dctxi_sink *sink)
{
	size_t len = dctxi_tracestate_len(state);
	struct dctxi_sink line = {.line = 0};

	if (sink != NULL)
		line = *sink;
	for (size_t i = state->count; i-- > 0 && len > DCTXI_STATE_MAX;) {
		const struct dctxi_state_member *m = &state->member[i];

		if (m->text.len <= DCTXI_STATE_LONG)
			continue;
		line.line = m->line;
		len -= m->text.len + 1;
		dctxi_found(sink != NULL ? &line : NULL,
			    DCTX_RULE_TRACESTATE_LENGTH, DCTX_CUT, m->offset,
			    (dctx_bytes){m->text.data, m->key_len});
		drop(state, i);
	}
}

void dctxi_tracestate_write(const struct dctxi_tracestate *state, char *out)
{
	for (size_t i = 0; i < state->count; i++) {
		const dctx_bytes *text = &state->member[i].text;

		if (i > 0)
			*out++ = ',';
		memcpy(out, text->data, text->len);
		out += text->len;
	}
}

/* What was read as members with one character between them had a comma there.
 */
bool dctxi_tracestate_view(const struct dctxi_tracestate *state,
			   dctx_bytes *out)
{
	const struct dctxi_state_member *m = state->member;
	dctx_bytes view = {NULL, 0};

	if (state->count > 0)
		view = (dctx_bytes){m->text.data, dctxi_tracestate_len(state)};
	for (size_t i = 1; i < state->count; i++)
		if (m[i].line != m[0].line ||
		    m[i].offset != m[i - 1].offset + m[i - 1].text.len + 1)
			return false;
	*out = view;
	return true;
}

bool dctxi_tracestate_valid(dctx_bytes text)
{
	struct dctxi_tracestate state;

	return text.len <= DCTXI_STATE_MAX &&
	       dctxi_tracestate_read(&text, 1, NULL, &state) &&
	       state.seen == state.count;
}
