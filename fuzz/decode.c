/* SPDX-License-Identifier: MIT */
/*
 * Bytes from outside, into a process that knows a key of each kind: whatever
 * comes, dctx_decode gives an answer; and what it takes has one form, which
 * is reached in one step and stays.
 */
#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A user's type with memory of its own: the sanitizer sees what is leaked or
 * ended twice. */
struct rid {
	char *text;
	size_t len;
};

static dctx_status rid_decode(void *value, dctx_reader *r)
{
	struct rid *rid = value;
	dctx_bytes text;

	if (dctx_read_str(r, &text) != DCTX_OK)
		return DCTX_CORRUPT;
	if (text.len % 7 == 6)
		return DCTX_INVALID; /* so that a codec refuses something */
	rid->text = malloc(text.len + 1);
	if (rid->text == NULL)
		return DCTX_NOMEM;
	memcpy(rid->text, text.data, text.len);
	rid->len = text.len;
	return DCTX_OK;
}

static dctx_status rid_encode(const void *value, dctx_writer *w)
{
	const struct rid *rid = value;

	dctx_write_bytes(w, rid->text, rid->len);
	return DCTX_OK;
}

static void rid_destroy(void *value)
{
	struct rid *rid = value;

	free(rid->text);
}

static const dctx_type rid_type = {
	.struct_size = sizeof rid_type,
	.name = "rid",
	.size = sizeof(struct rid),
	.destroy = rid_destroy,
	.encode = rid_encode,
	.decode = rid_decode,
};

DCTX_KEY_BOOL(k_bool, "bool", DCTX_WIRE);
DCTX_KEY_I8(k_i8, "i8", DCTX_WIRE);
DCTX_KEY_I16(k_i16, "i16", DCTX_WIRE);
DCTX_KEY_I32(k_i32, "i32", DCTX_WIRE);
DCTX_KEY_I64(k_i64, "i64", DCTX_WIRE);
DCTX_KEY_U8(k_u8, "u8", DCTX_WIRE);
DCTX_KEY_U16(k_u16, "u16", DCTX_WIRE);
DCTX_KEY_U32(k_u32, "u32", DCTX_WIRE);
DCTX_KEY_U64(k_u64, "u64", DCTX_WIRE);
DCTX_KEY_F32(k_f32, "f32", DCTX_WIRE);
DCTX_KEY_F64(k_f64, "f64", DCTX_WIRE);
DCTX_KEY_STR(k_str, "str", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_WIRE);
DCTX_KEY_U32(k_local, "local", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* The message of a context, in a block of exactly its size. */
static unsigned char *encoded(const dctx_snapshot *s, size_t *out_len)
{
	unsigned char *message;
	size_t len = 0;

	must(dctx_snapshot_encode(s, NULL, 0, &len) == DCTX_TOO_SMALL);
	message = malloc(len);
	must(message != NULL);
	must(dctx_snapshot_encode(s, message, len, out_len) == DCTX_OK);
	must(*out_len == len);
	return message;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_snapshot *first, *second;
	unsigned char *once, *twice;
	size_t once_len, twice_len;

	if (dctx_decode(data, size, &first) != DCTX_OK)
		return 0;
	once = encoded(first, &once_len);
	must(once_len <= size);
	must(dctx_decode(once, once_len, &second) == DCTX_OK);
	twice = encoded(second, &twice_len);
	must(once_len == twice_len && memcmp(once, twice, once_len) == 0);
	free(once);
	free(twice);
	dctx_snapshot_unref(first);
	dctx_snapshot_unref(second);
	return 0;
}
