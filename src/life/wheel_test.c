/* SPDX-License-Identifier: MIT */
/*
 * wheel_test.c - proves that a wheel runs what a list sorted by deadline would
 * run, in its order, whatever is armed, moved and disarmed at whatever time.
 */
#include "life/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define YEAR (INT64_C(31556952) * SECOND)

enum { TIMERS = 300, STEPS = 4000, SEEDS = 30 };

/* A timer of the model: where a sorted list would have it. */
struct entry {
	dctx_timer timer;
	uint64_t at;	/* the deadline, or the base that it was before */
	uint64_t armed; /* when it was: the how-many-th */
	bool in;
};

static struct {
	struct entry entry[TIMERS];
	struct entry *order[TIMERS]; /* what a run must run, in order */
	size_t expected, ran;
	uint64_t arms;
} model;

static uint64_t seed;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t point(int64_t time)
{
	return (uint64_t)time - (uint64_t)INT64_MIN;
}

static dctx_wheel *wheel_at(int64_t now)
{
	dctx_wheel *wheel = NULL;

	assert_int_equal(dctx_wheel_new(now, &wheel), DCTX_OK);
	return wheel;
}

/* Every timer lies where its deadline and the base say, and every slot knows a
 * time that none is before. */
static size_t whole(const dctx_wheel *wheel)
{
	size_t timers = 0;

	for (unsigned i = 0; i < DCTXI_WHEEL_DUE * DCTXI_WHEEL_SLOTS; i++) {
		unsigned level = i / DCTXI_WHEEL_SLOTS;
		const struct dctxi_slot *slot = &wheel->slot[i];
		const struct dctx_timer_link *link = &slot->head;

		assert_int_equal(wheel->filled[level] != 0,
				 wheel->levels >> level & 1);
		if (!(wheel->filled[level] >> i % DCTXI_WHEEL_SLOTS & 1))
			continue;
		while ((link = link->next) != &slot->head) {
			const dctx_timer *timer = (const void *)link;
			uint64_t at = point(timer->deadline);
			unsigned shift = level * DCTXI_WHEEL_BITS;

			if (at < wheel->base)
				at = wheel->base;
			assert_true(slot->earliest <= timer->deadline);
			assert_int_equal(at >> shift & 63, i % 64);
			if (level < DCTXI_WHEEL_LEVELS - 1)
				assert_int_equal(at >> shift >> 6,
						 wheel->base >> shift >> 6);
			timers++;
		}
	}
	return timers;
}

static void note_run(void *arg)
{
	struct entry *entry = arg;

	assert_true(model.ran < model.expected);
	assert_ptr_equal(entry, model.order[model.ran]);
	model.ran++;
	entry->in = false;
	assert_false(dctxi_timer_armed(&entry->timer));
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->armed > y->armed) - (x->armed < y->armed);
}

static void arm(dctx_wheel *wheel, struct entry *entry, int64_t deadline)
{
	assert_int_equal(dctx_wheel_arm(wheel, &entry->timer, deadline),
			 DCTX_OK);
	entry->at = point(deadline);
	if (entry->at < wheel->base)
		entry->at = wheel->base;
	entry->armed = model.arms++;
	entry->in = true;
}

static void run(dctx_wheel *wheel, int64_t now)
{
	int64_t next = dctx_wheel_next_due(wheel);
	int64_t earliest = DCTX_NO_DEADLINE;

	model.expected = model.ran = 0;
	for (size_t i = 0; i < TIMERS; i++) {
		struct entry *entry = &model.entry[i];

		if (!entry->in)
			continue;
		if (entry->timer.deadline < earliest)
			earliest = entry->timer.deadline;
		if (entry->timer.deadline <= now)
			model.order[model.expected++] = entry;
	}
	assert_true(next <= earliest);
	assert_int_equal(next == DCTX_NO_DEADLINE,
			 earliest == DCTX_NO_DEADLINE);
	qsort(model.order, model.expected, sizeof(*model.order), by_time);
	assert_int_equal(dctx_wheel_run_due(wheel, now), model.expected);
	assert_int_equal(model.ran, model.expected);
	assert_true(dctx_wheel_next_due(wheel) > now);
}

