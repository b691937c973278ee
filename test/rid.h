/* SPDX-License-Identifier: MIT */
/*
 * rid.h - a user's type for tests: a text in memory of its own. It counts its
 * objects, and its codec refuses what begins with a '!'.
 */
#ifndef TEST_RID_H
#define TEST_RID_H

#include <dctx/dctx.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rid {
	char *text;
};

/* Objects made and not yet destroyed, the most there were at once, and how
 * many were destroyed. */
static atomic_int rids_alive, rids_most, rids_destroyed;

static dctx_status rid_make(struct rid *rid, const void *text, size_t len)
{
	rid->text = malloc(len + 1);
	if (rid->text == NULL)
		return DCTX_NOMEM;
	if (len > 0)
		memcpy(rid->text, text, len);
	rid->text[len] = '\0';
	rids_alive++;
	if (rids_alive > rids_most)
		rids_most = rids_alive;
	return DCTX_OK;
}

static dctx_status rid_copy(void *dst, const void *src)
{
	const struct rid *from = src;

	return rid_make(dst, from->text, strlen(from->text));
}

static void rid_destroy(void *value)
{
	struct rid *rid = value;

	free(rid->text);
	rid->text = NULL;
	rids_alive--;
	rids_destroyed++;
}

static dctx_status rid_encode(const void *value, dctx_writer *w)
{
	const struct rid *rid = value;

	if (rid->text[0] == '!')
		return DCTX_INVALID;
	dctx_write_str(w, rid->text);
	return DCTX_OK;
}

static dctx_status rid_decode(void *value, dctx_reader *r)
{
	dctx_bytes text;

	if (dctx_read_str(r, &text) != DCTX_OK)
		return DCTX_INVALID;
	if (text.len > 0 && *(const char *)text.data == '!')
		return DCTX_INVALID;
	return rid_make(value, text.data, text.len);
}

static const dctx_type rid_type = {
	.struct_size = sizeof rid_type,
	.name = "rid",
	.size = sizeof(struct rid),
	.copy = rid_copy,
	.destroy = rid_destroy,
	.encode = rid_encode,
	.decode = rid_decode,
};

#endif
