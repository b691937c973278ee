/* SPDX-License-Identifier: MIT */
/*
 * scatter_wait_test.c - proves what a scatter waits for and how long: one
 * deadline for all slices from the beginning of the call, cancellation from
 * above, executors that are full, slow or dead, scatters in slices.
 */
#include "crew.h"

#include <unistd.h>

DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

enum { MANY = 8 };

static struct crew crew;
static atomic_int ran;
static dctx_slice slice[64];

static dctx_scatter_options on(struct crew *c)
{
	return (dctx_scatter_options){.struct_size = DCTX_SCATTER_SIZE,
				      .executor = c->executor};
}

static dctx_status succeed(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	ran++;
	return DCTX_OK;
}

static dctx_status wait_for_end(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	ran++;
	return dctx_wait(DCTX_NO_DEADLINE);
}

/* A fault of the Java failover's: timers that are armed one after the other
 * take n timeouts. */
static void hung_slices_take_one_timeout_in_all(void **state)
{
	dctx_scatter_options options;
	int64_t began = dctx_now();

	(void)state;
	crew_begin(&crew, 4, 64);
	options = on(&crew);
	options.timeout = 200 * DCTX_MS;
	options.policy = DCTX_COLLECT;
	assert_int_equal(dctx_scatter(16, wait_for_end, NULL, &options, slice),
			 DCTX_OK);
	assert_true(dctx_now() - began >= 200 * DCTX_MS);
	assert_true(dctx_now() - began < 3 * DCTX_S);
	for (int i = 0; i < 16; i++)
		assert_int_equal(slice[i].status, DCTX_DEADLINE_EXCEEDED);
	crew_end(&crew);
}

/* The same: slices of 150, 300, 450 ms all passed with 200 ms. */
static dctx_status sleep_more_and_more(void *user, size_t i, void **out_result)
{
	(void)user;
	usleep((useconds_t)(i * 300000));
	*out_result = &ran;
	return DCTX_OK;
}

static void a_slice_that_is_late_does_not_pass(void **state)
{
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 4, 64);
	options = on(&crew);
	options.timeout = 250 * DCTX_MS;
	options.policy = DCTX_COLLECT;
	assert_int_equal(
		dctx_scatter(3, sleep_more_and_more, NULL, &options, slice),
		DCTX_OK);
	assert_int_equal(slice[0].status, DCTX_OK);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(slice[i].status, DCTX_DEADLINE_EXCEEDED);
		assert_true(slice[i].ran);
		/* Nothing that was made is lost. */
		assert_ptr_equal(slice[i].result, &ran);
	}
	options.executor = NULL;
	options.policy = DCTX_ALL;
	assert_int_equal(
		dctx_scatter(3, sleep_more_and_more, NULL, &options, slice),
		DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(slice[1].status, DCTX_DEADLINE_EXCEEDED);
	assert_false(slice[2].ran);
	crew_end(&crew);
}

static int64_t seen_deadline;

static dctx_status see_deadline(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	seen_deadline = dctx_deadline();
	return DCTX_OK;
}

static void the_deadline_is_never_later_than_the_contexts_own(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.timeout = 3600 * DCTX_S};
	dctx_submit_options submit = {.struct_size = sizeof(submit)};
	int64_t own = dctx_deadline_in(60 * DCTX_S);

	(void)state;
	assert_int_equal(dctx_scatter(1, see_deadline, NULL, &options, slice),
			 DCTX_OK);
	assert_true(seen_deadline < dctx_deadline_in(3600 * DCTX_S));
	{
		DCTX_SCOPE("own");
		dctx_set_deadline(own);
		assert_int_equal(
			dctx_scatter(1, see_deadline, NULL, &options, slice),
			DCTX_OK);
		assert_int_equal(seen_deadline, own);
		submit.deadline = own - 5;
		options.submit = &submit;
		assert_int_equal(
			dctx_scatter(1, see_deadline, NULL, &options, slice),
			DCTX_OK);
		assert_int_equal(seen_deadline, own - 5);
		assert_int_equal(dctx_deadline(), own);
	}
}

