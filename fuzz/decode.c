/* SPDX-License-Identifier: MIT */
/*
 * Bytes from outside, into a process that knows a key of each kind, with codecs
 * and migrations: whatever comes, dctx_decode gives an answer; and what it
 * takes has one form, which is reached in one step and stays. Strictness takes
 * no more than that, and skipping bad values no less.
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

static dctx_status rid_make(struct rid *rid, dctx_bytes text)
{
	if (text.len % 7 == 6)
		return DCTX_INVALID; /* so that the code refuses something */
	rid->text = malloc(text.len + 1);
	if (rid->text == NULL)
		return DCTX_NOMEM;
	if (text.len > 0)
		memcpy(rid->text, text.data, text.len);
	rid->len = text.len;
	return DCTX_OK;
}

static dctx_status rid_decode(void *value, dctx_reader *r)
{
	dctx_bytes text;

	if (dctx_read_str(r, &text) != DCTX_OK)
		return DCTX_CORRUPT;
	return rid_make(value, text);
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

/* A codec of texts: each byte and its number of times. */
static dctx_status runs_encode(const void *value, dctx_writer *w)
{
	const dctx_bytes *text = value;

	for (size_t i = 0; i < text->len; i++) {
		dctx_write_raw(w, (const char *)text->data + i, 1);
		dctx_write_u8(w, 1);
	}
	return DCTX_OK;
}

static dctx_status runs_decode(void *value, dctx_reader *r)
{
	size_t n = dctx_read_left(r) / 2;
	uint8_t *text = dctx_read_room(r, n), times;

	if (text == NULL && n > 0)
		return DCTX_NOMEM;
	for (size_t i = 0; i < n; i++) {
		dctx_read_u8(r, &text[i]);
		dctx_read_u8(r, &times);
		if (times != 1)
			return DCTX_INVALID; /* what is sent has one form */
	}
	*(dctx_bytes *)value = (dctx_bytes){text, n};
	return DCTX_OK;
}

static const dctx_codec runs = {sizeof runs, "runs", runs_encode, runs_decode};

static dctx_status text_of_number(const void *older, void *newer,
				  dctx_reader *room)
{
	uint32_t n = *(const uint32_t *)older % 2048;
	char *text = dctx_read_room(room, n);

	if (text == NULL && n > 0)
		return DCTX_NOMEM;
	if (n > 0)
		memset(text, 'n', n);
	*(dctx_bytes *)newer = (dctx_bytes){text, n};
	return DCTX_OK;
}

static dctx_status text_of_rid(const void *older, void *newer,
			       dctx_reader *room)
{
	const struct rid *rid = older;
	char *text = dctx_read_room(room, rid->len + 1);

	if (text == NULL)
		return DCTX_NOMEM;
	memcpy(text, rid->text, rid->len);
	text[rid->len] = (char)rid->len; /* no UTF-8 now and then */
	*(dctx_bytes *)newer = (dctx_bytes){text, rid->len + 1};
	return DCTX_OK;
}

static dctx_status rid_of_text(const void *older, void *newer,
			       dctx_reader *room)
{
	(void)room;
	return rid_make(newer, *(const dctx_bytes *)older);
}

/* 1 a number, 2 a rid, 4 another rid, 9 bytes that go down to 2. */
static const dctx_migration text_older[] = {
	{1, 3, DCTX_KIND_U32, NULL, NULL, text_of_number},
	{2, 3, DCTX_KIND_TYPE, &rid_type, NULL, text_of_rid},
	{4, 0, DCTX_KIND_TYPE, &rid_type, NULL, text_of_rid},
	{9, 2, DCTX_KIND_BYTES, NULL, &runs, rid_of_text},
};
static const dctx_key_options text_options = {sizeof text_options, &runs,
					      text_older, 4};
/* 1 a text by the kind's own codec. */
static const dctx_migration rid_older[] = {
	{1, 0, DCTX_KIND_STR, NULL, NULL, rid_of_text},
};
static const dctx_key_options rid_options = {sizeof rid_options, NULL,
					     rid_older, 1};

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
DCTX_KEY_STR(k_text, "text", DCTX_WIRE, 3, &text_options);
DCTX_KEY_DECLARE_TYPE(k_user, struct rid);
DCTX_KEY_TYPE(k_user, "user", struct rid, &rid_type, DCTX_WIRE, 2,
	      &rid_options);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* The message of a context, in a block of exactly its size. */
static unsigned char *encoded(const dctx_snapshot *s, unsigned flags,
			      size_t *out_len)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .flags = flags};
	unsigned char *message;
	size_t len = 0;

	must(dctx_snapshot_encode_with(s, &options, NULL, 0, &len) ==
	     DCTX_TOO_SMALL);
	message = malloc(len);
	must(message != NULL);
	must(dctx_snapshot_encode_with(s, &options, message, len, out_len) ==
	     DCTX_OK);
	must(*out_len == len);
	return message;
}

