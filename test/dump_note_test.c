/* SPDX-License-Identifier: MIT */
/*
 * dump_note_test.c - proves that a dump tells of notes: their names and what
 * they are, their values only when asked for all, and whose container has them;
 * and that a format may change them meanwhile.
 */
#include "dumped.h"

#include <stdio.h>

static void (*on_format)(void);

static size_t format_int(const void *value, char *buf, size_t size)
{
	int len = snprintf(buf, size, "int %d", *(const int *)value);

	if (on_format != NULL)
		on_format(); /* the value may be gone after it */
	return (size_t)len;
}

static const dctx_type int_type = {
	.struct_size = sizeof(dctx_type),
	.name = "int",
	.size = sizeof(int),
	.format = format_int,
};

static void set_notes(void)
{
	const int three = 3;

	dctx_note_set("z", &DCTX_ANY("text"));
	dctx_note_set("a \"b\"\n", &DCTX_ANY(-7));
	dctx_note_set("object", &DCTX_ANY_OBJECT(&int_type, &three));
	dctx_note_set("last", &DCTX_ANY((bool)true));
}

static void notes_are_told_by_kind(void **state)
{
	json_t *json;

	(void)state;
	set_notes();
	json = dctxt_store_dumped(0);
	dctxt_check_member(json, "notes",
			   "{\"z\":{\"kind\":\"str\",\"length\":4},"
			   "\"a \\\"b\\\"\\n\":{\"kind\":\"i32\"},"
			   "\"object\":{\"kind\":\"type\",\"type\":\"int\"},"
			   "\"last\":{\"kind\":\"bool\"}}");
	dctxt_check_member(json, "values", "{}");
	assert_null(json_object_get(json, "container"));
	json_decref(json);
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "\nnotes:\n"
			       "  z: <str, 4 bytes>\n"
			       "  \"a \\\"b\\\"\\n\": <i32>\n"
			       "  object: <int>\n"
			       "  last: <bool>\n"));
}

static void notes_are_told_in_full_when_asked_for(void **state)
{
	json_t *json;

	(void)state;
	set_notes();
	DCTX_SNAPSHOT(snapshot);
	(void)dctx_snapshot_dump(snapshot, DCTX_DUMP_TEXT, DCTX_DUMP_VALUES,
				 dctxt_dump, sizeof(dctxt_dump));
	assert_non_null(strstr(dctxt_dump, "\nnotes:\n"
					   "  z: \"text\"\n"
					   "  \"a \\\"b\\\"\\n\": -7\n"
					   "  object: \"int 3\"\n"
					   "  last: true\n"));
	json = dctxt_store_dumped(DCTX_DUMP_VALUES);
	dctxt_check_member(json, "notes",
			   "{\"z\":\"text\",\"a \\\"b\\\"\\n\":-7,"
			   "\"object\":\"int 3\",\"last\":true}");
	json_decref(json);
}

static void without_notes_nothing_is_told_of_them(void **state)
{
	json_t *json = dctxt_store_dumped(0);

	(void)state;
	assert_null(json_object_get(json, "notes"));
	json_decref(json);
}

static void as_many_notes_as_there_can_be_are_told(void **state)
{
	char name[16];
	json_t *json;

	(void)state;
	for (int i = 0; i < DCTX_NOTES_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(dctx_note_set(name, &DCTX_ANY(i)), DCTX_OK);
	}
	json = dctxt_store_dumped(DCTX_DUMP_VALUES);
	assert_int_equal(json_object_size(json_object_get(json, "notes")),
			 DCTX_NOTES_MAX);
	dctxt_check_member(json_object_get(json, "notes"), name, "255");
	json_decref(json);
}

static void change_the_notes(void)
{
	dctx_note_set("object", &DCTX_ANY("now a text"));
	dctx_note_unset("last");
	dctx_note_set("new", &DCTX_ANY(1));
}

static void a_format_may_change_the_notes(void **state)
{
	json_t *json;

	(void)state;
	set_notes();
	on_format = change_the_notes;
	json = dctxt_store_dumped(DCTX_DUMP_VALUES);
	on_format = NULL;
	dctxt_check_member(json, "notes",
			   "{\"z\":\"text\",\"a \\\"b\\\"\\n\":-7,"
			   "\"object\":\"int 3\",\"new\":1}");
	json_decref(json);
}

/* A container that holds one note and never another. */
static dctx_status make_one(void **out)
{
	static int data;

	*out = &data;
	return DCTX_OK;
}

static dctx_status copy_one(const void *data, void **out)
{
	(void)data;
	return make_one(out);
}

static dctx_status put_one(void *data, const char *name, const dctx_any *value)
{
	(void)data;
	(void)name;
	(void)value;
	return DCTX_OK;
}

static dctx_status remove_one(void *data, const char *name)
{
	(void)data;
	(void)name;
	return DCTX_OK;
}

static bool get_one(const void *data, const char *name, dctx_any *out)
{
	(void)data;
	*out = DCTX_ANY("the one");
	return strcmp(name, "one") == 0;
}

static size_t list_one(const void *data, dctx_note_item *items, size_t max)
{
	(void)data;
	if (max > 0)
		items[0] = (dctx_note_item){"one", DCTX_ANY("the one")};
	return 1;
}

static const dctx_container one = {
	.struct_size = sizeof(dctx_container),
	.name = "one \"only\"",
	.make = make_one,
	.copy = copy_one,
	.put = put_one,
	.remove = remove_one,
	.get = get_one,
	.list = list_one,
};

static void a_container_of_the_users_is_told_by_name(void **state)
{
	json_t *json;

	(void)state;
	assert_int_equal(dctx_store_container(dctx_current(), &one, NULL),
			 DCTX_OK);
	json = dctxt_store_dumped(DCTX_DUMP_VALUES);
	dctxt_check_member(json, "container", "\"one \\\"only\\\"\"");
	dctxt_check_member(json, "notes", "{\"one\":\"the one\"}");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(notes_are_told_by_kind),
		DCTXT_TEST(notes_are_told_in_full_when_asked_for),
		DCTXT_TEST(without_notes_nothing_is_told_of_them),
		DCTXT_TEST(as_many_notes_as_there_can_be_are_told),
		DCTXT_TEST(a_format_may_change_the_notes),
		DCTXT_TEST(a_container_of_the_users_is_told_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
