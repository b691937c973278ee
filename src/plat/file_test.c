/* SPDX-License-Identifier: MIT */
/*
 * file_test.c - proves that a write comes back by its time, whatever it writes
 * to, that all of it goes out where there is a reader, and that no signal comes
 * of it.
 */
#include "plat/file.h"

#include "plat/clock.h"

#include <dctx/deadline.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int set_up(void **state)
{
	(void)state;
	return pipe(ends);
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(ends[0]);
	return close(ends[1]);
}

static void set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

static void fill_the_pipe(void)
{
	char some[4096] = "";

	set_blocking(ends[1], false);
	while (write(ends[1], some, sizeof some) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
}

static int64_t in(int64_t ns)
{
	return dctxi_clock_plus(dctxi_clock(), ns);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

/* Were it to sleep in the write, only the next alarm would wake it. */
static void a_signal_makes_no_write_late(void **state)
{
	struct sigaction action = {.sa_handler = count_alarm};
	struct itimerval timer = {.it_interval = {.tv_sec = 10},
				  .it_value = {.tv_usec = 20000}};
	struct itimerval none = {.it_value = {0}};
	size_t written;

	(void)state;
	fill_the_pipe();
	set_blocking(ends[1], true);
	alarms = 0;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
	assert_int_equal(
		dctxi_file_write(ends[1], "x", 1, in(500 * DCTX_MS), &written),
		ETIMEDOUT);
	assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
	assert_int_equal(alarms, 1);
	assert_int_equal(written, 0);
}

/* Its count would pass its most, which poll(2) does not foresee. */
static void who_says_it_is_ready_and_is_not_is_given_up(void **state)
{
	uint64_t one = 1, most = UINT64_MAX - 1;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	size_t written;

	(void)state;
	assert_int_equal(write(fd, &one, sizeof one), sizeof one);
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(10);
	assert_int_equal(dctxi_file_write(fd, (const char *)&most, sizeof most,
					  in(20 * DCTX_MS), &written),
			 ETIMEDOUT);
	(void)alarm(0);
	assert_int_equal(close(fd), 0);
}

static void a_file_past_its_limit_raises_no_signal(void **state)
{
	char path[] = "/tmp/dctx-file-XXXXXX";
	int fd = mkstemp(path);
	struct rlimit before, limit;
	sigset_t pending;
	size_t written;
	int error;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 6;
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	error = dctxi_file_write(fd, "12345678", 8, in(DCTX_S), &written);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(error, EFBIG);
	assert_int_equal(written, 6);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGXFSZ), 0);
	assert_int_equal(close(fd), 0);
}

/* One of the program's own stays. */
static void a_reader_that_is_gone_raises_no_signal(void **state)
{
	sigset_t pipe_only, pending;
	size_t written;

	(void)state;
	assert_int_equal(close(ends[0]), 0);
	(void)sigemptyset(&pipe_only);
	(void)sigaddset(&pipe_only, SIGPIPE);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &pipe_only, NULL), 0);
	for (int own = 0; own < 2; own++) {
		if (own)
			assert_int_equal(raise(SIGPIPE), 0);
		assert_int_equal(
			dctxi_file_write(ends[1], "x", 1, in(DCTX_S), &written),
			EPIPE);
		assert_int_equal(sigpending(&pending), 0);
		assert_int_equal(sigismember(&pending, SIGPIPE), own);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL), 0);
	(void)signal(SIGPIPE, SIG_DFL);
	ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

#define LARGE 300000

static char sent[LARGE], got[LARGE];

static void *read_slowly(void *unused)
{
	size_t len = 0;
	ssize_t n = 1;

	(void)unused;
	while (len < LARGE && n > 0) {
		n = read(ends[0], got + len,
			 LARGE - len < 777 ? LARGE - len : 777);
		len += n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

/* A pipe takes a part of it at a time, whether it blocks or not. */
static void a_slow_reader_gets_all_of_it(void **state)
{
	pthread_t thread;
	size_t written;

	(void)state;
	for (size_t i = 0; i < LARGE; i++)
		sent[i] = (char)(i * 7 + i / 251);
	for (int blocking = 0; blocking < 2; blocking++) {
		memset(got, 0, sizeof got);
		set_blocking(ends[1], blocking != 0);
		assert_int_equal(
			pthread_create(&thread, NULL, read_slowly, NULL), 0);
		errno = 4711;
		assert_int_equal(dctxi_file_write(ends[1], sent, LARGE,
						  in(100 * DCTX_S), &written),
				 0);
		assert_int_equal(errno, 4711);
		assert_int_equal(written, LARGE);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_memory_equal(got, sent, LARGE);
	}
}

static void what_cannot_be_opened_says_why(void **state)
{
	char path[5000];
	int fd = 4711;

	(void)state;
	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	errno = 4711;
	assert_int_equal(dctxi_file_open(path, &fd), ENAMETOOLONG);
	path[300] = '\0';
	assert_int_equal(dctxi_file_open(path, &fd), ENAMETOOLONG);
	assert_int_equal(dctxi_file_open("/", &fd), EISDIR);
	assert_int_equal(fd, 4711);
	assert_int_equal(errno, 4711);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signal_makes_no_write_late),
		TEST(who_says_it_is_ready_and_is_not_is_given_up),
		TEST(a_file_past_its_limit_raises_no_signal),
		TEST(a_reader_that_is_gone_raises_no_signal),
		TEST(a_slow_reader_gets_all_of_it),
		TEST(what_cannot_be_opened_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
