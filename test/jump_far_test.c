/* SPDX-License-Identifier: MIT */
/*
 * jump_far_test.c - proves that a destroy function which jumps out leaves a
 * whole store and loses nothing, whatever was being left: scopes that fill
 * several chunks of the log, one that retires, a restore, a task, a snapshot,
 * a work; and that a destroy function may itself leave what stands around.
 */
#include "kit.h"

DCTX_KEY_DECLARE_TYPE(k_one, struct dctxt_thing);
DCTX_KEY_TYPE(k_one, "one", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_two, struct dctxt_thing);
DCTX_KEY_TYPE(k_two, "two", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static jmp_buf out;
static int jumps_left;

static void jump_out(const struct dctxt_thing *gone)
{
	(void)gone;
	if (jumps_left > 0) {
		jumps_left--;
		longjmp(out, 1);
	}
}

static void jump(int times)
{
	jumps_left = times;
	dctxt_things.on_destroy = jump_out;
}

static const char *chain(void)
{
	static char text[256];

	dctx_chain_text("/", text, sizeof(text));
	return text;
}

static void set_two(void)
{
	struct dctxt_thing made = {.id = 1};

	dctx_set(k_one, &made);
	made.id = 2;
	dctx_set(k_two, &made);
}

/* Enough to go on in another chunk of the log, and in the one after it. */
static void fill(void)
{
	static char text[401];

	memset(text, 'f', sizeof(text) - 1);
	for (int i = 0; i < 20; i++)
		dctx_set(k_text, text);
}

/* Sets, enters and leaves a lot: what is wrong with a log shows. */
static void check_the_log(const char *names)
{
	char with[256];

	assert_string_equal(chain(), names);
	for (uint64_t i = 0; i < 20; i++) {
		dctx_guard guard;

		dctx_set(k_num, i);
		guard = dctx_enter("more");
		dctx_set(k_num, 100);
		fill();
		set_two();
		strcpy(with, names);
		strcat(with, names[0] != '\0' ? "/more" : "more");
		assert_string_equal(chain(), with);
		dctx_leave(guard);
		assert_int_equal(dctx_get(k_num, 99), i);
		assert_string_equal(chain(), names);
		assert_false(dctx_has(k_one));
	}
	dctx_unset(k_num);
	assert_int_equal(dctxt_alive(), 0);
}

static void the_names_of_what_is_left_go_before_a_jump(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner = dctx_enter("inner");

	(void)state;
	set_two();
	jump(1);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	assert_string_equal(chain(), "outer");
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

static void a_jump_out_of_many_chunks_leaves_a_whole_log(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner;

	(void)state;
	inner = dctx_enter("inner");
	set_two();
	fill();
	(void)dctx_enter("innermost");
	set_two();
	fill();
	jump(2);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

static void a_jump_out_of_a_scope_that_spreads_leaves_a_whole_log(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner;

	(void)state;
	fill();
	inner = dctx_enter("inner");
	fill();
	set_two();
	jump(1);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	assert_int_equal(strlen(dctx_get(k_text, "")), 400);
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

/* Scopes up to one that begins a new chunk of the log. */
static dctx_guard on_the_way[64];
static int n_on_the_way;

static void enter_first_of_a_chunk(void)
{
	uintptr_t last, at = 0;

	n_on_the_way = 0;
	do {
		assert_in_range(n_on_the_way, 0, 62);
		on_the_way[n_on_the_way++] = dctx_enter("way");
		dctx_set(k_text, "here");
		last = at;
		at = (uintptr_t)dctx_get(k_text, "");
	} while (last == 0 || at - last < 400);
}

/* Leaves them one by one, down to one, as blocks do. */
static void leave_one_by_one(void)
{
	char names[256];

	while (n_on_the_way > 1) {
		dctx_leave(on_the_way[--n_on_the_way]);
		strcpy(names, "way");
		for (int i = 1; i < n_on_the_way; i++)
			strcat(names, "/way");
		check_the_log(names);
	}
	dctx_leave(on_the_way[0]);
	check_the_log("");
}

static void a_jump_out_of_a_retire_leaves_a_whole_log(void **state)
{
	dctx_guard above;

	(void)state;
	enter_first_of_a_chunk();
	set_two();
	above = dctx_enter("above");
	dctx_set(k_num, 7);
	jump(1);
	if (setjmp(out) == 0)
		(void)!dctx_scope_retire(on_the_way[n_on_the_way - 1]);
	n_on_the_way--;
	assert_int_equal(jumps_left, 0);
	assert_false(dctx_has(k_one));
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_leave(above);
	dctx_leave(dctx_enter("goes on with the rest"));
	leave_one_by_one();
}

static dctx_guard around;

static void leave_around(const struct dctxt_thing *gone)
{
	if (gone->id == 1)
		dctx_leave(around);
}

static void retire_around(const struct dctxt_thing *gone)
{
	if (gone->id == 1)
		DCTXT_EXPECT(dctx_scope_retire(around) == DCTX_OK);
}

static void check_a_retire(void (*fn)(const struct dctxt_thing *),
			   bool above_is_left)
{
	dctx_guard top;

	enter_first_of_a_chunk();
	set_two();
	around = dctx_enter("around");
	top = dctx_enter("on top");
	dctxt_things.on_destroy = fn;
	assert_int_equal(dctx_scope_retire(on_the_way[--n_on_the_way]),
			 DCTX_OK);
	dctxt_things.on_destroy = NULL;
	if (!above_is_left)
		dctx_leave(top);
	leave_one_by_one();
}

static void a_destroy_in_a_retire_may_leave_what_stands_above(void **state)
{
	(void)state;
	check_a_retire(leave_around, true);
}

static void a_destroy_in_a_retire_may_retire_what_stands_above(void **state)
{
	(void)state;
	check_a_retire(retire_around, false);
}

static dctx_snapshot *capture(void)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	return snapshot;
}

static void a_jump_out_of_a_restore_loses_no_reference(void **state)
{
	dctx_snapshot *snapshot;
	volatile int rounds = 0;

	(void)state;
	dctx_set(k_num, 5);
	set_two();
	snapshot = capture();
	(void)dctx_enter("open");
	fill();
	set_two();
	jump(2);
	(void)setjmp(out);
	rounds = rounds + 1;
	assert_int_equal(dctx_restore(rounds % 2 != 0 ? snapshot : NULL),
			 DCTX_OK);
	assert_int_equal(rounds, 3);
	assert_int_equal(dctx_get(k_num, 0), 5);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	check_the_log("");
}

static void a_jump_out_of_a_restore_leaves_a_whole_log(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	dctx_set(k_num, 5);
	snapshot = capture();
	fill();
	set_two();
	fill();
	jump(1);
	if (setjmp(out) == 0)
		assert_int_equal(dctx_restore(snapshot), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 5);
	dctx_set(k_num, 6);
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 0), 5);
	check_the_log("");
	dctx_snapshot_unref(snapshot);
}

/* A snapshot that alone has two objects. */
static dctx_snapshot *of_two(void)
{
	dctx_guard guard = dctx_enter("captured");
	dctx_snapshot *snapshot;

	set_two();
	snapshot = capture();
	dctx_leave(guard);
	return snapshot;
}

static void unref_and_jump(dctx_snapshot *snapshot)
{
	if (setjmp(out) == 0)
		(void)dctx_snapshot_unref(snapshot);
}

static void a_jump_out_of_a_snapshots_end_is_gone_on_with(void **state)
{
	dctx_snapshot *first = of_two(), *second = of_two(), *third = of_two();

	(void)state;
	jump(3);
	unref_and_jump(first);
	assert_int_equal(dctxt_alive(), 5);
	unref_and_jump(second);
	unref_and_jump(third);
	assert_int_equal(jumps_left, 0);
	assert_int_equal(dctxt_alive(), 3);
	dctx_leave(dctx_enter("of an object"));
	assert_int_equal(dctxt_alive(), 3);
	(void)dctx_snapshot_unref(of_two());
	assert_int_equal(dctxt_alive(), 0);
}

static dctx_snapshot *nested;

static void unref_another(const struct dctxt_thing *gone)
{
	dctx_snapshot *mine = nested;

	(void)gone;
	nested = NULL;
	(void)dctx_snapshot_unref(mine);
}

static void a_destroy_may_end_another_snapshot(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	set_two();
	snapshot = capture();
	dctx_set(k_num, 1);
	set_two();
	nested = capture();
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 4);
	dctxt_things.on_destroy = unref_another;
	dctx_snapshot_unref(snapshot);
	assert_null(nested);
	assert_int_equal(dctxt_alive(), 0);
}

