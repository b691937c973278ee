/* SPDX-License-Identifier: MIT */
/*
 * dump_section_test.c - proves that what others add to a dump is in it, in the
 * order of registration and well-formed whatever their functions do; and that
 * threads may register and dump at once.
 */
#include "dumped.h"

#include <stdio.h>

/* A section stays for ever, so all tests use this one, each with a function of
 * its own: without one it writes nothing. */
static void (*probe)(dctx_dumper *d);

static void run_probe(dctx_dumper *d, void *user)
{
	DCTXT_EXPECT(user == &probe);
	if (probe != NULL)
		probe(d);
}

static dctx_dump_section probe_section = {"probe", run_probe, &probe, NULL};

/* Checks what the probe wrote, as JSON and as text. */
static void check(void (*fn)(dctx_dumper *d), const char *json,
		  const char *text)
{
	const char *at;
	json_t *all;

	probe = fn;
	all = dctxt_dumped(0);
	dctxt_check_member(all, "probe", json);
	json_decref(all);
	at = strstr(dctxt_dump_text(0), "\nprobe:\n");
	assert_non_null(at);
	assert_memory_equal(at + 8, text, strlen(text));
	probe = NULL;
}

static void write_facts(dctx_dumper *d)
{
	dctx_dump_text(d, "text", "a \"b\"");
	dctx_dump_text(d, "none", NULL);
	dctx_dump_u64(d, "u64", 7);
	dctx_dump_i64(d, "i64", -7);
	dctx_dump_f64(d, "f64", 0.5);
	dctx_dump_bool(d, "yes", true);
	dctx_dump_bool(d, "no", false);
}

static void every_kind_of_fact_is_written(void **state)
{
	(void)state;
	check(write_facts,
	      "{\"text\":\"a \\\"b\\\"\",\"none\":null,\"u64\":7,\"i64\":-7,"
	      "\"f64\":0.5,\"yes\":true,\"no\":false}",
	      "  text: \"a \\\"b\\\"\"\n  none: null\n  u64: 7\n  i64: -7\n"
	      "  f64: 0.5\n  yes: true\n  no: false\n");
}

static void write_nested(dctx_dumper *d)
{
	dctx_dump_begin_list(d, "workers");
	dctx_dump_begin(d, "ignored in a list");
	dctx_dump_u64(d, "jobs", 2);
	dctx_dump_begin_list(d, "names");
	dctx_dump_text(d, NULL, "a");
	dctx_dump_text(d, NULL, "b");
	dctx_dump_end(d);
	dctx_dump_end(d);
	dctx_dump_begin_list(d, NULL);
	dctx_dump_end(d);
	dctx_dump_u64(d, NULL, 3);
	dctx_dump_end(d);
	dctx_dump_begin(d, "empty");
	dctx_dump_end(d);
	dctx_dump_u64(d, NULL, 4);
}

static void objects_and_lists_nest(void **state)
{
	(void)state;
	check(write_nested,
	      "{\"workers\":[{\"jobs\":2,\"names\":[\"a\",\"b\"]},[],3],"
	      "\"empty\":{},\"\":4}",
	      "  workers:\n"
	      "    -\n"
	      "      jobs: 2\n"
	      "      names: \"a\", \"b\"\n"
	      "    -\n"
	      "    - 3\n"
	      "  empty:\n"
	      "  \"\": 4\n");
}

static void leave_open(dctx_dumper *d)
{
	dctx_dump_begin(d, "a");
	dctx_dump_begin_list(d, "b");
	dctx_dump_u64(d, NULL, 1);
}

static void what_is_left_open_is_ended(void **state)
{
	(void)state;
	check(leave_open, "{\"a\":{\"b\":[1]}}", "  a:\n    b: 1\n");
}

static void end_too_much(dctx_dumper *d)
{
	dctx_dump_begin(d, "a");
	for (int i = 0; i < 100; i++)
		dctx_dump_end(d);
	dctx_dump_u64(d, "after", 1);
}

static void nothing_ends_but_what_the_section_began(void **state)
{
	(void)state;
	check(end_too_much, "{\"a\":{},\"after\":1}", "  a:\n  after: 1\n");
}

