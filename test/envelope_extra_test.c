/* SPDX-License-Identifier: MIT */
/*
 * Entries that are sent along with a context's own: a proxy passes on what it
 * does not know. And messages without their chain.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U8(k_d, "ddddddddd", DCTX_WIRE);
DCTX_KEY_U8(k_f, "f", DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static struct message m;

static dctx_entry entry(const char *key, uint32_t version, const char *value)
{
	return (dctx_entry){{key, strlen(key)}, {value, strlen(value)}, version,
			    false, 0};
}

static dctx_encode_options along(const dctx_entry *entries, size_t n)
{
	return (dctx_encode_options){.struct_size = sizeof(dctx_encode_options),
				     .entries = entries,
				     .entry_count = n};
}

static void assert_encoded(const dctx_encode_options *options)
{
	unsigned char *got = malloc(m.len);
	dctx_snapshot *s = NULL;
	size_t len = 0;

	assert_int_equal(dctx_encode_with(options, NULL, 0, &len),
			 DCTX_TOO_SMALL);
	assert_int_equal(len, m.len);
	assert_int_equal(dctx_encode_with(options, got, m.len, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(got, m.bytes, len);
	memset(got, 0, m.len);
	assert_int_equal(dctx_capture(&s), DCTX_OK);
	assert_int_equal(
		dctx_snapshot_encode_with(s, options, got, m.len, &len),
		DCTX_OK);
	assert_memory_equal(got, m.bytes, len);
	dctx_snapshot_unref(s);
	free(got);
}

/* In front of, between and behind the context's own, among names that begin
 * alike. */
static void entries_are_sorted_in(void **state)
{
	const dctx_entry entries[] = {
		entry("z", 1, "last"),
		entry("dddddddd", 2, "shorter"),
		entry("dctx.cause", 3, "reserved"),
		entry("ddddddddd0", 4, "longer"),
		entry("", 5, "empty"),
		entry("ddddddddd\x01", 6, ""),
	};
	const dctx_encode_options options = along(entries, 6);
	DCTX_SCOPE("scope");

	(void)state;
	dctx_set(k_f, 15);
	dctx_set(k_d, 13);
	begin(&m, 8);
	put_versioned(&m, "", 5, "empty", 5);
	put_versioned(&m, "dctx.cause", 3, "reserved", 8);
	put_versioned(&m, "dddddddd", 2, "shorter", 7);
	put_scalar(&m, "ddddddddd", 13, 1);
	put_versioned(&m, "ddddddddd\x01", 6, NULL, 0);
	put_versioned(&m, "ddddddddd0", 4, "longer", 6);
	put_scalar(&m, "f", 15, 1);
	put_versioned(&m, "z", 1, "last", 4);
	put_number(&m, 1, 8);
	put_text(&m, "scope");
	assert_encoded(&options);
}

/* Also where the context is captured first, and where it has none. */
static void entries_go_with_any_context(void **state)
{
	const dctx_entry entries[] = {entry("a", 1, "x"), entry("s", 1, "y")};
	const dctx_encode_options options = along(entries, 2);

	(void)state;
	begin(&m, 2);
	put_entry(&m, "a", "x", 1);
	put_entry(&m, "s", "y", 1);
	end(&m);
	assert_encoded(&options);
	DCTX_SCOPE_UNNAMED;
	dctx_set(k_rid, &(struct rid){"r-1"});
	begin(&m, 3);
	put_entry(&m, "a", "x", 1);
	put_string(&m, "rid", "r-1", 3);
	put_entry(&m, "s", "y", 1);
	end(&m);
	assert_encoded(&options);
}

static void a_thousand_entries_are_sorted(void **state)
{
	static char names[1000][16];
	static dctx_entry entries[1000];
	const dctx_encode_options options = along(entries, 1000);

	(void)state;
	begin(&m, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		sprintf(names[i], "key %03u", i);
		put_versioned(&m, names[i], i, names[i], 7);
		entries[i * 37 % 1000] = entry(names[i], i, names[i]);
	}
	end(&m);
	assert_encoded(&options);
}

static void a_chain_can_stay_behind(void **state)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_ENCODE_NO_CHAIN};
	DCTX_SCOPE("secret");

	(void)state;
	dctx_set(k_f, 15);
	begin(&m, 1);
	put_scalar(&m, "f", 15, 1);
	end(&m);
	assert_encoded(&options);
}

static void assert_unsendable(const dctx_encode_options *options,
			      dctx_status why, const char *what)
{
	unsigned char buf[256];
	dctx_snapshot *s = NULL;
	size_t len = 77;

	assert_int_equal(dctx_encode_with(options, buf, sizeof buf, &len), why);
	assert_int_equal(dctx_last_error()->status, why);
	assert_string_equal(dctx_last_error()->what, what);
	assert_int_equal(dctx_encode_with(options, NULL, 0, &len), why);
	assert_int_equal(dctx_capture(&s), DCTX_OK);
	assert_int_equal(
		dctx_snapshot_encode_with(s, options, buf, sizeof buf, &len),
		why);
	dctx_snapshot_unref(s);
	assert_int_equal(len, 77);
}

