/* SPDX-License-Identifier: MIT */
/*
 * jump_end_test.c - proves that a destroy function which jumps out of a
 * restore, of a snapshot's, a task's or a work's end loses nothing: what is
 * left is done by the next call of its kind, or by the thread's end.
 */
#include "jumps.h"

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
	dctx_mark mark = dctx_mark_here();

	if (setjmp(out) == 0)
		dctx_work_discard(work);
	else
		(void)dctx_rewind(mark);
}

static void a_jump_out_of_a_discard_loses_no_memory(void **state)
{
	dctx_mark mark = dctx_mark_here();
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
		assert_int_equal(dctx_rewind(mark), DCTX_OK);
		assert_int_equal(dctxt_alive(), 0);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, before);
}

static dctx_store *ending;
static int let_in;

/* Leaves an attach behind, with a thing in it, whenever it is let in. */
static void attach_again(const struct dctxt_thing *gone)
{
	struct dctxt_thing made = {.id = gone->id + 1};
	dctx_guard guard;

	if (dctx_store_attach(ending, NULL, &guard) != DCTX_OK)
		return;
	let_in++;
	dctx_store_set(ending, k_one, &made);
}

/* The heap is compared after a round that fills what threads keep. */
static void a_destroy_that_attaches_each_time_ends_with_its_task(void **state)
{
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct dctxt_thing made = {.id = 1};

		let_in = 0;
		dctxt_things.on_destroy = NULL;
		assert_int_equal(dctx_task_new(NULL, &ending), DCTX_OK);
		dctx_store_set(ending, k_one, &made);
		dctxt_things.on_destroy = attach_again;
		dctx_task_free(ending);
		assert_in_range(let_in, 1, 10);
		assert_int_equal(dctxt_alive(), 0);
		if (i == 1)
			before = dctxt_heap_blocks();
	}
	assert_int_equal(dctxt_heap_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_jump_out_of_a_restore_loses_no_reference),
		DCTXT_TEST(a_jump_out_of_a_restore_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_snapshots_end_is_gone_on_with),
		DCTXT_TEST(a_destroy_may_end_another_snapshot),
		DCTXT_TEST(a_threads_end_goes_on_with_a_snapshots_end),
		DCTXT_TEST(a_task_whose_end_was_jumped_out_of_is_ended_again),
		DCTXT_TEST(a_task_that_changed_nothing_is_ended_again_too),
		DCTXT_TEST(a_jump_out_of_a_discard_loses_no_memory),
		DCTXT_TEST(
			a_destroy_that_attaches_each_time_ends_with_its_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
