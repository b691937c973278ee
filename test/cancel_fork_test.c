/* SPDX-License-Identifier: MIT */
/*
 * fork(2) while other threads wait, register and remove: the child can do all
 * of it, whatever a thread that is not there was in the middle of, and leaves
 * the parent's descriptors alone.
 */
#include "kit.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct scene {
	atomic_int warm; /* threads */
	dctx_source *source;
	dctx_snapshot *context;
	atomic_bool over;
	atomic_int times;
	int fd;
};

static void tell(void *arg, dctx_status status)
{
	(void)status;
	atomic_fetch_add((atomic_int *)arg, 1);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void scene_begin(struct scene *scene)
{
	DCTX_SCOPE("scene");
	assert_int_equal(
		dctx_source_new(NULL, DCTX_NO_DEADLINE, &scene->source),
		DCTX_OK);
	assert_int_equal(dctx_add_source(scene->source), DCTX_OK);
	assert_int_equal(dctx_capture(&scene->context), DCTX_OK);
}

static void scene_end(struct scene *scene)
{
	dctx_snapshot_unref(scene->context);
	dctx_source_unref(scene->source);
}

/* Registers and removes all the time, so that a lock is likely held. In a
 * scope: then the thread has its blocks from its own cache, and holds no lock
 * of a malloc that a checker has brought and that fork(2) knows nothing of. */
static void *come_and_go(void *arg)
{
	struct scene *scene = arg;
	atomic_int times = 0;
	DCTX_SCOPE("comes and goes");

	for (int round = 0; !atomic_load(&scene->over); round++) {
		dctx_waiter *w;

		if (!DCTXT_EXPECT(dctx_snapshot_on_done(scene->context, tell,
							&times, &w) == DCTX_OK))
			break;
		DCTXT_EXPECT(dctx_waiter_remove(w) == DCTX_OK);
		if (round == 100)
			atomic_fetch_add(&scene->warm, 1);
	}
	return NULL;
}

static void do_all(void *arg)
{
	struct scene *scene = arg;
	atomic_int times = 0, later = 0;
	dctx_waiter *w, *again;

	DCTXT_EXPECT(dctx_snapshot_done(scene->context) == DCTX_OK);
	DCTXT_EXPECT(dctx_snapshot_wait(scene->context, dctx_now()) == DCTX_OK);
	if (!DCTXT_EXPECT(dctx_snapshot_on_done(scene->context, tell, &times,
						&w) == DCTX_OK))
		return;
	DCTXT_EXPECT(dctx_cancel(scene->source, "child") == DCTX_OK);
	DCTXT_EXPECT(times == 1);
	DCTXT_EXPECT(dctx_snapshot_wait(scene->context, DCTX_NO_DEADLINE) ==
		     DCTX_CANCELED);
	if (DCTXT_EXPECT(dctx_snapshot_on_done(scene->context, tell, &later,
					       &again) == DCTX_OK))
		DCTXT_EXPECT(dctx_waiter_remove(again) == DCTX_STALE);
	DCTXT_EXPECT(later == 1);
	DCTXT_EXPECT(dctx_waiter_remove_wait(w) == DCTX_STALE);
}

static void a_child_takes_over_halls_that_others_were_in(void **state)
{
	struct scene scene = {0};
	pthread_t thread[2];

	(void)state;
	scene_begin(&scene);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, come_and_go, &scene),
			0);
	while (atomic_load(&scene.warm) < 2)
		usleep(1000);
	for (int i = 0; i < 60; i++) {
		assert_true(dctxt_in_child(do_all, &scene));
		usleep(100);
	}
	atomic_store(&scene.over, true);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(dctx_snapshot_done(scene.context), DCTX_OK);
	scene_end(&scene);
}

static void cancel_in_child(void *arg)
{
	struct scene *scene = arg;

	DCTXT_EXPECT(dctx_cancel(scene->source, "child") == DCTX_OK);
	DCTXT_EXPECT(scene->times == 1);
	DCTXT_EXPECT(!readable(scene->fd));
}

static void a_child_rings_no_descriptor_of_its_parents(void **state)
{
	struct scene scene = {0};
	dctx_waiter *w, *wfd;

	(void)state;
	scene_begin(&scene);
	assert_int_equal(
		dctx_snapshot_on_done(scene.context, tell, &scene.times, &w),
		DCTX_OK);
	assert_int_equal(
		dctx_snapshot_on_done_fd(scene.context, &scene.fd, &wfd),
		DCTX_OK);
	assert_true(dctxt_in_child(cancel_in_child, &scene));
	assert_false(readable(scene.fd));
	assert_int_equal(scene.times, 0);
	assert_int_equal(dctx_cancel(scene.source, NULL), DCTX_OK);
	assert_true(readable(scene.fd));
	assert_int_equal(scene.times, 1);
	dctx_waiter_remove(w);
	dctx_waiter_remove(wfd);
	scene_end(&scene);
}

static void *sleep_on(void *arg)
{
	struct scene *scene = arg;

	DCTXT_EXPECT(dctx_snapshot_wait(scene->context, DCTX_NO_DEADLINE) ==
		     DCTX_CANCELED);
	return NULL;
}

static void a_child_does_not_wake_its_parents_threads(void **state)
{
	struct scene scene = {0};
	pthread_t thread;

	(void)state;
	scene_begin(&scene);
	assert_int_equal(pthread_create(&thread, NULL, sleep_on, &scene), 0);
	usleep(20000);
	assert_true(dctxt_in_child(do_all, &scene));
	assert_int_equal(dctx_snapshot_done(scene.context), DCTX_OK);
	assert_int_equal(dctx_cancel(scene.source, NULL), DCTX_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	scene_end(&scene);
}

static void deadline_in_child(void *arg)
{
	struct scene *scene = arg;

	for (int i = 0; atomic_load(&scene->times) == 0 && i < 60000; i++) {
		(void)dctx_timers_run_due(NULL);
		usleep(1000);
	}
	DCTXT_EXPECT(atomic_load(&scene->times) == 1);
}

static void a_child_has_its_parents_deadlines(void **state)
{
	struct scene scene = {0};
	dctx_waiter *w;

	(void)state;
	DCTX_SCOPE("soon");
	assert_int_equal(dctx_set_timeout(100 * DCTX_MS), DCTX_OK);
	assert_int_equal(dctx_on_done(tell, &scene.times, &w), DCTX_OK);
	assert_true(dctxt_in_child(deadline_in_child, &scene));
	(void)dctx_waiter_remove_wait(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_child_takes_over_halls_that_others_were_in),
		DCTXT_TEST(a_child_rings_no_descriptor_of_its_parents),
		DCTXT_TEST(a_child_does_not_wake_its_parents_threads),
		DCTXT_TEST(a_child_has_its_parents_deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