static dctx_snapshot *decoded_strictly(const unsigned char *message, size_t len)
{
	const dctx_decode_options strict = {.struct_size = sizeof strict,
					    .flags = DCTX_DECODE_STRICT};
	dctx_snapshot *s = NULL;

	must(dctx_decode_with(message, len, &strict, &s) == DCTX_OK);
	return s;
}

/* What is written of a context that came is read to the same context, also
 * strictly, and written the same; but for the budget, which runs. */
static void must_be_stable(const dctx_snapshot *s)
{
	size_t once_len, twice_len;
	unsigned char *once = encoded(s, DCTX_ENCODE_NO_LIMITS, &once_len);
	dctx_snapshot *second = decoded_strictly(once, once_len);
	unsigned char *twice =
		encoded(second, DCTX_ENCODE_NO_LIMITS, &twice_len);

	must(once_len == twice_len && memcmp(once, twice, once_len) == 0);
	free(once);
	free(twice);
	dctx_snapshot_unref(second);
}

/* What ends a context ends it for whoever is told; cancelled as it was. */
static void must_stay_limited(const dctx_snapshot *s)
{
	dctx_cause_info cause, told;
	size_t len;
	unsigned char *message = encoded(s, 0, &len);
	dctx_snapshot *second = decoded_strictly(message, len);

	must((dctx_snapshot_deadline(s) == DCTX_NO_DEADLINE) ==
	     (dctx_snapshot_deadline(second) == DCTX_NO_DEADLINE));
	if (dctx_snapshot_cause(s, &cause) == DCTX_CANCELED) {
		must(dctx_snapshot_cause(second, &told) == DCTX_CANCELED);
		must(cause.code == told.code &&
		     strcmp(cause.message, told.message) == 0);
	}
	free(message);
	dctx_snapshot_unref(second);
}

/* How many bad values were told; each must stand in the message. */
struct told {
	const uint8_t *data;
	size_t size, n;
};

static void report(void *user, const dctx_bad_entry *bad)
{
	struct told *told = user;
	dctx_bytes key = bad->entry.key;

	told->n++;
	must(bad->status != DCTX_OK && bad->status != DCTX_NOMEM);
	must(bad->entry.offset < told->size);
	must((const uint8_t *)key.data == told->data + bad->entry.offset + 8);
	must(bad->key != NULL || bad->entry.reserved);
	if (bad->key == NULL)
		return;
	must(strlen(bad->key->name) == key.len &&
	     memcmp(bad->key->name, key.data, key.len) == 0);
}

static dctx_status decode(const uint8_t *data, size_t size, unsigned flags,
			  struct told *told)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .report = report,
					     .user = told};
	dctx_snapshot *s = NULL;
	dctx_status status;

	*told = (struct told){data, size, 0};
	status = dctx_decode_with(data, size, &options, &s);
	must((s != NULL) == (status == DCTX_OK));
	if (s != NULL) {
		must_be_stable(s);
		must_stay_limited(s);
	}
	dctx_snapshot_unref(s);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told told;
	dctx_status plain = decode(data, size, 0, &told);
	dctx_status strict, skipping;

	must(told.n == 0);
	strict = decode(data, size, DCTX_DECODE_STRICT, &told);
	must(plain == DCTX_OK || strict != DCTX_OK);
	skipping = decode(data, size, DCTX_DECODE_SKIP_BAD, &told);
	must(plain != DCTX_OK || (skipping == DCTX_OK && told.n == 0));
	must(plain == DCTX_OK || skipping != DCTX_OK || told.n > 0);
	(void)decode(data, size, DCTX_DECODE_SKIP_BAD | DCTX_DECODE_STRICT,
		     &told);
	return 0;
}
