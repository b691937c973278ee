/* SPDX-License-Identifier: MIT */
/*
 * signal_step_test.c - proves that a signal handler which interrupts a change
 * of its thread's context finds each key whole, as it was before or as it is
 * after, and never as before again once it was as after: between any two
 * machine instructions, since here one stands between each two.
 *
 * Needs the trap flag of x86-64; elsewhere the program says that it does not
 * run. signal_test.c sends signals everywhere.
 *
 * Not under: valgrind asan tsan coverage - they run other instructions than
 * ours.
 */
#include "acts.h"
#include "kit.h"
#include "step.h"

#include <stdio.h>

enum { SEEN = 8, STEPS_LEAST = 100000 };

/* One change: what is done before it and the change itself, as acts, and how
 * many keys it changes. A first ~ asks for a thread of its own, which has
 * nothing in its caches. */
struct change {
	const char *name;
	const char *before;
	const char *acts;
	int keys;
};

/* What the handler saw of one key: each value once, in order. */
static struct {
	uint64_t value[SEEN];
	int n;
} seen[DCTXT_VIEW_KEYS];

static dctx_snapshot *held;
static struct dctxt_view held_shows;
static uint64_t counters[DCTX_EVENTS];
static bool forms_differ, held_changed, counter_fell, others_changed;
static long total, looks;

static bool same(const struct dctxt_view *a, const struct dctxt_view *b)
{
	for (int i = 0; i < DCTXT_VIEW_KEYS; i++)
		if (a->shows[i] != b->shows[i])
			return false;
	return true;
}

/* The rest of what a handler may call. */
static void look_at_the_rest(void)
{
	struct dctxt_view shows, called;

	if (looks++ % 8 == 0) {
		dctxt_view_snapshot(held, &shows);
		dctxt_view_snapshot_called(held, &called);
		held_changed |= !same(&shows, &held_shows) ||
				!same(&shows, &called);
	}
	for (int i = 0; i < DCTX_EVENTS; i++) {
		uint64_t count = dctx_counter((dctx_event)i);

		counter_fell |= count < counters[i];
		counters[i] = count;
	}
	others_changed |= dctx_limit_get(DCTX_LIMIT_CHAIN) != 64 ||
			  dctx_version() != DCTX_VERSION ||
			  *dctx_strerror(DCTX_OK) != 'd' ||
			  *dctx_event_name(DCTX_EV_NO_TASK) != 'n';
}

/* What the handler does. */
static void look(void)
{
	struct dctxt_view shows, called;

	dctxt_view_store(dctxt_acts_store(), &shows);
	dctxt_view_store_called(dctxt_acts_store(), &called);
	forms_differ |= !same(&shows, &called);
	for (int i = 0; i < DCTXT_VIEW_KEYS; i++) {
		int n = seen[i].n;

		if (n > 0 && seen[i].value[n - 1] == shows.shows[i])
			continue;
		seen[i].value[n] = shows.shows[i];
		seen[i].n = n < SEEN - 1 ? n + 1 : n;
	}
	look_at_the_rest();
}

/* Whether a key went from one value to the other, by way of what was
 * noted, the newest first: a change that is several shows each. */
static bool went_straight(int key, const struct dctxt_view *from,
			  const struct dctxt_view *to)
{
	const struct dctxt_view *noted = dctxt_acts.noted;
	int at = dctxt_acts.notes, n = seen[key].n;

	if (n == 0 || seen[key].value[0] != from->shows[key] ||
	    seen[key].value[n - 1] != to->shows[key])
		return false;
	for (int i = 1; i < n - 1; i++) {
		while (at > 0 &&
		       noted[at - 1].shows[key] != seen[key].value[i])
			at--;
		if (at-- <= 0)
			return false;
	}
	return true;
}

static void judge(const struct change *change, const struct dctxt_view *from,
		  const struct dctxt_view *to, long steps)
{
	int keys = 0;

	for (int i = 0; i < DCTXT_VIEW_KEYS; i++) {
		keys += from->shows[i] != to->shows[i];
		if (!DCTXT_EXPECT(went_straight(i, from, to)))
			fprintf(stderr, "%s: key %s shows %d values\n",
				change->name, dctxt_view_name(i), seen[i].n);
	}
	printf("%6ld instructions, %2d keys: %s\n", steps, keys, change->name);
	if (!DCTXT_EXPECT(keys == change->keys))
		fprintf(stderr, "%s: %d keys\n", change->name, keys);
	total += steps;
}

