/* SPDX-License-Identifier: MIT */
/*
 * work_locals_test.c - proves that what accessors capture goes along with work,
 * by the default list or as the options say: captured once, in order, where it
 * is wrapped; set in order around the call under its context, on whichever
 * thread; undone in reverse; and that work whose accessors fail does not run.
 */
#include "slot.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static char seen[64];
static int ran;

static void *see(void *arg)
{
	ran++;
	strcpy(seen, slots_text());
	return arg;
}

static dctx_work *wrap_by(dctx_accessors *list, void *(*fn)(void *))
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(fn, &ran, &how, &work), DCTX_OK);
	return work;
}

static void *run_there(void *work)
{
	void *result = NULL;

	slots_are(NULL, "y", "z");
	DCTXT_EXPECT(dctx_work_run(work, &result) == DCTX_OK);
	DCTXT_EXPECT(result == &ran);
	DCTXT_EXPECT(strcmp(slots_text(), "- y z") == 0);
	return NULL;
}

static void captured_in_order_here_and_restored_in_reverse_there(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_work *work;

	(void)state;
	slots_are("A", "B", "C");
	work = wrap_by(list, see);
	assert_string_equal(slot_log, "capture a capture b capture c ");
	slot_log[0] = '\0';
	dctxt_on_thread(run_there, work);
	assert_string_equal(seen, "A B C");
	assert_string_equal(slot_log, "set a set b set c "
				      "restore c restore b restore a "
				      "free c free b free a ");
	dctx_accessors_unref(list);
}

static void the_default_list_goes_along_with_every_wrap(void **state)
{
	dctx_accessors *list = dctx_accessors_default();
	dctx_work *work, *without;

	(void)state;
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	slots_are("A", "B", NULL);
	assert_int_equal(dctx_wrap(see, &ran, &work), DCTX_OK);
	without = wrap_by(dctx_accessors_none(), see);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	slots_are("x", NULL, NULL);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(seen, "A - -");
	assert_int_equal(dctx_work_run(without, NULL), DCTX_OK);
	assert_string_equal(seen, "x - -");
	assert_string_equal(slots_text(), "x - -");
}

static void a_started_thread_has_what_the_starter_had(void **state)
{
	dctx_accessors *list = dctx_accessors_default();
	const dctx_submit_options none = {.struct_size = sizeof(none),
					  .accessors = dctx_accessors_none()};
	pthread_t thread;

	(void)state;
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	slots_are("A", NULL, NULL);
	assert_int_equal(dctx_thread_start(&thread, NULL, see, &ran), DCTX_OK);
	pthread_join(thread, NULL);
	assert_string_equal(seen, "A - -");
	assert_int_equal(dctx_thread_start_with(&thread, see, &ran, &none),
			 DCTX_OK);
	pthread_join(thread, NULL);
	assert_string_equal(seen, "- - -");
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
}

/* A tenant: exact, so that no host's shows through. */
static void run_as_tenant(const char *mine, const char *workers,
			  const char *expected)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS};
	dctx_work *work = NULL;

	slots_are(mine, NULL, NULL);
	assert_int_equal(dctx_wrap_with(see, &ran, &how, &work), DCTX_OK);
	slots_are(workers, NULL, NULL);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(seen, expected);
	assert_ptr_equal(slot_now[0], workers);
	dctx_accessors_unref(list);
}

static void a_tenant_goes_along_or_none_and_the_workers_is_back(void **state)
{
	(void)state;
	run_as_tenant("mine", NULL, "mine - -");
	run_as_tenant("mine", "worker's", "mine - -");
	run_as_tenant(NULL, "worker's", "- - -");
	run_as_tenant(NULL, NULL, "- - -");
}

static uint64_t num_at_set;

static dctx_status set_and_look(void *user, void *value, void **out_before)
{
	num_at_set = dctx_get(k_num, 0);
	return slot_set(user, value, out_before);
}

static void accessors_run_under_the_works_own_context(void **state)
{
	dctx_accessor accessor = slot_accessor(&slot_a);
	dctx_accessors *list;
	dctx_work *work;

	(void)state;
	accessor.set = set_and_look;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &accessor), DCTX_OK);
	slots_are("A", NULL, NULL);
	dctx_set(k_num, 7);
	work = wrap_by(list, see);
	dctx_set(k_num, 8);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(num_at_set, 7);
	dctx_accessors_unref(list);
}

