/* SPDX-License-Identifier: MIT */
/*
 * A value's form on the wire changes, twice, while programs of all ages send to
 * each other. The key has version 3; an entry of version 1 is taken through 2
 * to 3, and what is sent is always version 3.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

/* Version 1 was a text: "alice". Version 2 had an id and no locale. */
struct user_v2 {
	uint64_t id;
	char name[32];
};

struct user {
	uint64_t id;
	char name[32];
	char locale[8];
};

/* A text into an array, if it fits. */
static dctx_status read_name(dctx_reader *r, char *to, size_t size)
{
	dctx_bytes text;

	if (dctx_read_str(r, &text) != DCTX_OK || text.len >= size)
		return DCTX_CORRUPT;
	memcpy(to, text.data, text.len); /* the NUL is there: it was zeroed */
	return DCTX_OK;
}

static dctx_status decode_v2(void *value, dctx_reader *r)
{
	struct user_v2 *user = value;
	dctx_status status = dctx_read_u64(r, &user->id);

	if (status != DCTX_OK)
		return status;
	return read_name(r, user->name, sizeof(user->name));
}

static dctx_status encode_user(const void *value, dctx_writer *w)
{
	const struct user *user = value;

	dctx_write_u64(w, user->id);
	dctx_write_str(w, user->name);
	dctx_write_str(w, user->locale);
	return DCTX_OK;
}

static dctx_status decode_user(void *value, dctx_reader *r)
{
	struct user *user = value;
	dctx_status status = dctx_read_u64(r, &user->id);

	if (status == DCTX_OK)
		status = read_name(r, user->name, sizeof(user->name));
	if (status == DCTX_OK)
		status = read_name(r, user->locale, sizeof(user->locale));
	return status;
}

static const dctx_type user_v2_type = {
	.struct_size = sizeof(dctx_type),
	.name = "user of version 2",
	.size = sizeof(struct user_v2),
	.decode = decode_v2,
};

static const dctx_type user_type = {
	.struct_size = sizeof(dctx_type),
	.name = "user",
	.size = sizeof(struct user),
	.encode = encode_user,
	.decode = decode_user,
};

static dctx_status v2_from_v1(const void *older, void *newer, dctx_reader *room)
{
	const dctx_bytes *name = older;
	struct user_v2 *user = newer;

	(void)room;
	if (name->len >= sizeof(user->name))
		return DCTX_CODEC;
	memcpy(user->name, name->data, name->len);
	return DCTX_OK;
}

static dctx_status v3_from_v2(const void *older, void *newer, dctx_reader *room)
{
	const struct user_v2 *old = older;
	struct user *user = newer;

	(void)room;
	user->id = old->id;
	memcpy(user->name, old->name, sizeof(user->name));
	strcpy(user->locale, "en");
	return DCTX_OK;
}

static const dctx_migration older_users[] = {
	{1, 2, DCTX_KIND_STR, NULL, NULL, v2_from_v1},
	{2, 3, DCTX_KIND_TYPE, &user_v2_type, NULL, v3_from_v2},
};

static const dctx_key_options user_options = {
	.struct_size = sizeof(dctx_key_options),
	.migrations = older_users,
	.migration_count = 2,
};

DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_WIRE, 3,
	      &user_options);

static void receive(const char *what, const void *data, size_t len)
{
	static const struct user nobody;
	const struct user *user;
	dctx_guard guard = {0};
	dctx_status status = dctx_decode_here(data, len, &guard);

	user = dctx_get(k_user, &nobody);
	if (status == DCTX_OK)
		printf("%s: id %d, name %s, locale %s\n", what, (int)user->id,
		       user->name, user->locale);
	else
		printf("%s: %s: %s\n", what, dctx_last_error()->what,
		       dctx_strerror(status));
	dctx_leave(guard);
}

/* The message of a program that knew the key as it was in that version. */
static void receive_from(const char *what, uint32_t version, const void *value,
			 size_t value_len)
{
	const dctx_entry entry = {
		.key = {"user", 4},
		.value = {value, value_len},
		.version = version,
	};
	const dctx_message_parts parts = {
		.struct_size = sizeof(parts),
		.version = 2,
		.entries = &entry,
		.entry_count = 1,
	};
	char message[256];
	size_t len;

	if (dctx_message_write(&parts, message, sizeof(message), &len) ==
	    DCTX_OK)
		receive(what, message, len);
}

static void round_trip(void)
{
	const struct user alice = {7, "alice", "de"};
	char message[256];
	size_t len;

	DCTX_SCOPE_UNNAMED;
	dctx_set(k_user, &alice);
	if (dctx_encode(message, sizeof(message), &len) == DCTX_OK)
		receive("version 3", message, len);
}

int main(void)
{
	round_trip();
	receive_from("version 2", 2,
		     "\x2a\0\0\0\0\0\0\0" "\5\0\0\0\0\0\0\0" "carol", 21);
	receive_from("version 1", 1, "\3\0\0\0\0\0\0\0" "bob", 11);
	receive_from("version 4", 4, "?", 1); /* from a newer program */
	return 0;
}