static void *step_through(void *arg)
{
	const struct change *change = arg;
	struct dctxt_view from, to;
	long steps;

	dctxt_act(change->before + (*change->before == '~'));
	memset(seen, 0, sizeof(seen));
	dctxt_view_store(dctxt_acts_store(), &from);
	dctxt_step_begin(look);
	dctxt_act(change->acts);
	steps = dctxt_step_end();
	dctxt_view_store(dctxt_acts_store(), &to);
	judge(change, &from, &to, steps);
	dctxt_acts_end();
	return NULL;
}

static void step_through_each(const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct change change = changes[i];

		if (*change.before == '~')
			dctxt_on_thread(step_through, &change);
		else
			step_through(&change);
	}
}

/* Steps through the changes of a table. */
#define STEP_THROUGH(...)                                                     \
	do {                                                                  \
		static const struct change changes[] = {__VA_ARGS__};         \
		step_through_each(changes,                                    \
				  sizeof(changes) / sizeof *(changes));       \
	} while (0)
#define ALL DCTXT_VIEW_SET

static void a_set_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"set at the root", "", "1", ALL},
		     {"set at the root again", "1", "2", ALL},
		     {"set in a scope", "e", "1", ALL},
		     {"set in a scope again", "e1", "2", ALL},
		     {"set over an outer scope's", "1e2e", "3", ALL},
		     {"set in a scope that goes on", "1e#", "2", ALL},
		     {"set after a capture", "1ec", "2", ALL},
		     {"set of a new key", "", "+", 1});
}

static void a_replace_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"replace at the root", "", "A", ALL},
		     {"replace at the root again", "AB", "C", ALL},
		     {"replace of what was set", "1", "B", ALL},
		     {"replace in a scope", "1e", "B", ALL},
		     {"replace in a scope again", "1eBA", "B", ALL},
		     {"set of what was replaced", "1eBA", "2", ALL},
		     {"replace of what was removed", "1eu", "B", ALL});
}

static void an_unset_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"unset at the root", "1", "u", ALL},
		     {"unset of an outer scope's", "1e", "u", ALL},
		     {"unset of the scope's own", "e1", "u", ALL},
		     {"set of what was removed", "1eu", "2", ALL},
		     {"set of what the root removed", "1u", "2", ALL});
}

static void a_closed_key_hides_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"no memory at the root", "1", "!", 1},
		     {"no memory in a scope", "1e", "!", 1},
		     {"no memory, own value", "1e2", "!", 1},
		     {"the ceiling", "1e2", "?", 1},
		     {"no memory for a page", "~1ca", "!", 1},
		     {"no memory for a page, own values", "~1cae2", "!", 1});
}

static void entering_shows_nothing(void **state)
{
	(void)state;
	STEP_THROUGH({"enter", "1e2", "e", 0}, {"enter", "1e2", "E", 0},
		     {"enter in another chunk", "1e#", "eeeee", 0},
		     {"enter past the limit", "D1e2", "eEe", 0},
		     {"set past the limit", "D1e2e", "3", 1},
		     {"leave past the limit", "D1e2e", "l", 0},
		     {"leave a hiding past the limit", "D1e2e!", "l", 1});
}

static void leaving_brings_back_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"leave", "1e2", "l", ALL}, {"leave", "e1", "l", ALL},
		     {"leave an empty scope", "1e", "l", 0},
		     {"leave a captured scope", "1e2c", "l", ALL},
		     {"leave what was set twice", "1e34", "l", ALL},
		     {"leave what was replaced", "1eBABA", "l", 0},
		     {"leave what was removed", "1eu", "l", ALL},
		     {"leave what was set and removed", "1e2u", "l", ALL},
		     {"leave what was removed and set", "1eu2", "l", ALL},
		     {"leave what was removed and replaced", "1euB", "l", ALL},
		     {"leave a scope that went on", "1e#2#3#4#", "l", ALL},
		     {"leave a failed set", "1e!", "l", 1},
		     {"leave a failed set of its own", "1e2!", "l", ALL},
		     {"leave one with a dead one's", "D1e2e!", "L", ALL},
		     {"leave three", "1me2me3me4", "L", ALL});
}

