/* SPDX-License-Identifier: MIT */
/* Cells from inside: joins, their ends, and causes without memory. */
#include "data/cell.h"
#include "data/snapshot.h"
#include "plat/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct dctxi_cell *source(struct dctxi_cell *parent, int64_t deadline)
{
	struct dctxi_cell *cell =
		dctxi_cell_new(DCTXI_CELL_SOURCE, parent, deadline);

	assert_non_null(cell);
	return cell;
}

static struct dctxi_cell *join(struct dctxi_cell *a, struct dctxi_cell *b)
{
	struct dctxi_cell *cell = NULL;

	assert_int_equal(dctxi_cell_join(a, b, &cell), DCTX_OK);
	return cell;
}

static void what_nobody_has_a_hand_in_is_unused(void **state)
{
	struct dctxi_cell *a = source(NULL, DCTXI_NO_DEADLINE);
	struct dctxi_cell *b = source(NULL, DCTXI_NO_DEADLINE);
	struct dctxi_cell *both = NULL;

	(void)state;
	assert_true(dctxi_cell_unused(a));
	a->waiters = DCTXI_CELL_HALLS;
	assert_false(dctxi_cell_unused(a));
	a->waiters = 0;
	assert_int_equal(dctxi_cell_join(a, b, &both), DCTX_OK);
	assert_false(dctxi_cell_unused(a));
	assert_false(dctxi_cell_unused(both));
	dctxi_cell_drop(both);
	assert_true(dctxi_cell_unused(a));
	dctxi_cell_drop(a);
	dctxi_cell_drop(b);
}

static void a_child_has_the_earlier_deadline(void **state)
{
	struct dctxi_cell *parent = source(NULL, 100);
	struct dctxi_cell *later = source(parent, 200);
	struct dctxi_cell *sooner = source(parent, 50);

	(void)state;
	assert_int_equal(later->deadline, 100);
	assert_int_equal(sooner->deadline, 50);
	assert_int_equal(parent->refs, 3);
	dctxi_cell_drop(later);
	dctxi_cell_drop(sooner);
	assert_int_equal(parent->refs, 1);
	dctxi_cell_drop(parent);
	dctxi_cell_drop(NULL);
}

static void what_is_above_already_needs_no_join(void **state)
{
	struct dctxi_cell *a = source(NULL, DCTXI_NO_DEADLINE);
	struct dctxi_cell *b = source(a, DCTXI_NO_DEADLINE);
	struct dctxi_cell *none;

	(void)state;
	none = join(NULL, NULL);
	assert_null(none);
	assert_ptr_equal(join(a, NULL), a);
	assert_ptr_equal(join(NULL, a), a);
	assert_ptr_equal(join(a, b), b);
	assert_ptr_equal(join(b, a), b);
	assert_ptr_equal(join(b, b), b);
	for (int i = 0; i < 2; i++)
		dctxi_cell_drop(a);
	for (int i = 0; i < 3; i++)
		dctxi_cell_drop(b);
	dctxi_cell_drop(b);
	dctxi_cell_drop(a);
}

/* What is behind a shield ends it later, so it is no substitute. */
static void a_shield_between_makes_a_join(void **state)
{
	struct dctxi_cell *a = source(NULL, DCTXI_NO_DEADLINE), *both;
	struct dctxi_cell *shield =
		dctxi_cell_new(DCTXI_CELL_SHIELD, a, DCTXI_NO_DEADLINE);

	(void)state;
	both = join(shield, a);
	assert_int_equal(both->kind, DCTXI_CELL_JOIN);
	assert_true(both->shielded);
	dctxi_cell_drop(both);
	dctxi_cell_drop(shield);
	dctxi_cell_drop(a);
}

static void only_a_shield_outlasts_its_parent(void **state)
{
	struct dctxi_cell *a = source(NULL, 5), *below = source(a, 9);
	struct dctxi_cell *shield = dctxi_cell_new(DCTXI_CELL_SHIELD, a, 9);

	(void)state;
	assert_int_equal(below->deadline, 5);
	assert_int_equal(shield->deadline, 9);
	dctxi_cell_drop(shield);
	dctxi_cell_drop(below);
	dctxi_cell_drop(a);
}

/* A tree of joins, each of two of equal rank. */
static struct dctxi_cell *tree(int rank)
{
	struct dctxi_cell *a, *b, *both;

