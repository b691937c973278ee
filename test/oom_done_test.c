/* SPDX-License-Identifier: MIT */
/*
 * oom_done_test.c - proves that an allocation that fails while a deadline, a
 * source, a grace, a shield or a waiter is set does no more than fail its call:
 * what ends the context is as it was.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <stdio.h>

#define HOUR (3600 * DCTX_S)

enum { MANY = 60 };

static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static dctx_status set_deadlines(void)
{
	int64_t at = dctx_deadline_in(HOUR), before = dctx_deadline();
	dctx_status status = DCTX_OK;

	DCTX_SCOPE("deadlines");
	for (int i = 0; i < MANY; i++) {
		dctx_status set = dctx_set_deadline(at - i);

		if (set == DCTX_OK)
			before = at - i;
		DCTXT_EXPECT(dctx_deadline() == before);
		status = first(status, set);
	}
	return status;
}

static dctx_status add_sources(void)
{
	dctx_status status = DCTX_OK;

	DCTX_SCOPE("sources");
	for (int i = 0; i < MANY; i++) {
		dctx_source *s = NULL;
		dctx_status added = dctx_source_new(NULL, DCTX_NO_DEADLINE, &s);

		DCTXT_EXPECT((s != NULL) == (added == DCTX_OK));
		if (added == DCTX_OK)
			added = dctx_add_source(s);
		DCTXT_EXPECT(dctx_done() == DCTX_OK);
		dctx_source_unref(s);
		status = first(status, added);
	}
	return status;
}

/* A snapshot under a source of its own; NULL without memory. */
static dctx_status capture_under_another(dctx_snapshot **out)
{
	dctx_source *s = NULL;
	dctx_status status = dctx_source_new(NULL, DCTX_NO_DEADLINE, &s);

	DCTX_SCOPE("another");
	if (status == DCTX_OK)
		status = dctx_add_source(s);
	if (status == DCTX_OK)
		status = dctx_capture(out);
	dctx_source_unref(s);
	return status;
}

static dctx_status merge_what_is_under_two(void)
{
	dctx_snapshot *one = NULL, *other = NULL, *both = NULL;
	dctx_status status = capture_under_another(&one);

	if (status == DCTX_OK)
		status = capture_under_another(&other);
	if (status == DCTX_OK)
		status = dctx_snapshot_merge(one, other, &both);
	DCTXT_EXPECT((both != NULL) == (status == DCTX_OK));
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(other);
	dctx_snapshot_unref(both);
	return status;
}

static dctx_status cancel_with_a_reason(void)
{
	dctx_source *s = NULL;
	dctx_cause_info cause;
	dctx_status status = dctx_source_new(NULL, DCTX_NO_DEADLINE, &s);

	if (status != DCTX_OK)
		return status;
	status = dctx_cancel(s, "a message that has to be copied");
	DCTXT_EXPECT(status == DCTX_OK);
	DCTXT_EXPECT(dctx_source_done(s) == DCTX_CANCELED);
	DCTXT_EXPECT(dctx_source_cause(s, &cause) == DCTX_CANCELED);
	DCTXT_EXPECT(strncmp(cause.message, "canceled", 8) == 0 ||
		     strncmp(cause.message, "a message", 9) == 0);
	dctx_source_unref(s);
	return status;
}

static dctx_status shield_the_rest(void)
{
	int64_t past = dctx_now();
	dctx_status grace, shield;

	DCTX_SCOPE("request");
	grace = dctx_set_deadline(past);
	if (grace != DCTX_OK)
		return grace;
	grace = dctx_set_grace(HOUR);
	DCTXT_EXPECT(dctx_grace() == (grace == DCTX_OK ? HOUR : 0));
	DCTX_SCOPE("roll back");
	shield = dctx_shield();
	if (grace == DCTX_OK && shield == DCTX_OK)
		DCTXT_EXPECT(dctx_deadline() == past + HOUR);
	else
		DCTXT_EXPECT(dctx_deadline() == past);
	return first(grace, shield);
}

static void ignore(void *arg, dctx_status status)
{
	(void)status;
	++*(int *)arg;
}

