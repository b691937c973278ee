/* SPDX-License-Identifier: MIT */
/*
 * pool_successor_test.c - proves that a pool is there for as long as a thread
 * of it starts the one that takes its place. pthread_create(3) reads the
 * attributes once more when the new thread runs already: here it is this
 * program's own, and waits for what must not happen.
 *
 * Not under: asan tsan musl - they have one of their own, or none beside this.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "jobs.h"

#include <dlfcn.h>
#include <sched.h>

/* In milliseconds: an end takes none where it is a mistake. */
enum { LONG_ENOUGH = 500 };

static const pthread_attr_t *watched;
static atomic_bool is_destroyed;
static atomic_int successors, returned;

DCTX_API int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			    void *(*fn)(void *), void *arg);
DCTX_API int pthread_attr_destroy(pthread_attr_t *attr);

static void watch(const pthread_attr_t *attr)
{
	const struct timespec a_millisecond = {0, 1000000};

	for (int i = 0; i < LONG_ENOUGH && !atomic_load(&is_destroyed); i++)
		nanosleep(&a_millisecond, NULL);
	DCTXT_EXPECT(watched == attr && !atomic_load(&is_destroyed));
	atomic_fetch_add(&returned, 1);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		    void *);
	int error;

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	error = real(thread, attr, fn, arg);
	if (attr == NULL || error != 0)
		return error;
	if (watched != NULL && atomic_fetch_add(&successors, 1) == 0)
		watch(attr);
	watched = attr;
	return error;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
	int (*real)(pthread_attr_t *);

	if (attr == watched)
		atomic_store(&is_destroyed, true);
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_attr_destroy");
	return real(attr);
}

static void *end_the_thread(void *arg)
{
	pthread_exit(arg);
}

static void a_pool_outlives_the_start_of_a_successor(void **state)
{
	dctx_executor *pool = pool_of(1, 8, DCTX_FULL_REJECTS);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(pool, &gate);
	dctx_job *lost = submit(pool, end_the_thread, NULL);
	dctx_job *next = submit(pool, see_num, NULL);

	(void)state;
	open_gate(&gate);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
	assert_int_equal(finish(lost, NULL), DCTX_CANCELED);
	assert_int_equal(finish(next, NULL), DCTX_OK);
	end(pool);
	while (atomic_load(&returned) == 0)
		sched_yield();
	while (!atomic_load(&is_destroyed))
		sched_yield();
	assert_int_equal(atomic_load(&successors), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_pool_outlives_the_start_of_a_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
