/* SPDX-License-Identifier: MIT */
/*
 * scatter_runners_test.c - proves that an executor which says how many items it
 * runs at once is not given more runners than that, but for those that end with
 * their threads; and one that does not say, as many as there are slices.
 */
#include "crew.h"

#include <unistd.h>

enum { SLICES = 8, MANY = 48 };

static struct crew crew;
static dctx_slice slice[MANY];
static atomic_int given, on_the_caller;

static dctx_status count_and_execute(void *user, dctx_runnable *item)
{
	given++;
	return crew_execute(user, item);
}

/* The crew as an executor that says so. */
static dctx_executor *crew_of(unsigned at_once)
{
	static dctx_executor_ops ops[2];
	dctx_executor_ops *mine = &ops[at_once != 0];
	dctx_executor *executor = NULL;

	*mine = crew_ops;
	mine->execute = count_and_execute;
	mine->at_once = at_once;
	given = 0;
	assert_int_equal(dctx_executor_new(mine, &crew, &executor), DCTX_OK);
	return executor;
}

static dctx_status pass(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	usleep(1000);
	return DCTX_OK;
}

static void scatter_over(dctx_executor *executor)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = executor};

	assert_int_equal(dctx_scatter(SLICES, pass, NULL, &options, slice),
			 DCTX_OK);
	for (size_t i = 0; i < SLICES; i++)
		assert_true(slice[i].ran);
	dctx_executor_unref(executor);
}

static void an_executor_gets_no_more_runners_than_it_runs(void **state)
{
	(void)state;
	crew_begin(&crew, 2, 64);
	scatter_over(crew_of(2));
	assert_int_equal(given, 2);
	crew_end(&crew);
}

static void one_that_does_not_say_gets_as_many_as_may_run(void **state)
{
	(void)state;
	crew_begin(&crew, 1, 64);
	scatter_over(crew_of(0));
	/* Those that began early may have left none to others. */
	assert_in_range(given, 3, SLICES);
	crew_end(&crew);
}

static void a_pool_gets_as_many_as_it_has_threads(void **state)
{
	const dctx_pool_options pool_options = {.struct_size = DCTX_POOL_SIZE,
						.threads = 3};
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = NULL};
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};
	dctx_scatter_options on = options;

	(void)state;
	assert_int_equal(dctx_pool_new(&pool_options, &on.executor), DCTX_OK);
	assert_int_equal(dctx_scatter(SLICES, pass, NULL, &on, slice), DCTX_OK);
	assert_int_equal(dctx_executor_shutdown(on.executor, true,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	assert_int_equal(dctx_executor_stats_read(on.executor, &stats),
			 DCTX_OK);
	assert_int_equal(stats.submitted, 3);
	assert_int_equal(stats.completed, 3);
	assert_int_equal(stats.slices, SLICES);
	dctx_executor_unref(on.executor);
}

/* The caller, which helps where nothing goes on, gives others time to. */
static dctx_status end_the_thread(void *user, size_t i, void **out_result)
{
	(void)i;
	(void)out_result;
	if (!pthread_equal(pthread_self(), *(pthread_t *)user))
		pthread_exit(NULL);
	on_the_caller++;
	usleep(20000);
	return DCTX_CANCELED;
}

static void a_runner_whose_thread_ended_is_replaced(void **state)
{
	const dctx_pool_options pool_options = {.struct_size = DCTX_POOL_SIZE,
						.threads = 2};
	pthread_t self = pthread_self();
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT};
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};

	(void)state;
	on_the_caller = 0;
	assert_int_equal(dctx_pool_new(&pool_options, &options.executor),
			 DCTX_OK);
	assert_int_equal(
		dctx_scatter(MANY, end_the_thread, &self, &options, slice),
		DCTX_OK);
	for (size_t i = 0; i < MANY; i++) {
		assert_true(slice[i].ran);
		assert_int_equal(slice[i].status, DCTX_CANCELED);
	}
	assert_int_equal(dctx_executor_shutdown(options.executor, true,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	assert_int_equal(dctx_executor_stats_read(options.executor, &stats),
			 DCTX_OK);
	/* One slice a thread; the last runners may have come too late. */
	assert_in_range(stats.submitted, 3, MANY + 2);
	assert_in_range(stats.cancelled, MANY - on_the_caller, MANY);
	dctx_executor_unref(options.executor);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_executor_gets_no_more_runners_than_it_runs),
		DCTXT_TEST(one_that_does_not_say_gets_as_many_as_may_run),
		DCTXT_TEST(a_pool_gets_as_many_as_it_has_threads),
		DCTXT_TEST(a_runner_whose_thread_ended_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
