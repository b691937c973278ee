/* SPDX-License-Identifier: MIT */
/*
 * The explorer ends a scenario at each point where it asks or blocks, and so
 * finds clean-up that forgets something.
 */
#include "kit.h"

#include <dctx/explore.h>

/* Something with two parts, to be closed whatever happens. */
struct session {
	int open_parts;
	bool forgets;
	int finished;
};

static void use(struct session *s)
{
	if (dctx_done() != DCTX_OK)
		return;
	s->open_parts++;
	if (dctx_wait(dctx_now() + DCTX_S) != DCTX_OK) {
		s->open_parts--;
		return;
	}
	s->open_parts++;
	if (dctx_done() != DCTX_OK) {
		/* The planted bug: the second part is forgotten. */
		s->open_parts -= s->forgets ? 1 : 2;
		return;
	}
	s->open_parts -= 2;
	s->finished++;
}

static void scenario(void *arg)
{
	DCTX_SCOPE("session");
	use(arg);
}

static bool all_closed(void *arg)
{
	struct session *s = arg;
	bool closed = s->open_parts == 0;

	s->open_parts = 0;
	return closed;
}

static void every_point_is_ended_once_with_each_end(void **state)
{
	dctx_explore_options options = {.struct_size = sizeof options,
					.check = all_closed};
	struct session s = {0};
	dctx_explore_report report;

	(void)state;
	assert_int_equal(dctx_explore(scenario, &s, &options, &report),
			 DCTX_OK);
	/* Asked, slept, asked: and the run that nobody ends. */
	assert_in_range(report.points, 3, 6);
	assert_int_equal(report.runs, 2 * (report.points + 1));
	assert_int_equal(report.failed, 0);
	assert_int_equal(report.first_failed, 0);
	assert_true(s.finished >= 2);
}

static void clean_up_that_forgets_is_found(void **state)
{
	dctx_explore_options options = {.struct_size = sizeof options,
					.check = all_closed};
	struct session s = {.forgets = true};
	dctx_explore_report report;

	(void)state;
	assert_int_equal(dctx_explore(scenario, &s, &options, &report),
			 DCTX_OK);
	assert_int_equal(report.failed, 2);
	assert_int_equal(report.first_failed, report.points);
	assert_int_equal(report.first_end, DCTX_CANCELED);
	options.end = DCTX_EXPLORE_EXPIRE;
	assert_int_equal(dctx_explore(scenario, &s, &options, &report),
			 DCTX_OK);
	assert_int_equal(report.failed, 1);
	assert_int_equal(report.first_end, DCTX_DEADLINE_EXCEEDED);
}

static void leaves_open(void *arg)
{
	(void)arg;
	(void)dctx_enter("open");
	if (dctx_done() != DCTX_OK)
		return;
	dctx_leave((dctx_guard){0});
}

static void a_scope_that_is_left_open_is_a_failure(void **state)
{
	dctx_explore_report report;
	size_t depth = dctx_store_depth(dctx_current());

	(void)state;
	assert_int_equal(dctx_explore(leaves_open, NULL, NULL, &report),
			 DCTX_OK);
	assert_int_equal(report.failed, report.runs);
	assert_int_equal(dctx_store_depth(dctx_current()), depth);
}

static void explores_inside(void *arg)
{
	dctx_explore_report report;

	assert_int_equal(dctx_explore(scenario, arg, NULL, &report), DCTX_BUSY);
}

static void misuse_is_refused(void **state)
{
	dctx_explore_options options = {.struct_size = 1};
	dctx_explore_report report;
	struct session s = {0};

	(void)state;
	assert_int_equal(dctx_explore(NULL, NULL, NULL, &report), DCTX_INVALID);
	assert_int_equal(dctx_explore(scenario, &s, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_explore(scenario, &s, &options, &report),
			 DCTX_INVALID);
	options.struct_size = sizeof options;
	options.runs_max = 1;
	assert_int_equal(dctx_explore(scenario, &s, &options, &report),
			 DCTX_LIMIT);
	assert_int_equal(report.runs, 1);
	assert_int_equal(dctx_explore(explores_inside, &s, NULL, &report),
			 DCTX_OK);
	assert_int_equal(report.points, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_point_is_ended_once_with_each_end),
		DCTXT_TEST(clean_up_that_forgets_is_found),
		DCTXT_TEST(a_scope_that_is_left_open_is_a_failure),
		DCTXT_TEST(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
