/* SPDX-License-Identifier: MIT */
/*
 * oom_test.c - proves that an allocation that fails while keys, values and
 * scopes are made does no more than fail its call: a status and no crash, all
 * that was visible still visible, scopes that can be left, nothing leaked.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

enum { MANY = 200 };

static dctx_key many[MANY];
static char many_names[MANY][24];
static char large[70000];

/* Keeps the first failure of a row. */
static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static dctx_status set_scalars(void)
{
	dctx_status status = DCTX_OK;
	dctx_store *store = dctx_current();

	for (int i = 0; i < MANY; i++)
		status = first(status, dctx_store_set_u64(store, &many[i],
							  (uint64_t)i));
	for (int i = 0; i < MANY && status == DCTX_OK; i++)
		DCTXT_EXPECT(dctx_store_get_u64(store, &many[i], 9999) ==
			     (uint64_t)i);
	return status;
}

static dctx_status set_texts(void)
{
	const dctx_bytes bytes = {large, sizeof(large) - 1};
	dctx_status status = dctx_set(k_text, "short");

	for (int i = 0; i < 50; i++)
		status = first(status, dctx_set(k_text, large + 69000 - i));
	status = first(status, dctx_set(k_text, large));
	status = first(status, dctx_set(k_bytes, bytes));
	status = first(status, dctx_replace(k_text, "short again"));
	status = first(status, dctx_replace(k_text, large));
	return first(status, dctx_unset(k_bytes));
}

static dctx_status set_objects(void)
{
	struct dctxt_thing made = {.id = 1};
	dctx_status status = dctx_set(k_thing, &made);

	status = first(status, dctx_replace(k_thing, &made));
	status = first(status, dctx_set(k_thing, &made));
	return first(status, dctx_unset(k_thing));
}

/* Under an attach the first set of a page has to copy it, and may fail; what is
 * set after that has to go with the scope all the same. */
static dctx_status set_closed(void)
{
	dctx_snapshot *snapshot = NULL;
	dctx_guard guard;
	dctx_status status = dctx_set(k_tenant, 1);

	status = first(status, dctx_set(k_text, "neighbour"));
	status = first(status, dctx_capture(&snapshot));
	status = first(status, snapshot == NULL
				       ? DCTX_NOMEM
				       : dctx_attach(snapshot, &guard));
	if (status == DCTX_OK) {
		DCTXT_EXPECT(dctx_get(k_tenant, 0) == 1);
		status = dctx_set(k_tenant, 2);
		DCTXT_EXPECT(dctx_get(k_tenant, 0) ==
			     (status == DCTX_OK ? 2u : 0u));
		DCTXT_EXPECT(strcmp(dctx_get(k_text, ""), "neighbour") == 0);
		status = first(status, set_scalars());
		DCTXT_EXPECT(status == DCTX_OK || dctx_get(k_tenant, 2) == 2);
		dctx_leave(guard);
		DCTXT_EXPECT(dctx_get(k_tenant, 0) == 1);
	}
	dctx_snapshot_unref(snapshot);
	return status;
}

static dctx_status nest_scopes(void)
{
	dctx_status status = DCTX_OK;
	dctx_guard guards[100];

	for (uint64_t i = 0; i < 100; i++) {
		guards[i] = dctx_enter_copy("a name made at run time");
		status = first(status, dctx_scope_status());
		status = first(status, dctx_set(k_num, i));
	}
	for (int i = 99; i >= 0; i--)
		dctx_leave(guards[i]);
	return status;
}

static dctx_status try_scopes(void)
{
	dctx_status status = DCTX_OK;

	for (int i = 0; i < 500 && status == DCTX_OK; i++) {
		dctx_guard guard;
		size_t depth = dctx_depth();

		status = dctx_try_enter("tried", &guard);
		DCTXT_EXPECT(dctx_depth() == depth + (status == DCTX_OK));
	}
	return status;
}

static dctx_status retire_scopes(void)
{
	dctx_status status = DCTX_OK;
	dctx_guard last = dctx_enter("span");

	for (int i = 0; i < 20; i++) {
		dctx_guard next = dctx_enter_copy("next span");

		status = first(status, dctx_scope_status());
		status = first(status, dctx_set(k_text, large + 69700));
		if (last.id != 0)
			(void)dctx_scope_retire(last);
		last = next;
	}
	return status;
}

