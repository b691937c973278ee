/* SPDX-License-Identifier: MIT */
/*
 * work_mdc_keys_test.c - proves that an accessor may take along some entries of
 * a logger's map and leave the others alone: on the worker these are its own,
 * during the work and after it; and that an entry which was not there when the
 * work was wrapped is not there for the work, and leaks from none to the next.
 */
#include "mdc.h"

/* What is taken along; NULL ends it. */
static const char *const keys[] = {"id", "user", NULL};

/* A map with these entries alone: also one without any is a value. */
static struct map *chosen(void)
{
	struct map *copy = calloc(1, sizeof(*copy));

	for (int i = 0; copy != NULL && keys[i] != NULL; i++) {
		const char *value = map_get(keys[i]);

		if (value == NULL)
			continue;
		snprintf(copy->key[copy->n], sizeof(copy->key[0]), "%s",
			 keys[i]);
		snprintf(copy->value[copy->n++], sizeof(copy->value[0]), "%s",
			 value);
	}
	return copy;
}

static void choose(const struct map *from)
{
	for (int i = 0; keys[i] != NULL; i++)
		map_remove(keys[i]);
	for (int i = 0; i < from->n; i++)
		map_put(from->key[i], from->value[i]);
}

static dctx_status keys_capture(void *user, void **out)
{
	(void)user;
	*out = chosen();
	return *out != NULL ? DCTX_OK : DCTX_NOMEM;
}

static dctx_status keys_set(void *user, void *value, void **out_before)
{
	const dctx_status status = keys_capture(user, out_before);

	if (status == DCTX_OK)
		choose(value);
	return status;
}

static void keys_free(void *user, void *value)
{
	(void)user;
	free(value);
}

static void keys_restore(void *user, void *before)
{
	choose(before);
	keys_free(user, before);
}

static const dctx_accessor keys_accessor = {.name = "mdc keys",
					    .capture = keys_capture,
					    .set = keys_set,
					    .restore = keys_restore,
					    .free = keys_free};

static dctx_accessors *list;
static char seen[64];

/* "id,user,own" */
static const char *map_text(void)
{
	static __thread char text[64];
	const char *id = map_get("id"), *user = map_get("user");
	const char *own = map_get("own");

	snprintf(text, sizeof(text), "%s,%s,%s", id != NULL ? id : "-",
		 user != NULL ? user : "-", own != NULL ? own : "-");
	return text;
}

static void *see_and_change(void *arg)
{
	strcpy(seen, map_text());
	map_put("id", "of the work");
	map_remove("user");
	return arg;
}

static dctx_work *wrap(void)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(see_and_change, NULL, &how, &work),
			 DCTX_OK);
	return work;
}

static void only_the_chosen_entries_go_along(void **state)
{
	dctx_work *work;

	(void)state;
	map_put("id", "7");
	map_put("user", "alice");
	map_put("own", "submitter's");
	work = wrap();
	map_clear();
	map_put("id", "w");
	map_put("own", "worker's");
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(seen, "7,alice,worker's");
	assert_string_equal(map_text(), "w,-,worker's");
}

static void an_entry_that_was_not_there_is_not_there_for_the_work(void **state)
{
	dctx_work *work;

	(void)state;
	map_put("id", "7");
	work = wrap();
	map_put("user", "worker's");
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(seen, "7,-,-");
	assert_string_equal(map_text(), "7,worker's,-");
}

/* A worker with nothing of its own, which is used again and again. */
static void *run_all(void *arg)
{
	static const char *const expected[] = {"1,alice,-", "2,-,-", "-,-,-"};
	dctx_work *const *work = arg;

	for (int i = 0; i < 3; i++) {
		DCTXT_EXPECT(dctx_work_run(work[i], NULL) == DCTX_OK);
		DCTXT_EXPECT(strcmp(seen, expected[i]) == 0);
		DCTXT_EXPECT(map_size() == 0);
	}
	map_clear();
	return NULL;
}

/* A fault of Micrometer's before 1.1.3: the second saw alice. */
static void nothing_leaks_from_one_to_the_next(void **state)
{
	dctx_work *work[3];

	(void)state;
	map_put("id", "1");
	map_put("user", "alice");
	work[0] = wrap();
	map_clear();
	map_put("id", "2");
	work[1] = wrap();
	map_clear();
	work[2] = wrap();
	dctxt_on_thread(run_all, work);
}

static int begin(void **state)
{
	seen[0] = '\0';
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &keys_accessor), DCTX_OK);
	return dctxt_begin(state);
}

static int end(void **state)
{
	map_clear();
	list = dctx_accessors_unref(list);
	return dctxt_end(state);
}

#define KEYS_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYS_TEST(only_the_chosen_entries_go_along),
		KEYS_TEST(
			an_entry_that_was_not_there_is_not_there_for_the_work),
		KEYS_TEST(nothing_leaks_from_one_to_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
