/* SPDX-License-Identifier: MIT */
/*
 * go_context_test.c - what the tests of Go's package context hold (x_test.go,
 * context_test.go, afterfunc_test.go), and the promises of its documentation.
 */
#include "kit.h"

#include <pthread.h>

#define HOUR (3600 * DCTX_S)

DCTX_KEY_U64(k_number, "number", DCTX_LOCAL);

static dctx_source *source_by(dctx_source *parent, int64_t deadline)
{
	dctx_source *made = NULL;

	assert_int_equal(dctx_source_new(parent, deadline, &made), DCTX_OK);
	return made;
}

static dctx_source *source(dctx_source *parent)
{
	return source_by(parent, DCTX_NO_DEADLINE);
}

/* A context directly under a source. */
static dctx_snapshot *under(dctx_source *s)
{
	dctx_snapshot *snapshot = NULL;

	DCTX_SCOPE("under");
	assert_int_equal(dctx_add_source(s), DCTX_OK);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	return snapshot;
}

static void check_message(dctx_source *s, const char *expected)
{
	dctx_cause_info cause;

	assert_int_equal(dctx_source_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, expected);
}

/* A ternary tree of sources, each with one who waits below it. */
enum { NODES = 364, THREADS = 4 };

struct node {
	dctx_source *source;
	dctx_snapshot *context;
	dctx_waiter *waiter;
	atomic_int told;
};

struct crowd {
	struct node *nodes;
	int first;
	atomic_int *won;
};

static void told(void *arg, dctx_status status)
{
	DCTXT_EXPECT(status == DCTX_CANCELED);
	atomic_fetch_add(&((struct node *)arg)->told, 1);
}

static void *cancel_some(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < NODES; i++) {
		int at = (crowd->first + i * 5) % NODES;
		struct node *node = &crowd->nodes[at];

		if (dctx_cancel(node->source, "all at once") == DCTX_OK)
			atomic_fetch_add(crowd->won, 1);
		DCTXT_EXPECT(dctx_snapshot_done(node->context) ==
			     DCTX_CANCELED);
	}
	return NULL;
}

static void all_nodes_of_a_tree_may_be_cancelled_at_once(void **state)
{
	static struct node nodes[NODES];
	struct crowd crowd[THREADS];
	atomic_int won = 0;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	for (int i = 0; i < NODES; i++) {
		struct node *node = &nodes[i];

		node->source = source(i > 0 ? nodes[(i - 1) / 3].source : NULL);
		node->context = under(node->source);
		assert_int_equal(dctx_snapshot_on_done(node->context, told,
						       node, &node->waiter),
				 DCTX_OK);
	}
	for (int i = 0; i < THREADS; i++)
		crowd[i] = (struct crowd){nodes, i * NODES / THREADS, &won};
	dctxt_together(THREADS, cancel_some, crowd, sizeof(crowd[0]));
	assert_int_equal(atomic_load(&won), NODES);
	for (int i = 0; i < NODES; i++) {
		assert_int_equal(dctx_waiter_remove_wait(nodes[i].waiter),
				 DCTX_STALE);
		assert_int_equal(atomic_load(&nodes[i].told), 1);
		dctx_snapshot_unref(nodes[i].context);
		dctx_source_unref(nodes[i].source);
	}
}

/* Those who leave while the parent is cancelled: each is told or gone. */
struct leaver {
	dctx_source *parent;
	bool cancels;
	atomic_int told;
};

