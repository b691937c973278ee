/* SPDX-License-Identifier: MIT */
/* What is raced against what. */
#include "torture.h"

#include <sched.h>
#include <stddef.h>

/* The left sides. */

static void cancel_with(dctx_source *source, int code, dctx_status *got)
{
	dctx_reason reason = {.code = code, .message = "torture"};

	*got = dctx_source_cancel(source, &reason);
	MUST(*got == DCTX_OK || *got == DCTX_STALE);
}

static void cancel_lower(struct round *round)
{
	cancel_with(round->lower, 1, &round->left_got);
}

static void cancel_upper(struct round *round)
{
	cancel_with(round->upper, 2, &round->left_got);
}

/* So that the deadline comes while it cancels. */
static void cancel_at_deadline(struct round *round)
{
	until(round->deadline - any(12000));
	round->left.from = dctx_now();
	cancel_lower(round);
}

/* By a reference of its own, which it gives back at once. */
static void cancel_held(struct round *round)
{
	cancel_with(round->held, 1, &round->left_got);
	round->held = dctx_source_unref(round->held);
}

static void register_at_deadline(struct round *round)
{
	until(round->deadline - any(6000));
	round->left.from = dctx_now();
	watch_begin_fn(round, &round->watch[0]);
}

static void remove_at_deadline(struct round *round)
{
	until(round->deadline + any(4000));
	round->left.from = dctx_now();
	watch_end(&round->watch[0]);
}

static void come_and_go(struct round *round, struct watch *watch)
{
	for (int i = 0; i < 3; i++) {
		*watch = (struct watch){0};
		watch_begin_fn(round, watch);
		watch_end(watch);
		watch_settle(round, watch);
		if (i < 2)
			watch_check(round, watch);
	}
}

static void come_and_go_left(struct round *round)
{
	come_and_go(round, &round->watch[0]);
}

/* The right sides. */

static void come_and_go_right(struct round *round)
{
	come_and_go(round, &round->watch[1]);
}

static void cancel_lower_too(struct round *round)
{
	cancel_with(round->lower, 3, &round->right_got);
}

/* A cancel takes a while until it rings. */
static void remove_right(struct round *round)
{
	until(dctx_now() + any(12000));
	round->right.from = dctx_now();
	watch_end(&round->watch[0]);
}

static void register_right(struct round *round)
{
	watch_begin(round, &round->watch[0]);
}

static void drop(struct round *round)
{
	watch_end(&round->watch[0]);
	round_drop(round);
}

/* When the canceller's own function runs, nobody else needs its source. What
 * all stand under may have ended before: then the function has run already, by
 * hand, and the canceller has not begun. */
static void drop_while_ringing(struct round *round)
{
	if (round->watch[0].by_hand)
		return;
	while (!atomic_load(&round->left_done) &&
	       atomic_load(&round->watch[0].told->begun) == 0)
		nap();
	round->right.from = dctx_now();
	if (atomic_load(&round->left_done) ||
	    round->watch[0].told->thread != round->left_thread)
		return;
	round->watch[0].removed = dctx_waiter_remove(round->watch[0].waiter);
	round->watch[0].waiter = NULL;
	MUST(round->watch[0].removed == DCTX_STALE);
	round->held = dctx_source_unref(round->held);
	round_drop(round);
	round->right_got = atomic_load(&round->watch[0].told->ended) == 0
				   ? DCTX_OK
				   : DCTX_STALE;
	atomic_store(&round->hold, 1);
}

/* Asks until it is over; it stays over, and by the same. */
static void ask(struct round *round)
{
	dctx_cause_info first, again;

	while (dctx_snapshot_done(round->context) == DCTX_OK &&
	       !atomic_load(&round->left_done))
		sched_yield();
	round->right_got = dctx_snapshot_cause(round->context, &first);
	MUST(dctx_snapshot_cause(round->context, &again) == first.status ||
	     first.status == DCTX_OK);
	if (first.status == DCTX_OK)
		return;
	MUST(first.when == again.when && first.code == again.code);
	MUST(first.when <= dctx_now());
}

static void ask_once(struct round *round)
{
	round->right_got = dctx_snapshot_done(round->context);
}

/* Drives the timers until the one that waits was called or removed. */
static void drive(struct round *round)
{
	do {
		MUST(dctx_timers_run_due(NULL) == DCTX_OK);
		sched_yield();
	} while (!atomic_load(&round->left_done));
}

static void sleep_on(struct round *round)
{
	dctx_status status =
		dctx_snapshot_wait(round->context, DCTX_NO_DEADLINE);

	MUST(status == DCTX_CANCELED);
}

/* Whether they met. */

static bool deadline_in_left(const struct round *round)
{
	return round->left.from <= round->deadline &&
	       round->deadline <= round->left.to;
}

