/* SPDX-License-Identifier: MIT */
/* view_read.h - the reading of a view; what includes this says through which
 * form of the getters, and under which names. */
#include "view.h"

#include <string.h>

#define TORN 1u

/* A number that stands for some bytes, never 0 or TORN. */
static uint64_t sum(const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t number = len + 2, word;

	for (; len >= 8; at += 8, len -= 8) {
		memcpy(&word, at, 8);
		number = (number ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	}
	for (; len > 0; at++, len--)
		number = (number ^ *at) * UINT64_C(0x9e3779b97f4a7c15);
	return number | 2;
}

/* A text as both its forms have it. */
static uint64_t sum_text(const char *text, dctx_bytes bytes)
{
	if (text == NULL && bytes.data == NULL)
		return 0;
	if (text != bytes.data || strnlen(text, bytes.len + 1) != bytes.len)
		return TORN;
	return sum(text, bytes.len);
}

static uint64_t sum_whole(const struct dctxt_whole *whole)
{
	if (whole == NULL)
		return 0;
	for (int i = 1; i < 8; i++)
		if (whole->word[i] != whole->word[0])
			return TORN;
	return sum(whole, sizeof(*whole));
}

#define SCALAR_(from, tag, T)                                                 \
	do {                                                                  \
		T value = dctx_##from##_get(s, dctxt_k_##tag, 0);             \
		bool has = dctx_##from##_has(s, dctxt_k_##tag);               \
                                                                              \
		out->shows[DCTXT_VIEW_##tag] =                                \
			has ? sum(&value, sizeof(value)) : 0;                 \
	} while (0)
#define TEXT_(from, tag)                                                      \
	out->shows[DCTXT_VIEW_##tag] = sum_text(                              \
		dctx_##from##_get(s, dctxt_k_##tag, NULL),                    \
		dctx_##from##_get_bytes(s, &dctxt_k_##tag.key, none))
#define STORE_SCALAR_(tag, T, KIND) SCALAR_(store, tag, T);
#define SNAPSHOT_SCALAR_(tag, T, KIND) SCALAR_(snapshot, tag, T);
#define THE_REST_(from)                                                       \
	do {                                                                  \
		const dctx_bytes none = {NULL, 0};                            \
		dctx_bytes bytes =                                            \
			dctx_##from##_get(s, dctxt_k_bytes, none);            \
		uint64_t late =                                               \
			dctx_##from##_get_u64(s, &dctxt_k_late, UINT64_MAX);  \
                                                                              \
		SCALAR_(from, bool, bool);                                    \
		TEXT_(from, str);                                             \
		TEXT_(from, large);                                           \
		TEXT_(from, closed);                                          \
		out->shows[DCTXT_VIEW_bytes] =                                \
			dctx_##from##_has(s, dctxt_k_bytes)                   \
				? sum(bytes.data, bytes.len)                  \
				: 0;                                          \
		out->shows[DCTXT_VIEW_whole] = sum_whole(                     \
			dctx_##from##_get(s, dctxt_k_whole, NULL));           \
		out->shows[DCTXT_VIEW_LATE] =                                 \
			late != UINT64_MAX ? sum(&late, sizeof(late)) : 0;    \
	} while (0)

void VIEW_STORE(const dctx_store *s, struct dctxt_view *out)
{
	DCTXT_NUMBERS(STORE_SCALAR_)
	THE_REST_(store);
}

void VIEW_SNAPSHOT(const dctx_snapshot *s, struct dctxt_view *out)
{
	DCTXT_NUMBERS(SNAPSHOT_SCALAR_)
	THE_REST_(snapshot);
}
