/* SPDX-License-Identifier: MIT */
/*
 * dump_work_test.c - proves that a dump shows what goes along with work, who
 * runs it and what comes back: accessors in their order and how many captures
 * have each, keys that are gathered and how, executors; each from when there is
 * one, as text and as JSON, also while threads change it.
 */
#include "dumped.h"
#include "slot.h"

DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE);
DCTX_KEY_STR(k_trail, "trail", DCTX_WIRE);

static void check(const char *section, const char *json, const char *text)
{
	json_t *all = dctxt_dumped(0);

	dctxt_check_member(all, section, json);
	json_decref(all);
	assert_non_null(strstr(dctxt_dump_text(0), text));
}

static void check_accessors(const char *json, const char *text)
{
	char object[512], lines[512];

	snprintf(object, sizeof(object), "{\"default\":[%s]}", json);
	snprintf(lines, sizeof(lines), "\naccessors:\n  default:%s\n", text);
	check("accessors", object, lines);
}

/* The first of all tests. */
static void what_is_not_there_is_not_shown(void **state)
{
	const char *text = dctxt_dump_text(0);

	(void)state;
	assert_null(strstr(text, "\naccessors:"));
	assert_null(strstr(text, "\ngathered:"));
	assert_null(strstr(text, "\nexecutors:"));
}

static void other_lists_are_not_shown(void **state)
{
	dctx_accessors *list = slots_abc();

	(void)state;
	assert_null(strstr(dctxt_dump_text(0), "\naccessors:"));
	dctx_accessors_unref(list);
}

static void add_two(void)
{
	dctx_accessors *list = dctx_accessors_default();

	assert_int_equal(slot_add(list, &slot_b), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
}

static void remove_two(void)
{
	dctx_accessors *list = dctx_accessors_default();

	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "b"), DCTX_OK);
}

static void accessors_stand_in_their_order(void **state)
{
	(void)state;
	add_two();
	check_accessors("{\"name\":\"b\",\"captures\":0},"
			"{\"name\":\"a\",\"captures\":0}",
			"\n    -\n      name: \"b\"\n      captures: 0"
			"\n    -\n      name: \"a\"\n      captures: 0");
	remove_two();
	check_accessors("", ""); /* and what was removed does not */
}

