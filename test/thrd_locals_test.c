/* SPDX-License-Identifier: MIT */
/*
 * thrd_locals_test.c - proves that what accessors capture goes along to a C11
 * thread, and that one whose accessors fail does not run its function.
 *
 * Not under: tsan - it does not know of thrd_create and crashes in its threads.
 */
#include "slot.h"

#include <dctx/thrd.h>

static int ran;

static int see(void *arg)
{
	DCTXT_EXPECT(arg == &ran);
	DCTXT_EXPECT(strcmp(slots_text(), "A - -") == 0);
	ran++;
	return -7;
}

static int started(void)
{
	thrd_t thread;
	int result = 0;

	assert_int_equal(dctx_thrd_start(&thread, see, &ran), DCTX_OK);
	assert_int_equal(thrd_join(thread, &result), thrd_success);
	return result;
}

static void a_c11_thread_has_what_the_starter_had(void **state)
{
	(void)state;
	ran = 0;
	slots_are("A", NULL, NULL);
	assert_int_equal(started(), -7);
	assert_int_equal(ran, 1);
}

static void one_whose_accessors_fail_does_not_run(void **state)
{
	thrd_t thread;

	(void)state;
	ran = 0;
	slots_are("A", NULL, NULL);
	slot_a.set_fails = DCTX_BUSY;
	assert_int_equal(started(), thrd_nomem);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 1);
	slot_a.capture_fails = DCTX_CODEC;
	assert_int_equal(dctx_thrd_start(&thread, see, &ran), DCTX_CODEC);
	assert_int_equal(ran, 0);
}

static int add(void **state)
{
	(void)state;
	return slot_add(dctx_accessors_default(), &slot_a) == DCTX_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(a_c11_thread_has_what_the_starter_had),
		SLOT_TEST(one_whose_accessors_fail_does_not_run),
	};

	return cmocka_run_group_tests(tests, add, NULL);
}
