/* SPDX-License-Identifier: MIT */
/*
 * A message's entries and names, one by one, for whoever knows none of its
 * keys; and messages put together from such parts, old ones too.
 */
#include "kit.h"
#include "message.h"

#include <stdlib.h>

static struct message m;

static void assert_bytes(dctx_bytes got, const void *want, size_t len)
{
	assert_int_equal(got.len, len);
	assert_memory_equal(got.data, want, len);
}

/* Entries of every sort and three names. */
static void make(void)
{
	begin(&m, 5);
	put_scalar(&m, "twice", 7, 1);
	put_versioned(&m, "nobody's", UINT32_MAX, "\xff\0z", 3);
	put_versioned(&m, "", 0, NULL, 0);
	put_versioned(&m, "dctx.somewhat", 3, "soon", 4);
	put_scalar(&m, "twice", 8, 1);
	put_number(&m, 3, 8);
	put_text(&m, "app");
	put_text(&m, "");
	put_text(&m, "caf\xc3\xa9");
}

static const struct {
	const char *key;
	uint32_t version;
	const char *value;
	size_t len, offset;
	bool reserved;
} want[] = {
	{"twice", 1, "\7", 1, 12, false},
	{"nobody's", UINT32_MAX, "\xff\0z", 3, 38, false},
	{"", 0, "", 0, 69, false},
	{"dctx.somewhat", 3, "soon", 4, 89, true},
	{"twice", 1, "\10", 1, 126, false},
};
#define WANTED (sizeof want / sizeof *want)

static void assert_entry(const dctx_entry *got, size_t i)
{
	assert_bytes(got->key, want[i].key, strlen(want[i].key));
	assert_bytes(got->value, want[i].value, want[i].len);
	assert_int_equal(got->version, want[i].version);
	assert_int_equal(got->reserved, want[i].reserved);
	assert_int_equal(got->offset, want[i].offset);
}

static void entries_come_in_order_though_nobody_knows_them(void **state)
{
	dctx_message message;
	dctx_entry entry;

	(void)state;
	make();
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	assert_int_equal(message.version, 2);
	assert_true(message.has_chain);
	assert_int_equal(message.entries, WANTED);
	assert_int_equal(message.names, 3);
	assert_int_equal(message.len, m.len);
	assert_int_equal(message.trailing, 0);
	for (size_t i = 0; i < WANTED; i++) {
		assert_true(dctx_message_entry(&message, &entry));
		assert_entry(&entry, i);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void names_come_oldest_first_before_or_after_entries(void **state)
{
	static const char *const names[] = {"app", "", "caf\xc3\xa9"};
	dctx_message message;
	dctx_bytes name;
	dctx_entry entry;

	(void)state;
	make();
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_true(dctx_message_name(&message, &name));
		assert_bytes(name, names[i], strlen(names[i]));
	}
	assert_true(dctx_message_entry(&message, &entry));
	assert_entry(&entry, 0);
}

static void a_walk_that_is_over_stays_over(void **state)
{
	dctx_bytes untouched = {&untouched, 77}, name = untouched;
	dctx_entry entry;
	dctx_message message;

	(void)state;
	make();
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	while (dctx_message_entry(&message, &entry))
		;
	while (dctx_message_name(&message, &name))
		name = untouched;
	assert_entry(&entry, WANTED - 1);
	assert_false(dctx_message_entry(&message, &entry));
	assert_false(dctx_message_name(&message, &name));
	assert_entry(&entry, WANTED - 1);
	assert_int_equal(name.len, 77);
	assert_false(dctx_message_entry(NULL, &entry));
	assert_false(dctx_message_name(NULL, &name));
}

static void a_copy_walks_on_by_itself(void **state)
{
	dctx_message message, copy;
	dctx_entry entry;

	(void)state;
	make();
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	assert_true(dctx_message_entry(&message, &entry));
	copy = message;
	assert_true(dctx_message_entry(&message, &entry));
	assert_true(dctx_message_entry(&copy, &entry));
	assert_entry(&entry, 1);
}

static void version_1_is_walked_in_both_shapes(void **state)
{
	dctx_message message;
	dctx_bytes name;
	size_t entries;

	(void)state;
	begin(&m, 1);
	put_scalar(&m, "twice", 7, 1);
	entries = m.len;
	m.bytes[0] = 1;
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	assert_int_equal(message.version, 1);
	assert_false(message.has_chain);
	assert_int_equal(message.names, 0);
	assert_false(dctx_message_name(&message, &name));
	put_number(&m, 1, 8);
	put_text(&m, "app");
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	assert_true(message.has_chain);
	assert_true(dctx_message_name(&message, &name));
	assert_bytes(name, "app", 3);
	put_raw(&m, "x", 1);
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message),
			 DCTX_CORRUPT);
	assert_int_equal(dctx_last_error()->offset, m.len - 1);
	assert_int_equal(dctx_message_open(m.bytes, entries + 1, &message),
			 DCTX_CORRUPT);
}

