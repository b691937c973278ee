/* SPDX-License-Identifier: MIT */
/*
 * block_test.c - proves that a stand-in whom the system refuses memory, a
 * descriptor or a newer call says so or does without, and loses nothing; and
 * that an end between the last look and the sleep is seen.
 */
#include "life/block.h"

#include "life/point.h"
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static dctx_source *source;
static int fds[2];

/* Each test below a source of its own, with a pipe. */
static int begin(void **state)
{
	(void)state;
	if (pipe(fds) != 0 ||
	    dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) != DCTX_OK)
		return -1;
	(void)dctx_enter("test");
	return dctx_add_source(source) == DCTX_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	source = dctx_source_unref(source);
	close(fds[0]);
	close(fds[1]);
	return dctx_restore(NULL) == DCTX_OK ? 0 : -1;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

/* Refuses the n-th request from now on, or that and all after it. */
static void refuse(long n, bool once)
{
	__atomic_store_n(&dctxi_refusal.asked, 0, __ATOMIC_RELAXED);
	dctxi_refusal.once = once;
	__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
}

static void relent(void)
{
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
}

/* Each blocks until there is something in the pipe, or for 20 ms. Returns 0 or
 * an error number. */
static int call_read(void)
{
	char byte;

	return dctx_read(fds[0], &byte, 1) < 0 ? errno : 0;
}

static int call_poll(void)
{
	struct pollfd many[100] = {{fds[0], POLLIN, 0}};

	for (int i = 1; i < 100; i++)
		many[i].fd = -1;
	return dctx_poll(many, 100, -1) < 0 ? errno : 0;
}

static int call_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	return dctx_select(fds[0] + 1, &set, NULL, NULL, NULL) < 0 ? errno : 0;
}

static int call_nanosleep(void)
{
	struct timespec time = {0, 20000000};

	return dctx_nanosleep(&time, NULL) < 0 ? errno : 0;
}

static int call_getaddrinfo(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;
	int result = dctx_getaddrinfo("127.0.0.1", "80", &hints, &found);

	if (result == 0)
		freeaddrinfo(found);
	if (result == EAI_MEMORY)
		return ENOMEM;
	return result == EAI_SYSTEM ? errno : result;
}

/* A call on a thread that never used the library, so that it has nothing left
 * over, with the n-th request from then on refused. */
struct called {
	int (*call)(void);
	long n;
	int error;
	bool met;   /* there was an n-th */
	bool begun; /* atomic, as is the next */
	bool back;
};

static void *call_below(void *arg)
{
	struct called *called = arg;

	if (dctx_add_source(source) != DCTX_OK)
		abort();
	refuse(called->n, true);
	__atomic_store_n(&called->begun, true, __ATOMIC_RELEASE);
	called->error = called->call();
	__atomic_store_n(&called->back, true, __ATOMIC_RELEASE);
	called->met =
		__atomic_load_n(&dctxi_refusal.countdown, __ATOMIC_RELAXED) < 0;
	relent();
	return NULL;
}

