/* SPDX-License-Identifier: MIT */
#include "wire/part.h"

#include "data/fail.h"
#include "data/utf8.h"

void dctxi_part_what(char to[64], dctx_bytes what)
{
	size_t len = what.len < 63 ? what.len : 63;

	memcpy(to, what.data, len);
	to[len] = '\0';
	if (len < what.len)
		to[dctxi_utf8_cut(what.data, len)] = '\0';
}

dctx_status dctxi_part_refuse(const dctx_reader *in, const void *place,
			       dctx_bytes what, const dctx_error *known)
{
	dctx_error error = *known;

	error.offset = (size_t)((const unsigned char *)place - in->start);
	dctxi_part_what(error.what, what);
	return dctxi_fail_with(&error);
}

static dctx_status corrupt(const dctx_reader *in, const void *place,
			   const char *what)
{
	return dctxi_part_refuse(in, place, dctxi_text(what),
				  &(dctx_error){.status = DCTX_CORRUPT});
}

static dctx_status too_much(const dctx_reader *in, const void *place,
			    size_t size, dctx_limit limit, const char *what)
{
	return dctxi_part_refuse(in, place, dctxi_text(what),
				  &(dctx_error){.status = DCTX_LIMIT,
						.size = size,
						.limit = dctxi_limit(limit)});
}

static dctx_status check(const dctx_reader *in, const void *place, size_t size,
			 dctx_limit limit, const char *what)
{
	if (!dctxi_past(limit, size))
		return DCTX_OK;
	return too_much(in, place, size, limit, what);
}

/* Reads it once more, step by step. */
static dctx_status find_fault(dctx_reader *in)
{
	const unsigned char *place = in->at;
	dctx_bytes key, value;

	if (dctxi_reader_bytes(in, &key) != DCTX_OK)
		return corrupt(in, in->at, "key");
	if (dctxi_past(DCTX_LIMIT_KEY_BYTES, key.len))
		return too_much(in, place, key.len, DCTX_LIMIT_KEY_BYTES,
				"key");
	if (dctxi_reader_take(in, 4) != NULL)
		dctxi_reader_bytes(in, &value);
	if (!dctxi_utf8_valid(key.data, key.len))
		key = dctxi_text("key");
	return dctxi_part_refuse(in, in->at, key,
				 &(dctx_error){.status = DCTX_CORRUPT});
}

void dctxi_part_no_entry(dctx_reader *in)
{
	in->status = find_fault(in);
}

/* Reads how many of something follow that takes `least` bytes at least: a
 * number that cannot be true is refused before anything relies on it. */
static dctx_status read_count(dctx_reader *in, size_t least, const char *what,
			      size_t *out)
{
	const unsigned char *place = in->at;
	uint64_t n;

	if (dctx_read_u64(in, &n) != DCTX_OK)
		return corrupt(in, in->at, what);
	if (n > dctx_read_left(in) / least)
		return corrupt(in, place, what);
	*out = (size_t)n;
	return DCTX_OK;
}

dctx_status dctxi_part_head(dctx_reader *in, uint32_t *out_version,
			     size_t *out_entries)
{
	const unsigned char *start = in->at;
	dctx_status status;
	uint32_t version;

	if (dctx_read_u32(in, &version) != DCTX_OK)
		return corrupt(in, in->at, "version");
	if (version != DCTXI_MESSAGE_V2 && version != DCTXI_MESSAGE_V1)
		return dctxi_part_refuse(in, start, dctxi_text("version"),
					  &(dctx_error){
						  .status = DCTX_UNSUPPORTED,
						  .version = version});
	*out_version = version;
	status = check(in, start, (size_t)(in->end - start),
		       DCTX_LIMIT_MESSAGE_BYTES, "message");
	if (status == DCTX_OK)
		status = read_count(in, DCTXI_ENTRY_BYTES, "entries",
				    out_entries);
	if (status == DCTX_OK)
		status = check(in, start + 4, *out_entries, DCTX_LIMIT_ENTRIES,
			       "entries");
	return status;
}

const unsigned char *dctxi_part_bytes_again(const unsigned char *at,
					     dctx_bytes *out)
{
	*out = (dctx_bytes){at + 8, (size_t)dctxi_load64(at)};
	return at + 8 + out->len;
}

