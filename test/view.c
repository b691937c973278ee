/* SPDX-License-Identifier: MIT */
/* view.c - see view.h; a view through the inlines. */
#define VIEW_STORE dctxt_view_store
#define VIEW_SNAPSHOT dctxt_view_snapshot
#include "view_read.h"

/* More than what a thread keeps freed blocks of. */
enum { LARGE = 2100 };

/* What is no more must not look whole. */
static void destroy_whole(void *value)
{
	struct dctxt_whole *whole = value;

	for (int i = 0; i < 8; i++)
		whole->word[i] = ~(uint64_t)i;
}

static dctx_status encode_whole(const void *value, dctx_writer *w)
{
	dctx_write_raw(w, value, sizeof(struct dctxt_whole));
	return DCTX_OK;
}

static dctx_status decode_whole(void *value, dctx_reader *r)
{
	dctx_bytes bytes;
	dctx_status status =
		dctx_read_raw(r, sizeof(struct dctxt_whole), &bytes);

	if (status == DCTX_OK)
		memcpy(value, bytes.data, bytes.len);
	return status;
}

static const dctx_type whole_type = {
	.struct_size = sizeof whole_type,
	.name = "whole",
	.size = sizeof(struct dctxt_whole),
	.destroy = destroy_whole,
	.encode = encode_whole,
	.decode = decode_whole,
};

#define DEFINE_(tag, T, KIND) DCTX_KEY_##KIND(dctxt_k_##tag, #tag, DCTX_WIRE);
DCTXT_NUMBERS(DEFINE_)
DCTX_KEY_BOOL(dctxt_k_bool, "bool", DCTX_WIRE);
DCTX_KEY_STR(dctxt_k_str, "str", DCTX_WIRE);
DCTX_KEY_STR(dctxt_k_large, "large", DCTX_WIRE);
DCTX_KEY_STR(dctxt_k_closed, "closed", DCTX_WIRE | DCTX_CLOSED);
DCTX_KEY_BYTES(dctxt_k_bytes, "bytes", DCTX_WIRE);
DCTX_KEY_TYPE(dctxt_k_whole, "whole", struct dctxt_whole, &whole_type,
	      DCTX_WIRE);
dctx_key dctxt_k_late = {.kind = DCTX_KIND_U64,
			 .policy = DCTX_CLOSED,
			 .version = 1,
			 .name = "late"};

const char *dctxt_view_name(int at)
{
#define NAME_(tag, T, KIND) [DCTXT_VIEW_##tag] = #tag,
	static const char *const names[DCTXT_VIEW_KEYS] = {
		DCTXT_NUMBERS(NAME_)
		[DCTXT_VIEW_bool] = "bool",
		[DCTXT_VIEW_str] = "str",
		[DCTXT_VIEW_large] = "large",
		[DCTXT_VIEW_closed] = "closed",
		[DCTXT_VIEW_bytes] = "bytes",
		[DCTXT_VIEW_whole] = "whole",
		[DCTXT_VIEW_LATE] = "late",
	};

	return names[at];
}

/* The values that belong to `v`. */
struct values {
	char str[64];
	char closed[64];
	char large[LARGE + 64];
	dctx_bytes bytes;
	struct dctxt_whole whole;
};

static const struct values *values_of(int v)
{
	static struct values now;
	int letter = 'a' + v;

	memset(&now, 0, sizeof(now));
	memset(now.str, letter, (size_t)(5 + v));
	memset(now.closed, letter, (size_t)(20 + v));
	memset(now.large, letter, (size_t)(LARGE + v));
	now.bytes = (dctx_bytes){now.str, (size_t)(3 + v)};
	for (int i = 0; i < 8; i++)
		now.whole.word[i] = (uint64_t)v;
	return &now;
}

/* Every byte of a wide number says which it is. */
#define SET_(tag, T, KIND)                                                    \
	dctx_store_set(store, dctxt_k_##tag,                                  \
		       (T)((uint64_t)v * UINT64_C(0x0101010101010101)));

void dctxt_view_set(dctx_store *store, int v)
{
	const struct values *values = values_of(v);

	DCTXT_NUMBERS(SET_)
	dctx_store_set(store, dctxt_k_bool, v % 2 != 0);
	dctx_store_set(store, dctxt_k_str, values->str);
	dctx_store_set(store, dctxt_k_large, values->large);
	dctx_store_set(store, dctxt_k_closed, values->closed);
	dctx_store_set(store, dctxt_k_bytes, values->bytes);
	dctx_store_set(store, dctxt_k_whole, &values->whole);
}

#define REPLACE_(tag, T, KIND)                                                \
	dctx_store_replace(store, dctxt_k_##tag,                              \
			   (T)((uint64_t)v * UINT64_C(0x0101010101010101)));

void dctxt_view_replace(dctx_store *store, int v)
{
	const struct values *values = values_of(v);

	DCTXT_NUMBERS(REPLACE_)
	dctx_store_replace(store, dctxt_k_bool, v % 2 != 0);
	dctx_store_replace(store, dctxt_k_str, values->str);
	dctx_store_replace(store, dctxt_k_large, values->large);
	dctx_store_replace(store, dctxt_k_closed, values->closed);
	dctx_store_replace(store, dctxt_k_bytes, values->bytes);
	dctx_store_replace(store, dctxt_k_whole, &values->whole);
}

#define UNSET_(tag, T, KIND) dctx_store_unset(store, dctxt_k_##tag);

void dctxt_view_unset(dctx_store *store)
{
	DCTXT_NUMBERS(UNSET_)
	dctx_store_unset(store, dctxt_k_bool);
	dctx_store_unset(store, dctxt_k_str);
	dctx_store_unset(store, dctxt_k_large);
	dctx_store_unset(store, dctxt_k_closed);
	dctx_store_unset(store, dctxt_k_bytes);
	dctx_store_unset(store, dctxt_k_whole);
}
