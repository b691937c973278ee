/* SPDX-License-Identifier: MIT */
/*
 * rewind_test.c - proves that a longjmp out of any function of the user's
 * (copy, destroy, encode, decode, the hook, a work's function) is made good by
 * a rewind: the store is as at the mark, all is destroyed once, and a thread
 * that jumps for ever takes no more memory.
 */
#include "jumps.h"

struct large {
	char bytes[3000];
};

static bool armed; /* the type's functions jump */

static void jump_if_armed(void)
{
	if (armed)
		longjmp(out, 1);
}

static dctx_status copy_large(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(struct large));
	jump_if_armed();
	return DCTX_OK;
}

static dctx_status encode_large(const void *value, dctx_writer *w)
{
	dctx_write_raw(w, value, sizeof(struct large));
	jump_if_armed();
	return DCTX_OK;
}

static dctx_status decode_large(void *value, dctx_reader *r)
{
	dctx_bytes bytes;

	if (dctx_read_raw(r, sizeof(struct large), &bytes) != DCTX_OK)
		return DCTX_CORRUPT;
	memcpy(value, bytes.data, sizeof(struct large));
	jump_if_armed();
	return DCTX_OK;
}

static const dctx_type large_type = {.struct_size = sizeof(dctx_type),
				     .name = "large",
				     .size = sizeof(struct large),
				     .copy = copy_large,
				     .encode = encode_large,
				     .decode = decode_large};
DCTX_KEY_DECLARE_TYPE(k_large, struct large);
DCTX_KEY_TYPE(k_large, "large", struct large, &large_type, DCTX_WIRE);

static dctx_mark mark;

/* Calls a function that is jumped out of, and rewinds. */
static bool rewinds(void (*fn)(void))
{
	if (setjmp(out) == 0) {
		fn();
		return false;
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	return true;
}

/* Does that many times, under a marked scope, and holds the heap to it. */
static void rewind_in_a_loop(void (*fn)(void))
{
	size_t before = 0;
	DCTX_SCOPE("marked");

	dctx_set(k_num, 7);
	mark = dctx_mark_here();
	for (int i = 0; i < 300; i++) {
		armed = true;
		assert_true(rewinds(fn));
		armed = false;
		assert_int_equal(dctx_depth(), 2);
		assert_int_equal(dctx_get(k_num, 0), 7);
		assert_string_equal(chain(), "marked");
		assert_int_equal(dctxt_alive(), 0);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, before);
	dctx_unset(k_num);
	check_the_log("marked");
}

static void set_large(void)
{
	static struct large large;

	dctx_set(k_large, &large);
}

static void copy_by_jumping(void)
{
	(void)dctx_enter("since");
	set_two();
	set_large();
}

static void a_jump_out_of_a_copy_is_made_good(void **state)
{
	(void)state;
	rewind_in_a_loop(copy_by_jumping);
}

static unsigned char message[4000];
static size_t message_len;

static void encode_by_jumping(void)
{
	size_t len;

	armed = false;
	(void)dctx_enter("since");
	set_large();
	armed = true;
	(void)!dctx_encode(message, sizeof(message), &len);
}

static void a_jump_out_of_an_encode_is_made_good(void **state)
{
	(void)state;
	rewind_in_a_loop(encode_by_jumping);
}

static void decode_by_jumping(void)
{
	dctx_guard guard;

	(void)dctx_enter("since");
	(void)!dctx_decode_here(message, message_len, &guard);
}

static void a_jump_out_of_a_decode_is_made_good(void **state)
{
	(void)state;
	{
		DCTX_SCOPE("encodes");
		armed = false;
		set_large();
		assert_int_equal(dctx_encode(message, sizeof(message),
					     &message_len),
				 DCTX_OK);
	}
	rewind_in_a_loop(decode_by_jumping);
}

static void leave_by_jumping(void)
{
	dctx_guard guard = dctx_enter("since");

	set_two();
	(void)dctx_enter("since too");
	fill();
	set_two();
	jump(1);
	dctx_leave(guard);
}

static void a_jump_out_of_a_destroy_is_made_good(void **state)
{
	(void)state;
	rewind_in_a_loop(leave_by_jumping);
}

static void end_by_jumping(void)
{
	dctx_guard guard = dctx_enter("since");
	dctx_snapshot *snapshot = NULL;

	dctxt_things.on_destroy = NULL;
	set_two();
	(void)!dctx_capture(&snapshot);
	dctx_leave(guard);
	jump(1);
	(void)dctx_snapshot_unref(snapshot);
}

static void a_jump_out_of_a_snapshots_end_is_made_good(void **state)
{
	(void)state;
	rewind_in_a_loop(end_by_jumping);
}

static void a_rewind_that_is_jumped_out_of_is_done_again(void **state)
{
	volatile int rounds = 0;

	(void)state;
	(void)dctx_enter("marked");
	mark = dctx_mark_here();
	(void)dctx_enter("since");
	set_two();
	(void)dctx_enter("since too");
	set_two();
	jump(4);
	(void)setjmp(out);
	rounds = rounds + 1;
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(rounds, 5);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 4);
	check_the_log("marked");
}

