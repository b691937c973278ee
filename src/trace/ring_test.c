/* SPDX-License-Identifier: MIT */
/*
 * ring_test.c - proves that a ring gives each record that was committed once,
 * whole and in order, has a bound, and never shows what was not written.
 */
#include "plat/heap.h"
#include "trace/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct dctxi_ring ring;

static int set_up(void **state)
{
	(void)state;
	return dctxi_ring_init(&ring, DCTXI_RING_LEAST) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	dctxi_ring_done(&ring);
	return 0;
}

static bool put(uint64_t value, size_t size)
{
	uint64_t *memory = dctxi_ring_reserve(&ring, size);

	if (memory == NULL)
		return false;
	memset(memory, 0xee, size);
	*memory = value;
	dctxi_ring_commit(memory);
	return true;
}

/* 0: none. */
static uint64_t get(uint64_t *at)
{
	uint64_t *memory = dctxi_ring_next(&ring, at);

	return memory != NULL ? *memory : 0;
}

static void a_record_is_read_once_and_in_order(void **state)
{
	uint64_t at = 0;

	(void)state;
	assert_int_equal(get(&at), 0);
	for (uint64_t i = 1; i <= 3; i++)
		assert_true(put(i, 8 * i));
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(get(&at), i);
	assert_int_equal(get(&at), 0);
}

static void a_record_is_in_one_piece_and_aligned(void **state)
{
	uint64_t at = 0;

	(void)state;
	for (uint64_t i = 1; i < 1000; i++) {
		char *memory;

		assert_true(put(i, 8 + i * 7 % 900));
		memory = dctxi_ring_next(&ring, &at);
		assert_non_null(memory);
		assert_int_equal(*(uint64_t *)memory, i);
		assert_int_equal((uintptr_t)memory % 16, 0);
		assert_true(memory >= ring.bytes &&
			    memory + 8 + i * 7 % 900 <= ring.bytes + ring.size);
		dctxi_ring_release(&ring, at);
	}
}

static void a_full_ring_refuses_until_something_is_given_back(void **state)
{
	uint64_t at = 0, n = 0, read = 0;

	(void)state;
	for (int turn = 0; turn < 100; turn++) {
		while (put(n + 1, 200))
			n++;
		assert_true(dctxi_ring_used(&ring) <= ring.size);
		assert_true(n - read >= 17);
		for (int i = 0; i < 1 + turn % 17; i++)
			assert_int_equal(get(&at), ++read);
		dctxi_ring_release(&ring, at);
	}
}

/* The place after the last record is that of the first, which was not given
 * back. */
static void a_ring_that_is_full_to_the_last_byte_is_not_read_twice(void **state)
{
	uint64_t at = 0;

	(void)state;
	for (uint64_t i = 1; i <= DCTXI_RING_LEAST / 256; i++)
		assert_true(put(i, 240));
	assert_int_equal(dctxi_ring_used(&ring), ring.size);
	assert_false(put(99, 1));
	for (uint64_t i = 1; i <= DCTXI_RING_LEAST / 256; i++)
		assert_int_equal(get(&at), i);
	assert_int_equal(get(&at), 0);
}

static void a_record_of_half_a_ring_always_fits_an_empty_one(void **state)
{
	uint64_t at = 0;

	(void)state;
	assert_null(dctxi_ring_reserve(&ring, ring.size / 2 - 15));
	assert_null(dctxi_ring_reserve(&ring, SIZE_MAX));
	for (uint64_t i = 1; i < 600; i++) {
		assert_true(put(i, 1 + i));
		(void)get(&at);
		dctxi_ring_release(&ring, at);
		assert_true(put(i, ring.size / 2 - 16));
		assert_int_equal(get(&at), i);
		dctxi_ring_release(&ring, at);
	}
}