static void attaching_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"attach", "1c2", "a", ALL}, {"borrow", "1c2", "b", ALL},
		     {"attach nothing", "1", "h", ALL},
		     {"set under an attach", "1ca", "2", ALL},
		     {"set under an attach again", "1ca2", "3", ALL},
		     {"unset under an attach", "1ca", "u", ALL},
		     {"set in a scope under one", "1cae", "2", ALL},
		     {"leave it", "1cae2", "l", ALL},
		     {"detach", "1c2a", "l", ALL},
		     {"detach what was set", "1c2a3", "l", ALL},
		     {"overlay", "1c2", "v", ALL},
		     {"overlay one key", "xc2", "v", 1},
		     {"leave an overlay", "1c2v3", "l", ALL},
		     {"decode", "1s2", "g", ALL},
		     {"leave what was decoded", "1s2g3", "l", ALL},
		     {"set over no memory for a page", "~1ca!", "2", ALL},
		     {"leave no memory for a page", "~1cae2!", "l", ALL},
		     {"leave that and what was set", "~1cae3!4", "l", ALL},
		     {"detach no memory for a page", "~1c2a!", "l", ALL});
}

/* Without memory a key is hidden by a directory in the log, and so is another
 * then, though its page is at hand. */
static void hiding_by_a_directory_shows_nothing_else(void **state)
{
	(void)state;
	STEP_THROUGH({"hide in a new page", "~1+caex", "-", 1},
		     {"hide in a page at hand", "~1+caex-", "!", 1},
		     {"hide in a page at hand, twice", "~1+caex-2x-", "!", 1},
		     {"set the hidden ones", "~1+caex-!", "2+", ALL + 1},
		     {"leave hidden ones", "~1+caex-!", "l", 2},
		     {"leave hidden ones that were set", "~1+caex-!2+", "l",
		      ALL},
		     {"detach hidden ones", "~1+c2ax-!", "l", ALL + 1},
		     {"detach hidden ones that were set", "~1+c3ax-!2+", "l",
		      ALL},
		     {"restore a hidden root", "~1+cfix-!", "o", ALL + 1},
		     {"free a hidden task", "~1+cfix-!", "k", ALL + 1});
}

static void capturing_shows_nothing(void **state)
{
	(void)state;
	STEP_THROUGH({"capture", "1e2", "c", 0},
		     {"capture again", "1e2c", "c", 0},
		     {"drop", "1c2", "d", 0}, {"fork", "1e2", "f", 0},
		     {"encode", "1e2", "s", 0}, {"new task", "1", "n", 0},
		     {"end a task", "1f2", "k", 0});
}

static void a_task_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"enter a task", "1f2", "i", ALL},
		     {"enter a task, checked", "1f2", "I", ALL},
		     {"leave a task", "1f2i", "j", ALL},
		     {"free an entered task", "1f2i3", "k", ALL},
		     {"a task's first set", "1f3i", "2", ALL},
		     {"a task's second set", "1f2i3", "4", ALL},
		     {"set in a task from outside", "1fW", "2", ALL},
		     {"set in a task of its own", "nW", "2", ALL});
}

static void retiring_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"retire the innermost", "1e2", "R", ALL},
		     {"retire below", "1e2e", "r", ALL},
		     {"retire below what hides it", "1e2e3", "r", 0},
		     {"retire what was set twice", "1e34e", "r", ALL},
		     {"retire what was removed and set", "1eu2e", "r", ALL},
		     {"retire what was replaced", "1eBABe", "r", ALL},
		     {"leave above a retired one", "1e3e2r", "R", ALL});
}