static void a_capture_that_fails_fails_the_submission(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};
	dctx_work *work = NULL;
	pthread_t thread;

	(void)state;
	ran = 0;
	slots_are("A", "B", "C");
	slot_c.capture_fails = DCTX_CODEC;
	assert_int_equal(dctx_wrap_with(see, &ran, &how, &work), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "c");
	assert_null(work);
	assert_int_equal(dctx_thread_start_with(&thread, see, &ran, &how),
			 DCTX_CODEC);
	assert_int_equal(ran, 0);
	dctx_accessors_unref(list);
}

static void work_whose_set_fails_does_not_run(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};
	dctx_work *work;
	pthread_t thread;
	void *result = &result;

	(void)state;
	ran = 0;
	slots_are("A", "B", "C");
	work = wrap_by(list, see);
	slot_c.set_fails = DCTX_SYSTEM;
	slots_are("x", "y", "z");
	assert_int_equal(dctx_work_call(work, &result), DCTX_SYSTEM);
	assert_string_equal(dctx_last_error()->what, "c");
	assert_int_equal(dctx_work_run(work, &result), DCTX_SYSTEM);
	assert_ptr_equal(result, &result);
	assert_string_equal(slots_text(), "x y z");
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_thread_start_with(&thread, see, &ran, &how),
			 DCTX_OK);
	pthread_join(thread, &result);
	assert_null(result);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 1);
	assert_int_equal(ran, 0);
	dctx_accessors_unref(list);
}

static void discarded_work_frees_what_was_captured(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_work *work;

	(void)state;
	slots_are("A", "B", NULL);
	work = wrap_by(list, see);
	assert_int_equal(slots_alive, 2);
	dctx_work_discard(work);
	assert_int_equal(slots_alive, 0);
	dctx_accessors_unref(list);
}

static void *hop_again(void *list)
{
	slots_are(NULL, "Y", slot_now[2]);
	dctxt_on_thread(run_there, wrap_by(list, see));
	return &ran;
}

static void a_second_hop_takes_along_what_the_first_one_brought(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};
	dctx_work *work;

	(void)state;
	slots_are("A", "B", "C");
	assert_int_equal(dctx_wrap_with(hop_again, list, &how, &work), DCTX_OK);
	dctxt_on_thread(run_there, work);
	assert_string_equal(seen, "- Y C");
	dctx_accessors_unref(list);
}

static bool is_b(void *user, const char *name)
{
	return strcmp(name, user) == 0;
}

static void a_filter_leaves_others_out_altogether(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_accessor_filter only_b = {is_b, "b"};
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS,
					 .filter = &only_b};
	dctx_work *work;

	(void)state;
	slots_are("A", "B", "C");
	assert_int_equal(dctx_wrap_with(see, &ran, &how, &work), DCTX_OK);
	assert_string_equal(slot_log, "capture b ");
	slots_are("x", "y", "z");
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(seen, "x B z");
	dctx_accessors_unref(list);
}

static char chain[64];
static int64_t deadline;

static void *see_context(void *arg)
{
	dctx_chain_text("/", chain, sizeof(chain));
	deadline = dctx_deadline();
	return arg;
}

static void options_give_a_name_and_an_earlier_deadline(void **state)
{
	dctx_submit_options how = {.struct_size = sizeof(how),
				   .name = "step",
				   .deadline = dctx_deadline_in(3600 * DCTX_S)};
	dctx_work *work;
	const dctx_guard guard = dctx_enter("request");

	(void)state;
	assert_int_equal(dctx_wrap_with(see_context, NULL, &how, &work),
			 DCTX_OK);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_string_equal(chain, "request/step");
	assert_int_equal(deadline, how.deadline);
	dctx_set_deadline(how.deadline - 1);
	assert_int_equal(dctx_wrap_with(see_context, NULL, &how, &work),
			 DCTX_OK);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(deadline, how.deadline - 1);
	dctx_leave(guard);
}

static void *set_in_own_store(void *arg)
{
	DCTXT_EXPECT(dctx_task_try() != NULL);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	dctx_set(k_num, 9);
	return arg;
}

static void forked_work_has_a_store_of_its_own_each_time(void **state)
{
	dctx_accessors *list = slots_abc();
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .flags = DCTX_SUBMIT_FORK};
	dctx_work *work;
	void *result = NULL;

	(void)state;
	dctx_set(k_num, 7);
	slots_are("A", NULL, NULL);
	assert_int_equal(dctx_wrap_with(set_in_own_store, &ran, &how, &work),
			 DCTX_OK);
	dctx_set(k_num, 8);
	assert_int_equal(dctx_work_call(work, &result), DCTX_OK);
	assert_ptr_equal(result, &ran);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_null(dctx_task_try());
	assert_int_equal(dctx_get(k_num, 0), 8);
	slot_a.set_fails = DCTX_BUSY;
	assert_int_equal(dctx_wrap_with(set_in_own_store, &ran, &how, &work),
			 DCTX_OK);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_BUSY);
	assert_null(dctx_task_try());
	dctx_accessors_unref(list);
}