static int heard;

static void hear_and_jump(void *user, dctx_event event, dctx_status status,
			  const char *what)
{
	(void)user, (void)event, (void)status, (void)what;
	heard++;
	jump_if_armed();
}

static void cause_an_event(void)
{
	(void)dctx_enter("since");
	dctx_leave((dctx_guard){dctx_current(), 1});
}

static void a_jump_out_of_the_hook_is_made_good(void **state)
{
	static const dctx_hook hook = {hear_and_jump, NULL};

	(void)state;
	heard = 0;
	dctx_hook_set(&hook);
	rewind_in_a_loop(cause_an_event);
	assert_int_equal(heard, 300);
	cause_an_event();
	assert_int_equal(heard, 301);
}

/* Marks, causes an event and rewinds, all inside the hook. */
static void hear_and_rewind(void *user, dctx_event event, dctx_status status,
			    const char *what)
{
	dctx_mark inside = dctx_mark_here();

	(void)user, (void)event, (void)status, (void)what;
	heard++;
	cause_an_event();
	assert_int_equal(dctx_rewind(inside), DCTX_OK);
	cause_an_event();
	assert_int_equal(dctx_rewind(inside), DCTX_OK);
}

static void a_rewind_inside_the_hook_stays_inside_it(void **state)
{
	static const dctx_hook hook = {hear_and_rewind, NULL};

	(void)state;
	heard = 0;
	dctx_hook_set(&hook);
	cause_an_event();
	assert_int_equal(heard, 1);
	assert_int_equal(dctx_depth(), 2);
	dctx_hook_set(NULL);
}

static void *work_by_jumping(void *arg)
{
	(void)dctx_enter("of the work");
	set_two();
	jump_if_armed();
	return arg;
}

static void run_by_jumping(void)
{
	dctx_work *work = NULL;

	(void)dctx_enter("since");
	(void)!dctx_wrap(work_by_jumping, NULL, &work);
	(void)!dctx_work_run(work, NULL);
}

static void a_jump_out_of_a_works_function_is_made_good(void **state)
{
	(void)state;
	rewind_in_a_loop(run_by_jumping);
}

static dctx_work *shared;

static void call_by_jumping(void)
{
	(void)!dctx_work_call(shared, NULL);
}

static void a_work_is_called_again_after_a_jump_out_of_it(void **state)
{
	(void)state;
	assert_int_equal(dctx_wrap(work_by_jumping, NULL, &shared), DCTX_OK);
	rewind_in_a_loop(call_by_jumping);
	armed = false;
	assert_int_equal(dctx_work_call(shared, NULL), DCTX_OK);
	dctx_work_discard(shared);
}

static dctx_store *task;

