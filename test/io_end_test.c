/* SPDX-License-Identifier: MIT */
/*
 * io_end_test.c - proves of each stand-in for a blocking call: over before it,
 * nothing is done; over while it blocks, it ends, and never early; a shield
 * keeps it going.
 */
#include "stand.h"

#include <errno.h>

static void feed(void *arg)
{
	struct dctxt_stage *s = *(struct dctxt_stage **)arg;
	const struct dctxt_stand *stand = ((const struct dctxt_stand **)arg)[1];

	stand->feed(s);
}

/* The call would not block: it is not made all the same, so it can be made
 * after, by who is not over. */
static void refused(const struct dctxt_stand *stand, int expected)
{
	struct dctxt_stage stage;
	dctx_source *source;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	dctxt_set(&stage, stand);
	if (stand->feed != NULL && !(stand->how & DCTXT_FORGETS))
		stand->feed(&stage);
	{
		DCTX_SCOPE("over");
		assert_int_equal(dctx_add_source(source), DCTX_OK);
		if (expected == ECANCELED)
			assert_int_equal(dctx_cancel(source, NULL), DCTX_OK);
		else
			assert_int_equal(dctx_set_timeout(-1), DCTX_OK);
		for (int i = 0; i < 3; i++)
			dctxt_gives(stand, stand->call(&stage), expected);
	}
	if (stand->feed != NULL && !(stand->how & DCTXT_FORGETS))
		dctxt_gives(stand, stand->call(&stage), 0);
	stand->end(&stage);
	dctx_source_unref(source);
}

static void cancelled_before_does_nothing(void **state)
{
	refused(*state, ECANCELED);
}

static void past_its_deadline_does_nothing(void **state)
{
	refused(*state, ETIMEDOUT);
}

static void cancelled_while_it_blocks_ends(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	struct dctxt_later later;
	dctx_source *source;
	DCTX_SCOPE("cancelled");

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	dctxt_set(&stage, stand);
	dctxt_later(&later, 20, dctxt_cancel, source);
	dctxt_gives(stand, stand->call(&stage), ECANCELED);
	dctxt_join(&later);
	dctxt_gives(stand, stand->call(&stage), ECANCELED);
	stand->end(&stage);
	dctx_source_unref(source);
}

static void ends_at_its_deadline_and_not_before(void **state)
{
	const struct dctxt_stand *stand = *state;
	int64_t deadline = dctx_deadline_in(25 * DCTX_MS);
	struct dctxt_stage stage;
	DCTX_SCOPE("timed");

	dctxt_set(&stage, stand);
	assert_int_equal(dctx_set_deadline(deadline), DCTX_OK);
	dctxt_gives(stand, stand->call(&stage), ETIMEDOUT);
	assert_true(dctx_now() >= deadline);
	stand->end(&stage);
}

/* With a source, too, which is another way to sleep. */
static void below_a_source_ends_at_its_deadline(void **state)
{
	const struct dctxt_stand *stand = *state;
	int64_t deadline = dctx_deadline_in(25 * DCTX_MS);
	struct dctxt_stage stage;
	dctx_source *source;
	DCTX_SCOPE("timed");

	dctxt_set(&stage, stand);
	assert_int_equal(dctx_source_new(NULL, deadline, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	dctxt_gives(stand, stand->call(&stage), ETIMEDOUT);
	assert_true(dctx_now() >= deadline);
	stand->end(&stage);
	dctx_source_unref(source);
}

static void that_is_not_ended_is_the_original(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	const void *both[2] = {&stage, stand};
	struct dctxt_later later;
	dctx_source *source;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	for (int i = 0; i < 3; i++) {
		DCTX_SCOPE("not ended");
		if (i > 0)
			assert_int_equal(dctx_set_timeout(1000 * DCTX_S), 0);
		if (i > 1)
			assert_int_equal(dctx_add_source(source), DCTX_OK);
		dctxt_set(&stage, stand);
		dctxt_later(&later, 20, feed, both);
		dctxt_gives(stand, stand->call(&stage), 0);
		dctxt_join(&later);
		stand->end(&stage);
	}
	dctx_source_unref(source);
}

/* The cancel rings the one that blocks, which has the grace yet. */
static void under_a_shield_goes_on(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	const void *both[2] = {&stage, stand};
	struct dctxt_later cancel, later;
	dctx_source *source;
	DCTX_SCOPE("shielded");

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_set_grace(1000 * DCTX_S), DCTX_OK);
	assert_int_equal(dctx_shield(), DCTX_OK);
	dctxt_set(&stage, stand);
	dctxt_later(&cancel, 10, dctxt_cancel, source);
	dctxt_later(&later, 40, feed, both);
	dctxt_gives(stand, stand->call(&stage), 0);
	dctxt_join(&later);
	dctxt_join(&cancel);
	stand->end(&stage);
	dctx_source_unref(source);
}

static void after_a_shields_grace_ends(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	struct dctxt_later cancel;
	int64_t start = dctx_now();
	dctx_source *source;
	DCTX_SCOPE("shielded");

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_set_grace(20 * DCTX_MS), DCTX_OK);
	assert_int_equal(dctx_shield(), DCTX_OK);
	dctxt_set(&stage, stand);
	dctxt_later(&cancel, 10, dctxt_cancel, source);
	dctxt_gives(stand, stand->call(&stage), ECANCELED);
	assert_true(dctx_now() - start >= 30 * DCTX_MS);
	dctxt_join(&cancel);
	stand->end(&stage);
	dctx_source_unref(source);
}

static bool can_be_fed(const struct dctxt_stand *stand)
{
	return stand->feed != NULL;
}

int main(void)
{
	const struct dctxt_behaviour behaviours[] = {
		{"cancelled_before_does_nothing", cancelled_before_does_nothing,
		 NULL},
		{"past_its_deadline_does_nothing",
		 past_its_deadline_does_nothing, NULL},
		{"cancelled_while_it_blocks_ends",
		 cancelled_while_it_blocks_ends, NULL},
		{"ends_at_its_deadline_and_not_before",
		 ends_at_its_deadline_and_not_before, NULL},
		{"below_a_source_ends_at_its_deadline",
		 below_a_source_ends_at_its_deadline, NULL},
		{"that_is_not_ended_is_the_original",
		 that_is_not_ended_is_the_original, can_be_fed},
		{"under_a_shield_goes_on", under_a_shield_goes_on, can_be_fed},
		{"after_a_shields_grace_ends", after_a_shields_grace_ends,
		 NULL},
	};

	return dctxt_behaviours(behaviours,
				sizeof behaviours / sizeof behaviours[0]);
}
