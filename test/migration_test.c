/* SPDX-License-Identifier: MIT */
/*
 * Values of other versions than their key's: through chains of migrations, up
 * and down, between kinds and types, each with its codec; and what may go wrong
 * at each step, after which every object was destroyed exactly once.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

static struct message m;

/* A user in three versions: a name; a name and an age; both and a level. The
 * first is a rid, whose objects are counted; so are the others. */
struct user {
	struct rid name;
	uint32_t age;
	uint8_t level;
};

static void user_destroy(void *value)
{
	rid_destroy(&((struct user *)value)->name);
}

static dctx_status user2_decode(void *value, dctx_reader *r)
{
	struct user *user = value;
	dctx_bytes name;

	if (dctx_read_str(r, &name) != DCTX_OK ||
	    dctx_read_u32(r, &user->age) != DCTX_OK)
		return DCTX_CORRUPT;
	return rid_make(&user->name, name.data, name.len);
}

static dctx_status user3_encode(const void *value, dctx_writer *w)
{
	const struct user *user = value;

	dctx_write_str(w, user->name.text);
	dctx_write_u32(w, user->age);
	dctx_write_u8(w, user->level);
	return DCTX_OK;
}

static dctx_status user3_decode(void *value, dctx_reader *r)
{
	struct user *user = value;
	dctx_bytes name;

	dctx_read_str(r, &name);
	dctx_read_u32(r, &user->age);
	if (dctx_read_u8(r, &user->level) != DCTX_OK)
		return DCTX_CORRUPT;
	return rid_make(&user->name, name.data, name.len);
}

static const dctx_type user2_type = {
	.struct_size = sizeof user2_type,
	.name = "user of version 2",
	.size = sizeof(struct user),
	.destroy = user_destroy,
	.decode = user2_decode,
};
static const dctx_type user3_type = {
	.struct_size = sizeof user3_type,
	.name = "user",
	.size = sizeof(struct user),
	.destroy = user_destroy,
	.encode = user3_encode,
	.decode = user3_decode,
};

/* The step that refuses, and with what. */
static uint32_t refusing;
static dctx_status refusal;

/* A step copies the name and fills in what was not there. */
static dctx_status step(uint32_t from, const struct rid *name, uint32_t age,
			struct user *newer)
{
	static const struct user zeroed;

	if (from == refusing)
		return refusal;
	if (memcmp(newer, &zeroed, sizeof zeroed) != 0)
		return DCTX_INVALID;
	newer->age = age;
	newer->level = (uint8_t)from;
	return rid_make(&newer->name, name->text, strlen(name->text));
}

static dctx_status from_1(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	return step(1, older, 18, newer);
}

static dctx_status from_2(const void *older, void *newer, dctx_reader *room)
{
	const struct user *user = older;

	(void)room;
	return step(2, &user->name, user->age, newer);
}

/* The later version: 3 again with other bytes, and a text down to 2. */
static dctx_status from_4(const void *older, void *newer, dctx_reader *room)
{
	const struct user *user = older;

	(void)room;
	return step(4, &user->name, user->age + 100, newer);
}

static dctx_status from_5(const void *older, void *newer, dctx_reader *room)
{
	struct rid name = {(char *)dctx_read_room(
		room, ((const dctx_bytes *)older)->len + 1)};
	const dctx_bytes *text = older;

	if (name.text == NULL)
		return DCTX_NOMEM;
	memcpy(name.text, text->data, text->len);
	name.text[text->len] = '\0';
	return step(5, &name, 50, newer);
}

static const dctx_migration user_older[] = {
	{1, 2, DCTX_KIND_TYPE, &rid_type, NULL, from_1},
	{2, 0, DCTX_KIND_TYPE, &user2_type, NULL, from_2},
	{4, 3, DCTX_KIND_TYPE, &user3_type, NULL, from_4},
	{5, 2, DCTX_KIND_STR, NULL, NULL, from_5},
};
static const dctx_key_options user_options = {sizeof user_options, NULL,
					      user_older, 4};
DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user3_type, DCTX_WIRE, 3,
	      &user_options);

static void put_user(uint32_t version, const char *name, uint32_t age)
{
	struct message value = {.len = 0};

	put_text(&value, name);
	if (version > 1 && version < 5)
		put_number(&value, age, 4);
	if (version == 3 || version == 4)
		put_number(&value, 9, 1);
	put_versioned(&m, "user", version, value.bytes, value.len);
}

static void make_user(uint32_t version)
{
	begin(&m, 1);
	put_user(version, "ann", 40);
	end(&m);
}

static const struct {
	uint32_t version, age;
	uint8_t level;
	int objects; /* that are made on the way */
} ways[] = {
	{1, 18, 2, 3}, {2, 40, 2, 2},  {3, 40, 9, 1},
	{4, 140, 4, 2}, {5, 50, 2, 2},
};
#define WAYS (sizeof ways / sizeof *ways)

static void every_version_arrives_step_by_step(void **state)
{
	unsigned char got[128];

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		const struct user *user;
		dctx_snapshot *s;
		size_t len = 0;

		make_user(ways[i].version);
		rids_destroyed = 0;
		assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
		user = dctx_snapshot_get(s, k_user, NULL);
		assert_string_equal(user->name.text, "ann");
		assert_int_equal(user->age, ways[i].age);
		assert_int_equal(user->level, ways[i].level);
		assert_int_equal(rids_alive, 1);
		assert_int_equal(rids_destroyed, ways[i].objects - 1);
		/* What is sent is of the key's version. */
		assert_int_equal(dctx_snapshot_encode(s, got, sizeof got, &len),
				 DCTX_OK);
		assert_int_equal(got[12 + 8 + 4], 3);
		dctx_snapshot_unref(s);
		assert_int_equal(rids_alive, 0);
		assert_int_equal(rids_destroyed, ways[i].objects);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

/* Nothing of the sender's but its bytes, put together by hand. */
static void *receive(void *unused)
{
	dctx_guard guard;

	(void)unused;
	DCTXT_EXPECT(!dctx_has(k_user));
	DCTXT_EXPECT(dctx_decode_here(m.bytes, m.len, &guard) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_user, NULL)->age == 18);
	dctx_leave(guard);
	return NULL;
}

static void an_old_message_is_read_on_a_fresh_thread(void **state)
{
	const dctx_entry entry = {
		{"user", 4}, {"\3\0\0\0\0\0\0\0ann", 11}, 1, false, 0};
	const dctx_message_parts parts = {sizeof parts, 1, &entry, 1, NULL, 0};

	(void)state;
	assert_int_equal(dctx_message_write(&parts, m.bytes, sizeof m.bytes,
					    &m.len),
			 DCTX_OK);
	dctxt_on_thread(receive, NULL);
	assert_int_equal(rids_alive, 0);
}

static void each_step_may_refuse(void **state)
{
	static const struct {
		uint32_t version, step;
		dctx_status refusal, status;
		int destroyed;
	} cases[] = {
		{1, 1, DCTX_INVALID, DCTX_CODEC, 1},
		{1, 2, DCTX_CORRUPT, DCTX_CODEC, 2},
		{1, 2, DCTX_NOMEM, DCTX_NOMEM, 2},
		{2, 2, DCTX_UNSUPPORTED, DCTX_CODEC, 1},
		{4, 4, DCTX_INVALID, DCTX_CODEC, 1},
		{5, 5, DCTX_NOMEM, DCTX_NOMEM, 0},
		{5, 2, DCTX_INVALID, DCTX_CODEC, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dctx_snapshot *s = NULL;

		make_user(cases[i].version);
		refusing = cases[i].step;
		refusal = cases[i].refusal;
		rids_destroyed = 0;
		assert_int_equal(dctx_decode(m.bytes, m.len, &s),
				 cases[i].status);
		refusing = 0;
		assert_null(s);
		assert_int_equal(rids_alive, 0);
		assert_int_equal(rids_destroyed, cases[i].destroyed);
		assert_int_equal(dctx_last_error()->status, cases[i].status);
		assert_string_equal(dctx_last_error()->what, "user");
		assert_int_equal(dctx_last_error()->version, cases[i].version);
		assert_int_equal(dctx_last_error()->offset, 12 + 8 + 4 + 12);
	}
}

static void bytes_that_are_no_older_value_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		dctx_snapshot *s = NULL;

		begin(&m, 1);
		put_versioned(&m, "user", ways[i].version, "\3\0\0\0\0\0\0", 7);
		end(&m);
		assert_int_not_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
		assert_null(s);
		assert_string_equal(dctx_last_error()->what, "user");
		assert_int_equal(dctx_last_error()->version, ways[i].version);
		assert_int_equal(rids_alive, 0);
	}
}

