/* SPDX-License-Identifier: MIT */
/*
 * members.c - the members that no key has, for programs.
 *
 * They lie in one slot as the line that a bag would write, so that what leaves
 * need not be made: the line is walked to read one, and written anew to change
 * one, in a buffer on the stack, and then takes the older's place at once.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "data/snapshot.h"
#include "data/trace.h"
#include "data/utf8.h"
#include "flow/here.h"
#include "flow/set.h"
#include "wire/bag.h"
#include "wire/percent.h"

#include <dctx/baggage.h>
#include <dctx/value.h>

#include <string.h>

_Static_assert(DCTX_BAGGAGE_MEMBERS == DCTXI_BAG_MEMBERS &&
		       DCTX_BAGGAGE_BYTES == DCTXI_BAG_BYTES &&
		       DCTX_BAGGAGE_BYTES == DCTXI_MEMBERS_MAX,
	       "one limit, not three");

/* A line being written, and the member that is being set, or removed. */
struct draft {
	size_t used, count;
	dctx_bytes key;
	dctx_bytes value; /* plain */
	dctx_bytes properties;
	size_t size; /* of the member as it travels; 0: it is removed */
	char text[DCTXI_BAG_BYTES];
};

static bool is(dctx_bytes key, const char *name)
{
	return key.len == strlen(name) && memcmp(key.data, name, key.len) == 0;
}

static bool find(dctx_bytes line, const char *key, struct dctxi_member *out)
{
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(line, NULL);

	while (dctxi_baggage_next(&walk, out))
		if (is(out->key, key))
			return true;
	return false;
}

/* Makes room for a member of so many bytes and the comma before it. */
static char *next(struct draft *draft, size_t size)
{
	size_t from = draft->used + (draft->count > 0);

	if (draft->count == DCTXI_BAG_MEMBERS) {
		dctxi_fail_limit("baggage", draft->count + 1,
				 DCTXI_BAG_MEMBERS);
		return NULL;
	}
	if (size > DCTXI_BAG_BYTES || from + size > DCTXI_BAG_BYTES) {
		dctxi_fail_limit("baggage", from + size, DCTXI_BAG_BYTES);
		return NULL;
	}
	if (from > draft->used)
		draft->text[draft->used] = ',';
	draft->used = from + size;
	draft->count++;
	return draft->text + from;
}

static bool write_own(struct draft *draft)
{
	char *at;

	if (draft->size == 0)
		return true;
	at = next(draft, draft->size);
	if (at == NULL)
		return false;
	memcpy(at, draft->key.data, draft->key.len);
	at += draft->key.len;
	*at++ = '=';
	at = dctxi_percent_encode(draft->value, at);
	if (draft->properties.len == 0)
		return true;
	*at++ = ';';
	memcpy(at, draft->properties.data, draft->properties.len);
	return true;
}

/* All members, with this one in place of its older, or last. */
static bool write_all(struct draft *draft, dctx_bytes line)
{
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(line, NULL);
	struct dctxi_member member;
	bool written = false;

	while (dctxi_baggage_next(&walk, &member)) {
		char *at;

		if (member.key.len == draft->key.len &&
		    memcmp(member.key.data, draft->key.data, draft->key.len) ==
			    0) {
			if (!written && !write_own(draft))
				return false;
			written = true;
			continue;
		}
		at = next(draft, member.size);
		if (at == NULL)
			return false;
		(void)dctxi_member_write(&member, at);
	}
	return written || write_own(draft);
}

static dctx_status ready(dctx_store **store)
{
	dctx_status status = dctxi_here(store);

	if (status == DCTX_OK)
		status = dctxi_key_reserve(&dctxi_members_key);
	return status;
}

static dctx_status failed(dctx_store *store, dctx_status status)
{
	return dctxi_set_failed(store, &dctxi_members_key, status);
}

static dctx_status change(dctx_store *store, struct draft *draft)
{
	draft->used = 0;
	draft->count = 0;
	if (!write_all(draft, dctxi_members_in(store->dir)))
		return failed(store, DCTX_LIMIT);
	if (draft->used == 0)
		return dctx_store_unset_key(store, &dctxi_members_key);
	return dctx_store_replace_bytes(store, &dctxi_members_key,
					(dctx_bytes){draft->text, draft->used});
}