static void bytes_behind_version_2_are_told(void **state)
{
	dctx_message message;

	(void)state;
	make();
	put_raw(&m, "behind", 6);
	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	assert_int_equal(message.len, m.len - 6);
	assert_int_equal(message.trailing, 6);
}

/* Opens a block of exactly its size, and says what a decode says. */
static bool opens(const void *data, size_t len)
{
	void *block = malloc(len > 0 ? len : 1);
	dctx_message untouched, message;
	dctx_snapshot *s = NULL;
	dctx_status status;
	dctx_error error;

	if (len > 0)
		memcpy(block, data, len);
	memset(&untouched, 0x77, sizeof untouched);
	message = untouched;
	status = dctx_message_open(block, len, &message);
	if (status != DCTX_OK) {
		error = *dctx_last_error();
		assert_memory_equal(&message, &untouched, sizeof message);
		assert_int_equal(dctx_decode(block, len, &s), status);
		assert_int_equal(dctx_last_error()->offset, error.offset);
		assert_string_equal(dctx_last_error()->what, error.what);
	}
	free(block);
	return status == DCTX_OK;
}

static void no_truncated_message_opens(void **state)
{
	(void)state;
	make();
	for (size_t len = 0; len < m.len; len++)
		assert_false(opens(m.bytes, len));
	assert_true(opens(m.bytes, m.len));
}

static void what_a_changed_byte_spoils_does_not_open(void **state)
{
	static const unsigned char changes[] = {0x01, 0x80, 0xff};
	size_t opened = 0;

	(void)state;
	make();
	for (size_t i = 0; i < m.len * sizeof changes; i++) {
		m.bytes[i / 3] ^= changes[i % 3];
		opened += opens(m.bytes, m.len);
		m.bytes[i / 3] ^= changes[i % 3];
	}
	assert_in_range(opened, 1, m.len * sizeof changes - 1);
}

static void each_limit_holds(void **state)
{
	static const struct {
		dctx_limit limit;
		size_t at;
		const char *what;
	} limits[] = {
		{DCTX_LIMIT_MESSAGE_BYTES, 192, "message"},
		{DCTX_LIMIT_ENTRIES, 5, "entries"},
		{DCTX_LIMIT_KEY_BYTES, 13, "key"},
		{DCTX_LIMIT_NAME_BYTES, 5, "name"},
	};

	(void)state;
	make();
	assert_int_equal(m.len, 192);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		size_t before = dctx_limit_get(limits[i].limit);

		dctx_limit_set(limits[i].limit, limits[i].at);
		assert_true(opens(m.bytes, m.len));
		dctx_limit_set(limits[i].limit, limits[i].at - 1);
		assert_false(opens(m.bytes, m.len));
		assert_int_equal(dctx_last_error()->status, DCTX_LIMIT);
		assert_string_equal(dctx_last_error()->what, limits[i].what);
		dctx_limit_set(limits[i].limit, before);
	}
}

/* All parts of the message that is there. */
static dctx_message_parts parts_of(dctx_entry *entries, dctx_bytes *names)
{
	dctx_message_parts parts = {.struct_size = sizeof parts};
	dctx_message message;

	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	for (size_t i = 0; dctx_message_entry(&message, &entries[i]); i++)
		;
	for (size_t i = 0; dctx_message_name(&message, &names[i]); i++)
		;
	parts.version = message.version;
	parts.entries = entries;
	parts.entry_count = message.entries;
	parts.names = message.has_chain ? names : NULL;
	parts.name_count = message.names;
	return parts;
}

