/* SPDX-License-Identifier: MIT */
/*
 * wait_fd_test.c - proves that a thread's descriptor tells the end of the
 * context that it was asked for, beside stand-ins, shields, forks and threads
 * that end.
 */
#include "stand.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

static dctx_source *source, *other;

static int begin(void **state)
{
	if (dctxt_begin(state) != 0)
		return -1;
	return dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) == DCTX_OK &&
			       dctx_source_new(NULL, DCTX_NO_DEADLINE,
					       &other) == DCTX_OK
		       ? 0
		       : -1;
}

static int end(void **state)
{
	dctx_wait_fd_done();
	source = dctx_source_unref(source);
	other = dctx_source_unref(other);
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static bool is_readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

static void without_a_source_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(dctx_wait_fd(), -1);
	assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
	assert_int_equal(dctx_wait_fd(), -1);
	dctx_wait_fd_done();
	dctx_wait_fd_done();
}

static void a_cancel_makes_it_readable_and_it_stays_so(void **state)
{
	struct dctxt_later later;
	struct pollfd p = {-1, POLLIN, 0};

	(void)state;
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	p.fd = dctx_wait_fd();
	assert_true(p.fd >= 0);
	assert_false(is_readable(p.fd));
	dctxt_later(&later, 10, dctxt_cancel, source);
	assert_int_equal(poll(&p, 1, -1), 1);
	dctxt_join(&later);
	assert_true(is_readable(p.fd));
	dctx_wait_fd_done();
	assert_false(is_readable(p.fd));
	/* Over already: at once. */
	assert_int_equal(dctx_wait_fd(), p.fd);
	assert_true(is_readable(p.fd));
	dctx_wait_fd_done();
	assert_false(is_readable(p.fd));
}

static void it_means_the_context_of_the_last_call(void **state)
{
	int fd;

	(void)state;
	{
		DCTX_SCOPE("first");
		assert_int_equal(dctx_add_source(source), DCTX_OK);
		assert_true(dctx_wait_fd() >= 0);
	}
	assert_int_equal(dctx_add_source(other), DCTX_OK);
	fd = dctx_wait_fd();
	dctxt_cancel(source);
	assert_false(is_readable(fd));
	dctxt_cancel(other);
	assert_true(is_readable(fd));
}

/* Both sleep on one descriptor. */
static void a_stand_in_beside_it_takes_nothing_away(void **state)
{
	struct timespec time = {0, 20000000};
	struct dctxt_later later;
	int fd;

	(void)state;
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	fd = dctx_wait_fd();
	{
		DCTX_SCOPE("detached");
		assert_int_equal(dctx_detach(), DCTX_OK);
		assert_int_equal(dctx_add_source(other), DCTX_OK);
		assert_int_equal(dctx_nanosleep(&time, NULL), 0);
		assert_false(is_readable(fd));
		dctxt_later(&later, 5, dctxt_cancel, source);
		assert_int_equal(dctx_nanosleep(&time, NULL), 0);
		dctxt_join(&later);
		assert_true(is_readable(fd));
		/* It is readable all the while: the sleep is one all the
		 * same. */
		assert_int_equal(dctx_nanosleep(&time, NULL), 0);
		assert_true(is_readable(fd));
		dctxt_later(&later, 5, dctxt_cancel, other);
		time.tv_sec = 1000;
		assert_int_equal(dctx_nanosleep(&time, NULL), -1);
		assert_int_equal(errno, ECANCELED);
		dctxt_join(&later);
	}
	assert_true(is_readable(fd));
	dctx_wait_fd_done();
	assert_false(is_readable(fd));
}

/* Rung for nothing yet; asked for again it is quiet. */
static void under_a_shield_it_is_asked_for_again(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	assert_int_equal(dctx_set_grace(1000 * DCTX_S), DCTX_OK);
	assert_int_equal(dctx_shield(), DCTX_OK);
	fd = dctx_wait_fd();
	dctxt_cancel(source);
	assert_int_equal(dctx_done(), DCTX_OK);
	assert_int_equal(dctx_wait_fd(), fd);
	assert_false(is_readable(fd));
	assert_in_range(dctx_remaining(), 900 * DCTX_S, 1000 * DCTX_S);
}

/* What the child does is nothing to the parent's. */
static void in_the_child(void *arg)
{
	int fd;
	struct timespec time = {0, 5000000};

	(void)arg;
	fd = dctx_wait_fd();
	DCTXT_EXPECT(fd >= 0);
	DCTXT_EXPECT(dctx_nanosleep(&time, NULL) == 0);
	dctxt_cancel(source);
	DCTXT_EXPECT(is_readable(fd));
	DCTXT_EXPECT(dctx_nanosleep(&time, NULL) == -1);
	DCTXT_EXPECT(errno == ECANCELED);
	dctx_wait_fd_done();
	DCTXT_EXPECT(!is_readable(fd));
}

static void end_its_use(void *arg)
{
	(void)arg;
	dctx_wait_fd_done();
}

static void a_forked_child_has_its_own(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(dctx_add_source(source), DCTX_OK);
	fd = dctx_wait_fd();
	assert_true(dctxt_in_child(in_the_child, NULL));
	assert_false(is_readable(fd));
	dctxt_cancel(source);
	assert_true(is_readable(fd));
	assert_true(dctxt_in_child(end_its_use, NULL));
	assert_true(is_readable(fd));
}

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

static void *ask_and_end(void *arg)
{
	DCTX_SCOPE("thread");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	DCTXT_EXPECT(dctx_wait_fd() >= 0);
	return arg;
}

static void a_threads_end_closes_it(void **state)
{
	int before = descriptors();

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)dctxt_on_thread(ask_and_end, NULL);
	assert_int_equal(descriptors(), before);
	dctxt_cancel(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_source_there_is_none),
		TEST(a_cancel_makes_it_readable_and_it_stays_so),
		TEST(it_means_the_context_of_the_last_call),
		TEST(a_stand_in_beside_it_takes_nothing_away),
		TEST(under_a_shield_it_is_asked_for_again),
		TEST(a_forked_child_has_its_own),
		TEST(a_threads_end_closes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