static void tell_leaver(void *arg, dctx_status status)
{
	(void)status;
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void *leave_or_cancel(void *arg)
{
	struct leaver *leaver = arg;

	if (leaver->cancels) {
		DCTXT_EXPECT(dctx_cancel(leaver->parent, NULL) == DCTX_OK);
		return NULL;
	}
	DCTX_SCOPE("leaver");
	dctx_add_source(leaver->parent);
	for (int i = 0; i < 100; i++) {
		atomic_int times = 0;
		dctx_waiter *w = NULL;
		dctx_status removed;

		DCTXT_EXPECT(dctx_on_done(tell_leaver, &times, &w) == DCTX_OK);
		removed = dctx_waiter_remove_wait(w);
		DCTXT_EXPECT(atomic_load(&times) == (removed != DCTX_OK));
	}
	return NULL;
}

static void a_removal_in_time_means_the_callback_never_runs(void **state)
{
	(void)state;
	for (int round = 0; round < 30; round++) {
		dctx_source *parent = source(NULL);
		struct leaver leavers[4];

		for (int i = 0; i < 4; i++) {
			leavers[i].parent = parent;
			leavers[i].cancels = i == round % 4;
		}
		dctxt_together(4, leave_or_cancel, leavers, sizeof(leavers[0]));
		dctx_source_unref(parent);
	}
}

static void a_child_cancelled_first_keeps_its_own_cause(void **state)
{
	dctx_source *parent = source(NULL), *child = source(parent);

	(void)state;
	dctx_cancel(child, "child");
	dctx_cancel(parent, "parent");
	check_message(child, "child");
	check_message(parent, "parent");
	dctx_source_unref(child);
	dctx_source_unref(parent);
}

/* Without anybody having asked in between. */
static void a_parent_cancelled_first_is_the_childs_cause(void **state)
{
	dctx_source *parent = source(NULL), *child = source(parent);
	dctx_source *grandchild = source(child);

	(void)state;
	dctx_cancel(parent, "parent");
	assert_int_equal(dctx_cancel(child, "child"), DCTX_OK);
	check_message(grandchild, "parent");
	check_message(child, "parent");
	check_message(parent, "parent");
	dctx_source_unref(grandchild);
	dctx_source_unref(child);
	dctx_source_unref(parent);
}

static void a_cause_of_two_parents_is_the_earlier_one(void **state)
{
	dctx_source *one = source(NULL), *other = source(NULL);
	dctx_cause_info cause;

	(void)state;
	DCTX_SCOPE("merged");
	dctx_add_source(one);
	dctx_add_source(other);
	dctx_cancel(other, "other");
	dctx_cancel(one, "one");
	assert_int_equal(dctx_cause(&cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "other");
	dctx_source_unref(one);
	dctx_source_unref(other);
}

static void a_childs_later_deadline_is_its_parents(void **state)
{
	int64_t t = dctx_deadline_in(HOUR);
	dctx_source *parent = source_by(NULL, t);
	dctx_source *child = source_by(parent, t + HOUR);
	dctx_source *grandchild = source_by(child, t - 1);
	dctx_snapshot *a = under(child), *b = under(grandchild);

	(void)state;
	assert_int_equal(dctx_snapshot_deadline(a), t);
	assert_int_equal(dctx_snapshot_deadline(b), t - 1);
	dctx_snapshot_unref(a);
	dctx_snapshot_unref(b);
	dctx_source_unref(grandchild);
	dctx_source_unref(child);
	dctx_source_unref(parent);
}

static void a_parents_deadline_ends_its_children(void **state)
{
	dctx_source *parent = source_by(NULL, dctx_deadline_in(20 * DCTX_MS));
	dctx_source *child = source_by(parent, dctx_deadline_in(HOUR));
	dctx_snapshot *c = under(child);

	(void)state;
	assert_int_equal(dctx_snapshot_wait(c, DCTX_NO_DEADLINE),
			 DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_source_done(child), DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_source_done(parent), DCTX_DEADLINE_EXCEEDED);
	dctx_snapshot_unref(c);
	dctx_source_unref(child);
	dctx_source_unref(parent);
}

static void timeouts_below_0_are_due_and_huge_ones_are_none(void **state)
{
	const int64_t due[] = {0, -1, -HOUR, INT64_MIN, INT64_MIN + 1};

	(void)state;
	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++) {
		dctx_source *s = source_by(NULL, due[i]);

		DCTX_SCOPE("due");
		assert_int_equal(dctx_set_timeout(due[i]), DCTX_OK);
		assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
		assert_int_equal(dctx_remaining(), 0);
		assert_true(dctx_deadline_in(due[i]) <= dctx_now());
		assert_int_equal(dctx_source_done(s), DCTX_DEADLINE_EXCEEDED);
		dctx_source_unref(s);
		DCTX_SCOPE("as a deadline");
		dctx_set_deadline(due[i]);
		assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
		assert_int_equal(dctx_wait(DCTX_NO_DEADLINE),
				 DCTX_DEADLINE_EXCEEDED);
	}
	DCTX_SCOPE("huge");
	assert_int_equal(dctx_set_timeout(INT64_MAX), DCTX_OK);
	assert_int_equal(dctx_set_timeout(INT64_MAX - 1), DCTX_OK);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_set_deadline(INT64_MAX - 1), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_OK);
}

static void after_func_is_called_once_and_a_second_stop_is_none(void **state)
{
	struct node node = {.source = source(NULL)};

	(void)state;
	node.context = under(node.source);
	assert_int_equal(
		dctx_snapshot_on_done(node.context, told, &node, &node.waiter),
		DCTX_OK);
	dctx_cancel(node.source, NULL);
	dctx_cancel(node.source, NULL);
	assert_int_equal(atomic_load(&node.told), 1);
	assert_int_equal(dctx_waiter_remove(node.waiter), DCTX_STALE);
	dctx_snapshot_unref(node.context);
	dctx_source_unref(node.source);
}