/* Any number of nanoseconds up to some decades; small ones as often as large.
 */
static int64_t span(void)
{
	return (int64_t)(draw() >> (3 + draw() % 61));
}

static int64_t after(int64_t now, int64_t ns)
{
	return now > INT64_MAX - 1 - ns ? INT64_MAX - 1 : now + ns;
}

static void play(int64_t begin)
{
	dctx_wheel *wheel = wheel_at(begin);
	int64_t now = begin;

	memset(&model, 0, sizeof(model));
	for (size_t i = 0; i < TIMERS; i++)
		dctx_timer_init(&model.entry[i].timer, note_run,
				&model.entry[i]);
	for (int step = 0; step < STEPS; step++) {
		struct entry *entry = &model.entry[draw() % TIMERS];

		switch (draw() % 8) {
		case 0:
			now = after(now, span() >> draw() % 40);
			run(wheel, now);
			break;
		case 1:
			/* As a loop does: at the time that was told. */
			if (dctx_wheel_next_due(wheel) < DCTX_NO_DEADLINE) {
				if (dctx_wheel_next_due(wheel) > now)
					now = dctx_wheel_next_due(wheel);
				run(wheel, now);
			}
			break;
		case 2:
			assert_int_equal(dctx_wheel_disarm(wheel,
							   &entry->timer),
					 entry->in ? DCTX_OK : DCTX_STALE);
			entry->in = false;
			break;
		case 3: /* the past */
			arm(wheel, entry,
			    now > INT64_MIN + 9000 ? now - span() % 9000 : now);
			break;
		default:
			arm(wheel, entry, after(now, span()));
		}
		(void)whole(wheel);
	}
	run(wheel, INT64_MAX - 1);
	assert_int_equal(whole(wheel), 0);
	(void)dctx_wheel_free(wheel);
}

static void any_schedule_runs_as_a_sorted_list_would(void **state)
{
	static const int64_t begins[] = {
		0,	    1234567890123456,	      INT64_MIN, -SECOND, -1,
		200 * YEAR, INT64_MAX - 1000 * SECOND};

	(void)state;
	for (uint64_t i = 1; i <= SEEDS; i++) {
		seed = i * UINT64_C(0x9e3779b97f4a7c15);
		play(begins[i % (sizeof(begins) / sizeof(*begins))]);
	}
}

static void count(void *arg)
{
	++*(size_t *)arg;
}

static void a_timer_runs_at_its_deadline_not_a_nanosecond_before(void **state)
{
	static const int64_t deadlines[] = {INT64_MIN,
					    INT64_MIN + 1,
					    -YEAR,
					    -1,
					    0,
					    1,
					    63,
					    64,
					    65,
					    4095,
					    4096,
					    SECOND,
					    SECOND * 3600,
					    YEAR,
					    290 * YEAR,
					    INT64_MAX - 2,
					    INT64_MAX - 1};
	size_t ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(count, &ran);
	dctx_wheel *wheel = wheel_at(INT64_MIN);

	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(*deadlines); i++) {
		int64_t at = deadlines[i];

		assert_int_equal(dctx_wheel_arm(wheel, &timer, at), DCTX_OK);
		assert_int_equal(dctx_wheel_next_due(wheel), at);
		if (at != INT64_MIN)
			assert_int_equal(dctx_wheel_run_due(wheel, at - 1), 0);
		assert_int_equal(dctx_wheel_next_due(wheel), at);
		assert_int_equal(dctx_wheel_run_due(wheel, at), 1);
		assert_int_equal(ran, i + 1);
		assert_int_equal(dctx_wheel_run_due(wheel, at), 0);
		assert_int_equal(dctx_wheel_next_due(wheel), DCTX_NO_DEADLINE);
	}
	(void)dctx_wheel_free(wheel);
}

