/* SPDX-License-Identifier: MIT */
/*
 * fork_count_test.c - proves that a child knows that it is none of the
 * processes above it, however it was made, and that random numbers heed that.
 */
#define _GNU_SOURCE /* _Fork */
#include "plat/fork.h"

#include "plat/heap.h"
#include "plat/random.h"
#include "plat/wiped.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
#define HAS_FORK_ALONE 1
#endif
#endif

static pid_t alone(void)
{
#ifdef HAS_FORK_ALONE
	return _Fork();
#else
	return dctxi_fork_by_the_system();
#endif
}

/* Whether a child's `says` was true. */
static bool holds_in_child(pid_t (*make)(void), bool (*says)(void))
{
	pid_t child = make();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(!says());
	assert_int_equal(waitpid(child, &status, 0), child);
	return status == 0;
}

static uint32_t parents;

static bool count_is_one_more(void)
{
	return dctxi_fork_count() == parents + 1 &&
	       dctxi_fork_count() == parents + 1;
}

static bool grandchild_counts_on(void)
{
	parents = dctxi_fork_count();
	return holds_in_child(fork, count_is_one_more);
}

static bool counts_on_without_page(void)
{
	dctxi_refusal.countdown = 0;
	parents = dctxi_fork_count();
	dctxi_refusal.countdown = -1;
	return parents == 0 && holds_in_child(fork, count_is_one_more) &&
	       holds_in_child(fork, grandchild_counts_on);
}

/* The first test, and in a child, since the page is mapped at the first
 * question. */
static void a_child_counts_on_without_the_page(void **state)
{
	(void)state;
	assert_true(holds_in_child(dctxi_fork_by_the_system,
				   counts_on_without_page));
}

static void a_child_counts_one_more(void **state)
{
	(void)state;
	parents = dctxi_fork_count();
	assert_true(holds_in_child(fork, count_is_one_more));
	assert_true(holds_in_child(fork, grandchild_counts_on));
	assert_int_equal(dctxi_fork_count(), parents);
}

static bool grandchild_past_the_library_counts_on(void)
{
	parents = dctxi_fork_count();
	return holds_in_child(dctxi_fork_by_the_system, count_is_one_more);
}

static void a_child_made_past_the_library_counts_one_more(void **state)
{
	(void)state;
	if (!dctxi_system_wipes())
		skip();
	parents = dctxi_fork_count();
	assert_true(
		holds_in_child(dctxi_fork_by_the_system, count_is_one_more));
	assert_true(holds_in_child(alone, count_is_one_more));
	assert_true(holds_in_child(dctxi_fork_by_the_system,
				   grandchild_past_the_library_counts_on));
	assert_true(
		holds_in_child(dctxi_fork_by_the_system, grandchild_counts_on));
	assert_true(
		holds_in_child(fork, grandchild_past_the_library_counts_on));
}

/* Nobody asked in the one between. */
static bool grandchild_is_not_its_grandparent(void)
{
	return holds_in_child(fork, count_is_one_more);
}

static void a_grandchild_is_not_its_grandparent(void **state)
{
	(void)state;
	parents = dctxi_fork_count();
	assert_true(holds_in_child(fork, grandchild_is_not_its_grandparent));
}

/* A parent's next number, in memory that a child shares. */
static uint64_t *shared;

static bool leaves_a_number(void)
{
	dctxi_random(shared, 1);
	return true;
}

static void must_differ_from_child(pid_t (*make)(void))
{
	uint64_t number;

	dctxi_random(&number, 1);
	assert_true(holds_in_child(make, leaves_a_number));
	dctxi_random(&number, 1);
	assert_true(*shared != number);
}

static void no_child_repeats_its_parents_numbers(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	must_differ_from_child(fork);
	if (dctxi_system_wipes()) {
		must_differ_from_child(alone);
		must_differ_from_child(dctxi_fork_by_the_system);
	}
	munmap(shared, sizeof *shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_counts_on_without_the_page),
		cmocka_unit_test(a_child_counts_one_more),
		cmocka_unit_test(a_child_made_past_the_library_counts_one_more),
		cmocka_unit_test(a_grandchild_is_not_its_grandparent),
		cmocka_unit_test(no_child_repeats_its_parents_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
