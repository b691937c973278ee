/* SPDX-License-Identifier: MIT */
/*
 * locals_end_test.c - proves that an accessor whose function ends its thread
 * (pthread_exit) leaves nothing set: what stands beside it is restored all the
 * same, and a job that was to run there completes with an error.
 */
#include "jobs.h"
#include "slot.h"

#include <unistd.h>

static dctx_status set_and_end(void *user, void *value, void **out_before)
{
	(void)slot_set(user, value, out_before);
	pthread_exit(NULL);
}

static void restore_and_end(void *user, void *before)
{
	slot_restore(user, before);
	pthread_exit(NULL);
}

/* So that who does not wait for it is found out. */
static void restore_slowly(void *user, void *before)
{
	usleep(10000);
	slot_restore(user, before);
}

/* "a", then "b" with one function that ends the thread, then "c". */
static dctx_accessors *list_with(const dctx_accessor *b)
{
	dctx_accessor a = slot_accessor(&slot_a);
	dctx_accessors *list;

	a.restore = restore_slowly;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &a), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, b), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_c), DCTX_OK);
	return list;
}

static bool ran;

static void *note_run(void *arg)
{
	ran = true;
	return arg;
}

static dctx_submit_options by(dctx_accessors *list)
{
	return (dctx_submit_options){.struct_size = DCTX_SUBMIT_SIZE,
				     .accessors = list};
}

static void *run_work(void *work)
{
	(void)!dctx_work_run(work, NULL);
	return work;
}

/* What is done on a thread that runs work of such a list and ends in it. */
static const char *done_with(const dctx_accessor *b)
{
	dctx_accessors *list = list_with(b);
	const dctx_submit_options how = by(list);
	dctx_work *work = NULL;

	ran = false;
	slots_are("A", "B", "C");
	assert_int_equal(dctx_wrap_with(note_run, NULL, &how, &work), DCTX_OK);
	dctx_accessors_unref(list);
	slot_log[0] = '\0';
	assert_null(dctxt_on_thread(run_work, work));
	return slot_log;
}

static void a_set_that_ends_its_thread_undoes_what_was_set(void **state)
{
	dctx_accessor ends = slot_accessor(&slot_b);

	(void)state;
	ends.set = set_and_end;
	assert_string_equal(done_with(&ends), "set a set b restore a "
					      "free c free b free a ");
	assert_false(ran);
}

static void a_restore_that_ends_its_thread_leaves_none_out(void **state)
{
	dctx_accessor ends = slot_accessor(&slot_b);

	(void)state;
	ends.restore = restore_and_end;
	assert_string_equal(done_with(&ends), "set a set b set c restore c "
					      "restore b restore a "
					      "free c free b free a ");
	assert_true(ran);
}

/* And what it captured is gone before it does, not when its thread-locals end:
 * nobody waits for that. */
static void a_job_whose_set_ends_its_thread_completes(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	dctx_accessor ends = slot_accessor(&slot_b);
	dctx_accessors *list;
	dctx_submit_options how;
	dctx_job *job = NULL;

	(void)state;
	ran = false;
	ends.set = set_and_end;
	list = list_with(&ends);
	how = by(list);
	slots_are("A", "B", "C");
	assert_int_equal(dctx_submit(pool, note_run, NULL, &how, &job),
			 DCTX_OK);
	assert_int_equal(finish(job, NULL), DCTX_CANCELED);
	assert_false(ran);
	assert_int_equal(slots_alive, 0);
	/* Another thread has its place. */
	assert_int_equal(finish(submit(pool, see_num, NULL), NULL), DCTX_OK);
	end(pool);
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(a_set_that_ends_its_thread_undoes_what_was_set),
		SLOT_TEST(a_restore_that_ends_its_thread_leaves_none_out),
		SLOT_TEST(a_job_whose_set_ends_its_thread_completes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
