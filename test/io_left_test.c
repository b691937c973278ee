/* SPDX-License-Identifier: MIT */
/*
 * io_left_test.c - proves of each stand-in that a thread that is cancelled in
 * it, or a jump out of it, leaves nothing behind that a later cancel could
 * touch, and no descriptor; and that no end falls between its last look and its
 * sleep.
 */
#include "stand.h"

#include <dctx/explore.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static dctx_source *source;

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

struct play {
	struct dctxt_stage stage;
	const struct dctxt_stand *stand;
	dctx_snapshot *context; /* the call's */
	atomic_bool back;	/* from the call */
};

static void *call(void *arg)
{
	struct play *play = arg;
	DCTX_SCOPE("thread");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	(void)play->stand->call(&play->stage);
	DCTXT_EXPECT(!"the thread is cancelled before");
	return NULL;
}

static void by_a_cancelled_thread_leaves_nothing(void **state)
{
	struct play play = {.stand = *state};
	int before = descriptors();
	pthread_t thread;
	void *result;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	dctxt_set(&play.stage, play.stand);
	assert_int_equal(pthread_create(&thread, NULL, call, &play), 0);
	usleep(15000);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	/* As after the original, a cancelled wait holds the mutex. */
	if (play.stand->how & DCTXT_FORGETS)
		play.stage.ready = true;
	assert_int_equal(dctx_cancel(source, NULL), DCTX_OK);
	dctx_source_unref(source);
	play.stand->end(&play.stage);
	assert_int_equal(descriptors(), before);
}

static sigjmp_buf out;

static void jump(int number)
{
	(void)number;
	siglongjmp(out, 1);
}

static void that_is_jumped_out_of_leaves_nothing(void **state)
{
	struct sigaction action = {.sa_flags = 0}, before;
	struct play play = {.stand = *state};
	struct dctxt_later signal_later;
	struct timespec moment = {0, 1000};
	dctx_mark mark = dctx_mark_here();

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	dctxt_set(&play.stage, play.stand);
	action.sa_handler = jump;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	if (sigsetjmp(out, 1) == 0) {
		dctxt_later(&signal_later, 15, dctxt_signal, NULL);
		dctx_enter("jumped out of");
		assert_int_equal(dctx_add_source(source), DCTX_OK);
		(void)play.stand->call(&play.stage);
		fail();
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	dctxt_join(&signal_later);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	assert_int_equal(dctx_cancel(source, NULL), DCTX_OK);
	dctx_source_unref(source);
	play.stand->end(&play.stage);
	/* The next to block is not disturbed. */
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_nanosleep(&moment, NULL), 0);
	dctx_source_unref(source);
}

static int fed; /* calls that came to their own end */

/* Feeds a call that sleeps: soon where its context has not ended, late where it
 * has, since it should not have slept on then. */
static void feed(void *arg)
{
	struct play *play = arg;
	int slept = 0, soon = 20, late = 5000;

	while (slept < late && !atomic_load(&play->back)) {
		bool ended = dctx_snapshot_remaining(play->context) == 0;

		if (!ended && slept >= soon)
			break;
		usleep(1000);
		slept++;
	}
	if (!atomic_load(&play->back))
		play->stand->feed(&play->stage);
}

/* One run of the explorer: at some point of the call the context ends. */
static void block_once(void *arg)
{
	struct play *play = arg;
	struct dctxt_later later;
	int error;

	dctxt_set(&play->stage, play->stand);
	play->context = dctx_capture_here();
	atomic_store(&play->back, false);
	if (play->stand->feed != NULL)
		dctxt_later(&later, 0, feed, play);
	error = play->stand->call(&play->stage);
	atomic_store(&play->back, true);
	if (error != ECANCELED && error != ETIMEDOUT && error != 0)
		dctxt_gives(play->stand, error, 0);
	fed += error == 0;
	if (play->stand->feed != NULL)
		dctxt_join(&later);
	dctx_snapshot_unref(play->context);
	play->stand->end(&play->stage);
}

static void ends_at_whatever_point_it_is_ended(void **state)
{
	struct play play = {.stand = *state};
	dctx_explore_report report;

	fed = 0;
	assert_int_equal(dctx_explore(block_once, &play, NULL, &report),
			 DCTX_OK);
	assert_true(report.points >= 2);
	assert_int_equal(report.failed, 0);
	/* In the last run of each kind the end did not come. */
	assert_int_equal(fed, 2);
}

static bool is_a_cancellation_point(const struct dctxt_stand *stand)
{
	return strstr(stand->name, "mutex") == NULL &&
	       !(stand->how & DCTXT_FORGETS);
}

/* POSIX lets a handler jump out of what is async-signal-safe; the rest holds
 * what it holds. */
static bool may_be_jumped_out_of(const struct dctxt_stand *stand)
{
	return is_a_cancellation_point(stand) &&
	       strcmp(stand->name, "accept4") != 0 &&
	       strcmp(stand->name, "sem_wait") != 0 &&
	       strcmp(stand->name, "waitpid") != 0;
}

/* What looks in slices, as a mutex in virtual time, may be fed in the moment in
 * which it is ended. */
static bool has_no_slices(const struct dctxt_stand *stand)
{
	return strncmp(stand->name, "pthread", 7) != 0 &&
	       strcmp(stand->name, "dctx_mutex_lock") != 0 &&
	       strcmp(stand->name, "sem_wait") != 0 &&
	       strcmp(stand->name, "waitpid_of_any") != 0;
}

int main(void)
{
	const struct dctxt_behaviour behaviours[] = {
		{"by_a_cancelled_thread_leaves_nothing",
		 by_a_cancelled_thread_leaves_nothing, is_a_cancellation_point},
		{"that_is_jumped_out_of_leaves_nothing",
		 that_is_jumped_out_of_leaves_nothing, may_be_jumped_out_of},
		{"ends_at_whatever_point_it_is_ended",
		 ends_at_whatever_point_it_is_ended, has_no_slices},
	};

	return dctxt_behaviours(behaviours,
				sizeof behaviours / sizeof behaviours[0]);
}