static void an_unfinished_record_holds_up_what_is_after_it(void **state)
{
	uint64_t at = 0, *first;

	(void)state;
	first = dctxi_ring_reserve(&ring, 8);
	assert_true(put(2, 8));
	assert_int_equal(get(&at), 0);
	*first = 1;
	dctxi_ring_commit(first);
	assert_int_equal(get(&at), 1);
	assert_int_equal(get(&at), 2);
}

static void a_withdrawn_record_is_passed_over(void **state)
{
	uint64_t at = 0;

	(void)state;
	dctxi_ring_withdraw(dctxi_ring_reserve(&ring, 8));
	assert_true(put(2, 8));
	dctxi_ring_withdraw(dctxi_ring_reserve(&ring, 100));
	assert_int_equal(get(&at), 2);
	assert_int_equal(get(&at), 0);
	dctxi_ring_release(&ring, at);
	assert_int_equal(dctxi_ring_used(&ring), 0);
}

static bool is_clear(void)
{
	for (size_t i = 0; i < ring.size; i++)
		if (ring.bytes[i] != 0)
			return false;
	return true;
}

static void what_is_given_back_is_clear(void **state)
{
	uint64_t at = 0;

	(void)state;
	for (int turn = 0; turn < 20; turn++) {
		while (put(7, 240))
			continue;
		assert_false(is_clear());
		while (get(&at) != 0)
			continue;
		dctxi_ring_release(&ring, at);
		assert_true(is_clear());
	}
	(void)dctxi_ring_reserve(&ring, 300);
	assert_true(put(7, 300));
	dctxi_ring_forget(&ring);
	assert_true(is_clear());
	assert_int_equal(dctxi_ring_used(&ring), 0);
}

#define WRITERS 4
#define EACH 20000

static void *write_all(void *arg)
{
	uint64_t writer = (uintptr_t)arg;

	for (uint64_t i = 1; i <= EACH; i++)
		while (!put(writer << 32 | i, 8 + i % 5 * 40))
			sched_yield();
	return NULL;
}

static void of_several_writers_each_one_s_records_come_in_order(void **state)
{
	uint64_t at = 0, seen[WRITERS] = {0}, n = 0;
	pthread_t thread[WRITERS];

	(void)state;
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, write_all, (void *)i),
			0);
	while (n < WRITERS * EACH) {
		uint64_t value = get(&at);

		if (value == 0) {
			dctxi_ring_release(&ring, at);
			sched_yield();
			continue;
		}
		n++;
		assert_int_equal(value & UINT32_MAX, ++seen[value >> 32]);
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(get(&at), 0);
}

static void a_ring_is_cut_to_a_power_of_two(void **state)
{
	static const size_t sizes[][2] = {{0, 4096},
					  {4096, 4096},
					  {8191, 4096},
					  {8192, 8192},
					  {100000, 65536}};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct dctxi_ring other;

		assert_true(dctxi_ring_init(&other, sizes[i][0]));
		assert_int_equal(other.size, sizes[i][1]);
		dctxi_ring_done(&other);
	}
}

static void without_memory_there_is_no_ring(void **state)
{
	struct dctxi_ring other;
	bool made;

	(void)state;
	dctxi_refusal = (struct dctxi_refusal){.countdown = 0};
	made = dctxi_ring_init(&other, 4096);
	dctxi_refusal.countdown = -1;
	assert_false(made);
	dctxi_ring_done(&other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_is_read_once_and_in_order),
		TEST(a_record_is_in_one_piece_and_aligned),
		TEST(a_full_ring_refuses_until_something_is_given_back),
		TEST(a_ring_that_is_full_to_the_last_byte_is_not_read_twice),
		TEST(a_record_of_half_a_ring_always_fits_an_empty_one),
		TEST(an_unfinished_record_holds_up_what_is_after_it),
		TEST(a_withdrawn_record_is_passed_over),
		TEST(what_is_given_back_is_clear),
		TEST(of_several_writers_each_one_s_records_come_in_order),
		cmocka_unit_test(a_ring_is_cut_to_a_power_of_two),
		cmocka_unit_test(without_memory_there_is_no_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