static void step_by_jumping(void)
{
	dctx_task_enter(task);
	{
		DCTX_SCOPE("of the step");
		set_two();
		jump_if_armed();
	}
}

static void a_jump_out_of_a_tasks_step_leaves_the_task(void **state)
{
	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	mark = dctx_mark_here();
	for (int i = 0; i < 3; i++) {
		armed = true;
		assert_true(rewinds(step_by_jumping));
		assert_null(dctx_task_try());
	}
	armed = false;
	assert_int_equal(dctx_store_depth(task), 4);
	assert_int_equal(dctxt_alive(), 6);
	dctx_task_free(task);
}

/* A type whose copy tries another set, which jumps back into it. */
static dctx_status copy_around_a_rewind(void *dst, const void *src)
{
	dctx_mark inside = dctx_mark_here();

	memcpy(dst, src, sizeof(struct large));
	for (int i = 0; i < 3; i++) {
		armed = true;
		if (setjmp(out) == 0)
			set_large();
		armed = false;
		assert_int_equal(dctx_rewind(inside), DCTX_OK);
	}
	return DCTX_OK;
}

static const dctx_type around_type = {.struct_size = sizeof(dctx_type),
				      .name = "around",
				      .size = sizeof(struct large),
				      .copy = copy_around_a_rewind};
DCTX_KEY_DECLARE_TYPE(k_around, struct large);
DCTX_KEY_TYPE(k_around, "around", struct large, &around_type, DCTX_LOCAL);

static void a_rewind_inside_a_copy_gives_up_what_began_in_it(void **state)
{
	static struct large large = {"around"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		DCTX_SCOPE("sets");
		assert_int_equal(dctx_set(k_around, &large), DCTX_OK);
		assert_string_equal(dctx_get(k_around, NULL)->bytes, "around");
		assert_false(dctx_has(k_large));
	}
}

DCTX_KEY_DECLARE_TYPE(k_first, struct dctxt_thing);
DCTX_KEY_TYPE(k_first, "a thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE);
static dctx_guard marked_scope;

static void leave_the_marked(const struct dctxt_thing *gone)
{
	(void)gone;
	dctx_leave(marked_scope);
}

/* The thing that was decoded before the jump is destroyed by the rewind. */
static void what_a_rewind_gives_up_may_leave_the_marked_scope(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE("sender");
		dctx_set(k_first, &made);
		set_large();
		assert_int_equal(dctx_encode(message, sizeof(message),
					     &message_len),
				 DCTX_OK);
	}
	marked_scope = dctx_enter("marked");
	mark = dctx_mark_here();
	armed = true;
	if (setjmp(out) == 0) {
		(void)!dctx_decode_here(message, message_len, &guard);
		fail();
	}
	armed = false;
	dctxt_things.on_destroy = leave_the_marked;
	assert_int_equal(dctx_rewind(mark), DCTX_BUSY);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(dctx_rewind(mark), DCTX_STALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_jump_out_of_a_copy_is_made_good),
		DCTXT_TEST(a_jump_out_of_an_encode_is_made_good),
		DCTXT_TEST(a_jump_out_of_a_decode_is_made_good),
		DCTXT_TEST(a_jump_out_of_a_destroy_is_made_good),
		DCTXT_TEST(a_jump_out_of_a_snapshots_end_is_made_good),
		DCTXT_TEST(a_rewind_that_is_jumped_out_of_is_done_again),
		DCTXT_TEST(a_jump_out_of_the_hook_is_made_good),
		DCTXT_TEST(a_rewind_inside_the_hook_stays_inside_it),
		DCTXT_TEST(a_jump_out_of_a_works_function_is_made_good),
		DCTXT_TEST(a_work_is_called_again_after_a_jump_out_of_it),
		DCTXT_TEST(a_jump_out_of_a_tasks_step_leaves_the_task),
		DCTXT_TEST(a_rewind_inside_a_copy_gives_up_what_began_in_it),
		DCTXT_TEST(
			what_a_rewind_gives_up_may_leave_the_marked_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