static dctx_status name_the_store(void)
{
	char hex[DCTX_HEX_ID_SIZE];

	dctx_hex_id(hex);
	return dctx_id() != 0 ? DCTX_OK : DCTX_NOMEM;
}

static dctx_status fail_and_ask(void)
{
	dctx_status status =
		dctx_store_set_str(dctx_current(), &k_num.key, "wrong");

	(void)dctx_last_error();
	DCTXT_EXPECT(status == DCTX_WRONG_TYPE || status == DCTX_NOMEM);
	return DCTX_OK;
}

static const struct dctxt_scenario scenarios[] = {
	{"set 200 scalars", set_scalars},
	{"set and replace texts", set_texts},
	{"set and replace objects", set_objects},
	{"set a closed key", set_closed},
	{"nest 100 scopes", nest_scopes},
	{"try 500 scopes", try_scopes},
	{"retire spans", retire_scopes},
	{"ask for the id", name_the_store},
	{"fail a set", fail_and_ask},
};

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

/* Keys of its own for each try, since a key once registered stays. */
static void a_registration_that_fails_can_be_tried_again(void **state)
{
	static dctx_key keys[400];
	static char names[400][16];
	int failed = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		uint32_t count = dctx_registry_size(NULL);
		dctx_status status;

		snprintf(names[i], sizeof(names[i]), "try %d", i);
		keys[i].kind = DCTX_KIND_STR;
		keys[i].name = names[i];
		dctxt_heap_fail(1 + i % 3, i % 2 == 0);
		status = dctx_key_register(&keys[i]);
		(void)dctxt_heap_relent();
		if (status != DCTX_OK) {
			assert_int_equal(status, DCTX_NOMEM);
			assert_int_equal(keys[i].page, 0);
			assert_null(dctx_registry_find(NULL, names[i]));
			assert_int_equal(dctx_registry_size(NULL), count);
			assert_int_equal(dctx_key_register(&keys[i]), DCTX_OK);
			failed++;
		}
		assert_ptr_equal(dctx_registry_find(NULL, names[i]), &keys[i]);
		assert_int_equal(dctx_registry_size(NULL), count + 1);
	}
	printf("%d of 400 registrations refused\n", failed);
}

/* Enters scopes until there is no room for one. */
static size_t enter_until_refused(void)
{
	size_t entered = 0;

	dctxt_heap_fail(1, true);
	while (entered < 1000 && dctx_enter("one more").id != 0)
		entered++;
	(void)dctxt_heap_relent();
	return entered;
}

static void an_enter_without_memory_is_counted_told_and_kept(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	size_t entered = enter_until_refused();

	(void)state;
	assert_in_range(entered, 1, 999);
	assert_int_equal(dctx_depth(), entered + 1);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 1);
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_FAILED_ENTER);
	assert_int_equal(told->status, DCTX_NOMEM);
	assert_string_equal(told->what, "one more");
	assert_int_equal(dctx_scope_status(), DCTX_NOMEM);
	assert_int_equal(dctx_last_error()->status, DCTX_NOMEM);
}

static void a_block_without_memory_is_counted_and_kept(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	(void)enter_until_refused();
	dctxt_heap_fail(1, true);
	snapshot = dctx_capture_here();
	dctx_leave(dctx_attach_here(snapshot));
	(void)dctxt_heap_relent();
	assert_null(snapshot);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 3);
	assert_int_equal(dctxt_count_all(), 3);
}

/* Where not even a record fits any more, the scope shows nothing at all. */
static void the_last_room_hides_everything_until_the_scope_is_left(void **state)
{
	static dctx_key closed[8];
	static char names[8][16];
	dctx_store *store = dctx_current();
	dctx_guard guard;

	(void)state;
	dctx_set(k_text, "neighbour");
	for (int i = 0; i < 8; i++) {
		snprintf(names[i], sizeof(names[i]), "shut %d", i);
		closed[i] = (dctx_key){.kind = DCTX_KIND_U64,
				       .policy = DCTX_CLOSED,
				       .name = names[i]};
		dctx_store_set_u64(store, &closed[i], 1);
	}
	guard = dctx_enter("full");
	dctxt_heap_fail(1, true);
	for (int i = 0; dctx_unset(k_num) == DCTX_OK; i++)
		assert_in_range(i, 0, 10000);
	for (int i = 0; i < 8; i++)
		dctx_store_set_i8(store, &closed[i], 2);
	(void)dctxt_heap_relent();
	for (int i = 0; i < 8; i++)
		assert_false(dctx_store_has_key(store, &closed[i]));
	assert_false(dctx_has(k_text));
	dctx_leave(guard);
	assert_string_equal(dctx_get(k_text, "-"), "neighbour");
	for (int i = 0; i < 8; i++)
		assert_int_equal(dctx_store_get_u64(store, &closed[i], 0), 1);
}

