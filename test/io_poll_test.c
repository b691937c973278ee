/* SPDX-License-Identifier: MIT */
/*
 * io_poll_test.c - proves that poll, ppoll, select and nanosleep below a
 * context are what they are without one: times, masks, sets, errors.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "below.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static int begin(void **state)
{
	if (begin_below(state) != 0)
		return -1;
	return pipe(fds);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end_below)

static void write_one(void *arg)
{
	(void)arg;
	DCTXT_EXPECT(write(fds[1], "x", 1) == 1);
}

static void a_time_of_its_own_is_0_and_not_early(void **state)
{
	struct pollfd fd = {fds[0], POLLIN, 7};
	struct timespec spec = {0, 20000000};
	struct timeval val = {0, 20000};
	int64_t start = dctx_now();
	fd_set set;

	(void)state;
	assert_int_equal(dctx_poll(&fd, 1, 20), 0);
	assert_int_equal(fd.revents, 0);
	assert_true(dctx_now() - start >= 20 * DCTX_MS);
	start = dctx_now();
	assert_int_equal(dctx_ppoll(&fd, 1, &spec, NULL), 0);
	assert_true(dctx_now() - start >= 20 * DCTX_MS);
	start = dctx_now();
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	assert_int_equal(dctx_select(fds[0] + 1, &set, NULL, NULL, &val), 0);
	assert_false(FD_ISSET(fds[0], &set));
	assert_int_equal(val.tv_sec, 0);
	assert_int_equal(val.tv_usec, 0);
	assert_true(dctx_now() - start >= 20 * DCTX_MS);
	start = dctx_now();
	assert_int_equal(dctx_nanosleep(&spec, &spec), 0);
	assert_int_equal(spec.tv_nsec, 20000000);
	assert_true(dctx_now() - start >= 20 * DCTX_MS);
}

static void without_time_only_a_look_is_taken(void **state)
{
	struct pollfd fd = {fds[0], POLLIN, 7};
	struct timespec spec = {0, 0};
	struct timeval val = {0, 0};
	fd_set set;

	(void)state;
	assert_int_equal(dctx_poll(&fd, 1, 0), 0);
	assert_int_equal(dctx_ppoll(&fd, 1, &spec, NULL), 0);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	assert_int_equal(dctx_select(fds[0] + 1, &set, NULL, NULL, &val), 0);
	assert_false(FD_ISSET(fds[0], &set));
	assert_int_equal(dctx_nanosleep(&spec, NULL), 0);
	write_one(NULL);
	assert_int_equal(dctx_poll(&fd, 1, 0), 1);
	assert_int_equal(fd.revents, POLLIN);
}

static void many_are_waited_for(void **state)
{
	struct pollfd many[200];
	struct dctxt_later later;

	(void)state;
	for (int i = 0; i < 200; i++)
		many[i] = (struct pollfd){i % 3 ? fds[0] : -1, POLLIN, 7};
	dctxt_later(&later, 20, write_one, NULL);
	assert_int_equal(dctx_poll(many, 200, -1), 133);
	dctxt_join(&later);
	for (int i = 0; i < 200; i++)
		assert_int_equal(many[i].revents, i % 3 ? POLLIN : 0);
	assert_int_equal(dctx_poll(NULL, 0, 1), 0);
}

static void as_many_as_may_be_are_waited_for(void **state)
{
	struct rlimit limit, few;
	struct pollfd many[64];
	struct dctxt_later later;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 64;
	for (int i = 0; i < 64; i++)
		many[i] = (struct pollfd){i % 3 ? fds[0] : -1, POLLIN, 7};
	/* The thread's own descriptor is there by now. */
	assert_int_equal(dctx_poll(many, 1, 1), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(dctx_poll(many, 64, 20), 0);
	dctxt_later(&later, 20, dctxt_cancel, source);
	fails(dctx_poll(many, 64, -1), ECANCELED);
	dctxt_join(&later);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void errors_are_the_originals(void **state)
{
	struct pollfd fd = {9999, POLLIN, 0};
	struct timespec bad = {0, 1000000000}, negative = {-1, 0};
	struct timeval before = {-1, 0};
	fd_set set;

	(void)state;
	assert_int_equal(dctx_poll(&fd, 1, -1), 1);
	assert_int_equal(fd.revents, POLLNVAL);
	fails(dctx_ppoll(&fd, 1, &bad, NULL), EINVAL);
	fails(dctx_ppoll(&fd, 1, &negative, NULL), EINVAL);
	fails(dctx_nanosleep(&bad, NULL), EINVAL);
	fails(dctx_nanosleep(&negative, NULL), EINVAL);
	FD_ZERO(&set);
	FD_SET(60, &set);
	fails(dctx_select(61, &set, NULL, NULL, NULL), EBADF);
	fails(dctx_select(-1, NULL, NULL, NULL, NULL), EINVAL);
	fails(dctx_select(FD_SETSIZE + 1, NULL, NULL, NULL, NULL), EINVAL);
	fails(dctx_select(0, NULL, NULL, NULL, &before), EINVAL);
}

static void a_mask_holds_while_ppoll_waits(void **state)
{
	struct timespec forever = {100000, 0};
	struct pollfd fd = {fds[0], POLLIN, 0};
	sigset_t usr1, none;

	(void)state;
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	dctxt_handle(0);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &usr1, NULL), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(dctx_poll(&fd, 1, 5), 0);
	assert_int_equal(atomic_load(&dctxt_signals), 0);
	fails(dctx_ppoll(&fd, 1, &forever, &none), EINTR);
	assert_int_equal(atomic_load(&dctxt_signals), 1);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(atomic_load(&dctxt_signals), 1);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL), 0);
	assert_int_equal(atomic_load(&dctxt_signals), 2);
	dctxt_unhandle();
}

