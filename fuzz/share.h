/* SPDX-License-Identifier: MIT */
/*
 * share.h - gathered keys of each kind, and a model of what is gathered under
 * them, as simple as it can be.
 */
#ifndef DCTX_FUZZ_SHARE_H
#define DCTX_FUZZ_SHARE_H

#include <dctx/dctx.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the trail below holds at most. */
enum { TRAIL = 64 };

static void must(int condition)
{
	if (!condition)
		abort();
}

/* A user's type with memory of its own: the sanitizer sees what is leaked or
 * ended twice. */
struct rid {
	char *text;
	size_t len;
};

static dctx_status rid_copy(void *to, const void *from)
{
	const struct rid *rid = from;
	struct rid *copy = to;

	copy->text = malloc(rid->len + 1);
	if (copy->text == NULL)
		return DCTX_NOMEM;
	memcpy(copy->text, rid->text, rid->len);
	copy->len = rid->len;
	return DCTX_OK;
}

static dctx_status rid_decode(void *value, dctx_reader *r)
{
	struct rid came;
	dctx_bytes text;

	if (dctx_read_str(r, &text) != DCTX_OK)
		return DCTX_CORRUPT;
	came = (struct rid){(char *)(uintptr_t)text.data, text.len};
	return text.len % 7 == 6 ? DCTX_INVALID : rid_copy(value, &came);
}

static dctx_status rid_encode(const void *value, dctx_writer *w)
{
	const struct rid *rid = value;

	dctx_write_bytes(w, rid->text, rid->len);
	return DCTX_OK;
}

static void rid_destroy(void *value)
{
	free(((struct rid *)value)->text);
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

static bool begins_with(const dctx_bytes *bytes, char c)
{
	return bytes->len > 0 && *(const char *)bytes->data == c;
}

/* A merge of the user's that refuses some and passes over others. */
static dctx_status append(void *user, const dctx_any *have,
			  const dctx_any *comes, dctx_any *out)
{
	size_t had = have->kind != 0 ? have->as.bytes.len : 0;
	size_t len = comes->as.bytes.len;
	char *room;

	(void)user;
	if (begins_with(&comes->as.bytes, '!') || had + len > TRAIL)
		return DCTX_INVALID;
	if (begins_with(&comes->as.bytes, '?'))
		return DCTX_OK;
	*out = *comes;
	if (had == 0)
		return DCTX_OK;
	room = dctx_gather_room(had + len);
	if (room == NULL)
		return DCTX_NOMEM;
	memcpy(room, have->as.bytes.data, had);
	if (len > 0)
		memcpy(room + had, comes->as.bytes.data, len);
	out->as.bytes = (dctx_bytes){room, had + len};
	return DCTX_OK;
}

static const dctx_gatherer appended = {"append", append, NULL};

DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_I8(k_small, "small", DCTX_WIRE);
DCTX_KEY_F32(k_float, "float", DCTX_WIRE);
DCTX_KEY_I32(k_least, "least", DCTX_WIRE | DCTX_TO_PUBLIC);
DCTX_KEY_F64(k_most, "most", DCTX_WIRE);
DCTX_KEY_BOOL(k_degraded, "degraded", DCTX_WIRE);
DCTX_KEY_U16(k_flags, "flags", DCTX_WIRE);
DCTX_KEY_STR(k_warnings, "warnings", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_STR(k_error, "error", DCTX_WIRE);
DCTX_KEY_BYTES(k_trail, "trail", DCTX_WIRE | DCTX_SECRET);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);
DCTX_KEY_U32(k_local, "local", DCTX_LOCAL);
DCTX_KEY_STR(k_plain, "plain", DCTX_WIRE); /* not gathered */

DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);
DCTX_KEY_GATHER(k_small, &dctx_gather_sum);
DCTX_KEY_GATHER(k_float, &dctx_gather_sum);
DCTX_KEY_GATHER(k_least, &dctx_gather_min);
DCTX_KEY_GATHER(k_most, &dctx_gather_max);
DCTX_KEY_GATHER(k_degraded, &dctx_gather_or);
DCTX_KEY_GATHER(k_flags, &dctx_gather_or);
DCTX_KEY_GATHER(k_warnings, &dctx_gather_union);
DCTX_KEY_GATHER(k_error, &dctx_gather_first);
DCTX_KEY_GATHER(k_trail, &appended);
DCTX_KEY_GATHER(k_rid, &dctx_gather_first);
DCTX_KEY_GATHER(k_local, &dctx_gather_sum);

enum {
	COST,
	SMALL,
	FLOAT,
	LEAST,
	MOST,
	DEGRADED,
	FLAGS,
	WARNINGS,
	ERROR,
	TRAILS,
	RID,
	LOCAL,
	KEYS
};

static dctx_key *const keys[KEYS] = {
	&k_cost.key,  &k_small.key,    &k_float.key, &k_least.key,
	&k_most.key,  &k_degraded.key, &k_flags.key, &k_warnings.key,
	&k_error.key, &k_trail.key,    &k_rid.key,   &k_local.key};

/* The model: a share, each value with memory of its own. A rid is its text. */
struct share {
	dctx_any of[KEYS];
};

