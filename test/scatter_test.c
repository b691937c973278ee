/* SPDX-License-Identifier: MIT */
/*
 * scatter_test.c - proves that slices run under their caller's context and
 * leave nothing there, that results and errors stand in order, and that no more
 * run at once than may.
 */
#include "crew.h"

#include <unistd.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

enum { MANY = 24 };

static struct crew crew;
static atomic_int ran;
static pthread_t caller;
static atomic_int elsewhere;

static void *as_result(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

/* Sees the caller's context, and leaves a mess. */
static dctx_status see(void *user, size_t i, void **out_result)
{
	char chain[64];

	ran++;
	if (!pthread_equal(pthread_self(), caller))
		elsewhere++;
	dctx_chain_text("/", chain, sizeof(chain));
	DCTXT_EXPECT(strcmp(chain, "caller") == 0);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	DCTXT_EXPECT(!dctx_has(k_text));
	dctx_set(k_num, 1000 + i);
	dctx_set(k_text, "mine");
	(void)dctx_enter("left open");
	dctx_set(k_num, 5);
	*out_result = as_result(i);
	(void)user;
	return DCTX_OK;
}

static void expect_all(const dctx_slice *slice, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(slice[i].status, DCTX_OK);
		assert_true(slice[i].ran);
		assert_ptr_equal(slice[i].result, as_result(i));
		assert_int_equal(slice[i].ns, 0);
	}
}

/* Runs see on an executor, from a scope of its own. */
static void scatter_seen(dctx_executor *executor, unsigned at_a_time)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.executor = executor,
					.at_a_time = at_a_time};
	dctx_slice slice[MANY];
	DCTX_SCOPE("caller");

	ran = 0;
	elsewhere = 0;
	caller = pthread_self();
	dctx_set(k_num, 7);
	assert_int_equal(dctx_scatter(MANY, see, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(ran, MANY);
	expect_all(slice, MANY);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_depth(), 2);
}

static void slices_see_their_callers_context_and_leave_nothing(void **state)
{
	(void)state;
	crew_begin(&crew, 4, 64);
	for (int i = 0; i < 50; i++)
		scatter_seen(crew.executor, 0);
	crew_end(&crew);
}

static dctx_status execute_now(void *user, dctx_runnable *item)
{
	(void)user;
	dctx_runnable_run(item);
	return DCTX_OK;
}

/* A fault of the Java failover's: with set and clear, slice 1 sees nothing, and
 * the caller has lost its own. */
static void an_inline_executor_takes_no_context_away(void **state)
{
	static const dctx_executor_ops ops = {.struct_size = sizeof(ops),
					      .name = "now",
					      .execute = execute_now};
	dctx_executor *executor;

	(void)state;
	assert_int_equal(dctx_executor_new(&ops, NULL, &executor), DCTX_OK);
	scatter_seen(executor, 0);
	scatter_seen(executor, 3);
	dctx_executor_unref(executor);
}

static size_t order[MANY];
static atomic_size_t at;

static dctx_status note_order(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	order[at++] = i;
	return i == 5 ? DCTX_CODEC : DCTX_OK;
}