static void a_list_in_the_list_stands_in_its_place(void **state)
{
	dctx_accessors *list = dctx_accessors_default(), *inner;

	(void)state;
	assert_int_equal(slot_add(list, &slot_c), DCTX_OK);
	assert_int_equal(dctx_accessors_new(&inner), DCTX_OK);
	assert_int_equal(slot_add(inner, &slot_b), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	check_accessors("{\"name\":\"c\",\"captures\":0},"
			"[{\"name\":\"b\",\"captures\":0}],"
			"{\"name\":\"a\",\"captures\":0}",
			"\n    -\n      name: \"c\"\n      captures: 0"
			"\n    -\n      -\n        name: \"b\""
			"\n        captures: 0"
			"\n    -\n      name: \"a\"\n      captures: 0");
	assert_int_equal(dctx_accessors_exclude(list, inner), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "c"), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	dctx_accessors_unref(inner);
}

static void *nothing(void *arg)
{
	return arg;
}

static void captures_that_are_alive_are_counted(void **state)
{
	dctx_accessors *list = dctx_accessors_default();
	dctx_locals *locals;
	dctx_work *work;

	(void)state;
	add_two();
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_int_equal(dctx_wrap(nothing, NULL, &work), DCTX_OK);
	check_accessors("{\"name\":\"b\",\"captures\":2}",
			"\n    -\n      name: \"b\"\n      captures: 2");
	dctx_locals_unref(locals);
	check_accessors("{\"name\":\"b\",\"captures\":1}",
			"\n    -\n      name: \"b\"\n      captures: 1");
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	check_accessors("{\"name\":\"b\",\"captures\":0}",
			"\n    -\n      name: \"b\"\n      captures: 0");
	assert_int_equal(dctx_accessor_remove(list, "b"), DCTX_OK);
}

static atomic_bool over;

static void *change_and_capture(void *arg)
{
	dctx_accessors *list = dctx_accessors_default();
	dctx_locals *locals;

	while (!over) {
		DCTXT_EXPECT(slot_add(list, &slot_c) == DCTX_OK);
		DCTXT_EXPECT(dctx_locals_capture(list, NULL, &locals) ==
			     DCTX_OK);
		DCTXT_EXPECT(dctx_accessor_remove(list, "c") == DCTX_OK);
		dctx_locals_unref(locals);
	}
	return arg;
}

static void lists_change_while_they_are_shown(void **state)
{
	pthread_t thread;

	(void)state;
	slot_logs = false;
	over = false;
	add_two();
	assert_int_equal(
		pthread_create(&thread, NULL, change_and_capture, NULL), 0);
	for (int i = 0; i < 200; i++) {
		json_t *all = dctxt_dumped(0);
		const json_t *list = json_object_get(
			json_object_get(all, "accessors"), "default");
		const json_t *name =
			json_object_get(json_array_get(list, 1), "name");

		assert_in_range(json_array_size(list), 2, 3);
		assert_string_equal(json_string_value(name), "a");
		json_decref(all);
	}
	over = true;
	pthread_join(thread, NULL);
	remove_two();
}

static dctx_status keep(void *user, const dctx_any *have, const dctx_any *comes,
			dctx_any *out)
{
	(void)user;
	*out = have->kind != 0 ? *have : *comes;
	return DCTX_OK;
}

static void gathered_keys_are_shown_with_their_merge(void **state)
{
	static const dctx_gatherer own = {"\"own\"", keep, NULL};

	(void)state;
	assert_int_equal(dctx_gather(&k_cost.key, &dctx_gather_sum), DCTX_OK);
	assert_int_equal(dctx_gather(&k_trail.key, &own), DCTX_OK);
	assert_int_equal(dctx_gather(&k_trail.key, &own), DCTX_OK);
	assert_int_equal(dctx_gather(&k_cost.key, &own), DCTX_CONFLICT);
	check("gathered",
	      "{\"keys\":[{\"key\":\"cost\",\"merge\":\"sum\"},"
	      "{\"key\":\"trail\",\"merge\":\"\\\"own\\\"\"}]}",
	      "\ngathered:\n  keys:\n"
	      "    -\n      key: \"cost\"\n      merge: \"sum\"\n"
	      "    -\n      key: \"trail\"\n      merge: \"\\\"own\\\"\"\n");
}

static const json_t *executor_named(const json_t *all, const char *name)
{
	const json_t *list =
		json_object_get(json_object_get(all, "executors"), "all");
	const json_t *found = NULL, *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(json_object_get(item, "name")),
			   name) == 0)
			found = item;
	assert_non_null(found);
	return found;
}

static void executors_are_shown_with_their_counts_and_times(void **state)
{
	const dctx_pool_options options = {DCTX_POOL_SIZE, .name = "shown"};
	const json_t *shown;
	dctx_executor *pool;
	dctx_job *job;
	json_t *all;

	(void)state;
	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	assert_int_equal(dctx_submit(pool, nothing, NULL, NULL, &job), DCTX_OK);
	assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
	dctx_job_unref(job);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	all = dctxt_dumped(0);
	shown = executor_named(all, "shown");
	dctxt_check_member(shown, "submitted", "1");
	dctxt_check_member(shown, "completed", "1");
	dctxt_check_member(shown, "queued", "0");
	dctxt_check_member(json_object_get(shown, "run_ns"), "count", "1");
	dctxt_check_member(executor_named(all, "inline"), "submitted", "0");
	json_decref(all);
	assert_non_null(strstr(dctxt_dump_text(0),
			       "\nexecutors:\n  all:\n    -\n"
			       "      name: \"inline\"\n"));
	assert_non_null(strstr(dctxt_dump, "\n      name: \"shown\"\n"));
	assert_non_null(strstr(dctxt_dump, "\n      queue_ns:\n"
					   "        count: 1\n"));
	dctx_executor_unref(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(what_is_not_there_is_not_shown),
		SLOT_TEST(other_lists_are_not_shown),
		SLOT_TEST(accessors_stand_in_their_order),
		SLOT_TEST(a_list_in_the_list_stands_in_its_place),
		SLOT_TEST(captures_that_are_alive_are_counted),
		SLOT_TEST(lists_change_while_they_are_shown),
		SLOT_TEST(gathered_keys_are_shown_with_their_merge),
		SLOT_TEST(executors_are_shown_with_their_counts_and_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
