/* SPDX-License-Identifier: MIT */
/*
 * oom_accessor_test.c - proves that an allocation that fails while lists of
 * accessors change, and while they capture, set and go along with work, does no
 * more than fail its call: all that was set is back, nothing leaked.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "slot.h"

#include <stdio.h>

static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static void *see(void *arg)
{
	DCTXT_EXPECT(strcmp(slots_text(), "A B -") == 0);
	return arg;
}

/* *out is NULL on failure. */
static dctx_status make(dctx_accessors **out)
{
	dctx_status status = dctx_accessors_new(out);

	if (status == DCTX_OK)
		status = slot_add(*out, &slot_a);
	if (status == DCTX_OK)
		status = slot_add(*out, &slot_b);
	if (status == DCTX_OK)
		status = dctx_accessor_add(*out, dctx_accessor_sigmask());
	if (status != DCTX_OK)
		*out = dctx_accessors_unref(*out);
	return status;
}

static dctx_status change_lists(void)
{
	dctx_accessors *list = NULL, *inner = NULL;
	dctx_status status = dctx_accessors_new(&list);

	status = first(status, dctx_accessors_new(&inner));
	if (status == DCTX_OK)
		status = slot_add(inner, &slot_a);
	if (status == DCTX_OK)
		status = dctx_accessors_include(list, inner);
	if (status == DCTX_OK)
		status = slot_add(list, &slot_b);
	if (status == DCTX_OK)
		status = dctx_accessors_exclude(list, inner);
	if (status == DCTX_OK)
		status = dctx_accessor_remove_wait(list, "b", DCTX_NO_DEADLINE);
	dctx_accessors_unref(inner);
	dctx_accessors_unref(list);
	return status;
}

static dctx_status open_locals(void)
{
	dctx_accessors *list = NULL;
	dctx_locals *locals = NULL;
	dctx_locals_guard guard;
	dctx_status status;

	slots_are("A", "B", NULL);
	status = make(&list);
	if (status == DCTX_OK)
		status = dctx_locals_capture(list, NULL, &locals);
	slots_are("x", NULL, NULL);
	if (status == DCTX_OK)
		status = dctx_locals_open(locals, DCTX_EXACT_LOCALS, NULL,
					  &guard);
	if (status == DCTX_OK) {
		(void)see(NULL);
		dctx_locals_close(guard);
	}
	DCTXT_EXPECT(strcmp(slots_text(), "x - -") == 0);
	slots_are(NULL, NULL, NULL);
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
	DCTXT_EXPECT(slots_alive == 0);
	return status;
}

static dctx_status use(unsigned flags, const char *name)
{
	dctx_accessors *list = NULL;
	dctx_submit_options how = {
		.struct_size = sizeof(how), .flags = flags, .name = name};
	dctx_work *work = NULL;
	pthread_t thread;
	dctx_status status = make(&list);

	slots_are("A", "B", NULL);
	how.accessors = list;
	if (status == DCTX_OK)
		status = dctx_wrap_with(see, NULL, &how, &work);
	slots_are("x", "y", NULL);
	if (work != NULL)
		status = first(status, dctx_work_call(work, NULL));
	if (work != NULL)
		status = first(status, dctx_work_run(work, NULL));
	DCTXT_EXPECT(strcmp(slots_text(), "x y -") == 0);
	slots_are("A", "B", NULL);
	if (status == DCTX_OK &&
	    (status = dctx_thread_start_with(&thread, see, NULL, &how)) ==
		    DCTX_OK)
		DCTXT_EXPECT(pthread_join(thread, NULL) == 0);
	slots_are(NULL, NULL, NULL);
	dctx_accessors_unref(list);
	DCTXT_EXPECT(slots_alive == 0);
	return status;
}

static dctx_status carry_along(void)
{
	return use(0, NULL);
}

static dctx_status carry_forked(void)
{
	return use(DCTX_SUBMIT_FORK, "step");
}

static const struct dctxt_scenario scenarios[] = {
	{"change lists", change_lists},
	{"capture and open", open_locals},
	{"work with accessors", carry_along},
	{"forked work with a name", carry_forked},
};

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	(void)state;
	slot_logs = false;
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
