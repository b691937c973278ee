/* SPDX-License-Identifier: MIT */
/*
 * io_signal_test.c - proves of each stand-in for a blocking call that a signal
 * handler does to it what it does to the original, and that a cancel from a
 * handler ends it.
 */
#include "stand.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static dctx_source *source;

/* A scope below a source. */
static void enter(void)
{
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
}

static void is_ended_by_a_handler_without_restart(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	struct dctxt_later signals;
	DCTX_SCOPE("signalled");

	enter();
	dctxt_set(&stage, stand);
	dctxt_handle(0);
	dctxt_again(&signals, 5, dctxt_signal, NULL);
	dctxt_gives(stand, stand->call(&stage), EINTR);
	dctxt_join(&signals);
	assert_true(atomic_load(&dctxt_signals) > 0);
	dctxt_unhandle();
	stand->end(&stage);
	dctx_source_unref(source);
}

struct play {
	struct dctxt_stage *stage;
	const struct dctxt_stand *stand;
};

static void feed(void *arg)
{
	const struct play *play = arg;

	/* The thread sanitizer keeps some back until the call is through. */
	for (int i = 0; i < 300 && atomic_load(&dctxt_signals) < 2; i++)
		usleep(1000);
	usleep(10000);
	play->stand->feed(play->stage);
}

static void goes_on(const struct dctxt_stand *stand, int flags)
{
	struct dctxt_stage stage;
	struct play play = {&stage, stand};
	struct dctxt_later signals, food;
	DCTX_SCOPE("signalled");

	enter();
	/* By then a call would be over that goes on without getting on. */
	assert_int_equal(dctx_set_timeout(10 * DCTX_S), DCTX_OK);
	dctxt_set(&stage, stand);
	dctxt_handle(flags);
	dctxt_again(&signals, 3, dctxt_signal, NULL);
	dctxt_later(&food, 10, feed, &play);
	dctxt_gives(stand, stand->call(&stage), 0);
	dctxt_join(&food);
	dctxt_join(&signals);
	assert_true(atomic_load(&dctxt_signals) > 0);
	dctxt_unhandle();
	stand->end(&stage);
	dctx_source_unref(source);
}

static void goes_on_after_a_handler_with_restart(void **state)
{
	goes_on(*state, SA_RESTART);
}

static void goes_on_after_any_handler(void **state)
{
	goes_on(*state, 0);
}

static void is_ended_by_a_handler_with_restart(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct dctxt_stage stage;
	struct dctxt_later signals;
	DCTX_SCOPE("signalled");

	enter();
	dctxt_set(&stage, stand);
	dctxt_handle(SA_RESTART);
	dctxt_again(&signals, 5, dctxt_signal, NULL);
	dctxt_gives(stand, stand->call(&stage), EINTR);
	dctxt_join(&signals);
	dctxt_unhandle();
	stand->end(&stage);
	dctx_source_unref(source);
}

static void cancel_in_handler(int number)
{
	(void)number;
	(void)dctx_cancel_from_signal(source, "signal");
}

/* Also where the handler alone would have let it go on. */
static void is_ended_by_a_cancel_in_a_handler(void **state)
{
	const struct dctxt_stand *stand = *state;
	struct sigaction action = {.sa_flags = SA_RESTART}, before;
	struct dctxt_stage stage;
	struct dctxt_later signals;
	DCTX_SCOPE("signalled");

	enter();
	dctxt_set(&stage, stand);
	action.sa_handler = cancel_in_handler;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	dctxt_later(&signals, 20, dctxt_signal, NULL);
	dctxt_gives(stand, stand->call(&stage), ECANCELED);
	dctxt_join(&signals);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	stand->end(&stage);
	dctx_source_unref(source);
}

static bool is_interrupted(const struct dctxt_stand *stand)
{
	return !(stand->how & DCTXT_GOES_ON);
}

static bool is_not(const struct dctxt_stand *stand)
{
	return (stand->how & DCTXT_GOES_ON) != 0;
}

static bool restarts(const struct dctxt_stand *stand)
{
	return !(stand->how & DCTXT_NO_RESTART);
}

static bool never_restarts(const struct dctxt_stand *stand)
{
	return (stand->how & DCTXT_NO_RESTART) != 0;
}

/* The thread sanitizer runs handlers in calls that it knows. */
static bool lets_handlers_run(const struct dctxt_stand *stand)
{
#ifdef DCTXT_TSAN
	return strcmp(stand->name, "dctx_mutex_lock") != 0;
#else
	return stand != NULL;
#endif
}

int main(void)
{
	const struct dctxt_behaviour behaviours[] = {
		{"is_ended_by_a_handler_without_restart",
		 is_ended_by_a_handler_without_restart, is_interrupted},
		{"goes_on_after_any_handler", goes_on_after_any_handler,
		 is_not},
		{"goes_on_after_a_handler_with_restart",
		 goes_on_after_a_handler_with_restart, restarts},
		{"is_ended_by_a_handler_with_restart",
		 is_ended_by_a_handler_with_restart, never_restarts},
		{"is_ended_by_a_cancel_in_a_handler",
		 is_ended_by_a_cancel_in_a_handler, lets_handlers_run},
	};

	return dctxt_behaviours(behaviours,
				sizeof behaviours / sizeof behaviours[0]);
}
