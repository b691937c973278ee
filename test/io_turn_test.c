/* SPDX-License-Identifier: MIT */
/*
 * io_turn_test.c - proves that a thread that accepts, and is held up between
 * its look and its call, is not overtaken: its call would block then, and no
 * cancel would end it. And that a turn that was left behind is taken up.
 */
#include "listening.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What happens to a thread on its way into the kernel. */
enum fate { NOTHING, IS_HELD_UP, JUMPS };

static atomic_int fate;
static atomic_bool in_call; /* the thread with a fate */
static jmp_buf out;

/* In place of libc's, for the library too. */
int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	int now = atomic_exchange(&fate, NOTHING);

	if (now != NOTHING)
		atomic_store(&in_call, true);
	if (now == IS_HELD_UP)
		usleep(300000);
	if (now == JUMPS)
		longjmp(out, 1);
	return (int)syscall(SYS_accept4, fd, address, size, flags);
}

static int begin(void **state)
{
	atomic_store(&in_call, false);
	return begin_listening(state, 8);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end_listening)

static void connect_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (void *)&in, sizeof in), 0);
	close(fd);
}

static int accept_one(void)
{
	int fd = dctx_accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

struct acceptor {
	pthread_t thread;
	int accepted;
	atomic_bool over;
};

static void *accept_until_over(void *arg)
{
	struct acceptor *acceptor = arg;
	int error;
	DCTX_SCOPE("acceptor");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	while ((error = accept_one()) == 0)
		acceptor->accepted++;
	DCTXT_EXPECT(error == ECANCELED);
	atomic_store(&acceptor->over, true);
	return NULL;
}

static bool is_true_soon(atomic_bool *is)
{
	for (int i = 0; i < 10000 && !atomic_load(is); i++)
		usleep(1000);
	return atomic_load(is);
}

static void a_thread_that_is_held_up_is_not_overtaken(void **state)
{
	struct acceptor acceptors[2] = {{.accepted = 0}};
	bool ended = true;

	(void)state;
	atomic_store(&fate, IS_HELD_UP);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&acceptors[i].thread, NULL,
						accept_until_over,
						&acceptors[i]),
				 0);
	connect_one();
	assert_true(is_true_soon(&in_call));
	usleep(600000);
	dctxt_cancel(source);
	for (int i = 0; i < 2; i++)
		if (!is_true_soon(&acceptors[i].over)) {
			ended = false;
			connect_one(); /* so that it can be joined */
		}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(acceptors[i].thread, NULL), 0);
	assert_true(ended);
	assert_int_equal(acceptors[0].accepted + acceptors[1].accepted, 1);
}

static void who_jumped_out_of_its_turn_has_it_still(void **state)
{
	(void)state;
	connect_one();
	connect_one();
	atomic_store(&fate, JUMPS);
	if (setjmp(out) == 0) {
		(void)accept_one();
		fail();
	}
	assert_int_equal(accept_one(), 0);
	assert_int_equal(accept_one(), 0);
}

static void *accept_once(void *arg)
{
	int *error = arg;
	DCTX_SCOPE("acceptor");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	*error = accept_one();
	return NULL;
}

static int accept_elsewhere(void)
{
	pthread_t thread;
	int error = -1;

	assert_int_equal(pthread_create(&thread, NULL, accept_once, &error), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return error;
}

static void a_turn_that_was_jumped_out_of_is_passed_over(void **state)
{
	(void)state;
	connect_one();
	atomic_store(&fate, JUMPS);
	if (setjmp(out) == 0) {
		(void)accept_one();
		fail();
	}
	assert_int_equal(accept_elsewhere(), 0);
}

static void *jump_and_end(void *arg)
{
	DCTX_SCOPE("acceptor");

	(void)arg;
	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	if (setjmp(out) == 0)
		(void)accept_one();
	return NULL;
}

static void a_turn_of_a_thread_that_ended_is_passed_over(void **state)
{
	pthread_t thread;

	(void)state;
	connect_one();
	atomic_store(&fate, JUMPS);
	assert_int_equal(pthread_create(&thread, NULL, jump_and_end, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(accept_one(), 0);
}

static void in_a_forks_child_nobody_has_a_turn(void **state)
{
	struct acceptor acceptor = {.accepted = 0};
	int status;
	pid_t child;

	(void)state;
	atomic_store(&fate, IS_HELD_UP);
	assert_int_equal(pthread_create(&acceptor.thread, NULL,
					accept_until_over, &acceptor),
			 0);
	connect_one();
	assert_true(is_true_soon(&in_call));
	child = fork();
	if (child == 0) {
		/* What the other thread had is nobody's here: no leak to be
		 * told at an exit. */
		if (accept_one() == 0)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	/* One of both is left with nothing, and is given this. */
	connect_one();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	dctxt_cancel(source);
	assert_int_equal(pthread_join(acceptor.thread, NULL), 0);
	assert_int_equal(acceptor.accepted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_thread_that_is_held_up_is_not_overtaken),
		TEST(who_jumped_out_of_its_turn_has_it_still),
		TEST(a_turn_that_was_jumped_out_of_is_passed_over),
		TEST(a_turn_of_a_thread_that_ended_is_passed_over),
		TEST(in_a_forks_child_nobody_has_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