/* What the caller says, looked at. */
static dctx_status draft_of(struct draft *draft, const char *key,
			    dctx_bytes value, const char *properties)
{
	if (key == NULL || (value.data == NULL && value.len > 0))
		return DCTX_INVALID;
	if (properties == NULL)
		properties = "";
	draft->key = (dctx_bytes){key, strlen(key)};
	draft->value = value;
	draft->properties = (dctx_bytes){properties, strlen(properties)};
	if (!dctxi_baggage_is_key(draft->key) ||
	    !dctxi_utf8_valid(value.data, value.len) ||
	    (properties[0] != '\0' &&
	     !dctxi_baggage_are_properties(draft->properties)))
		return DCTX_INVALID;
	/* So that sizes can be added. */
	if (value.len > DCTXI_BAG_BYTES)
		return dctxi_fail_limit(key, value.len, DCTXI_BAG_BYTES);
	draft->size = draft->key.len + 1 + dctxi_percent_size(value);
	if (draft->properties.len > 0)
		draft->size += 1 + draft->properties.len;
	return DCTX_OK;
}

dctx_status dctx_store_baggage_set(dctx_store *store, const char *key,
				   dctx_bytes value, const char *properties)
{
	struct draft draft;
	dctx_status status = draft_of(&draft, key, value, properties);

	if (status == DCTX_OK)
		status = ready(&store);
	if (status != DCTX_OK)
		return failed(store, status);
	return change(store, &draft);
}

dctx_status dctx_store_baggage_unset(dctx_store *store, const char *key)
{
	struct dctxi_member member;
	struct draft draft;
	dctx_status status = DCTX_INVALID;

	if (key != NULL)
		status = ready(&store);
	if (status != DCTX_OK)
		return failed(store, status);
	if (!find(dctxi_members_in(store->dir), key, &member))
		return DCTX_OK;
	draft.key = (dctx_bytes){key, strlen(key)};
	draft.size = 0;
	return change(store, &draft);
}

dctx_status dctx_store_baggage_clear(dctx_store *store)
{
	dctx_status status = ready(&store);

	if (status != DCTX_OK)
		return failed(store, status);
	if (dctxi_members_in(store->dir).len == 0)
		return DCTX_OK;
	return dctx_store_unset_key(store, &dctxi_members_key);
}

/* A value is decoded into room for as many bytes as it has coded. */
static dctx_bytes decode(dctx_bytes coded, char *room)
{
	return (dctx_bytes){room, dctxi_percent_decode(coded, room).len};
}

static dctx_status get(dctx_bytes line, const char *key, char *buf, size_t size,
		       size_t *out_len)
{
	char room[DCTXI_BAG_BYTES];
	struct dctxi_member member;
	dctx_bytes value;

	if (!find(line, key, &member))
		return dctxi_fail(DCTX_UNKNOWN_KEY, key);
	value = decode(member.value, room);
	if (out_len != NULL)
		*out_len = value.len;
	if (value.len >= size)
		return dctxi_fail(DCTX_TOO_SMALL, key);
	if (value.len > 0)
		memcpy(buf, value.data, value.len);
	buf[value.len] = '\0';
	return DCTX_OK;
}

dctx_status dctx_store_baggage_get(const dctx_store *store, const char *key,
				   char *buf, size_t size, size_t *out_len)
{
	if (store == NULL || key == NULL || (buf == NULL && size > 0))
		return dctxi_fail(DCTX_INVALID, "baggage");
	return get(dctxi_members_in(store->dir), key, buf, size, out_len);
}

dctx_status dctx_snapshot_baggage_get(const dctx_snapshot *snapshot,
				      const char *key, char *buf, size_t size,
				      size_t *out_len)
{
	if (key == NULL || (buf == NULL && size > 0))
		return dctxi_fail(DCTX_INVALID, "baggage");
	return get(dctxi_members_in(dctx_abi_snapshot_dir(snapshot)), key, buf,
		   size, out_len);
}

/* The properties as they travel stand behind one semicolon. */
static dctx_bytes properties_of(const struct dctxi_member *member)
{
	const char *from = member->properties.data;

	if (member->properties.len == 0)
		return member->properties;
	return (dctx_bytes){from + 1, member->properties.len - 1};
}

static size_t each(dctx_bytes line,
		   void (*fn)(void *user, const dctx_member *member),
		   void *user)
{
	struct dctxi_baggage_walk walk = dctxi_baggage_walk(line, NULL);
	char room[DCTXI_BAG_BYTES];
	struct dctxi_member member;
	size_t n = 0;

	for (; dctxi_baggage_next(&walk, &member); n++)
		if (fn != NULL)
			fn(user, &(dctx_member){
					 member.key, decode(member.value, room),
					 member.value, properties_of(&member)});
	return n;
}

size_t dctx_store_baggage_each(const dctx_store *store,
			       void (*fn)(void *user,
					  const dctx_member *member),
			       void *user)
{
	return store != NULL ? each(dctxi_members_in(store->dir), fn, user) : 0;
}

size_t dctx_snapshot_baggage_each(const dctx_snapshot *snapshot,
				  void (*fn)(void *user,
					     const dctx_member *member),
				  void *user)
{
	return each(dctxi_members_in(dctx_abi_snapshot_dir(snapshot)), fn,
		    user);
}
