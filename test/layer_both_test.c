/* SPDX-License-Identifier: MIT */
/*
 * layer_both_test.c - proves that with both of our layers mounted each span is
 * in the hands of one of them: in a task of the async layer, elsewhere of the
 * sync one, and for ever of the one that had it first.
 */
#include "layered.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

#define SITE(name)                                                             \
	{                                                                      \
		name, NULL, DCTX_LEVEL_INFO, __FILE__, __LINE__                \
	}
static const dctx_span_site outer = SITE("outer"), inner = SITE("inner");

static void check_chain(const char *expected)
{
	char text[64];

	dctx_chain_text("/", text, sizeof(text));
	assert_string_equal(text, expected);
}

static dctx_store *new_task(void)
{
	dctx_store *task = NULL;

	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	return task;
}

static void end_task(dctx_store *task)
{
	dctx_task_leave(task);
	dctx_task_free(task);
}

static dctx_span *begin(const dctx_span_site *site)
{
	return dctxt_span_begin(site, NULL, NULL);
}

static void together_the_sync_layer_stands_back_in_a_task(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	check_chain("outer");
	dctx_set(k_num, 1);
	dctx_span_leave(span);
	dctx_span_enter(span);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctxt_span_end(span);
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void together_the_sync_layer_works_outside(void **state)
{
	dctx_span *span = begin(&outer);

	(void)state;
	check_chain("outer");
	dctx_set(k_num, 1);
	dctx_span_leave(span);
	check_chain("");
	dctx_span_enter(span);
	assert_false(dctx_has(k_num));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void together_a_span_stays_with_who_had_it_first(void **state)
{
	dctx_store *task = new_task();
	dctx_span *of_the_thread = begin(&outer), *of_the_task;

	(void)state;
	dctx_task_enter(task);
	dctx_span_enter(of_the_thread);
	check_chain("outer");
	dctx_span_leave(of_the_thread);
	check_chain("");
	of_the_task = begin(&inner);
	dctx_span_leave(of_the_task);
	dctx_task_leave(task);
	dctx_span_leave(of_the_thread);
	dctx_span_enter(of_the_task);
	check_chain("");
	dctx_span_leave(of_the_task);
	dctx_task_enter(task);
	check_chain("inner");
	dctx_span_close(of_the_task);
	check_chain("");
	end_task(task);
	dctx_span_close(of_the_thread);
}

/* W18: with fields to extract and record both are fine, too. */
static void layers_mounted_twice_are_refused_and_go_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(dctx_layer_mount(dctx_layer_sync(), 0), DCTX_CONFLICT);
	assert_int_equal(dctx_layer_unmount(dctx_layer_async()), DCTX_OK);
	assert_int_equal(dctx_layer_unmount(dctx_layer_async()), DCTX_STALE);
	assert_int_equal(dctx_layer_mount(dctx_layer_async(), 0), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(together_the_sync_layer_stands_back_in_a_task,
			      both),
		DCTXT_LAYERED(together_the_sync_layer_works_outside, both),
		DCTXT_LAYERED(together_a_span_stays_with_who_had_it_first,
			      both),
		DCTXT_LAYERED(
			layers_mounted_twice_are_refused_and_go_one_by_one,
			both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