static void merging_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"merge at the root", "1c2", "M", ALL},
		     {"merge in a scope", "1c2e", "M", ALL},
		     {"merge over what was set", "1c2e4", "M", ALL},
		     {"merge what was removed", "1uc2e", "M", ALL},
		     {"merge under an attach", "1c2h", "M", ALL},
		     {"merge in vain", "1c2e", "N", 1},
		     {"leave what was merged", "1c2e3M", "l", ALL},
		     {"leave what was merged in vain", "1c2e3N", "l", ALL});
}

static void restoring_shows_at_once(void **state)
{
	(void)state;
	STEP_THROUGH({"restore nothing", "1", "o", ALL},
		     {"restore", "1c2", "o", ALL},
		     {"restore what was set twice", "1c34", "o", ALL},
		     {"restore a failed set", "1c2!", "o", ALL},
		     {"clear", "1", "X", ALL},
		     {"clear out of a scope", "1me2", "X", ALL},
		     {"rewind", "1@e2", "<", ALL},
		     {"rewind out of an attach", "1@h2", "<", ALL},
		     {"rewind out of two", "1@e3me2", "<", ALL},
		     {"restore out of scopes", "1c3me2", "o", ALL},
		     {"restore out of an attach", "1c3mh2", "o", ALL});
}

static pthread_key_t after_ours;

/* A thread's exit must not be stepped through: it blocks all signals. */
static void stop_stepping(void *unused)
{
	(void)unused;
	total += dctxt_step_end();
}

static void *begin_and_end_a_thread(void *unused)
{
	(void)unused;
	memset(seen, 0, sizeof(seen));
	dctxt_step_begin(look);
	dctxt_view_set(dctx_current(), 2);
	DCTXT_EXPECT(pthread_setspecific(after_ours, &after_ours) == 0);
	return NULL;
}

/* Its first use and its end, whose functions run before the later key's. */
static void a_thread_begins_and_ends_at_once(void **state)
{
	(void)state;
	assert_int_equal(pthread_key_create(&after_ours, stop_stepping), 0);
	dctxt_on_thread(begin_and_end_a_thread, NULL);
	for (int i = 0; i < DCTXT_VIEW_SET; i++) {
		assert_int_equal(seen[i].n, 3);
		assert_true(seen[i].value[0] == 0);
		assert_true(seen[i].value[1] == held_shows.shows[i]);
		assert_true(seen[i].value[2] == 0);
	}
	assert_int_equal(pthread_key_delete(after_ours), 0);
}

static void the_handler_was_there(void **state)
{
	(void)state;
	printf("%ld instructions\n", total);
	assert_true(total > STEPS_LEAST);
	assert_false(forms_differ);
	assert_false(held_changed);
	assert_false(counter_fell);
	assert_false(others_changed);
}

static int hold_a_snapshot(void **state)
{
	(void)state;
	dctxt_view_set(dctx_current(), 2);
	held = dctx_capture_here();
	dctxt_view_snapshot(held, &held_shows);
	return held != NULL && dctx_restore(NULL) == DCTX_OK ? 0 : -1;
}

static int drop_the_snapshot(void **state)
{
	(void)state;
	held = dctx_snapshot_unref(held);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_set_shows_at_once),
		DCTXT_TEST(a_replace_shows_at_once),
		DCTXT_TEST(an_unset_shows_at_once),
		DCTXT_TEST(a_closed_key_hides_at_once),
		DCTXT_TEST(entering_shows_nothing),
		DCTXT_TEST(leaving_brings_back_at_once),
		DCTXT_TEST(attaching_shows_at_once),
		DCTXT_TEST(hiding_by_a_directory_shows_nothing_else),
		DCTXT_TEST(capturing_shows_nothing),
		DCTXT_TEST(a_task_shows_at_once),
		DCTXT_TEST(retiring_shows_at_once),
		DCTXT_TEST(merging_shows_at_once),
		DCTXT_TEST(restoring_shows_at_once),
		DCTXT_TEST(a_thread_begins_and_ends_at_once),
		DCTXT_TEST(the_handler_was_there),
	};

	if (!dctxt_step_can() || !dctxt_heap_watched()) {
		puts("not run: no trap flag here, or malloc is not the kit's");
		return 0;
	}
	return cmocka_run_group_tests(tests, hold_a_snapshot,
				      drop_the_snapshot);
}