static dctx_any any_of(dctx_kind kind, const void *data, size_t len)
{
	dctx_any any = {.kind = kind};
	char *copy = malloc(len + 1);

	must(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	any.as.bytes = (dctx_bytes){copy, len};
	return any;
}

static dctx_any copy_of(const dctx_any *any)
{
	const struct rid *rid = any->as.object;

	if (any->kind == DCTX_KIND_TYPE && any->type != NULL)
		return any_of(DCTX_KIND_TYPE, rid->text, rid->len);
	if (any->kind >= DCTX_KIND_STR)
		return any_of(any->kind, any->as.bytes.data, any->as.bytes.len);
	return *any;
}

static void drop_one(dctx_any *any)
{
	if (any->kind >= DCTX_KIND_STR)
		free((void *)(uintptr_t)any->as.bytes.data);
	any->kind = 0;
}

static void drop(struct share *share)
{
	for (int i = 0; i < KEYS; i++)
		drop_one(&share->of[i]);
}

static struct share share_of(const dctx_store *store)
{
	struct share share;
	dctx_any any;

	for (int i = 0; i < KEYS; i++) {
		(void)dctx_store_get_any(store, keys[i], &any);
		share.of[i] = copy_of(&any);
	}
	return share;
}

static struct share came_in(const dctx_snapshot *snapshot)
{
	struct share share;
	dctx_any any;

	for (int i = 0; i < KEYS; i++) {
		(void)dctx_snapshot_get_any(snapshot, keys[i], &any);
		share.of[i] = copy_of(&any);
	}
	must(share.of[LOCAL].kind == 0);
	return share;
}

static bool same(const dctx_any *a, const dctx_any *b)
{
	if (a->kind != b->kind || a->kind == 0)
		return a->kind == b->kind;
	if (a->kind >= DCTX_KIND_STR)
		return a->as.bytes.len == b->as.bytes.len &&
		       memcmp(a->as.bytes.data, b->as.bytes.data,
			      a->as.bytes.len) == 0;
	if (a->kind == DCTX_KIND_BOOL)
		return a->as.b == b->as.b;
	if (a->kind == DCTX_KIND_F32 || a->kind == DCTX_KIND_F64)
		return a->as.f == b->as.f || (isnan(a->as.f) && isnan(b->as.f));
	return a->as.u == b->as.u;
}

static void must_be(const dctx_store *store, const struct share *want)
{
	struct share share = share_of(store);

	for (int i = 0; i < KEYS; i++)
		must(same(&share.of[i], &want->of[i]));
	drop(&share);
}

static bool has_line(const dctx_bytes *text, const char *line, size_t len)
{
	const char *at = text->data, *end = at + text->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (stop == NULL)
			stop = end;
		if ((size_t)(stop - at) == len && memcmp(at, line, len) == 0)
			return true;
		at = stop + 1;
	}
	return false;
}

static void add_lines(dctx_bytes *to, const dctx_any *from)
{
	const char *at = from->as.bytes.data;
	const char *end = from->kind != 0 ? at + from->as.bytes.len : at;
	char *text = (char *)(uintptr_t)to->data;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop != NULL ? stop : end) - at);

		if (len > 0 && !has_line(to, at, len)) {
			if (to->len > 0)
				text[to->len++] = '\n';
			memcpy(text + to->len, at, len);
			to->len += len;
		}
		at += len + 1;
	}
}

static dctx_any lines_of(const dctx_any *have, const dctx_any *comes)
{
	size_t had = have->kind != 0 ? have->as.bytes.len : 0;
	dctx_any all = {.kind = DCTX_KIND_STR};
	char *text = malloc(had + comes->as.bytes.len + 2);

	must(text != NULL);
	all.as.bytes = (dctx_bytes){text, 0};
	if (have->kind != 0)
		add_lines(&all.as.bytes, have);
	add_lines(&all.as.bytes, comes);
	return all;
}

static dctx_any number_of(int key, const dctx_any *have, const dctx_any *comes)
{
	dctx_any all = *comes;
	double a = have->as.f, b = comes->as.f;
	int64_t sum;

	if (key == COST && have->as.u > UINT64_MAX - comes->as.u)
		all.as.u = UINT64_MAX;
	else if (key == COST)
		all.as.u = have->as.u + comes->as.u;
	sum = key == SMALL ? have->as.i + comes->as.i : 0;
	if (key == SMALL)
		all.as.i = sum < -128 ? -128 : sum > 127 ? 127 : sum;
	if (key == FLOAT)
		all.as.f = (double)(float)(a + b);
	if (key == LEAST && have->as.i < comes->as.i)
		all.as.i = have->as.i;
	if (key == MOST && (isnan(b) || a > b))
		all.as.f = a;
	if (key == DEGRADED)
		all.as.b = have->as.b || comes->as.b;
	if (key == FLAGS)
		all.as.u = have->as.u | comes->as.u;
	return all;
}

/* false: it is refused. */
static bool append_to(dctx_any *have, const dctx_any *comes)
{
	size_t had = have->kind != 0 ? have->as.bytes.len : 0;
	size_t len = comes->as.bytes.len;
	char text[TRAIL];

	if (begins_with(&comes->as.bytes, '!') || had + len > TRAIL)
		return false;
	if (begins_with(&comes->as.bytes, '?'))
		return true;
	if (had > 0)
		memcpy(text, have->as.bytes.data, had);
	if (len > 0)
		memcpy(text + had, comes->as.bytes.data, len);
	drop_one(have);
	*have = any_of(DCTX_KIND_BYTES, text, had + len);
	return true;
}

static bool merge_one(int key, dctx_any *have, const dctx_any *comes)
{
	dctx_any all;

	if (comes->kind == 0)
		return true;
	if (key == TRAILS)
		return append_to(have, comes);
	if ((key == ERROR || key == RID) && have->kind != 0)
		return true;
	if (key == WARNINGS)
		all = lines_of(have, comes);
	else if (have->kind != 0)
		all = number_of(key, have, comes);
	else
		all = copy_of(comes);
	drop_one(have);
	*have = all;
	return true;
}

/* Whether all of it could be merged. */
static bool merge(struct share *have, const struct share *comes)
{
	bool whole = true;

	for (int i = 0; i < KEYS; i++)
		whole &= merge_one(i, &have->of[i], &comes->of[i]);
	return whole;
}

#endif