static void each_set_of_select_is_its_own(void **state)
{
	struct dctxt_later later;
	fd_set in, out, except;

	(void)state;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	FD_SET(fds[0], &except);
	assert_int_equal(dctx_select(FD_SETSIZE, &in, &out, &except, NULL), 1);
	assert_true(FD_ISSET(fds[1], &out));
	assert_false(FD_ISSET(fds[0], &in));
	assert_false(FD_ISSET(fds[0], &except));
	FD_SET(fds[0], &in);
	FD_SET(fds[0], &except);
	dctxt_later(&later, 20, write_one, NULL);
	assert_int_equal(dctx_select(FD_SETSIZE, &in, NULL, &except, NULL), 1);
	dctxt_join(&later);
	assert_true(FD_ISSET(fds[0], &in));
	assert_false(FD_ISSET(fds[0], &except));
}

/* poll always tells of a hang-up, select only those who wait for input. */
static void select_does_not_run_hot_on_a_hang_up(void **state)
{
	struct timeval timeout = {0, 200000};
	clock_t used = clock();
	fd_set except;

	(void)state;
	close(fds[1]);
	fds[1] = -1;
	FD_ZERO(&except);
	FD_SET(fds[0], &except);
	assert_int_equal(dctx_select(fds[0] + 1, NULL, NULL, &except, &timeout),
			 0);
	assert_true(clock() - used < CLOCKS_PER_SEC / 10);
}

static void what_is_ready_comes_before_the_end(void **state)
{
	struct pollfd fd = {fds[0], POLLIN, 0};
	struct dctxt_later cancel, later;
	int n;

	(void)state;
	dctxt_later(&later, 20, write_one, NULL);
	dctxt_later(&cancel, 20, dctxt_cancel, source);
	n = dctx_poll(&fd, 1, -1);
	assert_true(n == 1 || (n == -1 && errno == ECANCELED));
	dctxt_join(&cancel);
	dctxt_join(&later);
	fails(dctx_poll(&fd, 1, -1), ECANCELED);
	assert_int_equal(poll(&fd, 1, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_time_of_its_own_is_0_and_not_early),
		TEST(without_time_only_a_look_is_taken),
		TEST(many_are_waited_for),
		TEST(as_many_as_may_be_are_waited_for),
		TEST(errors_are_the_originals),
		TEST(a_mask_holds_while_ppoll_waits),
		TEST(each_set_of_select_is_its_own),
		TEST(select_does_not_run_hot_on_a_hang_up),
		TEST(what_is_ready_comes_before_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