/* The removal came when the timer was due, and the function had not ended. */
static bool removed_when_due(const struct round *round)
{
	const struct told *told = round->watch[0].told;
	struct span ran = {told->from, told->to};

	if (round->watch[0].removed == DCTX_OK)
		return round->left.to >= round->deadline;
	return overlap(ran, round->left);
}

static bool dropped_while_ringing(const struct round *round)
{
	return round->dropped && round->right_got == DCTX_OK;
}

/* It went to sleep about when it was cancelled. */
static bool slept_in_time(const struct round *round)
{
	int64_t apart = round->left.from - round->right.from;
	int64_t cancel = round->left.to - round->left.from;

	return -cancel <= apart && apart <= cancel;
}

/* Who won. */

static bool was_cancelled(const struct round *round)
{
	return dctx_snapshot_done(round->context) == DCTX_CANCELED;
}

static bool was_removed(const struct round *round)
{
	return round->watch[0].removed == DCTX_OK;
}

static bool called_by_hand(const struct round *round)
{
	return round->watch[0].by_hand;
}

static bool left_ended_first(const struct round *round)
{
	return round->left.to <= round->right.to;
}

static bool left_counts(const struct round *round)
{
	return round->left_got == DCTX_OK;
}

static bool by_upper(const struct round *round)
{
	dctx_cause_info cause;

	(void)dctx_snapshot_cause(round->context, &cause);
	return cause.code == 2;
}

static bool slept_first(const struct round *round)
{
	return round->right.from < round->left.from;
}

static bool right_saw(const struct round *round)
{
	return round->right_got != DCTX_OK;
}

/* What stands before. */

static void nothing(struct round *round)
{
	(void)round;
}

static void one_waits(struct round *round)
{
	watch_begin(round, &round->watch[0]);
}

static void two_wait(struct round *round)
{
	watch_begin_fn(round, &round->watch[0]);
	watch_begin(round, &round->watch[1]);
}

static void one_that_runs(struct round *round)
{
	watch_begin_fn(round, &round->watch[0]);
}

static void one_that_stays(struct round *round)
{
	round->watch[0].stays = true;
	watch_begin_fn(round, &round->watch[0]);
}

const struct race races[] = {
	{"cancel, deadline",
	 true,
	 one_waits,
	 cancel_at_deadline,
	 drive,
	 deadline_in_left,
	 was_cancelled,
	 {"cancelled", "deadline"}},
	{"remove, deadline",
	 true,
	 one_that_runs,
	 remove_at_deadline,
	 drive,
	 removed_when_due,
	 was_removed,
	 {"removed", "called"}},
	{"register, deadline",
	 true,
	 nothing,
	 register_at_deadline,
	 drive,
	 deadline_in_left,
	 called_by_hand,
	 {"found it", "called later"}},
	{"cancel, remove",
	 false,
	 two_wait,
	 cancel_lower,
	 remove_right,
	 NULL,
	 was_removed,
	 {"removed", "called"}},
	{"cancel above, remove",
	 false,
	 two_wait,
	 cancel_upper,
	 remove_right,
	 NULL,
	 was_removed,
	 {"removed", "called"}},
	{"cancel, register",
	 false,
	 nothing,
	 cancel_lower,
	 register_right,
	 NULL,
	 called_by_hand,
	 {"found it", "called later"}},
	{"cancel above, register",
	 false,
	 nothing,
	 cancel_upper,
	 register_right,
	 NULL,
	 called_by_hand,
	 {"found it", "called later"}},
	{"cancel, drop",
	 false,
	 one_waits,
	 cancel_held,
	 drop,
	 NULL,
	 left_ended_first,
	 {"cancel over first", "drop over first"}},
	{"cancel rings, last drop",
	 false,
	 one_that_stays,
	 cancel_lower,
	 drop_while_ringing,
	 dropped_while_ringing,
	 left_counts,
	 {"dropped", "not"}},
	{"cancel, cancel",
	 false,
	 one_waits,
	 cancel_lower,
	 cancel_lower_too,
	 NULL,
	 left_counts,
	 {"left counts", "right counts"}},
	{"cancel above, cancel below",
	 false,
	 two_wait,
	 cancel_upper,
	 cancel_lower_too,
	 NULL,
	 by_upper,
	 {"above", "below"}},
	{"cancel, ask",
	 false,
	 nothing,
	 cancel_lower,
	 ask_once,
	 NULL,
	 right_saw,
	 {"over", "not yet"}},
	{"cancel above, ask on",
	 false,
	 one_waits,
	 cancel_upper,
	 ask,
	 NULL,
	 left_ended_first,
	 {"seen after", "seen during"}},
	{"cancel, sleep",
	 false,
	 nothing,
	 cancel_lower,
	 sleep_on,
	 slept_in_time,
	 slept_first,
	 {"slept first", "cancelled first"}},
	{"come and go, come and go",
	 false,
	 nothing,
	 come_and_go_left,
	 come_and_go_right,
	 NULL,
	 left_ended_first,
	 {"left", "right"}},
};
const int races_count = sizeof races / sizeof races[0];