static void go_deep(dctx_dumper *d)
{
	for (int i = 0; i < 1000; i++) {
		if (i % 2)
			dctx_dump_begin_list(d, "l");
		else
			dctx_dump_begin(d, "o");
		write_facts(d);
	}
	for (int i = 0; i < 1000; i++)
		dctx_dump_end(d);
	dctx_dump_u64(d, "after", 1);
}

static void past_the_deepest_level_nothing_is_written(void **state)
{
	const json_t *at;
	json_t *all;
	int depth = 0;

	(void)state;
	probe = go_deep;
	all = dctxt_dumped(0);
	at = json_object_get(all, "probe");
	assert_int_equal(json_integer_value(json_object_get(at, "after")), 1);
	at = json_object_get(at, "o");
	for (; at != NULL; depth++)
		at = json_is_array(at) ? json_array_get(at, 7)
				       : json_object_get(at, "l");
	assert_int_equal(depth, 31); /* the section itself is the first level */
	json_decref(all);
	probe = NULL;
}

static unsigned seen_flags;

static void look_at_flags(dctx_dumper *d)
{
	seen_flags = dctx_dump_flags(d);
}

static void a_section_is_told_the_flags(void **state)
{
	(void)state;
	probe = look_at_flags;
	(void)dctxt_dump_text(DCTX_DUMP_VALUES);
	assert_int_equal(seen_flags, DCTX_DUMP_VALUES);
	(void)dctxt_dump_text(0);
	assert_int_equal(seen_flags, 0);
	probe = NULL;
}

static void use_dctx(dctx_dumper *d)
{
	DCTX_SCOPE("section");
	dctx_dump_u64(d, "depth", dctx_depth());
}

static void a_section_may_use_dctx(void **state)
{
	(void)state;
	check(use_dctx, "{\"depth\":2}", "  depth: 2\n");
	assert_int_equal(dctx_depth(), 1);
}

static jmp_buf out;

static void jump_out(dctx_dumper *d)
{
	(void)d;
	longjmp(out, 1);
}

static void a_section_may_jump_out(void **state)
{
	(void)state;
	probe = jump_out;
	if (setjmp(out) == 0) {
		(void)dctxt_dump_text(0);
		fail();
	}
	check(write_facts, "{\"text\":\"a \\\"b\\\"\",\"none\":null,\"u64\":7,"
			   "\"i64\":-7,\"f64\":0.5,\"yes\":true,\"no\":false}",
	      "  text: ");
}

static void write_nothing(dctx_dumper *d, void *user)
{
	(void)d;
	(void)user;
}

static void registering_again_is_fine_and_changes_nothing(void **state)
{
	json_t *all;

	(void)state;
	assert_int_equal(dctx_dump_register(&probe_section), DCTX_OK);
	assert_int_equal(dctx_dump_register(&probe_section), DCTX_OK);
	all = dctxt_dumped(0); /* strict: a name once */
	assert_true(json_is_object(json_object_get(all, "probe")));
	json_decref(all);
}

static void a_name_is_given_once(void **state)
{
	static const char *const taken[] = {"probe",	"dctx",	  "context",
					    "outer",	"limits", "counters",
					    "registry"};

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		dctx_dump_section section = {taken[i], write_nothing, NULL,
					     NULL};

		assert_int_equal(dctx_dump_register(&section), DCTX_CONFLICT);
		assert_string_equal(dctx_last_error()->what, taken[i]);
	}
}

static void what_is_no_section_is_refused(void **state)
{
	dctx_dump_section no_name = {NULL, write_nothing, NULL, NULL};
	dctx_dump_section no_fn = {"no fn", NULL, NULL, NULL};
	dctx_dump_section no_utf8 = {"no \xff", write_nothing, NULL, NULL};

	(void)state;
	assert_int_equal(dctx_dump_register(NULL), DCTX_INVALID);
	assert_int_equal(dctx_dump_register(&no_name), DCTX_INVALID);
	assert_int_equal(dctx_dump_register(&no_fn), DCTX_INVALID);
	assert_int_equal(dctx_dump_register(&no_utf8), DCTX_INVALID);
}

enum { THREADS = 8 };