static void where_time_goes_back_none_runs_early(void **state)
{
	size_t ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(count, &ran);
	dctx_timer b = DCTX_TIMER_INIT(count, &ran);
	dctx_wheel *wheel = wheel_at(0);

	(void)state;
	assert_int_equal(dctx_wheel_arm(wheel, &a, 100), DCTX_OK);
	assert_int_equal(dctx_wheel_run_due(wheel, 100), 1);
	assert_int_equal(dctx_wheel_arm(wheel, &a, 95), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(wheel, &b, 90), DCTX_OK);
	assert_int_equal(dctx_wheel_run_due(wheel, 89), 0);
	assert_int_equal(dctx_wheel_next_due(wheel), 90);
	assert_int_equal(dctx_wheel_run_due(wheel, 94), 1);
	assert_false(dctxi_timer_armed(&b));
	assert_int_equal(dctx_wheel_next_due(wheel), 95);
	assert_int_equal(whole(wheel), 1);
	assert_int_equal(dctx_wheel_run_due(wheel, 95), 1);
	(void)dctx_wheel_free(wheel);
}

/* What was told is never too late; it becomes exact by looking then. */
static void when_the_earliest_is_disarmed_a_look_finds_the_next(void **state)
{
	size_t ran = 0;
	dctx_timer first = DCTX_TIMER_INIT(count, &ran);
	dctx_timer second = DCTX_TIMER_INIT(count, &ran);
	dctx_wheel *wheel = wheel_at(0);
	int64_t told;

	(void)state;
	assert_int_equal(dctx_wheel_arm(wheel, &second, 5 * SECOND + 7),
			 DCTX_OK);
	assert_int_equal(dctx_wheel_arm(wheel, &first, 5 * SECOND), DCTX_OK);
	assert_int_equal(dctx_wheel_next_due(wheel), 5 * SECOND);
	assert_int_equal(dctx_wheel_disarm(wheel, &first), DCTX_OK);
	told = dctx_wheel_next_due(wheel);
	assert_true(told <= 5 * SECOND + 7);
	assert_int_equal(dctx_wheel_run_due(wheel, told), 0);
	assert_int_equal(dctx_wheel_next_due(wheel), 5 * SECOND + 7);
	assert_int_equal(dctx_wheel_run_due(wheel, 5 * SECOND + 7), 1);
	(void)dctx_wheel_free(wheel);
}

static void count_in_order(void *arg)
{
	static int64_t last;
	const dctx_timer *timer = arg;

	assert_true(timer->deadline >= last);
	last = timer->deadline;
	model.ran++;
}

static void a_million_timers_run_in_order(void **state)
{
	const size_t n = 1000000;
	dctx_timer *timers = calloc(n, sizeof(*timers));
	dctx_wheel *wheel = wheel_at(0);
	size_t disarmed = 0, ran = 0;

	(void)state;
	assert_non_null(timers);
	seed = 1;
	model.ran = 0;
	for (size_t i = 0; i < n; i++) {
		dctx_timer_init(&timers[i], count_in_order, &timers[i]);
		assert_int_equal(
			dctx_wheel_arm(wheel, &timers[i],
				       (int64_t)(draw() % (60 * SECOND))),
			DCTX_OK);
	}
	assert_int_equal(whole(wheel), n);
	for (size_t i = 0; i < n; i += 3, disarmed++)
		assert_int_equal(dctx_wheel_disarm(wheel, &timers[i]), DCTX_OK);
	for (int64_t now = 0; now <= 60 * SECOND; now += SECOND / 10)
		ran += dctx_wheel_run_due(wheel, now);
	assert_int_equal(ran, n - disarmed);
	assert_int_equal(model.ran, ran);
	(void)dctx_wheel_free(wheel);
	free(timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_schedule_runs_as_a_sorted_list_would),
		cmocka_unit_test(
			a_timer_runs_at_its_deadline_not_a_nanosecond_before),
		cmocka_unit_test(where_time_goes_back_none_runs_early),
		cmocka_unit_test(
			when_the_earliest_is_disarmed_a_look_finds_the_next),
		cmocka_unit_test(a_million_timers_run_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
