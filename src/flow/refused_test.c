/* SPDX-License-Identifier: MIT */
/*
 * refused_test.c - proves that a system that refuses memory, at any one request
 * or from any one on, costs no more than the call: what notes, boxes and values
 * of any kind were to give stays unwritten, and the store is as it was.
 */
#include "data/notes.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct part {
	int id;
};

static int alive;

static dctx_status copy_part(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(struct part));
	alive++;
	return DCTX_OK;
}

static void destroy_part(void *part)
{
	(void)part;
	alive--;
}

static const dctx_type part_type = {
	.struct_size = sizeof(dctx_type),
	.name = "part",
	.size = sizeof(struct part),
	.copy = copy_part,
	.destroy = destroy_part,
};

DCTX_KEY_DECLARE_TYPE(k_part, struct part);
DCTX_KEY_TYPE(k_part, "part", struct part, &part_type);
/* They fill a page, so that what follows is on another one. */
DCTX_KEY_U64(k_0, "0", DCTX_LOCAL);
DCTX_KEY_U64(k_1, "1", DCTX_LOCAL);
DCTX_KEY_U64(k_2, "2", DCTX_LOCAL);
DCTX_KEY_U64(k_3, "3", DCTX_LOCAL);
DCTX_KEY_U64(k_4, "4", DCTX_LOCAL);
DCTX_KEY_U64(k_5, "5", DCTX_LOCAL);
DCTX_KEY_U64(k_6, "6", DCTX_LOCAL);
DCTX_KEY_U64(k_7, "7", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static struct part part = {.id = 7};
static char large[700];
static dctx_container container;

/* What must stay unwritten, and a box to be adopted. */
static dctx_boxed *out, *box;
static dctx_boxed *const unwritten = (dctx_boxed *)(void *)large;

static dctx_status set_a_new_note(void)
{
	return dctx_note_set("new", &DCTX_ANY("text"));
}

static dctx_status set_a_note_again(void)
{
	return dctx_note_set("a", &DCTX_ANY(large));
}

static dctx_status set_an_object_note(void)
{
	return dctx_note_set("part", &DCTX_ANY_OBJECT(&part_type, &part));
}

static dctx_status set_a_number_note(void)
{
	return dctx_note_set("number", &DCTX_ANY(7));
}

static dctx_status unset_a_note(void)
{
	return dctx_note_unset("a");
}

static dctx_status clear_notes(void)
{
	return dctx_notes_clear();
}

static dctx_status use_a_container(void)
{
	return dctx_store_container(dctx_current(), &container, NULL);
}

static dctx_status box_a_text(void)
{
	return dctx_boxed_new(&DCTX_ANY("text"), &out);
}

static dctx_status box_a_number(void)
{
	return dctx_boxed_new(&DCTX_ANY(7), &out);
}

static dctx_status box_an_object(void)
{
	return dctx_boxed_new(&DCTX_ANY_OBJECT(&part_type, &part), &out);
}

static dctx_status move_an_object(void)
{
	dctx_status status = dctx_boxed_move(&part_type, &part, &out);

	alive += status == DCTX_OK;
	return status;
}

static dctx_status share_a_text(void)
{
	return dctx_share(&k_text.key, &out);
}

static dctx_status adopt_an_object(void)
{
	dctx_status status = dctx_adopt(&k_part.key, dctx_boxed_ref(box));

	if (status != DCTX_OK)
		dctx_boxed_unref(box);
	return status;
}

static dctx_status set_any_text(void)
{
	return dctx_set_any(&k_text.key, &DCTX_ANY(large));
}

static dctx_status set_any_object(void)
{
	return dctx_set_named("part", &DCTX_ANY_OBJECT(&part_type, &part));
}

/* All that the innermost scope can tell of the store. */
static void picture(char *text, size_t size)
{
	dctx_note_item notes[8];
	dctx_item items[8];
	size_t n = dctx_notes(notes, 8), at = 0;

	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, size - at, "%s %u/",
				       notes[i].name, notes[i].value.kind);
	n = dctx_list(DCTX_LIST_SCOPE, items, 8);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, size - at, "%s %zu/",
				       items[i].key->name,
				       items[i].value.as.bytes.len);
	snprintf(text + at, size - at, "%d%s", alive,
		 dctx_store_container_data(dctx_current(), &dctxi_notes_own)
			 ? "own"
			 : "");
}

/* Tries an operation without what the thread keeps for later; true when it met
 * the refusal. */
static bool try(dctx_status (*run)(void), long n, bool once)
{
	char before[256], after[256];
	DCTX_ATTACH(NULL);
	dctx_status status;
	long asked;

	dctx_note_set("a", &DCTX_ANY(1));
	dctx_note_set("b", &DCTX_ANY("b"));
	dctx_set(k_text, "small");
	picture(before, sizeof(before));
	out = unwritten;
	dctxi_cache_drop(dctxi_local_now);
	dctxi_refusal = (struct dctxi_refusal){n, once, 0};
	status = run();
	asked = dctxi_refusal.asked;
	dctxi_refusal.countdown = -1;
	if (asked <= n) {
		assert_int_equal(status, DCTX_OK);
		if (out != unwritten)
			dctx_boxed_unref(out);
		return false;
	}
	assert_int_equal(status, DCTX_NOMEM);
	assert_int_equal(dctx_last_error()->status, DCTX_NOMEM);
	assert_ptr_equal(out, unwritten);
	picture(after, sizeof(after));
	assert_string_equal(after, before);
	return true;
}

static void a_refused_request_costs_its_call_alone(void **state)
{
	static dctx_status (*const runs[])(void) = {
		set_a_new_note, set_a_note_again, set_an_object_note,
		set_a_number_note, unset_a_note, clear_notes, use_a_container,
		box_a_text, box_a_number, box_an_object, move_an_object,
		share_a_text, adopt_an_object, set_any_text, set_any_object,
	};
	long refused = 0;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(runs) / sizeof(runs[0]); i++) {
		long n = 0;

		while (try(runs[i / 2], n, i % 2 == 0))
			n++;
		assert_true(n > 0);
		refused += n;
	}
	printf("%ld requests refused\n", refused);
	assert_int_equal(alive, 1); /* in the box */
}

/* A note's place is given at the first set; a refusal there can be made good.
 * Must be the first test. */
static void the_first_note_may_be_refused_its_place(void **state)
{
	(void)state;
	assert_int_equal(dctxi_notes_key.page, 0);
	(void)dctx_current();
	dctxi_refusal = (struct dctxi_refusal){0, false, 0};
	assert_int_equal(dctx_note_set("a", &DCTX_ANY(1)), DCTX_NOMEM);
	dctxi_refusal.countdown = -1;
	assert_int_equal(dctx_note("a").kind, 0);
	assert_int_equal(dctx_note_set("a", &DCTX_ANY(1)), DCTX_OK);
	assert_int_equal(dctx_note("a").as.i, 1);
	assert_int_not_equal(dctxi_notes_key.page, 0);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_note_may_be_refused_its_place),
		cmocka_unit_test(a_refused_request_costs_its_call_alone),
	};
	int failed;

	memset(large, 'x', sizeof(large) - 1);
	container = dctxi_notes_own;
	if (box_an_object() != DCTX_OK)
		return 1;
	box = out;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	dctx_boxed_unref(box);
	return failed;
}
