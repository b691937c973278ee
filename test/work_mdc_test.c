/* SPDX-License-Identifier: MIT */
/*
 * work_mdc_test.c - proves that a logger's map of each thread (a mapped
 * diagnostic context) goes along with work by an accessor: the whole map, as it
 * was when the work was wrapped, in place of the worker's, which is back
 * unchanged after it however it ends.
 */
#include "mdc.h"

static dctx_status map_capture(void *user, void **out)
{
	(void)user;
	*out = map != NULL ? map_copy(map) : NULL;
	return map == NULL || *out != NULL ? DCTX_OK : DCTX_NOMEM;
}

/* The work gets a map of its own, to do with it what it wants. */
static dctx_status map_set(void *user, void *value, void **out_before)
{
	struct map *copy = map_copy(value);

	(void)user;
	if (copy == NULL)
		return DCTX_NOMEM;
	*out_before = map;
	map = copy;
	return DCTX_OK;
}

static dctx_status map_set_none(void *user, void **out_before)
{
	(void)user;
	*out_before = map;
	map = NULL;
	return DCTX_OK;
}

static void map_restore(void *user, void *before)
{
	(void)user;
	map_clear();
	map = before;
}

static void map_free(void *user, void *value)
{
	(void)user;
	free(value);
}

static const dctx_accessor map_accessor = {.name = "mdc",
					   .capture = map_capture,
					   .set = map_set,
					   .clear = map_set_none,
					   .restore = map_restore,
					   .free = map_free};

static dctx_accessors *maps;

static dctx_work *wrap(void *(*fn)(void *), void *arg)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = maps,
					 .carry = DCTX_EXACT_LOCALS};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(fn, arg, &how, &work), DCTX_OK);
	return work;
}

/* Runs a work on a worker that has a map; what it is after stands in `left`. */
struct worker {
	dctx_work *work;
	const char *own; /* its value of "own"; NULL: it has no map */
	char left[64];
};

static void note_map(char *text, size_t size)
{
	snprintf(text, size, "%d:%s,%s", map_size(),
		 map_get("own") != NULL ? map_get("own") : "-",
		 map_get("id") != NULL ? map_get("id") : "-");
}

static void *work_there(void *arg)
{
	struct worker *worker = arg;

	if (worker->own != NULL) {
		map_put("own", worker->own);
		map_put("more", "kept");
	}
	DCTXT_EXPECT(dctx_work_run(worker->work, NULL) == DCTX_OK);
	note_map(worker->left, sizeof(worker->left));
	DCTXT_EXPECT(worker->own == NULL ||
		     strcmp(map_get("more"), "kept") == 0);
	map_clear();
	return NULL;
}

static const char *left_by(dctx_work *work, const char *own)
{
	static struct worker worker;

	worker = (struct worker){.work = work, .own = own};
	dctxt_on_thread(work_there, &worker);
	return worker.left;
}

static char seen[64];

static void *see(void *arg)
{
	note_map(seen, sizeof(seen));
	return arg;
}

static void all_keys_are_captured_and_replace_the_workers(void **state)
{
	(void)state;
	map_put("id", "7");
	map_put("user", "alice");
	assert_string_equal(left_by(wrap(see, NULL), "w"), "2:w,-");
	assert_string_equal(seen, "2:-,7");
}

static void what_is_captured_is_of_the_moment_of_the_wrap(void **state)
{
	dctx_work *work;

	(void)state;
	map_put("id", "7");
	work = wrap(see, NULL);
	map_put("id", "8");
	(void)left_by(work, NULL);
	assert_string_equal(seen, "1:-,7");
	assert_string_equal(map_get("id"), "8");
}

static void two_wraps_are_independent(void **state)
{
	dctx_work *first, *second;

	(void)state;
	map_put("id", "1");
	first = wrap(see, NULL);
	map_put("id", "2");
	second = wrap(see, NULL);
	(void)left_by(second, NULL);
	assert_string_equal(seen, "1:-,2");
	(void)left_by(first, NULL);
	assert_string_equal(seen, "1:-,1");
}

static void work_wrapped_without_a_map_runs_without_one(void **state)
{
	(void)state;
	assert_string_equal(left_by(wrap(see, NULL), "w"), "2:w,-");
	assert_string_equal(seen, "0:-,-");
	assert_string_equal(left_by(wrap(see, NULL), NULL), "0:-,-");
	assert_string_equal(seen, "0:-,-");
}

static void a_map_without_keys_is_one_too(void **state)
{
	(void)state;
	map_put("id", "7");
	map_remove("id");
	assert_non_null(map);
	assert_string_equal(left_by(wrap(see, NULL), "w"), "2:w,-");
	assert_string_equal(seen, "0:-,-");
}

static void an_empty_text_is_a_value(void **state)
{
	(void)state;
	map_put("id", "");
	(void)left_by(wrap(see, NULL), "w");
	assert_string_equal(seen, "1:-,");
}

static void *add_to_it(void *arg)
{
	map_put("id", "8");
	map_put("added", "x");
	return arg;
}

static void *clear_it(void *arg)
{
	map_clear();
	return arg;
}

static void *remove_from_it(void *arg)
{
	map_remove("id");
	map_put("own", "of the work");
	return arg;
}