static void sequentially_slices_run_here_in_order(void **state)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .policy = DCTX_COLLECT};
	dctx_slice slice[MANY];

	(void)state;
	scatter_seen(NULL, 0);
	assert_int_equal(elsewhere, 0);
	at = 0;
	assert_int_equal(dctx_scatter(MANY, note_order, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(at, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(order[i], i);
}

static void a_sequential_failure_has_the_same_shape(void **state)
{
	dctx_slice slice[MANY];

	(void)state;
	at = 0;
	assert_int_equal(dctx_scatter(MANY, note_order, NULL, NULL, slice),
			 DCTX_CODEC);
	assert_int_equal(at, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(slice[4].status, DCTX_OK);
	assert_int_equal(slice[5].status, DCTX_CODEC);
	assert_true(slice[5].ran);
	for (size_t i = 6; i < MANY; i++) {
		assert_int_equal(slice[i].status, DCTX_CANCELED);
		assert_false(slice[i].ran);
		assert_null(slice[i].result);
	}
}

static dctx_status backwards(void *user, size_t i, void **out_result)
{
	(void)user;
	usleep((useconds_t)(1000 * (MANY - i)));
	*out_result = as_result(i);
	return DCTX_OK;
}

static void results_stand_in_order_whatever_comes_first(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_slice slice[MANY];

	(void)state;
	crew_begin(&crew, MANY, 64);
	options.executor = crew.executor;
	assert_int_equal(dctx_scatter(MANY, backwards, NULL, &options, slice),
			 DCTX_OK);
	expect_all(slice, MANY);
	crew_end(&crew);
}

static atomic_int now_running, most_running;

static dctx_status count_running(void *user, size_t i, void **out_result)
{
	int now = ++now_running, most = most_running;

	(void)user;
	*out_result = as_result(i);
	while (now > most &&
	       !atomic_compare_exchange_weak(&most_running, &most, now))
		;
	usleep(1000);
	now_running--;
	return DCTX_OK;
}

static void no_more_run_at_once_than_at_a_time(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_slice slice[60];

	(void)state;
	crew_begin(&crew, 8, 64);
	options.executor = crew.executor;
	for (unsigned most = 1; most < 5; most++) {
		most_running = 0;
		options.at_a_time = most;
		assert_int_equal(
			dctx_scatter(60, count_running, NULL, &options, slice),
			DCTX_OK);
		assert_in_range(most_running, 1, most);
	}
	crew_end(&crew);
}

static dctx_status all_fail(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	ran++;
	return DCTX_CORRUPT;
}

static dctx_status sleep_2_ms(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	usleep(2000);
	return DCTX_OK;
}

static void slices_are_timed_where_that_is_wanted(void **state)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .flags = DCTX_SCATTER_TIMED};
	dctx_slice slice[2];

	(void)state;
	assert_int_equal(dctx_scatter(2, sleep_2_ms, NULL, &options, slice),
			 DCTX_OK);
	assert_true(slice[0].ns >= 2 * DCTX_MS);
	assert_true(slice[1].ns >= 2 * DCTX_MS);
}

/* Leaves something of each kind behind, or nothing. */
static dctx_status leave_a_trace(void *user, size_t i, void **out_result)
{
	dctx_snapshot *snapshot;
	dctx_scope_info info;
	uint64_t *id = user;

	(void)out_result;
	DCTXT_EXPECT(dctx_scope_status() == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 0);
	DCTXT_EXPECT(dctx_deadline() == DCTX_NO_DEADLINE);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(dctx_peek(&info) == DCTX_OK);
	id[i] = info.id;
	switch (i % 6) {
	case 0:
		dctx_set(k_num, 4);
		break;
	case 1:
		/* Refused, and noted in the scope. */
		(void)dctx_set_any(&k_num.key, &DCTX_ANY("no number"));
		break;
	case 2:
		dctx_set_timeout(3600 * DCTX_S);
		break;
	case 3:
		if (dctx_capture(&snapshot) == DCTX_OK)
			dctx_snapshot_unref(snapshot);
		break;
	case 4:
		(void)dctx_enter("open");
		break;
	default:
		break;
	}
	return DCTX_OK;
}

static void a_slice_is_a_scope_of_its_own_whatever_the_last_left(void **state)
{
	enum { SLICES = 36 };
	dctx_slice slice[SLICES];
	uint64_t id[SLICES];

	(void)state;
	assert_int_equal(dctx_scatter(SLICES, leave_a_trace, id, NULL, slice),
			 DCTX_OK);
	for (size_t i = 0; i < SLICES; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(id[i] != id[j]);
}

static void *run_nothing(void *arg)
{
	ran++;
	return arg;
}

static void bad_options_are_invalid_and_nothing_runs(void **state)
{
	dctx_scatter_options good = {.struct_size = DCTX_SCATTER_SIZE}, bad;
	dctx_slice slice[2];

	(void)state;
	ran = 0;
	assert_int_equal(dctx_scatter(2, NULL, NULL, &good, slice),
			 DCTX_INVALID);
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &good, NULL),
			 DCTX_INVALID);
	bad = good;
	bad.struct_size--;
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &bad, slice),
			 DCTX_INVALID);
	bad = good;
	bad.flags = 2;
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &bad, slice),
			 DCTX_INVALID);
	bad = good;
	bad.policy = DCTX_QUORUM;
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &bad, slice),
			 DCTX_INVALID);
	bad.quorum = 3;
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &bad, slice),
			 DCTX_INVALID);
	bad = good;
	bad.policy = (dctx_scatter_policy)17;
	assert_int_equal(dctx_scatter(2, all_fail, NULL, &bad, slice),
			 DCTX_INVALID);
	assert_int_equal(ran, 0);
}