static void a_timeout_that_is_over_runs_nothing(void **state)
{
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 2, 64);
	options = on(&crew);
	options.timeout = -1;
	ran = 0;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_DEADLINE_EXCEEDED);
	options.executor = NULL;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(ran, 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_DEADLINE_EXCEEDED);
	/* Who collects what there is gets what there is: nothing. */
	options.policy = DCTX_COLLECT;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(slice[0].status, DCTX_DEADLINE_EXCEEDED);
	crew_end(&crew);
}

static void *cancel_soon(void *source)
{
	usleep(20000);
	dctx_cancel(source, "client is gone");
	return NULL;
}

static void a_cancel_above_ends_what_runs_and_what_waits(void **state)
{
	dctx_scatter_options options;
	dctx_source *source;
	pthread_t thread;
	DCTX_SCOPE("request");

	(void)state;
	crew_begin(&crew, 2, 64);
	options = on(&crew);
	options.policy = DCTX_COLLECT;
	options.at_a_time = 2;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	dctx_add_source(source);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, source), 0);
	ran = 0;
	assert_int_equal(
		dctx_scatter(MANY, wait_for_end, NULL, &options, slice),
		DCTX_CANCELED);
	assert_int_equal(ran, 2);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_CANCELED);
	pthread_join(thread, NULL);
	dctx_source_unref(source);
	crew_end(&crew);
}

static void an_executor_that_never_runs_anything_holds_nobody(void **state)
{
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 0, 64);
	options = on(&crew);
	for (unsigned most = 0; most < 3; most++) {
		options.at_a_time = most;
		ran = 0;
		assert_int_equal(
			dctx_scatter(MANY, succeed, NULL, &options, slice),
			DCTX_OK);
		assert_int_equal(ran, MANY);
		assert_true(crew.queued > 0);
		crew_drop(&crew, DCTX_CANCELED); /* late, and harmless */
	}
	crew_end(&crew);
}

static void an_executor_without_room_leaves_slices_to_the_caller(void **state)
{
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 0, 0);
	options = on(&crew);
	ran = 0;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(ran, MANY);
	crew_end(&crew);
}

static void an_executor_that_refuses_all_is_a_clear_error(void **state)
{
	static const dctx_status why[] = {DCTX_STALE, DCTX_SYSTEM, DCTX_NOMEM};
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 0, 64);
	options = on(&crew);
	for (int k = 0; k < 3; k++) {
		crew.refuses = why[k];
		ran = 0;
		assert_int_equal(
			dctx_scatter(MANY, succeed, NULL, &options, slice),
			why[k]);
		assert_int_equal(ran, 0);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(slice[i].status, why[k]);
	}
	crew_end(&crew);
}

/* A fault of the Java failover's: a refusal in the middle of submitting is
 * thrown, and nobody waits for those that run. */
static dctx_status take_two(void *user, dctx_runnable *item)
{
	struct crew *c = user;

	return c->room-- > 2 ? crew_execute(c, item) : DCTX_STALE;
}

static void a_refusal_in_the_middle_leaves_no_slice_alone(void **state)
{
	static const dctx_executor_ops ops = {.struct_size = sizeof(ops),
					      .name = "takes two",
					      .execute = take_two};
	dctx_scatter_options options;
	dctx_executor *executor;

	(void)state;
	crew_begin(&crew, 2, 4);
	assert_int_equal(dctx_executor_new(&ops, &crew, &executor), DCTX_OK);
	options = on(&crew);
	options.executor = executor;
	ran = 0;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(ran, MANY);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_OK);
	crew_end(&crew);
	dctx_executor_unref(executor);
}

/* A fault of the Java failover's: a dropped slice's caller waits for ever. */
static dctx_status take_and_drop(void *user, dctx_runnable *item)
{
	dctx_runnable_drop(item, *(dctx_status *)user);
	return DCTX_OK;
}

