/* SPDX-License-Identifier: MIT */
/*
 * job_locals_test.c - proves that what accessors capture goes along with jobs:
 * captured at each submission, set on the worker, whose own is back after it
 * and also where the job runs on the thread that submits; over as many hops as
 * there are; and that a job whose accessors fail completes with their error.
 */
#include "slot.h"

#include <dctx/executor.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static char seen[64];
static int ran;
static dctx_accessors *list;
static dctx_executor *pool;

static void *see(void *arg)
{
	ran++;
	strcpy(seen, slots_text());
	slots_are("left", "by", "the job");
	return arg;
}

static void *look(void *arg)
{
	strcpy(seen, slots_text());
	return arg;
}

static dctx_status submit_to(dctx_executor *executor, dctx_carry carry,
			     dctx_job **out)
{
	const dctx_submit_options how = {.struct_size = DCTX_SUBMIT_SIZE,
					 .accessors = list,
					 .carry = carry};

	return dctx_submit(executor, see, &ran, &how, out);
}

static dctx_status run_on(dctx_executor *executor, dctx_carry carry)
{
	dctx_job *job = NULL;
	dctx_status status = submit_to(executor, carry, &job);
	void *result = NULL;

	assert_int_equal(status, DCTX_OK);
	assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
	status = dctx_job_status(job, &result);
	assert_true(status != DCTX_OK || result == &ran);
	dctx_job_unref(job);
	return status;
}

static void a_job_sees_what_was_there_at_its_submission(void **state)
{
	(void)state;
	slots_are("A", NULL, NULL);
	assert_int_equal(run_on(pool, DCTX_EXACT_LOCALS), DCTX_OK);
	assert_string_equal(seen, "A - -");
	slots_are(NULL, "B", NULL);
	assert_int_equal(run_on(pool, DCTX_EXACT_LOCALS), DCTX_OK);
	assert_string_equal(seen, "- B -");
}

/* The fault of set-and-clear: slice 1 sees nothing, the caller has lost it. */
static void an_inline_executor_leaves_the_submitters_alone(void **state)
{
	(void)state;
	slots_are("A", NULL, "C");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run_on(dctx_executor_inline(),
					DCTX_EXACT_LOCALS),
				 DCTX_OK);
		assert_string_equal(seen, "A - C");
		assert_string_equal(slots_text(), "A - C");
		slot_now[1] = NULL;
	}
}

static void a_job_whose_set_fails_completes_with_that(void **state)
{
	(void)state;
	ran = 0;
	slots_are("A", "B", NULL);
	slot_b.set_fails = DCTX_CODEC;
	assert_int_equal(run_on(pool, DCTX_OVERLAY_LOCALS), DCTX_CODEC);
	assert_int_equal(ran, 0);
}

static void a_job_whose_capture_fails_is_not_submitted(void **state)
{
	dctx_job *job = NULL;

	(void)state;
	ran = 0;
	slots_are("A", "B", NULL);
	slot_b.capture_fails = DCTX_CODEC;
	assert_int_equal(submit_to(pool, DCTX_OVERLAY_LOCALS, &job),
			 DCTX_CODEC);
	assert_null(job);
	assert_int_equal(ran, 0);
}

static void a_job_that_is_refused_gives_back_what_it_captured(void **state)
{
	dctx_job *job = NULL;

	(void)state;
	ran = 0;
	slots_are("A", "B", NULL);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(submit_to(pool, DCTX_OVERLAY_LOCALS, &job),
			 DCTX_STALE);
	assert_int_equal(slots_alive, 0);
	assert_int_equal(ran, 0);
}

static void a_job_without_accessors_sees_what_its_worker_has(void **state)
{
	const dctx_submit_options none = {.struct_size = DCTX_SUBMIT_SIZE,
					  .accessors = dctx_accessors_none()};
	dctx_job *job;

	(void)state;
	slots_are("A", "B", "C");
	for (int i = 0; i < 2; i++) {
		/* After one with: what it left is not the worker's. */
		assert_int_equal(run_on(pool, DCTX_EXACT_LOCALS), DCTX_OK);
		assert_string_equal(seen, "A B C");
		assert_int_equal(dctx_submit(pool, look, &ran,
					     i == 0 ? &none : NULL, &job),
				 DCTX_OK);
		assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
		dctx_job_unref(job);
		assert_string_equal(seen, "- - -");
	}
}

/* Jobs that submit jobs: to other threads, and at last to their own. */
struct hop {
	const struct hop *next;
	dctx_executor *executor;
};

static void *hop_on(void *arg)
{
	const struct hop *hop = arg;
	const dctx_submit_options how = {.struct_size = DCTX_SUBMIT_SIZE,
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS};
	dctx_status status;
	dctx_job *job;

	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	DCTXT_EXPECT(strcmp(slots_text(), "A - C") == 0);
	ran++;
	if (hop->next == NULL)
		return NULL;
	status = dctx_submit(hop->executor, hop_on,
			     (void *)(uintptr_t)hop->next, &how, &job);
	if (!DCTXT_EXPECT(status == DCTX_OK))
		return NULL;
	DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_OK);
	dctx_job_unref(job);
	DCTXT_EXPECT(strcmp(slots_text(), "A - C") == 0);
	return NULL;
}

/* A fault of the Java failover's: its second hop and its third have lost it. */
static void no_hop_of_many_loses_any_of_it(void **state)
{
	struct hop last = {NULL, NULL};
	struct hop third = {&last, dctx_executor_inline()};
	struct hop second = {&third, NULL}, first = {&second, pool};
	dctx_executor *each;

	(void)state;
	ran = 0;
	assert_int_equal(dctx_thread_each_new(NULL, &each), DCTX_OK);
	second.executor = each;
	slots_are("A", NULL, "C");
	dctx_set(k_num, 7);
	(void)hop_on(&first);
	assert_int_equal(ran, 4);
	assert_int_equal(dctx_executor_shutdown(each, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	dctx_executor_unref(each);
}

static int begin(void **state)
{
	const dctx_pool_options one = {.struct_size = DCTX_POOL_SIZE,
				       .threads = 1};
	int failed = slots_begin(state);

	slot_logs = false;
	list = slots_abc();
	return failed || dctx_pool_new(&one, &pool) != DCTX_OK;
}

static int end(void **state)
{
	(void)!dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE);
	pool = dctx_executor_unref(pool);
	list = dctx_accessors_unref(list);
	return slots_end(state);
}

#define JOB_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		JOB_TEST(a_job_sees_what_was_there_at_its_submission),
		JOB_TEST(an_inline_executor_leaves_the_submitters_alone),
		JOB_TEST(a_job_whose_set_fails_completes_with_that),
		JOB_TEST(a_job_whose_capture_fails_is_not_submitted),
		JOB_TEST(a_job_that_is_refused_gives_back_what_it_captured),
		JOB_TEST(a_job_without_accessors_sees_what_its_worker_has),
		JOB_TEST(no_hop_of_many_loses_any_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