static void a_name_goes_once(void **state)
{
	dctx_entry entries[] = {entry("a", 1, ""), entry("b", 1, ""),
				entry("f", 1, "")};
	const dctx_encode_options options = along(entries, 3);

	(void)state;
	/* A key's own name, though it has no value here. */
	assert_unsendable(&options, DCTX_CONFLICT, "f");
	entries[2] = entry("a", 2, "other");
	assert_unsendable(&options, DCTX_CONFLICT, "a");
	entries[2] = entry("c", 2, "other");
	begin(&m, 3);
	put_versioned(&m, "a", 1, NULL, 0);
	put_versioned(&m, "b", 1, NULL, 0);
	put_versioned(&m, "c", 2, "other", 5);
	end(&m);
	assert_encoded(&options);
}

static void what_could_not_be_read_is_not_sent(void **state)
{
	dctx_entry entries[] = {entry("a", 1, ""), entry("b", 1, "")};
	dctx_encode_options options = along(entries, 2);
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_f, 15);
	entries[1].key = (dctx_bytes){"\xff", 1};
	assert_unsendable(&options, DCTX_CORRUPT, "key");
	entries[1].key = (dctx_bytes){NULL, 1};
	assert_unsendable(&options, DCTX_INVALID, "key");
	entries[1].key.len = strlen("dctx.deadline");
	assert_unsendable(&options, DCTX_INVALID, "key");
	{
		DCTX_SCOPE_UNNAMED;
		dctx_set_timeout(3600 * DCTX_S);
		entries[0].key = entries[1].key;
		assert_unsendable(&options, DCTX_INVALID, "key");
		entries[0] = entry("a", 1, "");
	}
	entries[1] = entry("b", 1, "");
	entries[1].value = (dctx_bytes){NULL, 1};
	assert_unsendable(&options, DCTX_INVALID, "value");
	entries[1] = entry("bbb", 1, "");
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 2);
	assert_unsendable(&options, DCTX_LIMIT, "key");
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 3);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 2);
	assert_unsendable(&options, DCTX_LIMIT, "entries");
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 1);
	assert_unsendable(&options, DCTX_LIMIT, "entries");
	options.entries = NULL;
	assert_unsendable(&options, DCTX_INVALID, "options");
	options = along(NULL, 0);
	options.flags = 8;
	assert_unsendable(&options, DCTX_INVALID, "options");
	options.flags = 0;
	options.trust = (dctx_trust)(DCTX_PUBLIC + 1);
	assert_unsendable(&options, DCTX_INVALID, "options");
	options.trust = DCTX_INTERNAL;
	options.struct_size--;
	assert_unsendable(&options, DCTX_INVALID, "options");
}

/* What a proxy got, and what it does not know of that. */
static size_t unknown_of(const void *data, size_t len, dctx_entry *out,
			 size_t max)
{
	dctx_message message;
	size_t n = 0;

	assert_int_equal(dctx_message_open(data, len, &message), DCTX_OK);
	while (n < max && dctx_message_entry(&message, &out[n])) {
		char name[256] = {0};

		memcpy(name, out[n].key.data, out[n].key.len);
		n += dctx_registry_find(NULL, name) == NULL;
	}
	return n;
}

static void a_proxy_passes_on_what_it_does_not_know(void **state)
{
	unsigned char got[256];
	dctx_entry unknown[4];
	dctx_encode_options options;
	dctx_guard guard;
	size_t len = 0;

	(void)state;
	begin(&m, 4);
	put_versioned(&m, "dctx.later", 1, "123", 3);
	put_scalar(&m, "f", 15, 1);
	put_versioned(&m, "route", 2, "east", 4);
	put_versioned(&m, "zone", 9, "\xff\xfe", 2);
	put_number(&m, 1, 8);
	put_text(&m, "origin");
	options = along(unknown, unknown_of(m.bytes, m.len, unknown, 4));
	assert_int_equal(options.entry_count, 3);
	assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard), DCTX_OK);
	assert_encoded(&options);
	/* Its own change goes along. */
	dctx_set(k_d, 1);
	assert_int_equal(dctx_encode_with(&options, got, sizeof got, &len),
			 DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(unknown_of(got, len, unknown, 4), 3);
	assert_int_equal(len, m.len + 20 + 9 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(entries_are_sorted_in),
		DCTXT_TEST(entries_go_with_any_context),
		DCTXT_TEST(a_thousand_entries_are_sorted),
		DCTXT_TEST(a_chain_can_stay_behind),
		DCTXT_TEST(a_name_goes_once),
		DCTXT_TEST(what_could_not_be_read_is_not_sent),
		DCTXT_TEST(a_proxy_passes_on_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
