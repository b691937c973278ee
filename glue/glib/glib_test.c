/* SPDX-License-Identifier: MIT */
/*
 * glib_test.c - proves that a GThreadPool is an executor, exclusive or with
 * threads that other pools get after it, and that nothing is left on these.
 */
#include "dctx_glib.h"

#include "../lent_load.h"
#include "unseen.h"

#include <glib.h>
#include <limits.h>
#include <unistd.h>

/* Of what `lend` makes. */
static bool exclusive;

static dctx_executor *lend(struct lending how)
{
	const dctx_glib_options options = {.struct_size =
						   DCTX_GLIB_OPTIONS_SIZE,
					   .threads = how.threads,
					   .queue = how.queue,
					   .exclusive = exclusive,
					   .by_deadline = how.by_deadline};
	dctx_executor *executor = NULL;

	assert_int_equal(dctx_glib_executor_new(&options, &executor), DCTX_OK);
	assert_non_null(executor);
	return executor;
}

static __thread bool was_here;

static void *be_here(void *arg)
{
	was_here = true;
	return see_local(arg);
}

/* Atomic, and nobody's stack: TSan sees none of GLib's own locks. */
static atomic_bool same;

static void see_nothing(void *data, void *user)
{
	DCTXT_EXPECT(data == user);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 0);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(local == 0);
	same = was_here;
}

/* A pool that knows nothing of dctx. */
static void look_from_another_pool(void)
{
	GThreadPool *pool =
		g_thread_pool_new(see_nothing, &same, 1, FALSE, NULL);

	assert_true(g_thread_pool_push(pool, &same, NULL));
	g_thread_pool_free(pool, FALSE, TRUE);
}

/* GLib keeps the threads of pools that are gone for others, which get them in
 * turn. */
static void nothing_of_a_job_is_left_on_the_thread(void **state)
{
	const int kept = g_thread_pool_get_max_unused_threads();
	dctx_executor *executor = lend_one(4);
	pthread_t here = pthread_self();

	(void)state;
	g_thread_pool_set_max_unused_threads(-1);
	assert_int_equal(
		dctx_accessor_add(dctx_accessors_default(), &local_accessor),
		DCTX_OK);
	dctx_set(k_num, local = 7);
	finish(submit(executor, be_here, &here), NULL);
	local = 0;
	assert_int_equal(dctx_accessor_remove(dctx_accessors_default(),
					      local_accessor.name),
			 DCTX_OK);
	end(executor);
	for (int i = 0; i < 1000 && !same; i++) {
		look_from_another_pool();
		usleep(1000);
	}
	assert_true(same);
	g_thread_pool_set_max_unused_threads(kept);
}

static void *come_to_the_gate(void *arg)
{
	struct gate *gate = arg;

	pass(gate);
	await(gate, 3);
	return arg;
}

static void an_exclusive_one_has_all_its_threads(void **state)
{
	const dctx_glib_options options = {.struct_size =
						   DCTX_GLIB_OPTIONS_SIZE,
					   .threads = 3,
					   .exclusive = true};
	struct gate gate = GATE_INIT;
	dctx_executor *executor;
	dctx_job *job[3];

	(void)state;
	assert_int_equal(dctx_glib_executor_new(&options, &executor), DCTX_OK);
	for (int i = 0; i < 3; i++)
		job[i] = submit(executor, come_to_the_gate, &gate);
	for (int i = 0; i < 3; i++)
		assert_int_equal(finish(job[i], NULL), DCTX_OK);
	end(executor);
}

static void without_options_it_is_as_large_as_the_machine(void **state)
{
	const unsigned n = g_get_num_processors();
	dctx_executor *executor = NULL;
	struct gate gate = GATE_INIT;
	dctx_job *job[65];

	(void)state;
	assert_int_equal(dctx_glib_executor_new(NULL, &executor), DCTX_OK);
	for (unsigned i = 0; i < n && i < 65; i++)
		job[i] = submit(executor, stand, &gate);
	await(&gate, n < 65 ? (int)n : 65);
	open_gate(&gate);
	for (unsigned i = 0; i < n && i < 65; i++)
		finish(job[i], NULL);
	end(executor);
}

static void what_is_no_option_is_invalid(void **state)
{
	dctx_glib_options options = {.struct_size = DCTX_GLIB_OPTIONS_SIZE - 1};
	dctx_executor *executor = NULL;

	(void)state;
	assert_int_equal(dctx_glib_executor_new(&options, &executor),
			 DCTX_INVALID);
	options.struct_size++;
	options.threads = (unsigned)INT_MAX + 1;
	assert_int_equal(dctx_glib_executor_new(&options, &executor),
			 DCTX_INVALID);
	assert_null(executor);
	assert_int_equal(dctx_glib_executor_new(NULL, NULL), DCTX_INVALID);
}

static void metrics_have_its_name(void **state)
{
	static char text[1 << 16];
	dctx_glib_options options = {.struct_size = DCTX_GLIB_OPTIONS_SIZE,
				     .name = "0123456789abcdefg"};
	dctx_executor *executor, *plain = lend_one(4);
	size_t len;

	(void)state;
	assert_int_equal(dctx_glib_executor_new(&options, &executor), DCTX_OK);
	assert_int_equal(
		dctx_executors_prometheus(text, sizeof(text) - 1, &len),
		DCTX_OK);
	text[len] = '\0';
	assert_non_null(strstr(text, "executor=\"glib\""));
	assert_non_null(strstr(text, "executor=\"0123456789abcde\""));
	end(plain);
	end(executor);
}

static int be_exclusive(void **state)
{
	(void)state;
	exclusive = true;
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LENT_CLAIMS,
		LENT_LOADS,
		DCTXT_TEST(nothing_of_a_job_is_left_on_the_thread),
		DCTXT_TEST(an_exclusive_one_has_all_its_threads),
		DCTXT_TEST(without_options_it_is_as_large_as_the_machine),
		DCTXT_TEST(what_is_no_option_is_invalid),
		DCTXT_TEST(metrics_have_its_name),
	};
	static const struct CMUnitTest exclusively[] = {LENT_CLAIMS,
							LENT_LOADS};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return failed + cmocka_run_group_tests(exclusively, be_exclusive, NULL);
}