/* When the call blocks, to all appearances, or has come back. */
static void *write_later(void *arg)
{
	const struct called *called = arg;

	while (!__atomic_load_n(&called->begun, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (int i = 0; i < 40; i++)
		if (!__atomic_load_n(&called->back, __ATOMIC_ACQUIRE))
			usleep(1000);
	if (write(fds[1], "x", 1) != 1)
		abort();
	return arg;
}

static void call_on_thread(struct called *called)
{
	pthread_t writer, thread;

	called->begun = false;
	called->back = false;
	assert_int_equal(pthread_create(&writer, NULL, write_later, called), 0);
	assert_int_equal(pthread_create(&thread, NULL, call_below, called), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_join(writer, NULL), 0);
}

/* How many bytes are in the pipe; takes them out. */
static int drain(void)
{
	struct pollfd fd = {fds[0], POLLIN, 0};
	char byte;
	int n = 0;

	while (poll(&fd, 1, 0) == 1 && read(fds[0], &byte, 1) == 1)
		n++;
	return n;
}

/* Refuses each request in turn, until there is none left. What fails says why,
 * and what came meanwhile is there. Returns how many failed. */
static int refused_one_by_one(int (*call)(void))
{
	struct called called = {.call = call, .met = true};
	int failures = 0;

	for (; called.met; called.n++) {
		call_on_thread(&called);
		if (called.error == 0) {
			(void)drain();
			continue;
		}
		failures++;
		assert_true(called.error == ENOMEM || called.error == EMFILE ||
			    called.error == EAGAIN);
		assert_int_equal(drain(), 1);
	}
	return failures;
}

static void what_is_refused_is_told_and_loses_nothing(void **state)
{
	(void)state;
	assert_true(refused_one_by_one(call_read) >= 2);
	assert_true(refused_one_by_one(call_poll) >= 3);
	assert_true(refused_one_by_one(call_select) >= 2);
	assert_true(refused_one_by_one(call_nanosleep) >= 2);
	assert_true(refused_one_by_one(call_getaddrinfo) >= 2);
}

/* All that the system may refuse after the first of two requests that matter
 * is RWF_NOWAIT; without it a pipe is polled. */
static void an_old_kernels_pipe_is_polled(void **state)
{
	char *bytes = calloc(1, 1 << 18);
	char byte = 0;
	ssize_t n;

	(void)state;
	assert_non_null(bytes);
	/* The thread has its descriptor and memory by now. */
	assert_int_equal(call_nanosleep(), 0);
	assert_int_equal(dctx_set_timeout(50 * DCTX_MS), DCTX_OK);
	refuse(0, true);
	n = dctx_write(fds[1], bytes, 1 << 18);
	relent();
	assert_int_equal(n, 65536);
	refuse(0, true);
	n = dctx_write(fds[1], bytes, 1);
	relent();
	assert_int_equal(n, -1);
	assert_int_equal(errno, ETIMEDOUT);
	(void)dctx_detach();
	(void)dctx_add_source(source);
	refuse(0, true);
	n = dctx_read(fds[0], bytes, 1 << 18);
	relent();
	assert_int_equal(n, 65536);
	assert_int_equal(dctx_set_timeout(5 * DCTX_MS), DCTX_OK);
	refuse(0, true);
	n = dctx_read(fds[0], &byte, 1);
	relent();
	assert_int_equal(n, -1);
	assert_int_equal(errno, ETIMEDOUT);
	free(bytes);
}

static void an_old_kernels_pipe_takes_all_it_can_without_blocking(void **state)
{
	char *bytes = calloc(1, 1 << 18);
	ssize_t n;

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	errno = 4711;
	refuse(0, true);
	n = dctx_write(fds[1], bytes, 1 << 18);
	relent();
	assert_int_equal(n, 65536);
	assert_int_equal(errno, 4711);
	refuse(0, true);
	n = dctx_write(fds[1], bytes, 1);
	relent();
	assert_int_equal(n, -1);
	assert_int_equal(errno, EAGAIN);
	free(bytes);
}

static void a_child_is_waited_for_without_a_pidfd(void **state)
{
	pid_t pid = fork(), got;
	int status;

	(void)state;
	if (pid == 0) {
		usleep(30000);
		_exit(7);
	}
	assert_int_equal(call_nanosleep(), 0);
	refuse(0, true);
	got = dctx_waitpid(pid, &status, 0);
	relent();
	assert_int_equal(got, pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static unsigned points, at; /* atomic */

static bool is_there(void)
{
	return __atomic_add_fetch(&points, 1, __ATOMIC_RELAXED) ==
	       __atomic_load_n(&at, __ATOMIC_RELAXED);
}

static void cancel_at_point(void)
{
	if (is_there())
		(void)dctx_cancel(source, "at a point");
}

static dctx_mutex mutex;

static int call_lock(void)
{
	return dctx_mutex_lock(&mutex);
}

/* A new source, and a deadline that nobody will live to see, so that all
 * questions come to a point. */
static void set_out(unsigned point)
{
	__atomic_store_n(&points, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&at, point, __ATOMIC_RELAXED);
	source = dctx_source_unref(source);
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	(void)dctx_detach();
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_set_timeout(100000 * DCTX_S), DCTX_OK);
}

static int call_with(int (*call)(void), void (*hook)(void))
{
	int error;

	__atomic_store_n(&dctxi_point_hook, hook, __ATOMIC_RELEASE);
	error = call();
	__atomic_store_n(&dctxi_point_hook, NULL, __ATOMIC_RELEASE);
	return error;
}

/* When the other thread sleeps, says how many points it came to. */
static void *cancel_later(void *seen)
{
	usleep(100000);
	*(unsigned *)seen = __atomic_load_n(&points, __ATOMIC_RELAXED);
	(void)dctx_cancel(source, "later");
	return NULL;
}

/* How many points there are before a call sleeps: the last of them is between
 * its last look and its sleep. */
static unsigned points_of(int (*call)(void))
{
	pthread_t canceller;
	unsigned most = 0;

	set_out(0);
	assert_int_equal(pthread_create(&canceller, NULL, cancel_later, &most),
			 0);
	assert_int_equal(call_with(call, cancel_at_point), ECANCELED);
	assert_int_equal(pthread_join(canceller, NULL), 0);
	assert_true(most >= 2);
	return most;
}

/* Nobody else would end the sleep: a cancel that is missed hangs. */
static void ended_at_each_point(int (*call)(void))
{
	unsigned most = points_of(call);

	for (unsigned point = 1; point <= most; point++) {
		set_out(point);
		assert_int_equal(call_with(call, cancel_at_point), ECANCELED);
	}
}

static void no_end_falls_between_the_last_look_and_the_sleep(void **state)
{
	(void)state;
	ended_at_each_point(call_read);
	ended_at_each_point(call_poll);
	ended_at_each_point(call_select);
	assert_int_equal(dctx_mutex_trylock(&mutex), 0);
	ended_at_each_point(call_lock);
	dctx_mutex_unlock(&mutex);
}

static void unlock_at_point(void)
{
	if (is_there())
		dctx_mutex_unlock(&mutex);
}

static void no_unlock_falls_between_the_last_try_and_the_sleep(void **state)
{
	unsigned most;

	(void)state;
	assert_int_equal(dctx_mutex_trylock(&mutex), 0);
	most = points_of(call_lock);
	dctx_mutex_unlock(&mutex);
	for (unsigned point = 1; point <= most; point++) {
		assert_int_equal(dctx_mutex_trylock(&mutex), 0);
		set_out(point);
		assert_int_equal(call_with(call_lock, unlock_at_point), 0);
		dctx_mutex_unlock(&mutex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_refused_is_told_and_loses_nothing),
		TEST(an_old_kernels_pipe_is_polled),
		TEST(an_old_kernels_pipe_takes_all_it_can_without_blocking),
		TEST(a_child_is_waited_for_without_a_pidfd),
		TEST(no_end_falls_between_the_last_look_and_the_sleep),
		TEST(no_unlock_falls_between_the_last_try_and_the_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