const unsigned char *dctxi_part_again(const unsigned char *start,
				       const unsigned char *at,
				       dctx_entry *out)
{
	out->offset = (size_t)(at - start);
	at = dctxi_part_bytes_again(at, &out->key);
	out->version = dctxi_load32(at);
	out->reserved = dctxi_is_reserved(out->key);
	return dctxi_part_bytes_again(at + 4, &out->value);
}

dctx_status dctxi_part_check_key(const dctx_reader *in, dctx_bytes key)
{
	if (dctxi_utf8_valid(key.data, key.len))
		return DCTX_OK;
	return corrupt(in, key.data, "key");
}

bool dctxi_is_reserved(dctx_bytes key)
{
	return key.len >= 5 && memcmp(key.data, "dctx.", 5) == 0;
}

dctx_status dctxi_part_chain(dctx_reader *in, uint32_t version,
			      size_t *out_names)
{
	if (version == DCTXI_MESSAGE_V1 && dctx_read_left(in) == 0) {
		*out_names = DCTXI_NO_CHAIN;
		return DCTX_OK;
	}
	return read_count(in, DCTXI_NAME_BYTES, "chain", out_names);
}

/* Here a name is a C string, so one with a NUL in it has no place. */
dctx_status dctxi_part_name(dctx_reader *in, dctx_bytes *out)
{
	const unsigned char *place = in->at;
	dctx_status status;

	if (dctxi_reader_bytes(in, out) != DCTX_OK)
		return corrupt(in, in->at, "name");
	status = check(in, place, out->len, DCTX_LIMIT_NAME_BYTES, "name");
	if (status != DCTX_OK)
		return status;
	if (!dctxi_utf8_valid(out->data, out->len) ||
	    memchr(out->data, '\0', out->len) != NULL)
		return corrupt(in, out->data, "name");
	return DCTX_OK;
}

dctx_status dctxi_part_end(const dctx_reader *in)
{
	return dctx_read_left(in) > 0 ? corrupt(in, in->at, "message")
				      : DCTX_OK;
}

static dctx_status check_text(dctx_bytes text, dctx_limit limit,
			      const char *what)
{
	if (text.data == NULL && text.len > 0)
		return dctxi_fail(DCTX_INVALID, what);
	if (dctxi_past(limit, text.len))
		return dctxi_fail_limit(what, text.len, dctxi_limit(limit));
	if (!dctxi_utf8_valid(text.data, text.len))
		return dctxi_fail(DCTX_CORRUPT, what);
	return DCTX_OK;
}

dctx_status dctxi_part_check_sent(const dctx_entry *entry)
{
	dctx_status status =
		check_text(entry->key, DCTX_LIMIT_KEY_BYTES, "key");

	if (status == DCTX_OK && entry->value.data == NULL &&
	    entry->value.len > 0)
		return dctxi_fail(DCTX_INVALID, "value");
	return status;
}

dctx_status dctxi_part_put_entry(dctx_writer *w, const dctx_entry *entry)
{
	dctx_status status = dctxi_part_check_sent(entry);

	if (status != DCTX_OK)
		return status;
	dctx_write_bytes(w, entry->key.data, entry->key.len);
	dctx_write_u32(w, entry->version);
	dctx_write_bytes(w, entry->value.data, entry->value.len);
	return DCTX_OK;
}

dctx_status dctxi_part_put_name(dctx_writer *w, dctx_bytes name)
{
	dctx_status status = check_text(name, DCTX_LIMIT_NAME_BYTES, "chain");

	if (status != DCTX_OK)
		return status;
	if (name.len > 0 && memchr(name.data, '\0', name.len) != NULL)
		return dctxi_fail(DCTX_CORRUPT, "chain");
	dctx_write_bytes(w, name.data, name.len);
	return DCTX_OK;
}

dctx_status dctxi_part_finish(const dctx_writer *w, size_t size,
			       size_t *out_len)
{
	const dctx_error small = {DCTX_TOO_SMALL, .size = w->len,
				  .limit = size, .what = "message"};

	if (w->status != DCTX_OK && w->status != DCTX_TOO_SMALL)
		return dctxi_fail(w->status, "message");
	if (dctxi_past(DCTX_LIMIT_MESSAGE_BYTES, w->len))
		return dctxi_fail_limit("message", w->len,
					dctxi_limit(DCTX_LIMIT_MESSAGE_BYTES));
	*out_len = w->len;
	/* To ask for the size is no failure. */
	if (w->status == DCTX_OK || size == 0)
		return w->status;
	return dctxi_fail_with(&small);
}