static void assert_written(const dctx_message_parts *parts)
{
	unsigned char *got = malloc(m.len);
	size_t len = 0;

	assert_int_equal(dctx_message_write(parts, got, m.len, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(got, m.bytes, len);
	free(got);
}

static void a_message_is_written_as_given(void **state)
{
	dctx_entry entries[WANTED + 1];
	dctx_bytes names[4];
	dctx_message_parts parts;
	size_t chain;

	(void)state;
	make();
	parts = parts_of(entries, names);
	assert_written(&parts);
	m.bytes[0] = 1;
	parts = parts_of(entries, names);
	assert_int_equal(parts.version, 1);
	assert_written(&parts);
	for (chain = m.len; m.bytes[chain - 1] != 8;)
		chain--;
	m.len = chain; /* behind the last entry's value */
	parts = parts_of(entries, names);
	assert_null(parts.names);
	assert_written(&parts);
	parts.names = names;
	end(&m);
	assert_written(&parts);
}

static void every_smaller_buffer_is_told_the_size(void **state)
{
	dctx_entry entries[WANTED + 1];
	dctx_bytes names[4];
	dctx_message_parts parts;

	(void)state;
	make();
	parts = parts_of(entries, names);
	for (size_t size = 0; size < m.len; size++) {
		unsigned char *buf = size > 0 ? malloc(size) : NULL;
		size_t len = 0;

		assert_int_equal(dctx_message_write(&parts, buf, size, &len),
				 DCTX_TOO_SMALL);
		assert_int_equal(len, m.len);
		free(buf);
	}
}

static void assert_unwritten(const dctx_message_parts *parts, dctx_status why,
			     const char *what)
{
	unsigned char buf[512];
	size_t len = 77;

	assert_int_equal(dctx_message_write(parts, buf, sizeof buf, &len), why);
	assert_int_equal(dctx_message_write(parts, NULL, 0, &len), why);
	assert_int_equal(len, 77);
	assert_int_equal(dctx_last_error()->status, why);
	assert_string_equal(dctx_last_error()->what, what);
}

static void what_could_not_be_read_is_not_written(void **state)
{
	dctx_entry entry = {{"key", 3}, {"value", 5}, 1, false, 0};
	dctx_bytes name = {"name", 4};
	dctx_message_parts parts = {sizeof parts, 2, &entry, 1, &name, 1};

	(void)state;
	entry.key = (dctx_bytes){"k\xff", 2};
	assert_unwritten(&parts, DCTX_CORRUPT, "key");
	entry.key = (dctx_bytes){NULL, 1};
	assert_unwritten(&parts, DCTX_INVALID, "key");
	entry.key = (dctx_bytes){NULL, 0};
	entry.value.data = NULL;
	assert_unwritten(&parts, DCTX_INVALID, "value");
	entry.value.len = 0;
	name.data = "na\0e";
	assert_unwritten(&parts, DCTX_CORRUPT, "chain");
	name.data = "na\xff" "e";
	assert_unwritten(&parts, DCTX_CORRUPT, "chain");
	name.data = "name";
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 3);
	assert_unwritten(&parts, DCTX_LIMIT, "chain");
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 4);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 51);
	assert_unwritten(&parts, DCTX_LIMIT, "message");
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 52);
	begin(&m, 1);
	put_versioned(&m, "", 1, NULL, 0);
	put_number(&m, 1, 8);
	put_text(&m, "name");
	assert_int_equal(m.len, 52);
	assert_written(&parts);
	entry.key = (dctx_bytes){"key", 3};
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 2);
	assert_unwritten(&parts, DCTX_LIMIT, "key");
	parts.entry_count = 3;
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 2);
	assert_unwritten(&parts, DCTX_LIMIT, "entries");
}

static void what_makes_no_sense_is_invalid(void **state)
{
	const dctx_message_parts good = {sizeof good, 2, NULL, 0, NULL, 0};
	dctx_message_parts parts = good;
	unsigned char buf[64];
	dctx_message message;
	dctx_entry entry;
	dctx_bytes name;
	size_t len = 77;

	(void)state;
	assert_int_equal(dctx_message_open(NULL, 1, &message), DCTX_INVALID);
	assert_int_equal(dctx_message_open(buf, 1, NULL), DCTX_INVALID);
	assert_int_equal(dctx_message_open(NULL, 0, &message), DCTX_CORRUPT);
	assert_false(dctx_message_entry(NULL, &entry));
	assert_false(dctx_message_name(NULL, &name));
	assert_int_equal(dctx_message_write(NULL, buf, 64, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_message_write(&good, NULL, 1, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_message_write(&good, buf, 64, NULL),
			 DCTX_INVALID);
	parts.struct_size--;
	assert_unwritten(&parts, DCTX_INVALID, "message");
	parts = good;
	parts.version = 0;
	assert_unwritten(&parts, DCTX_INVALID, "message");
	parts.version = 3;
	assert_unwritten(&parts, DCTX_INVALID, "message");
	parts = good;
	parts.entry_count = 1;
	assert_unwritten(&parts, DCTX_INVALID, "message");
	parts = good;
	parts.name_count = 1;
	assert_unwritten(&parts, DCTX_INVALID, "message");
	assert_int_equal(dctx_message_write(&good, buf, 64, &len), DCTX_OK);
	assert_int_equal(len, 20);
	assert_int_equal(dctx_message_open(buf, len, &message), DCTX_OK);
	assert_false(dctx_message_entry(&message, NULL));
	assert_false(dctx_message_name(&message, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(entries_come_in_order_though_nobody_knows_them),
		DCTXT_TEST(names_come_oldest_first_before_or_after_entries),
		DCTXT_TEST(a_walk_that_is_over_stays_over),
		DCTXT_TEST(a_copy_walks_on_by_itself),
		DCTXT_TEST(version_1_is_walked_in_both_shapes),
		DCTXT_TEST(bytes_behind_version_2_are_told),
		DCTXT_TEST(no_truncated_message_opens),
		DCTXT_TEST(what_a_changed_byte_spoils_does_not_open),
		DCTXT_TEST(each_limit_holds),
		DCTXT_TEST(a_message_is_written_as_given),
		DCTXT_TEST(every_smaller_buffer_is_told_the_size),
		DCTXT_TEST(what_could_not_be_read_is_not_written),
		DCTXT_TEST(what_makes_no_sense_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