static void *leave_a_snapshot_half_ended(void *snapshot)
{
	unref_and_jump(snapshot);
	return NULL;
}

static void a_threads_end_goes_on_with_a_snapshots_end(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	set_two();
	snapshot = capture();
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	jump(1);
	(void)dctxt_on_thread(leave_a_snapshot_half_ended, snapshot);
	assert_int_equal(dctxt_alive(), 0);
}

static dctx_store *make_a_task(bool with_scopes)
{
	dctx_snapshot *snapshot = of_two();
	dctx_store *task;

	assert_int_equal(dctx_task_new(snapshot, &task), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_task_enter(task);
	set_two();
	if (with_scopes)
		(void)dctx_enter("open");
	set_two();
	fill();
	dctx_task_leave(task);
	return task;
}

/* Ends a task as often as destroy jumps out. */
static void free_through_jumps(dctx_store *task)
{
	(void)setjmp(out);
	assert_null(dctx_task_free(task));
}

static void a_task_whose_end_was_jumped_out_of_is_ended_again(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		dctx_store *task = make_a_task(i > 0);

		jump(6);
		free_through_jumps(task);
		assert_int_equal(jumps_left, 0);
		assert_int_equal(dctxt_alive(), 0);
	}
}

static void a_task_that_changed_nothing_is_ended_again_too(void **state)
{
	dctx_snapshot *snapshot = of_two();
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_task_new(snapshot, &task), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	jump(1);
	free_through_jumps(task);
	assert_int_equal(jumps_left, 0);
	(void)dctx_snapshot_unref(of_two());
	assert_int_equal(dctxt_alive(), 0);
}

