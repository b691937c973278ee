/* SPDX-License-Identifier: MIT */
/*
 * oom_values_test.c - proves that an allocation that fails while values of any
 * kind, boxes, notes and containers are made does no more than fail its call.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "rows.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static char large[5000];
static const struct dctxt_thing made = {.id = 3};

/* Keeps the first failure of a row. */
static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static dctx_any thing(void)
{
	return DCTX_ANY_OBJECT(&dctxt_thing_type, &made);
}

static dctx_status set_by_name(void)
{
	const dctx_any object = thing();
	dctx_status status = dctx_set_named("num", &DCTX_ANY(1));

	status = first(status, dctx_set_named("text", &DCTX_ANY(large)));
	status = first(status, dctx_set_named("thing", &object));
	status = first(status, dctx_unset_named("text"));
	if (status == DCTX_OK)
		DCTXT_EXPECT(dctx_list(DCTX_LIST_SCOPE, NULL, 0) == 3);
	return status;
}

static dctx_status adopt_and_share(void)
{
	const dctx_any object = thing();
	dctx_boxed *box = NULL, *shared = NULL;
	dctx_status status = dctx_boxed_new(&object, &box);

	if (status != DCTX_OK)
		return status;
	status = dctx_adopt(&k_thing.key, dctx_boxed_ref(box));
	if (status != DCTX_OK)
		dctx_boxed_unref(box);
	status = first(status, dctx_set(k_text, "short"));
	if (status == DCTX_OK)
		status = dctx_share(&k_text.key, &shared);
	if (status == DCTX_OK)
		DCTXT_EXPECT(dctx_get(k_thing, NULL) ==
			     dctx_boxed_get(box).as.object);
	dctx_boxed_unref(shared);
	dctx_boxed_unref(box);
	return status;
}

static dctx_status take_notes(void)
{
	const dctx_any object = thing();
	dctx_status status = dctx_note_set("a", &DCTX_ANY(1));
	dctx_snapshot *taken = NULL;

	status = first(status, dctx_note_set("thing", &object));
	status = first(status, dctx_note_set("b", &DCTX_ANY(large)));
	status = first(status, dctx_capture(&taken));
	status = first(status, dctx_note_set("a", &DCTX_ANY("other")));
	status = first(status, dctx_note_unset("b"));
	if (status == DCTX_OK) {
		DCTXT_EXPECT(dctx_notes(NULL, 0) == 2);
		DCTXT_EXPECT(dctx_snapshot_notes(taken, NULL, 0) == 3);
		DCTXT_EXPECT(dctx_snapshot_note(taken, "a").as.i == 1);
	}
	status = first(status, dctx_notes_clear());
	dctx_snapshot_unref(taken);
	return status;
}

static dctx_status use_a_container(void)
{
	dctx_status status = dctx_note_set("a", &DCTX_ANY("text"));

	status = first(status, rows_use());
	status = first(status, rows_push("more"));
	status = first(status, dctx_note_unset("0"));
	if (status == DCTX_OK)
		DCTXT_EXPECT(strcmp(rows_shown(), "more") == 0);
	return first(status,
		     dctx_store_container(dctx_current(), NULL, NULL));
}

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"by name", set_by_name},
		{"adopt and share", adopt_and_share},
		{"notes", take_notes},
		{"container", use_a_container},
	};

	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROWS_TEST(no_failed_allocation_does_more_than_fail_its_call),
	};

	memset(large, 'L', sizeof(large) - 1);
	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
