/* SPDX-License-Identifier: MIT */
/*
 * fail_test.c - proves that a failure is returned, counted and told also where
 * there is no memory to note it in: on a thread that has nothing of the
 * library's yet and gets nothing.
 */
#include "data/fail.h"

#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct {
	int times;
	dctx_event event;
	dctx_status status;
	char what[16];
} told;

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user;
	told.times++;
	told.event = event;
	told.status = status;
	strncpy(told.what, what, sizeof told.what - 1);
}

static dctx_status results[6];

static void *fail_in_every_way(void *arg)
{
	const dctx_error known = {.status = DCTX_FROZEN};

	dctxi_refusal.countdown = 0;
	results[0] = dctxi_fail(DCTX_STALE, "guard");
	results[1] = dctxi_fail_limit("size", 2, 1);
	results[2] = dctxi_fail_at(DCTX_CORRUPT, "place", 3);
	results[3] = dctxi_fail_system(4);
	results[4] = dctxi_fail_with(&known);
	results[5] = dctxi_fail_kinds("kind", DCTX_KIND_U8, DCTX_KIND_STR);
	dctxi_event(DCTX_EV_NO_TASK, DCTX_NO_TASK, NULL);
	assert_null(dctxi_local_now);
	assert_int_equal(dctx_last_error()->status, DCTX_OK);
	dctxi_refusal.countdown = -1;
	return arg;
}

static void a_failure_that_cannot_be_noted_is_told(void **state)
{
	static const dctx_hook hook = {hear, NULL};
	static const dctx_status want[] = {
		DCTX_STALE,  DCTX_LIMIT,  DCTX_CORRUPT,
		DCTX_SYSTEM, DCTX_FROZEN, DCTX_WRONG_TYPE,
	};
	uint64_t counted = dctx_counter(DCTX_EV_NO_TASK);
	pthread_t thread;

	(void)state;
	dctx_hook_set(&hook);
	assert_int_equal(pthread_create(&thread, NULL, fail_in_every_way, NULL),
			 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	dctx_hook_set(NULL);
	assert_memory_equal(results, want, sizeof want);
	assert_int_equal(dctx_counter(DCTX_EV_NO_TASK), counted + 1);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.event, DCTX_EV_NO_TASK);
	assert_int_equal(told.status, DCTX_NO_TASK);
	assert_string_equal(told.what, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_that_cannot_be_noted_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