static void *not_run(void *arg)
{
	DCTXT_EXPECT(!"run");
	return arg;
}

static void discard_and_jump(dctx_work *work)
{
	if (setjmp(out) == 0)
		dctx_work_discard(work);
}

static void a_jump_out_of_a_discard_loses_no_memory(void **state)
{
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		dctx_guard guard = dctx_enter("wrapped");
		dctx_work *work;

		dctxt_things.on_destroy = NULL;
		set_two();
		assert_int_equal(dctx_wrap(not_run, NULL, &work), DCTX_OK);
		dctx_leave(guard);
		jump(1);
		discard_and_jump(work);
		(void)dctx_snapshot_unref(of_two());
		assert_int_equal(dctxt_alive(), 0);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_names_of_what_is_left_go_before_a_jump),
		DCTXT_TEST(a_jump_out_of_many_chunks_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_scope_that_spreads_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_retire_leaves_a_whole_log),
		DCTXT_TEST(a_destroy_in_a_retire_may_leave_what_stands_above),
		DCTXT_TEST(a_destroy_in_a_retire_may_retire_what_stands_above),
		DCTXT_TEST(a_jump_out_of_a_restore_loses_no_reference),
		DCTXT_TEST(a_jump_out_of_a_restore_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_snapshots_end_is_gone_on_with),
		DCTXT_TEST(a_destroy_may_end_another_snapshot),
		DCTXT_TEST(a_threads_end_goes_on_with_a_snapshots_end),
		DCTXT_TEST(a_task_whose_end_was_jumped_out_of_is_ended_again),
		DCTXT_TEST(a_task_that_changed_nothing_is_ended_again_too),
		DCTXT_TEST(a_jump_out_of_a_discard_loses_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
