/* SPDX-License-Identifier: MIT */
/*
 * diag_test.c - proves that nothing goes wrong quietly: each event is counted
 * once where it happens, and told to the hook with its status and subject; and
 * that the hook may itself use dctx.
 */
#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", DCTX_WIRE);
DCTX_KEY_U64(k_local, "local", DCTX_LOCAL);

/* A type that goes to the wire by its policy but has no codec. */
static const dctx_type mute_type = {
	.struct_size = sizeof(dctx_type), .name = "mute", .size = 4};
DCTX_KEY_DECLARE_TYPE(k_mute, int);
DCTX_KEY_TYPE(k_mute, "mute", int, &mute_type, DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_mute_too, int);
DCTX_KEY_TYPE(k_mute_too, "mute, too", int, &mute_type, DCTX_WIRE);

static const struct dctxt_told *told;

/* Checks that one event was counted and told, and nothing else; a guard has no
 * name that could be told. */
static void check_told(dctx_event event, dctx_status status, const char *what)
{
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, event);
	assert_int_equal(told->status, status);
	if (what != NULL)
		assert_string_equal(told->what, what);
	assert_int_equal(dctxt_count(event), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

static void a_clean_run_counts_nothing(void **state)
{
	(void)state;
	told = dctxt_listen();
	{
		DCTX_SCOPE("clean");
		dctx_set(k_num, 1);
		dctx_unset(k_num);
		dctx_replace(k_text, "x");
		(void)dctx_get(k_local, 0);
		DCTX_SNAPSHOT(snapshot);
		DCTX_ATTACH(snapshot);
		(void)dctx_task_try();
	}
	assert_int_equal(told->times, 0);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_mismatched_leave_is_counted_with_its_scope(void **state)
{
	dctx_guard outer = dctx_enter("outer");

	(void)state;
	told = dctxt_listen();
	(void)dctx_enter("inner");
	(void)dctx_enter("innermost");
	dctx_leave(outer);
	assert_int_equal(told->event, DCTX_EV_MISMATCHED_LEAVE);
	assert_string_equal(told->what, "outer");
	assert_int_equal(dctxt_count_all(), 1);
}

static void a_stale_guard_is_counted(void **state)
{
	dctx_guard guard = dctx_enter("gone");

	(void)state;
	dctx_leave(guard);
	told = dctxt_listen();
	dctx_leave(guard);
	check_told(DCTX_EV_STALE_GUARD, DCTX_STALE, NULL);
}

static void a_stale_retire_is_counted_and_returned(void **state)
{
	dctx_guard guard = dctx_enter("gone");

	(void)state;
	dctx_leave(guard);
	told = dctxt_listen();
	assert_int_equal(dctx_scope_retire(guard), DCTX_STALE);
	check_told(DCTX_EV_STALE_GUARD, DCTX_STALE, NULL);
}

static void a_dropped_write_is_counted_with_its_key(void **state)
{
	(void)state;
	told = dctxt_listen();
	dctx_store_set_str(dctx_current(), &k_num.key, "no number");
	check_told(DCTX_EV_DROPPED_WRITE, DCTX_WRONG_TYPE, "num");
}

static void every_dropped_write_is_counted(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	dctx_store_set_bool(store, &k_num.key, true);
	dctx_store_replace_str(store, &k_text.key, NULL);
	dctx_store_set_bits(store, &k_num.key, DCTX_KIND_I64, 1);
	dctx_store_set_type(store, &k_num.key, &store);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 4);
	assert_int_equal(dctxt_count_all(), 4);
}

static void a_task_asked_for_outside_one_is_counted(void **state)
{
	(void)state;
	told = dctxt_listen();
	(void)dctx_task();
	check_told(DCTX_EV_NO_TASK, DCTX_NO_TASK, NULL);
}

static void a_key_conflict_is_counted_with_its_name(void **state)
{
	static dctx_key other = {.kind = DCTX_KIND_STR, .name = "num"};

	(void)state;
	told = dctxt_listen();
	dctx_key_register_at_load(&other);
	check_told(DCTX_EV_KEY_CONFLICT, DCTX_CONFLICT, "num");
}

static void a_value_without_a_codec_is_counted_when_encoded(void **state)
{
	unsigned char buf[256];
	size_t len;
	int value = 3;

	(void)state;
	dctx_set(k_mute, &value);
	told = dctxt_listen();
	assert_int_equal(dctx_encode(buf, sizeof(buf), &len), DCTX_OK);
	assert_int_equal(len, 20);
	assert_int_equal(told->event, DCTX_EV_UNSENT_VALUE);
	assert_string_equal(told->what, "mute");
	assert_int_equal(dctxt_count_all(), 1);
	dctx_set(k_mute_too, &value);
	assert_int_equal(dctx_encode(buf, sizeof(buf), &len), DCTX_OK);
	assert_int_equal(told->times, 2);
	assert_string_equal(told->what, "mute");
	assert_int_equal(dctxt_count(DCTX_EV_UNSENT_VALUE), 3);
}

/* A message of version 2 with entries of 8-byte values, and its chain. */
struct message {
	unsigned char bytes[8192];
	size_t len;
};

static void put(struct message *m, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		m->bytes[m->len++] = (unsigned char)(value >> (8 * i));
}

static void put_text(struct message *m, const char *text)
{
	put(m, strlen(text), 8);
	memcpy(m->bytes + m->len, text, strlen(text));
	m->len += strlen(text);
}

static void put_entry(struct message *m, const char *key, size_t len)
{
	put_text(m, key);
	put(m, 1, 4);
	put(m, len, 8);
	put(m, 42, len < 8 ? len : 8);
	put(m, 0, len < 8 ? 0 : len - 8);
}

/* Decodes the message and checks the one event it makes. */
static void check_decode(const struct message *m, dctx_event event,
			 const char *what)
{
	dctx_snapshot *snapshot;

	told = dctxt_listen();
	assert_int_equal(dctx_decode(m->bytes, m->len, &snapshot), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_count(event), 1);
	assert_int_equal(dctxt_count_all(), 1);
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, event);
	if (what != NULL)
		assert_string_equal(told->what, what);
}

