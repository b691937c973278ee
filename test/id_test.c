/* SPDX-License-Identifier: MIT */
/*
 * id_test.c - proves that no two stores and no two scopes of the process ever
 * have the same id, whatever threads and tasks they are of, and that a store's
 * id reads the same everywhere.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, EACH = 2000 };

struct ids {
	uint64_t stores[EACH];
	uint64_t scopes[EACH];
};

static struct ids all[THREADS];

/* Makes tasks and scopes in them, and keeps their ids. */
static void *collect(void *arg)
{
	struct ids *ids = arg;

	for (int i = 0; i < EACH; i++) {
		dctx_store *task;
		dctx_guard guard;

		if (!DCTXT_EXPECT(dctx_task_new(NULL, &task) == DCTX_OK))
			return NULL;
		ids->stores[i] = i == 0 ? dctx_id() : dctx_store_id(task);
		dctx_task_enter(task);
		guard = dctx_enter("scope");
		ids->scopes[i] = guard.id;
		if (i % 3 != 0)
			dctx_leave(guard);
		dctx_task_leave(task);
		dctx_task_free(task);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void check_distinct(uint64_t *ids, size_t n)
{
	qsort(ids, n, sizeof(ids[0]), compare);
	assert_true(ids[0] > 0);
	for (size_t i = 1; i < n; i++)
		assert_true(ids[i] != ids[i - 1]);
}

static void ids_never_repeat_over_stores_and_threads(void **state)
{
	static uint64_t stores[THREADS * EACH], scopes[THREADS * EACH];

	(void)state;
	dctxt_together(THREADS, collect, all, sizeof(all[0]));
	for (int t = 0; t < THREADS; t++) {
		memcpy(stores + t * EACH, all[t].stores, sizeof(all[t].stores));
		memcpy(scopes + t * EACH, all[t].scopes, sizeof(all[t].scopes));
	}
	check_distinct(stores, THREADS * EACH);
	check_distinct(scopes, THREADS * EACH);
}

static void scopes_of_one_store_never_repeat_an_id(void **state)
{
	static uint64_t ids[100000];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		dctx_guard guard = dctx_enter("again");

		ids[i] = guard.id;
		dctx_leave(guard);
	}
	check_distinct(ids, 100000);
}

static void *give_id(void *id)
{
	*(uint64_t *)id = dctx_store_id(dctx_thread());
	return NULL;
}

static void a_new_thread_never_has_an_ended_threads_id(void **state)
{
	uint64_t ids[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		(void)dctxt_on_thread(give_id, &ids[i]);
	check_distinct(ids, 100);
}

static void an_id_stays_the_same(void **state)
{
	uint64_t id = dctx_id();
	dctx_guard guard = dctx_enter("scope");

	(void)state;
	assert_true(id > 0);
	assert_true(dctx_id() == id);
	dctx_leave(guard);
	assert_true(dctx_id() == id);
	assert_true(dctx_store_id(dctx_thread()) == id);
}

static void the_hex_form_has_sixteen_lower_case_digits(void **state)
{
	char expected[DCTX_HEX_ID_SIZE], buf[DCTX_HEX_ID_SIZE + 1];

	(void)state;
	buf[DCTX_HEX_ID_SIZE] = '#';
	snprintf(expected, sizeof(expected), "0x%016llx",
		 (unsigned long long)dctx_id());
	assert_ptr_equal(dctx_hex_id(buf), buf);
	assert_string_equal(buf, expected);
	assert_int_equal(strlen(buf), 18);
	assert_int_equal(buf[DCTX_HEX_ID_SIZE], '#');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(ids_never_repeat_over_stores_and_threads),
		DCTXT_TEST(scopes_of_one_store_never_repeat_an_id),
		DCTXT_TEST(a_new_thread_never_has_an_ended_threads_id),
		DCTXT_TEST(an_id_stays_the_same),
		DCTXT_TEST(the_hex_form_has_sixteen_lower_case_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