static void after_func_of_a_parent_is_not_run_by_its_childs_end(void **st)
{
	struct node node = {.source = source(NULL)};
	dctx_source *child = source(node.source);

	(void)st;
	node.context = under(node.source);
	assert_int_equal(
		dctx_snapshot_on_done(node.context, told, &node, &node.waiter),
		DCTX_OK);
	dctx_cancel(child, NULL);
	assert_int_equal(atomic_load(&node.told), 0);
	dctx_cancel(node.source, NULL);
	assert_int_equal(atomic_load(&node.told), 1);
	dctx_waiter_remove(node.waiter);
	dctx_snapshot_unref(node.context);
	dctx_source_unref(child);
	dctx_source_unref(node.source);
}

static void without_cancel_has_the_values_and_outlives_the_parent(void **state)
{
	dctx_source *s = source_by(NULL, dctx_now());
	dctx_snapshot *c = NULL, *without = NULL;
	dctx_source *below = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_number, 7);
		dctx_add_source(s);
		assert_int_equal(dctx_capture(&c), DCTX_OK);
	}
	assert_int_equal(dctx_snapshot_detach(c, &without), DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_snapshot_done(without), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(without, k_number, 0), 7);
	assert_int_equal(dctx_source_below(without, &below), DCTX_OK);
	assert_int_equal(dctx_source_done(below), DCTX_OK);
	dctx_cancel(below, NULL);
	assert_int_equal(dctx_source_done(below), DCTX_CANCELED);
	assert_int_equal(dctx_snapshot_done(without), DCTX_OK);
	dctx_source_unref(below);
	dctx_snapshot_unref(without);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

/* What is done a second time, and what it may allocate then. */
static void make_and_drop(void)
{
	dctx_source_unref(source(NULL));
}

static void make_below_with_a_deadline(void)
{
	dctx_source *s = source(NULL);

	dctx_source_unref(source_by(s, dctx_deadline_in(HOUR)));
	dctx_source_unref(s);
}

static void set_in_a_scope(void)
{
	DCTX_SCOPE("scope");
	dctx_set_timeout(HOUR);
	(void)dctx_done();
	(void)dctx_remaining();
}

static void add_one_and_two(void)
{
	dctx_source *one = source(NULL), *two = source(NULL);

	{
		DCTX_SCOPE("scope");
		dctx_add_source(one);
		dctx_add_source(two);
		(void)dctx_done();
	}
	dctx_source_unref(one);
	dctx_source_unref(two);
}

static void shield_it(void)
{
	DCTX_SCOPE("scope");
	dctx_set_grace(DCTX_S);
	dctx_shield();
}

/* On a thread whose cache of blocks no other test has filled; it gets one with
 * its store. */
static void *use_them(void *arg)
{
	void (*const uses[])(void) = {
		make_and_drop,	make_below_with_a_deadline,
		set_in_a_scope, add_one_and_two,
		shield_it,
	};

	DCTX_SCOPE("warm");
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		uses[i]();
		uses[i]();
		dctxt_heap_fail(0, false);
		for (int n = 0; n < 100; n++)
			uses[i]();
		DCTXT_EXPECT(dctxt_heap_relent() == 0);
	}
	return arg;
}

static void a_warm_thread_allocates_nothing(void **state)
{
	(void)state;
	dctxt_on_thread(use_them, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(all_nodes_of_a_tree_may_be_cancelled_at_once),
		DCTXT_TEST(a_removal_in_time_means_the_callback_never_runs),
		DCTXT_TEST(a_child_cancelled_first_keeps_its_own_cause),
		DCTXT_TEST(a_parent_cancelled_first_is_the_childs_cause),
		DCTXT_TEST(a_cause_of_two_parents_is_the_earlier_one),
		DCTXT_TEST(a_childs_later_deadline_is_its_parents),
		DCTXT_TEST(a_parents_deadline_ends_its_children),
		DCTXT_TEST(timeouts_below_0_are_due_and_huge_ones_are_none),
		DCTXT_TEST(after_func_is_called_once_and_a_second_stop_is_none),
		DCTXT_TEST(after_func_of_a_parent_is_not_run_by_its_childs_end),
		DCTXT_TEST(
			without_cancel_has_the_values_and_outlives_the_parent),
		DCTXT_TEST(a_warm_thread_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