static void whatever_work_does_to_the_map_is_undone(void **state)
{
	void *(*const does[])(void *) = {add_to_it, clear_it, remove_from_it};

	(void)state;
	map_put("id", "7");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(left_by(wrap(does[i], NULL), "w"),
				    "2:w,-");
		/* On the thread that wrapped it, too. */
		assert_int_equal(dctx_work_run(wrap(does[i], NULL), NULL),
				 DCTX_OK);
		assert_string_equal(map_get("id"), "7");
		assert_int_equal(map_size(), 1);
	}
}

/* The fault of set-and-clear: the second slice of an inline executor sees
 * nothing, and the caller has lost its map. */
static void inline_work_leaves_the_map_to_the_next(void **state)
{
	(void)state;
	map_put("id", "7");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dctx_work_run(wrap(see, NULL), NULL), DCTX_OK);
		assert_string_equal(seen, "1:-,7");
	}
	assert_string_equal(map_get("id"), "7");
}

static jmp_buf away;

static void *jump_away(void *arg)
{
	map_put("id", "8");
	longjmp(away, 1);
	return arg;
}

static void work_that_jumps_out_gives_the_map_back_at_the_rewind(void **state)
{
	dctx_mark mark;

	(void)state;
	map_put("id", "7");
	mark = dctx_mark_here();
	if (setjmp(away) == 0)
		(void)!dctx_work_run(wrap(jump_away, NULL), NULL);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_string_equal(map_get("id"), "7");
	assert_int_equal(map_size(), 1);
}

static char at_end[64];

static void note_at_end(void *arg)
{
	(void)arg;
	note_map(at_end, sizeof(at_end));
	map_clear();
}

static void *exit_inside(void *arg)
{
	map_put("id", "8");
	pthread_exit(arg);
}

static pthread_key_t ends_last;

static void *worker_that_ends(void *work)
{
	/* Made after the library's key, and so ended after it. */
	(void)pthread_setspecific(ends_last, &ends_last);
	map_put("own", "w");
	(void)!dctx_work_run(work, NULL);
	return NULL;
}

static void a_thread_that_ends_inside_of_work_gets_its_map_back(void **state)
{
	(void)state;
	map_put("id", "7");
	dctxt_on_thread(worker_that_ends, wrap(exit_inside, NULL));
	assert_string_equal(at_end, "1:w,-");
}

enum { THREADS = 6 };

static void *see_own(void *arg)
{
	char expected[16];

	snprintf(expected, sizeof(expected), "%d", *(int *)arg);
	DCTXT_EXPECT(map_get("id") != NULL &&
		     strcmp(map_get("id"), expected) == 0);
	return NULL;
}

static void *work_together(void *arg)
{
	dctx_work *work = *(dctx_work **)arg;

	map_put("own", "w");
	for (int i = 0; i < 200; i++)
		DCTXT_EXPECT(dctx_work_call(work, NULL) == DCTX_OK);
	DCTXT_EXPECT(map_size() == 1 && map_get("own") != NULL);
	map_clear();
	dctx_work_discard(work);
	return NULL;
}

static void threads_at_once_each_see_what_was_captured_for_them(void **state)
{
	static int number[THREADS];
	dctx_work *work[THREADS];
	char text[16];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		snprintf(text, sizeof(text), "%d", i);
		map_put("id", text);
		work[i] = wrap(see_own, &number[i]);
	}
	dctxt_together(THREADS, work_together, work, sizeof(work[0]));
}

static void work_called_again_begins_with_what_was_captured(void **state)
{
	dctx_work *work;

	(void)state;
	map_put("id", "7");
	work = wrap(remove_from_it, NULL);
	map_clear();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dctx_work_call(work, NULL), DCTX_OK);
		assert_null(map);
	}
	dctx_work_discard(work);
}

static int begin(void **state)
{
	seen[0] = at_end[0] = '\0';
	assert_int_equal(dctx_accessors_new(&maps), DCTX_OK);
	assert_int_equal(dctx_accessor_add(maps, &map_accessor), DCTX_OK);
	return dctxt_begin(state);
}

static int end(void **state)
{
	map_clear();
	maps = dctx_accessors_unref(maps);
	return dctxt_end(state);
}

static int make_key(void **state)
{
	(void)state;
	assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
	assert_int_equal(dctx_clear(), DCTX_OK);
	return pthread_key_create(&ends_last, note_at_end);
}

#define MDC_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MDC_TEST(all_keys_are_captured_and_replace_the_workers),
		MDC_TEST(what_is_captured_is_of_the_moment_of_the_wrap),
		MDC_TEST(two_wraps_are_independent),
		MDC_TEST(work_wrapped_without_a_map_runs_without_one),
		MDC_TEST(a_map_without_keys_is_one_too),
		MDC_TEST(an_empty_text_is_a_value),
		MDC_TEST(whatever_work_does_to_the_map_is_undone),
		MDC_TEST(inline_work_leaves_the_map_to_the_next),
		MDC_TEST(work_that_jumps_out_gives_the_map_back_at_the_rewind),
		MDC_TEST(a_thread_that_ends_inside_of_work_gets_its_map_back),
		MDC_TEST(threads_at_once_each_see_what_was_captured_for_them),
		MDC_TEST(work_called_again_begins_with_what_was_captured),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