static dctx_status wait_for_the_end(void)
{
	dctx_source *s = NULL;
	dctx_waiter *waiter[4] = {NULL};
	int told[4] = {0};
	dctx_status status = dctx_source_new(NULL, DCTX_NO_DEADLINE, &s);

	if (status != DCTX_OK)
		return status;
	DCTX_SCOPE("waiting");
	status = dctx_add_source(s);
	if (status != DCTX_OK)
		goto out;
	for (int i = 0; i < 4; i++)
		status = first(status,
			       dctx_on_done(ignore, &told[i], &waiter[i]));
	dctx_cancel(s, NULL);
	for (int i = 0; i < 4; i++) {
		DCTXT_EXPECT(told[i] == (waiter[i] != NULL));
		dctx_waiter_remove(waiter[i]);
	}
out:
	dctx_source_unref(s);
	return status;
}

static dctx_status sleep_for_a_while(void)
{
	dctx_source *s = NULL;
	dctx_status status = dctx_source_new(NULL, DCTX_NO_DEADLINE, &s);

	DCTX_SCOPE("sleeping");
	if (status == DCTX_OK)
		status = dctx_add_source(s);
	if (status == DCTX_OK)
		status = dctx_wait(dctx_deadline_in(DCTX_US));
	dctx_source_unref(s);
	return status;
}

static dctx_status set_at_a_root(void)
{
	int64_t at = dctx_deadline_in(HOUR);
	dctx_source *s = NULL;
	dctx_store *task = NULL;
	dctx_status status = dctx_task_new(NULL, &task), set;

	if (status != DCTX_OK)
		return status;
	status = dctx_store_set_deadline(task, at);
	DCTXT_EXPECT(dctx_store_deadline(task) ==
		     (status == DCTX_OK ? at : DCTX_NO_DEADLINE));
	at = dctx_store_deadline(task);
	set = dctx_source_new(NULL, 0, &s);
	if (set == DCTX_OK) {
		set = dctx_store_add_source(task, s);
		DCTXT_EXPECT(dctx_store_deadline(task) ==
			     (set == DCTX_OK ? 0 : at));
	}
	status = first(status, set);
	set = dctx_store_detach(task);
	DCTXT_EXPECT(set != DCTX_OK ||
		     dctx_store_deadline(task) == DCTX_NO_DEADLINE);
	dctx_source_unref(s);
	dctx_task_free(task);
	return first(status, set);
}

static dctx_status detach_a_capture(void)
{
	dctx_snapshot *snapshot = NULL, *free_of_it = NULL;
	dctx_source *below = NULL;
	dctx_status status;

	DCTX_SCOPE("captured");
	status = dctx_set_timeout(HOUR);
	status = first(status, dctx_capture(&snapshot));
	if (snapshot != NULL) {
		dctx_status made = dctx_snapshot_detach(snapshot, &free_of_it);

		DCTXT_EXPECT((free_of_it != NULL) == (made == DCTX_OK));
		status = first(status, made);
		made = dctx_source_below(snapshot, &below);
		DCTXT_EXPECT((below != NULL) == (made == DCTX_OK));
		status = first(status, made);
	}
	dctx_source_unref(below);
	dctx_snapshot_unref(free_of_it);
	dctx_snapshot_unref(snapshot);
	return status;
}

static dctx_status overlay_two(void)
{
	dctx_source *s[2] = {NULL, NULL};
	dctx_snapshot *over = NULL;
	dctx_guard guard;
	dctx_status status = DCTX_OK;

	for (int i = 0; i < 2; i++)
		status = first(status,
			       dctx_source_new(NULL, DCTX_NO_DEADLINE, &s[i]));
	if (status == DCTX_OK) {
		DCTX_SCOPE("over");
		status = first(dctx_add_source(s[0]), dctx_capture(&over));
	}
	if (status == DCTX_OK) {
		DCTX_SCOPE("host");
		status = first(dctx_add_source(s[1]),
			       dctx_overlay(over, &guard));
		if (status == DCTX_OK)
			dctx_leave(guard);
	}
	dctx_snapshot_unref(over);
	dctx_source_unref(s[0]);
	dctx_source_unref(s[1]);
	return status;
}

static const struct dctxt_scenario scenarios[] = {
	{"set deadlines", set_deadlines},
	{"add sources", add_sources},
	{"merge what is under two", merge_what_is_under_two},
	{"cancel with a reason", cancel_with_a_reason},
	{"shield the rest", shield_the_rest},
	{"wait for the end", wait_for_the_end},
	{"sleep for a while", sleep_for_a_while},
	{"set at a root", set_at_a_root},
	{"detach a capture", detach_a_capture},
	{"overlay two", overlay_two},
};

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