static void a_version_without_a_way_is_named_with_its_key(void **state)
{
	static const uint32_t versions[] = {0, 6, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		dctx_snapshot *s = NULL;

		make_user(versions[i]);
		assert_int_equal(dctx_decode(m.bytes, m.len, &s),
				 DCTX_UNSUPPORTED);
		assert_null(s);
		assert_string_equal(dctx_last_error()->what, "user");
		assert_int_equal(dctx_last_error()->version, versions[i]);
		assert_int_equal(dctx_last_error()->offset, 12 + 8 + 4);
	}
}

static void of_two_versions_the_later_entry_wins(void **state)
{
	dctx_snapshot *s;

	(void)state;
	begin(&m, 3);
	put_user(3, "bob", 40);
	put_user(5, "eve", 0);
	put_user(1, "ann", 0);
	end(&m);
	rids_most = rids_destroyed = 0;
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, k_user, NULL)->name.text,
			    "ann");
	assert_int_equal(rids_alive, 1);
	assert_int_equal(rids_most, 2);
	assert_int_equal(dctxt_count(DCTX_EV_DUPLICATE_ENTRY), 2);
	dctx_snapshot_unref(s);
	/* One that loses must be good all the same. */
	refusing = 5;
	refusal = DCTX_INVALID;
	s = NULL;
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_CODEC);
	refusing = 0;
	assert_null(s);
	assert_int_equal(rids_alive, 0);
}

static void a_value_that_no_step_takes_can_be_skipped(void **state)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_DECODE_SKIP_BAD};
	dctx_snapshot *s = NULL;

	(void)state;
	for (refusing = 0; refusing <= 2; refusing++) {
		/* Nothing leads from 6 either. */
		make_user(refusing == 0 ? 6 : 1);
		refusal = DCTX_INVALID;
		assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
				 DCTX_OK);
		assert_false(dctx_snapshot_has(s, k_user));
		assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), refusing + 1);
		s = dctx_snapshot_unref(s);
		assert_int_equal(rids_alive, 0);
	}
	refusing = 0;
}

static void a_tail_behind_an_older_value_is_counted_or_refused(void **state)
{
	const dctx_decode_options strict = {.struct_size = sizeof strict,
					    .flags = DCTX_DECODE_STRICT};
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 1);
	put_versioned(&m, "user", 1, "\1\0\0\0\0\0\0\0ax", 10);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
	s = dctx_snapshot_unref(s);
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &strict, &s),
			 DCTX_CORRUPT);
	assert_null(s);
	assert_int_equal(rids_alive, 0);
	assert_int_equal(dctx_last_error()->offset, 12 + 8 + 4 + 12 + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_version_arrives_step_by_step),
		DCTXT_TEST(an_old_message_is_read_on_a_fresh_thread),
		DCTXT_TEST(each_step_may_refuse),
		DCTXT_TEST(bytes_that_are_no_older_value_are_refused),
		DCTXT_TEST(a_version_without_a_way_is_named_with_its_key),
		DCTXT_TEST(of_two_versions_the_later_entry_wins),
		DCTXT_TEST(a_value_that_no_step_takes_can_be_skipped),
		DCTXT_TEST(
			a_tail_behind_an_older_value_is_counted_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