/* Closed keys that fail in a log without room hide themselves and no other, as
 * long as the room kept for that lasts. */
static void closed_keys_hide_alone_in_a_full_log(void **state)
{
	enum { CLOSED = 3 };
	static dctx_key closed[CLOSED];
	static char names[CLOSED][16];
	dctx_store *store = dctx_current();
	dctx_guard guard;

	(void)state;
	dctx_set(k_text, "neighbour");
	for (int i = 0; i < CLOSED; i++) {
		snprintf(names[i], sizeof(names[i]), "closed %d", i);
		closed[i] = (dctx_key){.kind = DCTX_KIND_U64,
				       .policy = DCTX_CLOSED,
				       .name = names[i]};
		dctx_store_set_u64(store, &closed[i], 1);
	}
	guard = dctx_enter("full");
	dctxt_heap_fail(1, true);
	for (int i = 0; dctx_unset(k_num) == DCTX_OK; i++)
		assert_in_range(i, 0, 10000);
	for (int i = 0; i < CLOSED; i++)
		dctx_store_set_i8(store, &closed[i], 2);
	(void)dctxt_heap_relent();
	for (int i = 0; i < CLOSED; i++)
		assert_false(dctx_store_has_key(store, &closed[i]));
	assert_string_equal(dctx_get(k_text, "-"), "neighbour");
	dctx_leave(guard);
	for (int i = 0; i < CLOSED; i++)
		assert_int_equal(dctx_store_get_u64(store, &closed[i], 0), 1);
}

/* A thread whose store cannot be made reads as empty and refuses the rest. */
static void *use_without_memory(void *arg)
{
	dctx_guard guard;

	dctxt_heap_fail(1, true);
	DCTXT_EXPECT(dctx_current() != NULL);
	DCTXT_EXPECT(dctx_get(k_num, 5) == 5);
	DCTXT_EXPECT(dctx_set(k_num, 1) == DCTX_NOMEM);
	DCTXT_EXPECT(dctx_set(k_text, "text") == DCTX_NOMEM);
	DCTXT_EXPECT(!dctx_has(k_num) && !dctx_has(k_text));
	DCTXT_EXPECT(dctx_try_enter("tried", &guard) == DCTX_NOMEM);
	DCTXT_EXPECT(dctx_attach(NULL, &guard) == DCTX_NOMEM);
	guard = dctx_enter("scope");
	DCTXT_EXPECT(guard.id == 0 && dctx_depth() == 1 && dctx_id() == 0);
	dctx_leave(guard);
	(void)dctxt_heap_relent();
	DCTXT_EXPECT(dctx_set(k_num, 1) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_num, 5) == 1);
	DCTXT_EXPECT(dctx_id() != 0);
	return arg;
}

static void a_thread_without_memory_reads_as_empty(void **state)
{
	(void)state;
	(void)dctxt_on_thread(use_without_memory, NULL);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 1);
}

static int make_names(void **state)
{
	(void)state;
	memset(large, 'L', sizeof(large) - 1);
	for (int i = 0; i < MANY; i++) {
		snprintf(many_names[i], sizeof(many_names[i]), "many %d", i);
		many[i].kind = DCTX_KIND_U64;
		many[i].version = 1;
		many[i].name = many_names[i];
		if (dctx_key_register(&many[i]) != DCTX_OK)
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
		DCTXT_TEST(a_registration_that_fails_can_be_tried_again),
		DCTXT_TEST(an_enter_without_memory_is_counted_told_and_kept),
		DCTXT_TEST(a_block_without_memory_is_counted_and_kept),
		DCTXT_TEST(
			the_last_room_hides_everything_until_the_scope_is_left),
		DCTXT_TEST(closed_keys_hide_alone_in_a_full_log),
		DCTXT_TEST(a_thread_without_memory_reads_as_empty),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_names, NULL);
}
