/* SPDX-License-Identifier: MIT */
/* tracestate_own.c - a vendor's own member among the others' (W3C Trace Context
 * Level 2, 3.5). */
#include "wire/tracestate.h"

#include "data/fail.h"

#include <dctx/trace.h>

#include <string.h>

#define OWN_MAX (DCTXI_STATE_KEY + 1 + DCTXI_STATE_VALUE)

/* A text's length, or one more than the most that is allowed. */
static size_t length_of(const char *text, size_t most)
{
	return text != NULL ? strnlen(text, most + 1) : 0;
}

static bool read(dctx_bytes state, struct dctxi_tracestate *out)
{
	return (state.data != NULL || state.len == 0) &&
	       dctxi_tracestate_read(&state, 1, NULL, out);
}

static size_t place_of(const struct dctxi_tracestate *state, const char *key,
		       size_t len)
{
	size_t i = 0;

	while (i < state->count &&
	       (state->member[i].key_len != len ||
		memcmp(state->member[i].text.data, key, len) != 0))
		i++;
	return i;
}

/* Moves the members in front of place `i` one back, over what is there, so that
 * the first place is free. */
static void make_room(struct dctxi_tracestate *state, size_t i)
{
	memmove(&state->member[1], &state->member[0],
		i * sizeof state->member[0]);
	if (i == state->count)
		state->count++;
}

static void take_out(struct dctxi_tracestate *state, size_t i)
{
	state->count--;
	memmove(&state->member[i], &state->member[i + 1],
		(state->count - i) * sizeof state->member[0]);
}

/* A new member is the latest, so it goes in front; when there are 32 others the
 * last of them goes. */
static void put(struct dctxi_tracestate *state, size_t place, char *text,
		const char *value, size_t key_len)
{
	size_t len = strlen(value);

	text[key_len] = '=';
	memcpy(text + key_len + 1, value, len);
	if (place == DCTXI_STATE_MEMBERS)
		place--;
	make_room(state, place);
	state->member[0] = (struct dctxi_state_member){
		{text, key_len + 1 + len}, key_len, 0, 0};
}

dctx_status dctx_tracestate_set(dctx_bytes state, const char *key,
				const char *value, void *buf, size_t size,
				size_t *out_len)
{
	size_t key_len = length_of(key, DCTXI_STATE_KEY), need, place;
	struct dctxi_tracestate list;
	char own[OWN_MAX];

	if (out_len == NULL || (buf == NULL && size > 0) ||
	    !dctxi_state_key_valid(key, key_len) ||
	    (value != NULL &&
	     !dctxi_state_value_valid(value,
				      length_of(value, DCTXI_STATE_VALUE))) ||
	    !read(state, &list))
		return dctxi_fail(DCTX_INVALID, "tracestate");
	place = place_of(&list, key, key_len);
	memcpy(own, key, key_len);
	if (value != NULL)
		put(&list, place, own, value, key_len);
	else if (place < list.count)
		take_out(&list, place);
	dctxi_tracestate_cut(&list, NULL);
	need = dctxi_tracestate_len(&list);
	*out_len = need;
	if (need > size)
		return dctxi_fail(DCTX_TOO_SMALL, "tracestate");
	dctxi_tracestate_write(&list, buf);
	return DCTX_OK;
}

bool dctx_tracestate_get(dctx_bytes state, const char *key, dctx_bytes *out)
{
	size_t len = length_of(key, DCTXI_STATE_KEY), i;
	struct dctxi_tracestate list;
	const char *text;

	if (out == NULL || len == 0 || !read(state, &list))
		return false;
	i = place_of(&list, key, len);
	if (i == list.count)
		return false;
	text = list.member[i].text.data;
	*out = (dctx_bytes){text + len + 1, list.member[i].text.len - len - 1};
	return true;
}