static void *end_forked(void *arg)
{
	dctx_set(k_num, 9);
	pthread_exit(arg);
}

static void *run_to_the_end(void *work)
{
	(void)!dctx_work_run(work, NULL);
	return NULL;
}

static void a_thread_that_ends_in_forked_work_leaves_nothing(void **state)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .flags = DCTX_SUBMIT_FORK};
	dctx_work *work;

	(void)state;
	assert_int_equal(dctx_wrap_with(end_forked, &ran, &how, &work),
			 DCTX_OK);
	assert_ptr_equal(dctxt_on_thread(run_to_the_end, work), &ran);
	assert_int_equal(dctxt_count_all(), 0);
}

static bool set_whole;

static dctx_status set_at_a_cancellation_point(void *user, void *value,
					       void **out_before)
{
	dctx_status status = slot_set(user, value, out_before);

	pthread_testcancel();
	set_whole = true;
	return status;
}

static void *be_cancelled(void *arg)
{
	DCTXT_EXPECT(set_whole);
	pthread_testcancel();
	return arg;
}

static void *cancel_and_run(void *work)
{
	pthread_cancel(pthread_self());
	(void)!dctx_work_run(work, NULL);
	return NULL;
}

static void a_cancelled_thread_ends_in_the_work_not_in_accessors(void **state)
{
	dctx_accessor accessor = slot_accessor(&slot_a);
	dctx_accessors *list;
	dctx_work *work;

	(void)state;
	accessor.set = set_at_a_cancellation_point;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &accessor), DCTX_OK);
	slots_are("A", NULL, NULL);
	work = wrap_by(list, be_cancelled);
	assert_ptr_equal(dctxt_on_thread(cancel_and_run, work),
			 PTHREAD_CANCELED);
	assert_non_null(strstr(slot_log, "set a restore a free a "));
	dctx_accessors_unref(list);
}

static void options_that_are_none_are_refused(void **state)
{
	dctx_submit_options how = {0};
	dctx_work *work = NULL;
	pthread_t thread;

	(void)state;
	assert_int_equal(dctx_wrap_with(see, NULL, &how, &work), DCTX_INVALID);
	how.struct_size = sizeof(how);
	how.flags = 2;
	assert_int_equal(dctx_wrap_with(see, NULL, &how, &work), DCTX_INVALID);
	how.flags = 0;
	how.carry = (dctx_carry)2;
	assert_int_equal(dctx_wrap_with(see, NULL, &how, &work), DCTX_INVALID);
	how.carry = DCTX_OVERLAY_LOCALS;
	assert_int_equal(dctx_wrap_with(see, NULL, &how, NULL), DCTX_INVALID);
	assert_int_equal(dctx_thread_start_with(NULL, see, NULL, &how),
			 DCTX_INVALID);
	assert_int_equal(dctx_thread_start_with(&thread, NULL, NULL, &how),
			 DCTX_INVALID);
	assert_null(work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(captured_in_order_here_and_restored_in_reverse_there),
		SLOT_TEST(the_default_list_goes_along_with_every_wrap),
		SLOT_TEST(a_started_thread_has_what_the_starter_had),
		SLOT_TEST(a_tenant_goes_along_or_none_and_the_workers_is_back),
		SLOT_TEST(accessors_run_under_the_works_own_context),
		SLOT_TEST(a_capture_that_fails_fails_the_submission),
		SLOT_TEST(work_whose_set_fails_does_not_run),
		SLOT_TEST(discarded_work_frees_what_was_captured),
		SLOT_TEST(a_second_hop_takes_along_what_the_first_one_brought),
		SLOT_TEST(a_filter_leaves_others_out_altogether),
		SLOT_TEST(options_give_a_name_and_an_earlier_deadline),
		SLOT_TEST(forked_work_has_a_store_of_its_own_each_time),
		SLOT_TEST(a_thread_that_ends_in_forked_work_leaves_nothing),
		SLOT_TEST(a_cancelled_thread_ends_in_the_work_not_in_accessors),
		SLOT_TEST(options_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
