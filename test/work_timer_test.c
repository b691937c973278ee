/* SPDX-License-Identifier: MIT */
/*
 * work_timer_test.c - proves that work which a timer calls again and again
 * begins each time with what there was when it was wrapped: the context, and
 * what accessors captured.
 */
#include "jobs.h"
#include "slot.h"

enum { TIMES = 3 };

static struct gate gate = GATE_INIT;
static dctx_timer timer;
static dctx_work *work;

static void *see(void *arg)
{
	DCTXT_EXPECT(strcmp(slots_text(), "A - -") == 0);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	slots_are("changed", "by", "the work");
	dctx_set(k_num, 9);
	(void)dctx_enter("left open");
	return arg;
}

static void on_time(void *arg)
{
	(void)arg;
	DCTXT_EXPECT(dctx_work_call(work, NULL) == DCTX_OK);
	DCTXT_EXPECT(strcmp(slots_text(), "- - -") == 0);
	DCTXT_EXPECT(dctx_depth() == 1 && !dctx_has(k_num));
	if (++gate.count < TIMES)
		DCTXT_EXPECT(
			dctx_timer_arm(&timer, dctx_deadline_in(DCTX_MS)) ==
			DCTX_OK);
	pass(&gate);
}

static void each_call_of_a_timer_begins_with_what_was_captured(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS};

	(void)state;
	slot_logs = false;
	slots_are("A", NULL, NULL);
	dctx_set(k_num, 7);
	assert_int_equal(dctx_wrap_with(see, NULL, &how, &work), DCTX_OK);
	dctx_timer_init(&timer, on_time, NULL);
	assert_int_equal(dctx_timer_arm(&timer, dctx_deadline_in(DCTX_MS)),
			 DCTX_OK);
	slots_are("later", NULL, NULL);
	dctx_set(k_num, 8);
	await(&gate, TIMES);
	(void)dctx_timer_disarm_wait(&timer);
	assert_null(dctx_work_discard(work));
	assert_string_equal(slots_text(), "later - -");
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(each_call_of_a_timer_begins_with_what_was_captured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
