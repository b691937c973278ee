/* SPDX-License-Identifier: MIT */
/*
 * ops_snapshot.c - take a snapshot and drop it; fork a task and drop it.
 *
 * What must be captured anew must have changed: each turn sets one of the eight
 * values in a scope, whose cost alone is taken off.
 */
#include "bench.h"

static void open_names(void)
{
	long names = param("names");

	for (long i = 0; i < names; i++)
		dctx_enter("level");
	must_be(dctx_chain(NULL, 0) == (size_t)names, "the names");
}

static void eight_nums(void)
{
	register_nums(64);
	for (int i = 0; i < 8; i++)
		must(dctx_set(num[i], 1));
}

static void scalars_setup(void)
{
	eight_nums();
	open_names();
}

static void strings_setup(void)
{
	register_texts(64);
	for (int i = 0; i < 8; i++)
		must(dctx_set(text[i], TEXT));
	open_names();
}

static void take_and_drop(void)
{
	dctx_snapshot *snapshot;

	must(dctx_capture(&snapshot));
	dctx_snapshot_unref(snapshot);
}

static void fork_and_drop(void)
{
	dctx_store *task;

	must(dctx_fork(&task));
	dctx_task_free(task);
}

static void snapshot_same(uint64_t turns)
{
	while (turns--)
		take_and_drop();
}

static void fork_same(uint64_t turns)
{
	while (turns--)
		fork_and_drop();
}

#define IN_A_SCOPE(fn, key, value, then)                                      \
	static void fn(uint64_t turns)                                        \
	{                                                                     \
		while (turns--) {                                             \
			DCTX_SCOPE_UNNAMED;                                   \
			dctx_set(key, value);                                 \
			then;                                                 \
		}                                                             \
	}
IN_A_SCOPE(change_num, num[0], turns, )
IN_A_SCOPE(snapshot_nums, num[0], turns, take_and_drop())
IN_A_SCOPE(fork_nums, num[0], turns, fork_and_drop())
IN_A_SCOPE(change_text, text[0], TEXT, )
IN_A_SCOPE(snapshot_texts, text[0], TEXT, take_and_drop())

#define SCALARS {[A] = 8, [M] = 1}
#define STRINGS {[A] = 12, [M] = 1}

const struct op snapshot_ops[] = {
	{"snapshot_same", "", {{[A] = 2, [F] = 2}, 0}, 0, ANY, eight_nums,
	 snapshot_same, NULL, NULL},
	{"snapshot_8_scalars", "names=0", {SCALARS, 0}, 1, ANY, scalars_setup,
	 snapshot_nums, change_num, NULL},
	{"snapshot_8_scalars", "names=32", {{[A] = 8, [M] = 1, [F] = 2}, 0}, 1,
	 ANY, scalars_setup, snapshot_nums, change_num, NULL},
	{"snapshot_8_strings", "names=0", {STRINGS, 0}, 1, ANY, strings_setup,
	 snapshot_texts, change_text, NULL},
	{"snapshot_8_strings", "names=32", {{[A] = 12, [M] = 1, [F] = 2}, 0}, 1,
	 ANY, strings_setup, snapshot_texts, change_text, NULL},
	{"fork", "store=unchanged", {{[A] = 2, [M] = 1}, 0}, 1, ANY, eight_nums,
	 fork_same, NULL, NULL},
	{"fork", "store=changed", {{[A] = 10, [M] = 2}, 0}, 2, ANY, eight_nums,
	 fork_nums, change_num, NULL},
	{0},
};