static void an_entry_nobody_registered_is_counted(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 1, 8);
	put_entry(&m, "nobody's", 8);
	put(&m, 0, 8);
	check_decode(&m, DCTX_EV_UNKNOWN_ENTRY, "nobody's");
}

static void a_local_entry_from_outside_is_counted(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 1, 8);
	put_entry(&m, "local", 8);
	put(&m, 0, 8);
	check_decode(&m, DCTX_EV_LOCAL_ENTRY, "local");
}

static void a_duplicate_entry_is_counted(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 2, 8);
	put_entry(&m, "num", 8);
	put_entry(&m, "num", 8);
	put(&m, 0, 8);
	check_decode(&m, DCTX_EV_DUPLICATE_ENTRY, "num");
}

static void bytes_after_a_message_are_counted(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 0, 8);
	put(&m, 0, 8);
	put(&m, 0, 1);
	check_decode(&m, DCTX_EV_TRAILING_BYTES, NULL);
}

static void bytes_after_a_value_are_counted_with_its_key(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 1, 8);
	put_entry(&m, "num", 9);
	put(&m, 0, 8);
	check_decode(&m, DCTX_EV_TRAILING_BYTES, "num");
}

static void a_chain_past_the_limit_is_counted(void **state)
{
	struct message m = {.len = 0};

	(void)state;
	put(&m, 2, 4);
	put(&m, 0, 8);
	put(&m, 65, 8);
	for (int i = 0; i < 65; i++)
		put_text(&m, "name");
	check_decode(&m, DCTX_EV_CHAIN_TRIMMED, NULL);
}

static int inside;

static void use_dctx(void *user, dctx_event event, dctx_status status,
		     const char *what)
{
	DCTX_SCOPE("in the hook");

	(void)event;
	(void)status;
	(void)what;
	inside++;
	dctx_set(k_num, 9);
	*(uint64_t *)user = dctx_get(k_num, 0);
	dctx_store_set_bool(dctx_current(), &k_num.key, true);
	(void)dctx_task();
}

