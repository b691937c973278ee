/* SPDX-License-Identifier: MIT */
/*
 * other_store_test.c - proves that the calls that name a store work on that
 * one, whichever is current: here the thread's, while a task is entered.
 */
#include "kit.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);
DCTX_KEY_STR(k_text, "text", 0);
DCTX_KEY_U64(k_cost, "cost", 0);
DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);

static dctx_store *other, *task;

static int begin(void **state)
{
	if (dctxt_begin(state) != 0)
		return -1;
	other = dctx_thread();
	if (dctx_store_set(other, k_num, 7) != DCTX_OK ||
	    dctx_task_new(NULL, &task) != DCTX_OK)
		return -1;
	dctx_task_enter(task);
	return dctx_set(k_num, 1) == DCTX_OK ? 0 : -1;
}

static int end(void **state)
{
	dctx_task_leave(task);
	task = dctx_task_free(task);
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static size_t members(const dctx_store *store)
{
	return dctx_store_baggage_each(store, NULL, NULL);
}

static void members_are_set_and_removed_there(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		const char name[] = {(char)('a' + i), 0};

		assert_int_equal(dctx_store_baggage_set(other, name,
							(dctx_bytes){"v", 1},
							NULL),
				 DCTX_OK);
	}
	assert_int_equal(dctx_baggage_set("mine", (dctx_bytes){"v", 1}, NULL),
			 DCTX_OK);
	assert_int_equal(dctx_store_baggage_unset(other, "a"), DCTX_OK);
	assert_int_equal(dctx_store_baggage_unset(other, "mine"), DCTX_OK);
	assert_int_equal(members(other), 2);
	assert_int_equal(dctx_store_baggage_clear(other), DCTX_OK);
	assert_int_equal(members(other), 0);
	assert_int_equal(members(task), 1);
	assert_int_equal(dctx_store_baggage_unset(NULL, "a"), DCTX_INVALID);
	assert_int_equal(dctx_store_baggage_unset(other, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_baggage_clear(NULL), DCTX_INVALID);
}

static void a_box_is_adopted_there_by_name(void **state)
{
	dctx_boxed *boxed;

	(void)state;
	dctx_unset(k_text); /* known by now */
	assert_int_equal(dctx_boxed_new(&DCTX_ANY("boxed"), &boxed), DCTX_OK);
	assert_int_equal(dctx_store_adopt_named(other, "no such key", boxed),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_store_adopt_named(other, "text", boxed), DCTX_OK);
	assert_string_equal(dctx_store_get(other, k_text, ""), "boxed");
	assert_string_equal(dctx_get(k_text, ""), "");
}

static void its_message_and_its_headers_tell_of_it(void **state)
{
	dctx_header list[8];
	char room[512];
	dctx_headers headers = {list, 0, 8, room, sizeof room, 0};
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_trace trace = dctx_trace_new(0), got;
	dctx_guard guard;
	void *message;
	size_t len;

	(void)state;
	assert_int_equal(dctx_store_encode_alloc(other, &message, &len),
			 DCTX_OK);
	assert_int_equal(dctx_decode_here(message, len, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_leave(guard);
	free(message);

	assert_int_equal(dctx_store_trace_set(other, &trace), DCTX_OK);
	assert_int_equal(dctx_store_inject(other, &carrier, NULL, NULL),
			 DCTX_OK);
	assert_int_equal(dctx_store_extract(other, &carrier, NULL, &guard),
			 DCTX_OK);
	assert_true(dctx_store_trace(other, &got));
	assert_memory_equal(got.trace_id, trace.trace_id, DCTX_TRACE_ID);
	assert_false(dctx_trace_get(&got));
	assert_int_equal(dctx_store_get(other, k_num, 0), 0);
	dctx_leave(guard);
	assert_int_equal(dctx_store_get(other, k_num, 0), 7);
}

static void tell(void *arg, dctx_status status)
{
	*(dctx_status *)arg = status;
}

static void what_waits_for_its_end_is_told(void **state)
{
	dctx_status told = DCTX_OK;
	dctx_waiter *waiter, *fd_waiter;
	dctx_source *source;
	struct pollfd ready = {.events = POLLIN};

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	assert_int_equal(dctx_store_add_source(other, source), DCTX_OK);
	assert_int_equal(dctx_store_on_done(other, tell, &told, &waiter),
			 DCTX_OK);
	assert_int_equal(dctx_store_on_done_fd(other, &ready.fd, &fd_waiter),
			 DCTX_OK);
	assert_int_equal(poll(&ready, 1, 0), 0);
	assert_int_equal(dctx_source_cancel_at(source, "enough", "file.c", 12),
			 DCTX_OK);
	assert_int_equal(told, DCTX_CANCELED);
	assert_int_equal(poll(&ready, 1, 0), 1);
	assert_int_equal(dctx_store_done(other), DCTX_CANCELED);
	assert_int_equal(dctx_done(), DCTX_OK);
	dctx_waiter_remove(waiter);
	dctx_waiter_remove(fd_waiter);
	dctx_source_unref(source);
}

static void *number(void *arg)
{
	(void)arg;
	return (void *)(uintptr_t)dctx_get(k_num, 0);
}

static void work_carries_its_values(void **state)
{
	const dctx_submit_options options = {
		.struct_size = DCTX_SUBMIT_SIZE,
		.name = "named",
	};
	pthread_t thread;
	dctx_work *work;
	void *result;

	(void)state;
	assert_int_equal(
		dctx_store_wrap_with(other, number, NULL, &options, &work),
		DCTX_OK);
	assert_int_equal(dctx_work_run(work, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 7);
	assert_int_equal(dctx_store_thread_start_with(other, &thread, number,
						      NULL, &options),
			 DCTX_OK);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_int_equal((uintptr_t)result, 7);
}

static void what_is_gathered_is_added_there(void **state)
{
	(void)state;
	dctx_unset(k_cost);
	assert_int_equal(dctx_store_set(other, k_cost, 3), DCTX_OK);
	assert_int_equal(dctx_store_gather_add(other, &k_cost.key,
					       &DCTX_ANY((uint64_t)4)),
			 DCTX_OK);
	assert_int_equal(dctx_store_get(other, k_cost, 0), 7);
	assert_false(dctx_has(k_cost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_are_set_and_removed_there),
		TEST(a_box_is_adopted_there_by_name),
		TEST(its_message_and_its_headers_tell_of_it),
		TEST(what_waits_for_its_end_is_told),
		TEST(work_carries_its_values),
		TEST(what_is_gathered_is_added_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
