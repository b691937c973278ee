/* SPDX-License-Identifier: MIT */
/*
 * ask_test.c - proves that who is told that somebody else has cancelled finds
 * the work over, though that somebody is not further than showing the cause
 * (model/ask.pml has the other ways in which two cancels can meet); and that a
 * deadline that had come when it was set has, however the coarse clock lags.
 */
#include "life/source.h"
#include "plat/clock.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* What a canceller has done that was stopped after its first step. */
static void begin_cancel(dctx_source *source)
{
	struct dctxi_cause *cause = dctxi_cause_static("first");

	cause->status = DCTX_CANCELED;
	__atomic_store_n(&dctxi_source_cell(source)->u.cause, cause,
			 __ATOMIC_RELEASE);
}

static dctx_status cancel(dctx_source *source)
{
	return dctx_cancel(source, "second");
}

static dctx_status cancel_from_signal(dctx_source *source)
{
	return dctx_cancel_from_signal(source, "second");
}

static void second_finds_it_over(dctx_status (*second)(dctx_source *source))
{
	dctx_source *source;
	dctx_cause_info cause;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	{
		DCTX_SCOPE("work");
		assert_int_equal(dctx_add_source(source), DCTX_OK);
		assert_int_equal(dctx_done(), DCTX_OK);
		begin_cancel(source);
		assert_int_equal(second(source), DCTX_STALE);
		assert_int_equal(dctx_done(), DCTX_CANCELED);
		assert_int_equal(dctx_cause(&cause), DCTX_CANCELED);
		assert_string_equal(cause.message, "first");
	}
	dctx_source_unref(source);
}

static bool is_known(const struct dctxi_cell *cell)
{
	return cell->abi.clean == dctx_abi1_epoch;
}

/* Without a walk; and what the one above was not known to be, it is not. */
static void a_new_cell_is_known_to_be_as_live_as_the_one_above(void **state)
{
	struct dctxi_cell *top, *below, *other, *join, *late;

	(void)state;
	top = dctxi_cell_new(DCTXI_CELL_SOURCE, NULL, DCTX_NO_DEADLINE);
	other = dctxi_cell_new(DCTXI_CELL_SOURCE, NULL, DCTX_NO_DEADLINE);
	below = dctxi_cell_new(DCTXI_CELL_SOURCE, top, DCTX_NO_DEADLINE);
	assert_true(is_known(top) && is_known(other) && is_known(below));
	assert_int_equal(dctxi_cell_join(top, other, &join), DCTX_OK);
	assert_false(is_known(join));
	dctx_abi1_epoch++;
	late = dctxi_cell_new(DCTXI_CELL_SOURCE, below, DCTX_NO_DEADLINE);
	assert_false(is_known(late));
	dctxi_cell_drop(late);
	dctxi_cell_renew(below, NULL, DCTX_NO_DEADLINE);
	assert_true(is_known(below));
	dctxi_cell_drop(join);
	dctxi_cell_drop(below);
	dctxi_cell_drop(other);
	dctxi_cell_drop(top);
}

static void a_second_cancel_finds_the_work_over(void **state)
{
	(void)state;
	second_finds_it_over(cancel);
}

static void a_second_cancel_from_a_handler_does_too(void **state)
{
	(void)state;
	second_finds_it_over(cancel_from_signal);
}

static const int64_t lags[] = {0, 1, DCTX_S, 3600 * DCTX_S};

static void a_timeout_of_nothing_is_due_at_once(void **state)
{
	struct dctxi_virtual_clock clock = {INT64_C(1) << 60, 0};

	(void)state;
	dctxi_clock_set_virtual(&clock);
	for (size_t i = 0; i < sizeof lags / sizeof *lags; i++) {
		DCTX_SCOPE("work");
		clock.now += 2 * 3600 * DCTX_S;
		clock.lag = lags[i];
		assert_int_equal(dctx_set_timeout(-(int64_t)i), DCTX_OK);
		assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
	}
	dctxi_clock_set_virtual(NULL);
}

static void a_budget_that_came_empty_is_over(void **state)
{
	struct dctxi_virtual_clock clock = {INT64_C(1) << 61, 0};
	unsigned char message[128];
	dctx_snapshot *came;
	size_t len;

	(void)state;
	dctxi_clock_set_virtual(&clock);
	{
		DCTX_SCOPE("work");
		assert_int_equal(dctx_set_timeout(0), DCTX_OK);
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	for (size_t i = 0; i < sizeof lags / sizeof *lags; i++) {
		clock.now += 2 * 3600 * DCTX_S;
		clock.lag = lags[i];
		assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
		assert_int_equal(dctx_snapshot_done(came),
				 DCTX_DEADLINE_EXCEEDED);
		dctx_snapshot_unref(came);
	}
	dctxi_clock_set_virtual(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_new_cell_is_known_to_be_as_live_as_the_one_above),
		cmocka_unit_test(a_second_cancel_finds_the_work_over),
		cmocka_unit_test(a_second_cancel_from_a_handler_does_too),
		cmocka_unit_test(a_timeout_of_nothing_is_due_at_once),
		cmocka_unit_test(a_budget_that_came_empty_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