static void what_no_submit_takes_no_scatter_takes(void **state)
{
	dctx_submit_options submit[4] = {{.struct_size = DCTX_SUBMIT_SIZE - 1},
					 {.struct_size = DCTX_SUBMIT_SIZE},
					 {.struct_size = DCTX_SUBMIT_SIZE},
					 {.struct_size = DCTX_SUBMIT_SIZE}};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_slice slice[2];

	(void)state;
	ran = 0;
	submit[1].flags = DCTX_SUBMIT_FORK << 1;
	submit[2].carry = (dctx_carry)2;
	submit[3].deadline = -1;
	for (int i = 0; i < 4; i++) {
		options.submit = &submit[i];
		assert_int_equal(
			dctx_scatter(2, all_fail, NULL, &options, slice),
			DCTX_INVALID);
		assert_int_equal(dctx_submit(dctx_executor_inline(),
					     run_nothing, NULL, &submit[i],
					     NULL),
				 DCTX_INVALID);
	}
	assert_int_equal(ran, 0);
}

static void a_thousand_slices_that_block_are_all_there_in_order(void **state)
{
	static dctx_slice slice[1000];
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};

	(void)state;
	crew_begin(&crew, CREW_MOST, 1024);
	options.executor = crew.executor;
	most_running = 0;
	assert_int_equal(
		dctx_scatter(1000, count_running, NULL, &options, slice),
		DCTX_OK);
	assert_true(most_running > 1);
	expect_all(slice, 1000);
	crew_end(&crew);
}

static void warm_scatters_take_no_memory(void **state)
{
	long asked;

	(void)state;
	crew_begin(&crew, 2, 64);
	for (int i = 0; i < 200; i++)
		scatter_seen(i % 2 ? crew.executor : NULL, 0);
	dctxt_heap_fail(0, false);
	for (int i = 0; i < 200; i++)
		scatter_seen(i % 2 ? crew.executor : NULL, 0);
	asked = dctxt_heap_relent();
	/* Not one a slice, and hardly one a scatter: now and then an item is
	 * late, and the next scatter needs a block beside its own. */
	assert_true(asked < 20);
	crew_end(&crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(slices_see_their_callers_context_and_leave_nothing),
		DCTXT_TEST(sequentially_slices_run_here_in_order),
		DCTXT_TEST(an_inline_executor_takes_no_context_away),
		DCTXT_TEST(a_sequential_failure_has_the_same_shape),
		DCTXT_TEST(results_stand_in_order_whatever_comes_first),
		DCTXT_TEST(no_more_run_at_once_than_at_a_time),
		DCTXT_TEST(slices_are_timed_where_that_is_wanted),
		DCTXT_TEST(
			a_slice_is_a_scope_of_its_own_whatever_the_last_left),
		DCTXT_TEST(bad_options_are_invalid_and_nothing_runs),
		DCTXT_TEST(what_no_submit_takes_no_scatter_takes),
		DCTXT_TEST(a_thousand_slices_that_block_are_all_there_in_order),
		DCTXT_TEST(warm_scatters_take_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
