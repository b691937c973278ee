/* SPDX-License-Identifier: MIT */
/*
 * note_test.c - proves that notes, values under names without a key, go where
 * values go: undone with their scope, captured, attached, forked and shared by
 * threads, and never out of the process.
 */
#include "kit.h"

DCTX_KEY_STR(k_text, "text", DCTX_WIRE);

static const char *text_of(dctx_any value)
{
	return value.kind == DCTX_KIND_STR ? value.as.bytes.data : "-";
}

/* The names of the notes in their order. */
static const char *names(void)
{
	static char text[64];
	dctx_note_item items[8];
	size_t n = dctx_notes(items, 8);

	text[0] = '\0';
	for (size_t i = 0; i < n && i < 8; i++)
		strcat(text, items[i].name);
	return text;
}

static void a_note_is_there_until_its_scope_ends(void **state)
{
	(void)state;
	assert_int_equal(dctx_note("a").kind, 0);
	{
		DCTX_SCOPE("outer");
		assert_int_equal(dctx_note_set("a", &DCTX_ANY("one")),
				 DCTX_OK);
		{
			DCTX_SCOPE("inner");
			assert_string_equal(text_of(dctx_note("a")), "one");
			dctx_note_set("a", &DCTX_ANY("two"));
			dctx_note_set("b", &DCTX_ANY(2));
			assert_string_equal(text_of(dctx_note("a")), "two");
			assert_int_equal(dctx_note("b").as.i, 2);
		}
		assert_string_equal(text_of(dctx_note("a")), "one");
		assert_int_equal(dctx_note("b").kind, 0);
	}
	assert_int_equal(dctx_note("a").kind, 0);
	assert_string_equal(names(), "");
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_memo_keeps_a_local_under_its_name(void **state)
{
	bool truth = true;
	int64_t number = -5;
	float real = 0.5f;
	const char *text = "text";
	char buffer[] = "buffer";
	dctx_bytes bytes = {"\0b", 2};
	DCTX_SCOPE("memo");

	(void)state;
	assert_int_equal(DCTX_MEMO(truth), DCTX_OK);
	DCTX_MEMO(number);
	DCTX_MEMO(real);
	DCTX_MEMO(text);
	DCTX_MEMO(buffer);
	DCTX_MEMO(bytes);
	number = 0;
	buffer[0] = '#';
	assert_true(dctx_note("truth").as.b);
	assert_int_equal(dctx_note("number").as.i, -5);
	assert_int_equal(dctx_note("number").kind, DCTX_ANY(number).kind);
	assert_true(dctx_note("real").as.f == 0.5);
	assert_string_equal(text_of(dctx_note("text")), "text");
	assert_string_equal(text_of(dctx_note("buffer")), "buffer");
	assert_int_equal(dctx_note("bytes").as.bytes.len, 2);
	assert_int_equal(dctx_note("bytes").kind, DCTX_KIND_BYTES);
}

static void notes_come_in_the_order_of_their_first_setting(void **state)
{
	dctx_note_item items[3] = {{.name = "untouched"}};

	(void)state;
	dctx_note_set("c", &DCTX_ANY(1));
	dctx_note_set("a", &DCTX_ANY(2));
	dctx_note_set("b", &DCTX_ANY(3));
	dctx_note_set("c", &DCTX_ANY(4));
	assert_string_equal(names(), "cab");
	assert_int_equal(dctx_notes(NULL, 0), 3);
	assert_int_equal(dctx_notes(NULL, 1), 0);
	items[2].name = "untouched";
	assert_int_equal(dctx_notes(items, 2), 3);
	assert_string_equal(items[0].name, "c");
	assert_int_equal(items[0].value.as.i, 4);
	assert_int_equal(items[1].value.as.i, 2);
	assert_string_equal(items[2].name, "untouched");
	dctx_note_unset("a");
	assert_string_equal(names(), "cb");
	dctx_note_set("a", &DCTX_ANY(5));
	assert_string_equal(names(), "cba");
}

static void what_a_scope_removes_is_back_after_it(void **state)
{
	(void)state;
	assert_int_equal(dctx_note_unset("a"), DCTX_OK);
	assert_int_equal(dctx_notes_clear(), DCTX_OK);
	dctx_note_set("a", &DCTX_ANY(1));
	dctx_note_set("b", &DCTX_ANY(2));
	{
		DCTX_SCOPE("remove");
		assert_int_equal(dctx_note_unset("a"), DCTX_OK);
		assert_int_equal(dctx_note_unset("a"), DCTX_OK);
		assert_string_equal(names(), "b");
		assert_int_equal(dctx_notes_clear(), DCTX_OK);
		assert_string_equal(names(), "");
		dctx_note_set("c", &DCTX_ANY(3));
		assert_string_equal(names(), "c");
	}
	assert_string_equal(names(), "ab");
	assert_int_equal(dctx_note("a").as.i, 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_snapshot_keeps_the_notes_of_its_moment(void **state)
{
	dctx_note_item item;

	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	{
		DCTX_SNAPSHOT(taken);
		DCTX_SNAPSHOT(again);

		assert_ptr_equal(taken, again);
		dctx_note_set("a", &DCTX_ANY(2));
		dctx_note_set("b", &DCTX_ANY(3));
		assert_int_equal(dctx_snapshot_note(taken, "a").as.i, 1);
		assert_int_equal(dctx_snapshot_note(taken, "b").kind, 0);
		assert_int_equal(dctx_snapshot_notes(taken, &item, 1), 1);
		assert_string_equal(item.name, "a");
		{
			DCTX_ATTACH(taken);
			assert_int_equal(dctx_note("a").as.i, 1);
			assert_int_equal(dctx_note("b").kind, 0);
			dctx_note_set("c", &DCTX_ANY(4));
			assert_string_equal(names(), "ac");
		}
		assert_string_equal(names(), "ab");
		assert_int_equal(dctx_restore(taken), DCTX_OK);
	}
	assert_string_equal(names(), "a");
	assert_int_equal(dctx_snapshot_note(NULL, "a").kind, 0);
	assert_int_equal(dctx_snapshot_notes(NULL, NULL, 0), 0);
}

static void an_overlay_shows_its_own_notes_or_the_hosts(void **state)
{
	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	{
		DCTX_SNAPSHOT(noted);
		dctx_note_set("b", &DCTX_ANY(2));
		{
			DCTX_OVERLAY(dctx_snapshot_empty());
			assert_string_equal(names(), "ab");
		}
		{
			DCTX_OVERLAY(noted);
			assert_string_equal(names(), "a");
		}
		{
			DCTX_SCOPE("merged");
			assert_int_equal(
				dctx_store_merge(dctx_current(), noted),
				DCTX_OK);
			assert_string_equal(names(), "a");
			dctx_note_set("c", &DCTX_ANY(3));
			assert_string_equal(names(), "ac");
		}
		assert_string_equal(names(), "ab");
	}
}

static void a_fork_takes_the_notes_along(void **state)
{
	dctx_store *task;

	(void)state;
	dctx_note_set("a", &DCTX_ANY("of the parent"));
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	assert_string_equal(text_of(dctx_store_note(task, "a")),
			    "of the parent");
	dctx_store_note_set(task, "a", &DCTX_ANY("of the task"));
	dctx_store_note_set(task, "b", &DCTX_ANY(1));
	assert_int_equal(dctx_store_notes(task, NULL, 0), 2);
	assert_string_equal(text_of(dctx_note("a")), "of the parent");
	dctx_notes_clear();
	assert_string_equal(text_of(dctx_store_note(task, "a")),
			    "of the task");
	dctx_task_free(task);
}

static void *read_in_a_thread(void *arg)
{
	DCTXT_EXPECT(dctx_note("a").as.i == 1);
	DCTXT_EXPECT(dctx_note_set("a", &DCTX_ANY(2)) == DCTX_OK);
	DCTXT_EXPECT(dctx_note("a").as.i == 2);
	return arg;
}

static void a_started_thread_sees_its_starters_notes(void **state)
{
	pthread_t thread;

	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	assert_int_equal(dctx_thread_start(&thread, NULL, read_in_a_thread,
					   NULL),
			 DCTX_OK);
	pthread_join(thread, NULL);
	assert_int_equal(dctx_note("a").as.i, 1);
}

static void objects_are_copied_once_and_shared(void **state)
{
	const struct dctxt_thing thing = {.id = 3};
	const dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &thing);
	const void *at;

	(void)state;
	{
		DCTX_SCOPE("scope");
		assert_int_equal(dctx_note_set("thing", &object), DCTX_OK);
		at = dctx_note("thing").as.object;
		assert_ptr_not_equal(at, &thing);
		assert_ptr_equal(dctx_note("thing").type, &dctxt_thing_type);
		{
			DCTX_SCOPE("more");
			DCTX_SNAPSHOT(taken);
			dctx_note_set("other", &DCTX_ANY(1));
			assert_ptr_equal(dctx_note("thing").as.object, at);
			assert_ptr_equal(
				dctx_snapshot_note(taken, "thing").as.object,
				at);
		}
		assert_int_equal(dctxt_things.copies, 1);
		dctx_note_set("thing", &object);
		assert_int_equal(dctxt_alive(), 1);
	}
	assert_int_equal(dctxt_things.destroys, 2);
	dctxt_things.refuse = DCTX_CODEC;
	assert_int_equal(dctx_note_set("thing", &object), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "thing");
	assert_string_equal(names(), "");
}

static void a_note_stays_where_it_is_when_others_are_set(void **state)
{
	const void *at;

	(void)state;
	dctx_note_set("a", &DCTX_ANY("text"));
	at = dctx_note("a").as.bytes.data;
	dctx_note_set("b", &DCTX_ANY("other"));
	dctx_note_unset("b");
	assert_ptr_equal(dctx_note("a").as.bytes.data, at);
	assert_string_equal(at, "text");
}

static size_t message(unsigned char *buf, size_t size)
{
	size_t len = 0;

	assert_int_equal(dctx_encode(buf, size, &len), DCTX_OK);
	return len;
}

static void notes_are_no_values_of_keys_and_never_sent(void **state)
{
	unsigned char with[256], without[256];
	dctx_item item;
	dctx_any value;
	size_t len;

	(void)state;
	dctx_set(k_text, "sent");
	len = message(without, sizeof(without));
	dctx_note_set("text", &DCTX_ANY("kept"));
	assert_int_equal(message(with, sizeof(with)), len);
	assert_memory_equal(with, without, len);
	assert_string_equal(dctx_get(k_text, ""), "sent");
	assert_int_equal(dctx_list(DCTX_LIST_REMOVED, &item, 1), 1);
	assert_ptr_equal(item.key, &k_text.key);
	assert_int_equal(dctx_get_named("dctx.notes", &value),
			 DCTX_UNKNOWN_KEY);
}

/* What a retired scope noted stays in the table of one above that set notes of
 * its own; note.h says so. */
static void a_scope_retires_with_notes_that_none_above_copied(void **s)
{
	dctx_guard below, above;

	(void)s;
	dctx_note_set("a", &DCTX_ANY(1));
	below = dctx_enter("below");
	dctx_note_set("b", &DCTX_ANY(2));
	above = dctx_enter("above");
	assert_string_equal(names(), "ab");
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_string_equal(names(), "a");
	dctx_leave(above);
	below = dctx_enter("below");
	dctx_note_set("b", &DCTX_ANY(2));
	above = dctx_enter("above");
	dctx_note_set("c", &DCTX_ANY(3));
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_string_equal(names(), "abc");
	dctx_leave(above);
	assert_string_equal(names(), "a");
}

static void *read_and_set(void *arg)
{
	dctx_snapshot **taken = arg;

	for (int i = 0; i < 200; i++) {
		DCTX_ATTACH(*taken);
		DCTXT_EXPECT(dctx_note("a").as.i == 1);
		DCTXT_EXPECT(dctx_note_set("b", &DCTX_ANY(i)) == DCTX_OK);
		DCTXT_EXPECT(dctx_note("b").as.i == i);
		DCTXT_EXPECT(dctx_snapshot_notes(*taken, NULL, 0) == 2);
	}
	*taken = dctx_snapshot_unref(*taken);
	return NULL;
}

static void threads_share_notes_and_set_their_own(void **state)
{
	const struct dctxt_thing thing = {.id = 3};
	dctx_snapshot *taken[4];

	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	dctx_note_set("thing", &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));
	for (int i = 0; i < 4; i++)
		assert_int_equal(dctx_capture(&taken[i]), DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctxt_together(4, read_and_set, taken, sizeof(taken[0]));
	assert_int_equal(dctxt_things.copies, 1);
	assert_int_equal(dctxt_things.destroys, 1);
}

static void note_again(const struct dctxt_thing *thing)
{
	dctxt_things.on_destroy = NULL;
	assert_int_equal(dctx_note_set("destroyed", &DCTX_ANY(thing->id)),
			 DCTX_OK);
}

static void a_destroy_may_set_notes(void **state)
{
	const struct dctxt_thing thing = {.id = 3};

	(void)state;
	dctx_note_set("thing", &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));
	dctxt_things.on_destroy = note_again;
	dctx_note_set("thing", &DCTX_ANY("gone"));
	assert_string_equal(names(), "thingdestroyed");
	assert_int_equal(dctx_note("destroyed").as.i, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_note_is_there_until_its_scope_ends),
		DCTXT_TEST(a_memo_keeps_a_local_under_its_name),
		DCTXT_TEST(notes_come_in_the_order_of_their_first_setting),
		DCTXT_TEST(what_a_scope_removes_is_back_after_it),
		DCTXT_TEST(a_snapshot_keeps_the_notes_of_its_moment),
		DCTXT_TEST(an_overlay_shows_its_own_notes_or_the_hosts),
		DCTXT_TEST(a_fork_takes_the_notes_along),
		DCTXT_TEST(a_started_thread_sees_its_starters_notes),
		DCTXT_TEST(objects_are_copied_once_and_shared),
		DCTXT_TEST(a_note_stays_where_it_is_when_others_are_set),
		DCTXT_TEST(notes_are_no_values_of_keys_and_never_sent),
		DCTXT_TEST(a_scope_retires_with_notes_that_none_above_copied),
		DCTXT_TEST(threads_share_notes_and_set_their_own),
		DCTXT_TEST(a_destroy_may_set_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