static void write_number(dctx_dumper *d, void *user)
{
	dctx_dump_u64(d, "number", *(const unsigned *)user);
}

static struct late {
	unsigned number;
	char name[16];
	dctx_dump_section section;
} lates[THREADS];

/* Each finds its own section at once, whatever the others do meanwhile. */
static void *register_and_dump(void *arg)
{
	struct late *late = arg;
	json_t *all;
	char mine[1 << 13];

	DCTXT_EXPECT(dctx_dump_register(&late->section) == DCTX_OK);
	DCTXT_EXPECT(dctx_dump(DCTX_DUMP_JSON, 0, mine, sizeof(mine)) <
		     sizeof(mine));
	all = json_loads(mine, JSON_REJECT_DUPLICATES, NULL);
	DCTXT_EXPECT(json_integer_value(json_object_get(
			     json_object_get(all, late->name), "number")) ==
		     late->number);
	json_decref(all);
	return NULL;
}

static void threads_register_and_dump_at_once(void **state)
{
	json_t *all;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		lates[i].number = i + 1;
		snprintf(lates[i].name, sizeof(lates[i].name), "late %u", i);
		lates[i].section = (dctx_dump_section){
			lates[i].name, write_number, &lates[i].number, NULL};
	}
	dctxt_together(THREADS, register_and_dump, lates, sizeof(*lates));
	all = dctxt_dumped(0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_non_null(json_object_get(all, lates[i].name));
	json_decref(all);
}

/* The last of all tests: these two stay. */
static void sections_stand_in_the_order_of_registration(void **state)
{
	static dctx_dump_section z = {"z", write_nothing, NULL, NULL};
	static dctx_dump_section a = {"a", write_nothing, NULL, NULL};
	const char *at;

	(void)state;
	assert_int_equal(dctx_dump_register(&z), DCTX_OK);
	assert_int_equal(dctx_dump_register(&a), DCTX_OK);
	at = strstr(dctxt_dump_text(0), "\nprobe:\n");
	assert_non_null(at);
	assert_non_null(strstr(at, "\nz:\na:\n"));
}

static int add_the_probe(void **state)
{
	(void)state;
	return dctx_dump_register(&probe_section) == DCTX_OK ? 0 : -1;
}

/* Names of other characters than a word's, at the borders of their ranges. */
static void write_odd_names(dctx_dumper *d)
{
	dctx_dump_i64(d, "a[", 1);
	dctx_dump_i64(d, "a{", 2);
	dctx_dump_i64(d, "a:", 3);
	dctx_dump_i64(d, "\xe2\x82\xac\xe2\x80\xb0", 4);
	dctx_dump_i64(d, "Az09-_./", 5);
}

static void a_name_that_is_no_word_is_quoted(void **state)
{
	(void)state;
	check(write_odd_names,
	      "{\"a[\":1,\"a{\":2,\"a:\":3,\"\xe2\x82\xac\xe2\x80\xb0\":4,"
	      "\"Az09-_./\":5}",
	      "  \"a[\": 1\n  \"a{\": 2\n  \"a:\": 3\n"
	      "  \"\xe2\x82\xac\xe2\x80\xb0\": 4\n  Az09-_./: 5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_kind_of_fact_is_written),
		DCTXT_TEST(objects_and_lists_nest),
		DCTXT_TEST(what_is_left_open_is_ended),
		DCTXT_TEST(nothing_ends_but_what_the_section_began),
		DCTXT_TEST(past_the_deepest_level_nothing_is_written),
		DCTXT_TEST(a_section_is_told_the_flags),
		DCTXT_TEST(a_section_may_use_dctx),
		DCTXT_TEST(a_section_may_jump_out),
		DCTXT_TEST(registering_again_is_fine_and_changes_nothing),
		DCTXT_TEST(a_name_is_given_once),
		DCTXT_TEST(what_is_no_section_is_refused),
		DCTXT_TEST(threads_register_and_dump_at_once),
		DCTXT_TEST(sections_stand_in_the_order_of_registration),
		DCTXT_TEST(a_name_that_is_no_word_is_quoted),
	};

	return cmocka_run_group_tests(tests, add_the_probe, NULL);
}
