/* SPDX-License-Identifier: MIT */
#include "plat/random.h"

#include "plat/heap.h"
#include "plat/local.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 4096

static int order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint64_t));
}

static void must_differ(uint64_t *number, size_t n)
{
	qsort(number, n, sizeof *number, order);
	for (size_t i = 1; i < n; i++)
		assert_true(number[i - 1] != number[i]);
}

static void numbers_do_not_come_again(void **state)
{
	static uint64_t number[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i += 4)
		dctxi_random(&number[i], 4);
	must_differ(number, MANY);
}

/* Of so many bits, each half the time; nine standard deviations are let by. */
static void every_bit_is_as_often_set_as_not(void **state)
{
	unsigned set[64] = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		uint64_t number;

		dctxi_random(&number, 1);
		for (int bit = 0; bit < 64; bit++)
			set[bit] += number >> bit & 1;
	}
	for (int bit = 0; bit < 64; bit++)
		assert_in_range(set[bit], MANY / 2 - 288, MANY / 2 + 288);
}

static void *fill(void *arg)
{
	uint64_t *number = arg;

	dctxi_random(number, MANY / 2);
	return NULL;
}

static void threads_have_numbers_of_their_own(void **state)
{
	static uint64_t number[MANY];
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, fill, number), 0);
	fill(number + MANY / 2);
	assert_int_equal(pthread_join(other, NULL), 0);
	must_differ(number, MANY);
}

static void a_forks_child_does_not_repeat_its_parent(void **state)
{
	uint64_t number[2] = {0, 0};
	int pipes[2], status;
	pid_t child;

	(void)state;
	dctxi_random(number, 1);
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dctxi_random(&number[0], 1);
		_exit(write(pipes[1], number, 8) != 8);
	}
	dctxi_random(&number[1], 1);
	assert_int_equal(read(pipes[0], number, 8), 8);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(number[0] != number[1]);
	close(pipes[0]);
	close(pipes[1]);
}

static void a_system_that_refuses_is_done_without(void **state)
{
	uint64_t number[3];

	(void)state;
	dctxi_random(&number[0], 1);
	dctxi_local_now->random.forks = 0;
	dctxi_refusal.countdown = 0;
	dctxi_random(&number[1], 1);
	dctxi_refusal.countdown = -1;
	dctxi_local_now->random.forks = 0;
	dctxi_random(&number[2], 1);
	must_differ(number, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_do_not_come_again),
		cmocka_unit_test(every_bit_is_as_often_set_as_not),
		cmocka_unit_test(threads_have_numbers_of_their_own),
		cmocka_unit_test(a_forks_child_does_not_repeat_its_parent),
		cmocka_unit_test(a_system_that_refuses_is_done_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