	if (rank == 0)
		return source(NULL, DCTXI_NO_DEADLINE);
	a = tree(rank - 1);
	b = tree(rank - 1);
	both = join(a, b);
	dctxi_cell_drop(a);
	dctxi_cell_drop(b);
	return both;
}

static void the_one_of_the_lower_rank_is_the_other(void **state)
{
	struct dctxi_cell *high = tree(3), *low = tree(1), *both;

	(void)state;
	both = join(low, high);
	assert_ptr_equal(both->parent, high);
	assert_ptr_equal(both->u.other, low);
	assert_int_equal(both->rank, 3);
	dctxi_cell_drop(both);
	dctxi_cell_drop(high);
	dctxi_cell_drop(low);
}

static void joins_stand_so_deep_and_no_deeper(void **state)
{
	struct dctxi_cell *a = source(NULL, 1), *b = source(NULL, 2), *out = a;

	(void)state;
	a->rank = b->rank = 31;
	out = join(a, b);
	assert_int_equal(out->rank, 32);
	dctxi_cell_drop(out);
	a->rank = b->rank = 32;
	out = a;
	assert_int_equal(dctxi_cell_join(a, b, &out), DCTX_LIMIT);
	assert_ptr_equal(out, a);
	a->rank = b->rank = 0;
	dctxi_cell_drop(a);
	dctxi_cell_drop(b);
}

static void without_memory_nothing_is_made(void **state)
{
	struct dctxi_cell *a = source(NULL, 1), *b = source(NULL, 2), *out = a;

	(void)state;
	dctxi_refusal.countdown = 0;
	assert_null(dctxi_cell_new(DCTXI_CELL_SOURCE, a, 1));
	assert_int_equal(dctxi_cell_join(a, b, &out), DCTX_NOMEM);
	assert_null(dctxi_cause_new("why"));
	assert_null(dctxi_snapshot_over(&dctxi_snapshot_none, NULL, NULL, 1));
	dctxi_refusal.countdown = -1;
	assert_ptr_equal(out, a);
	assert_int_equal(a->refs, 1);
	dctxi_cell_drop(a);
	dctxi_cell_drop(b);
}

/* Ended one by one, not by recursion. */
static void a_long_line_ends(void **state)
{
	struct dctxi_cell *cell = source(NULL, DCTXI_NO_DEADLINE);

	(void)state;
	for (int i = 0; i < 300000; i++) {
		struct dctxi_cell *below = source(cell, DCTXI_NO_DEADLINE);

		dctxi_cell_drop(cell);
		cell = below;
	}
	dctxi_cell_drop(cell);
}

static void a_cause_is_a_copy_that_was_cut(void **state)
{
	char long_text[3000];
	struct dctxi_cause *cause = dctxi_cause_new("why");

	(void)state;
	assert_string_equal(cause->message, "why");
	dctxi_cause_free(cause);
	dctxi_cause_free(NULL);
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	cause = dctxi_cause_new(long_text);
	assert_int_equal(strlen(cause->message), DCTXI_MESSAGE_MAX);
	dctxi_cause_free(cause);
}

/* Last: the pool is the process's. */
static void causes_without_memory_are_so_many(void **state)
{
	struct dctxi_cause *cause = NULL;
	int n = 0;

	(void)state;
	for (;; n++) {
		cause = dctxi_cause_static("from a handler");
		if (dctxi_cause_is_spare(cause))
			break;
		assert_string_equal(cause->message, "from a handler");
		dctxi_cause_free(cause);
	}
	assert_int_equal(n, 32);
	assert_int_equal(cause->status, DCTX_CANCELED);
	assert_string_equal(cause->message, "canceled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_has_a_hand_in_is_unused),
		cmocka_unit_test(a_child_has_the_earlier_deadline),
		cmocka_unit_test(what_is_above_already_needs_no_join),
		cmocka_unit_test(a_shield_between_makes_a_join),
		cmocka_unit_test(only_a_shield_outlasts_its_parent),
		cmocka_unit_test(the_one_of_the_lower_rank_is_the_other),
		cmocka_unit_test(joins_stand_so_deep_and_no_deeper),
		cmocka_unit_test(without_memory_nothing_is_made),
		cmocka_unit_test(a_long_line_ends),
		cmocka_unit_test(a_cause_is_a_copy_that_was_cut),
		cmocka_unit_test(causes_without_memory_are_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