static void the_hook_may_use_dctx_and_is_not_told_of_it(void **state)
{
	static uint64_t seen;
	static const dctx_hook hook = {use_dctx, &seen};

	(void)state;
	inside = 0;
	dctx_set(k_num, 1);
	dctx_hook_set(&hook);
	(void)dctx_task();
	assert_int_equal(inside, 1);
	assert_int_equal(seen, 9);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 2);
	dctx_store_set_bool(dctx_current(), &k_num.key, true);
	assert_int_equal(inside, 2);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_scope_status(), DCTX_WRONG_TYPE);
}

static void a_removed_hook_is_told_nothing(void **state)
{
	static const dctx_hook none = {NULL, NULL};

	(void)state;
	told = dctxt_listen();
	dctx_hook_set(NULL);
	(void)dctx_task();
	dctx_hook_set(&none);
	(void)dctx_task();
	assert_int_equal(told->times, 0);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 2);
}

static void every_event_has_its_name(void **state)
{
	static const char *const names[] = {
		"mismatched_leave", "stale_guard",     "dead_scope",
		"dropped_write",    "failed_enter",    "no_task",
		"task_misuse",      "key_conflict",    "unknown_entry",
		"local_entry",      "duplicate_entry", "trailing_bytes",
		"chain_trimmed",    "reserved_entry",  "bad_entry",
		"unsent_value",     "second_copy",     "bad_header",
		"withheld",         "unclean_worker",  "unbalanced_span",
		"dropped_span",     "untold",	       "bad_format"};

	(void)state;
	for (int i = 0; i < DCTX_EVENTS; i++)
		assert_string_equal(dctx_event_name((dctx_event)i), names[i]);
	assert_string_equal(dctx_event_name((dctx_event)DCTX_EVENTS),
			    "unknown");
	assert_string_equal(dctx_event_name((dctx_event)-1), "unknown");
	assert_int_equal(dctx_counter((dctx_event)DCTX_EVENTS), 0);
	assert_int_equal(dctx_counter((dctx_event)-1), 0);
}

static void leave_it(void *user, dctx_event event, dctx_status status,
		     const char *what)
{
	(void)event;
	(void)status;
	(void)what;
	dctx_leave(*(dctx_guard *)user);
}

static void the_hook_may_leave_the_scope_it_is_told_of(void **state)
{
	static dctx_guard guard;
	static const dctx_hook hook = {leave_it, &guard};

	(void)state;
	guard = dctx_enter("outer");
	(void)dctx_enter("inner");
	dctx_hook_set(&hook);
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 1);
	dctx_hook_set(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_clean_run_counts_nothing),
		DCTXT_TEST(a_mismatched_leave_is_counted_with_its_scope),
		DCTXT_TEST(a_stale_guard_is_counted),
		DCTXT_TEST(a_stale_retire_is_counted_and_returned),
		DCTXT_TEST(a_dropped_write_is_counted_with_its_key),
		DCTXT_TEST(every_dropped_write_is_counted),
		DCTXT_TEST(a_task_asked_for_outside_one_is_counted),
		DCTXT_TEST(a_key_conflict_is_counted_with_its_name),
		DCTXT_TEST(a_value_without_a_codec_is_counted_when_encoded),
		DCTXT_TEST(an_entry_nobody_registered_is_counted),
		DCTXT_TEST(a_local_entry_from_outside_is_counted),
		DCTXT_TEST(a_duplicate_entry_is_counted),
		DCTXT_TEST(bytes_after_a_message_are_counted),
		DCTXT_TEST(bytes_after_a_value_are_counted_with_its_key),
		DCTXT_TEST(a_chain_past_the_limit_is_counted),
		DCTXT_TEST(the_hook_may_use_dctx_and_is_not_told_of_it),
		DCTXT_TEST(a_removed_hook_is_told_nothing),
		DCTXT_TEST(every_event_has_its_name),
		DCTXT_TEST(the_hook_may_leave_the_scope_it_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
