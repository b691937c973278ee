/* SPDX-License-Identifier: MIT */
/*
 * io_child_test.c - proves that waitpid below a context finds what the original
 * finds, and loses no child.
 */
#include "stand.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static dctx_source *source;
static int gate[2]; /* a child ends when its end of this is closed */

static int begin(void **state)
{
	if (dctxt_begin(state) != 0 || pipe(gate) != 0)
		return -1;
	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) != DCTX_OK)
		return -1;
	return dctx_add_source(source) == DCTX_OK ? 0 : -1;
}

static int end(void **state)
{
	source = dctx_source_unref(source);
	close(gate[0]);
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static pid_t child(void)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 0 ? 7 : 1);
	}
	assert_true(pid > 0);
	return pid;
}

static void fails(pid_t result, int error)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, error);
}

static void without_a_child_there_is_nothing_to_wait_for(void **state)
{
	(void)state;
	fails(dctx_waitpid(-1, NULL, 0), ECHILD);
	fails(dctx_waitpid(getpid(), NULL, 0), ECHILD);
	fails(dctx_waitpid(-1, NULL, 1 << 20), EINVAL);
	close(gate[1]);
}

static void nohang_does_not_wait(void **state)
{
	pid_t pid = child();

	(void)state;
	assert_int_equal(dctx_waitpid(pid, NULL, WNOHANG), 0);
	close(gate[1]);
	errno = 4711;
	assert_int_equal(dctx_waitpid(pid, NULL, 0), pid);
	assert_int_equal(errno, 4711);
}

static void a_child_that_was_given_up_is_still_there(void **state)
{
	pid_t pid = child();
	struct dctxt_later later;
	int status;

	(void)state;
	dctxt_later(&later, 20, dctxt_cancel, source);
	fails(dctx_waitpid(pid, &status, 0), ECANCELED);
	dctxt_join(&later);
	close(gate[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void stop(void *pid)
{
	DCTXT_EXPECT(kill(*(pid_t *)pid, SIGSTOP) == 0);
}

static void go_on(void *pid)
{
	DCTXT_EXPECT(kill(*(pid_t *)pid, SIGCONT) == 0);
}

static void a_stop_is_told_to_who_asks_for_it(void **state)
{
	pid_t pid = child();
	struct dctxt_later later;
	int status;

	(void)state;
	dctxt_later(&later, 20, stop, &pid);
	assert_int_equal(dctx_waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	dctxt_join(&later);
	dctxt_later(&later, 20, go_on, &pid);
	assert_int_equal(dctx_waitpid(pid, &status, WCONTINUED), pid);
	assert_true(WIFCONTINUED(status));
	dctxt_join(&later);
	close(gate[1]);
	assert_int_equal(dctx_waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
}

static void reap(void *pid)
{
	close(gate[1]);
	DCTXT_EXPECT(waitpid(*(pid_t *)pid, NULL, 0) == *(pid_t *)pid);
}

/* Whoever of the two is first; the other is told. */
static void a_child_that_somebody_else_reaps_is_gone(void **state)
{
	pid_t pid = child(), got;
	struct dctxt_later later;

	(void)state;
	later.act = NULL;
	dctxt_later(&later, 20, reap, &pid);
	got = dctx_waitpid(-1, NULL, WNOHANG);
	assert_int_equal(got, 0);
	dctxt_join(&later);
	fails(dctx_waitpid(pid, NULL, 0), ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_child_there_is_nothing_to_wait_for),
		TEST(nohang_does_not_wait),
		TEST(a_child_that_was_given_up_is_still_there),
		TEST(a_stop_is_told_to_who_asks_for_it),
		TEST(a_child_that_somebody_else_reaps_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