static void dropped_slices_complete_with_an_error(void **state)
{
	static const dctx_executor_ops ops = {.struct_size = sizeof(ops),
					      .name = "drops",
					      .execute = take_and_drop};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_status why = DCTX_CANCELED;

	(void)state;
	assert_int_equal(dctx_executor_new(&ops, &why, &options.executor),
			 DCTX_OK);
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_CANCELED);
	assert_int_equal(slice[0].status, DCTX_CANCELED);
	assert_false(slice[0].ran);
	/* For want of room: then the caller has it. */
	why = DCTX_BUSY;
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_OK);
	dctx_executor_unref(options.executor);
}

static dctx_status nest(void *user, size_t i, void **out_result)
{
	size_t depth = (size_t)(uintptr_t)user;
	dctx_slice inner[4];
	dctx_scatter_options options = on(&crew);

	(void)i;
	(void)out_result;
	ran++;
	options.at_a_time = depth % 2 ? 2 : 0;
	if (depth == 0)
		return DCTX_OK;
	return dctx_scatter(4, nest, (void *)(uintptr_t)(depth - 1), &options,
			    inner);
}

static void nested_scatters_go_on_on_one_thread_with_a_queue(void **state)
{
	(void)state;
	for (size_t threads = 1; threads < 4; threads++) {
		dctx_scatter_options options;

		crew_begin(&crew, threads, 2);
		options = on(&crew);
		ran = 0;
		assert_int_equal(
			dctx_scatter(4, nest, (void *)3, &options, slice),
			DCTX_OK);
		assert_int_equal(ran, 4 + 16 + 64 + 256);
		crew_end(&crew);
	}
}

static dctx_status set_and_count(void *user, size_t i, void **out_result)
{
	char chain[64];

	(void)user;
	(void)i;
	(void)out_result;
	dctx_chain_text("/", chain, sizeof(chain));
	DCTXT_EXPECT(strcmp(chain, "caller/slice") == 0);
	DCTXT_EXPECT(dctx_task_try() != NULL);
	ran++;
	return DCTX_OK;
}

static void a_slice_may_have_a_store_of_its_own_and_a_name(void **state)
{
	dctx_submit_options submit = {.struct_size = sizeof(submit),
				      .flags = DCTX_SUBMIT_FORK,
				      .name = "slice"};
	dctx_scatter_options options;
	DCTX_SCOPE("caller");

	(void)state;
	crew_begin(&crew, 2, 64);
	options = on(&crew);
	options.submit = &submit;
	ran = 0;
	assert_int_equal(
		dctx_scatter(MANY, set_and_count, NULL, &options, slice),
		DCTX_OK);
	options.executor = NULL;
	assert_int_equal(
		dctx_scatter(MANY, set_and_count, NULL, &options, slice),
		DCTX_OK);
	assert_int_equal(ran, 2 * MANY);
	assert_null(dctx_task_try());
	crew_end(&crew);
}

/* A fault of the Java failover's: abandoned work keeps its context alive. */
static void an_item_left_in_a_queue_keeps_no_context(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_scatter_options options;

	(void)state;
	crew_begin(&crew, 0, 64);
	options = on(&crew);
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_scatter(MANY, succeed, NULL, &options, slice),
			 DCTX_OK);
	assert_true(crew.queued > 0);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
	crew_end(&crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(hung_slices_take_one_timeout_in_all),
		DCTXT_TEST(a_slice_that_is_late_does_not_pass),
		DCTXT_TEST(the_deadline_is_never_later_than_the_contexts_own),
		DCTXT_TEST(a_timeout_that_is_over_runs_nothing),
		DCTXT_TEST(a_cancel_above_ends_what_runs_and_what_waits),
		DCTXT_TEST(an_executor_that_never_runs_anything_holds_nobody),
		DCTXT_TEST(
			an_executor_without_room_leaves_slices_to_the_caller),
		DCTXT_TEST(an_executor_that_refuses_all_is_a_clear_error),
		DCTXT_TEST(a_refusal_in_the_middle_leaves_no_slice_alone),
		DCTXT_TEST(dropped_slices_complete_with_an_error),
		DCTXT_TEST(nested_scatters_go_on_on_one_thread_with_a_queue),
		DCTXT_TEST(a_slice_may_have_a_store_of_its_own_and_a_name),
		DCTXT_TEST(an_item_left_in_a_queue_keeps_no_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
