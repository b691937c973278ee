/* SPDX-License-Identifier: MIT */
/*
 * table_test.c - proves that what a registry needs from the system and does not
 * get changes nothing: no name, no place, no index is taken, whichever request
 * is refused, and the next try goes on as if there had been none.
 */
#include "data/registry.h"

#include "data/table.h"
#include "plat/heap.h"

#include <dctx/meta.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 300 };

static dctx_key *batch[KEYS];

/* Keys that no registry has yet; what got in is kept for ever. */
static void make_batch(void)
{
	static dctx_key keys[3][KEYS];
	static char names[3][KEYS][24];
	static int round;

	assert_in_range(round, 0, 2);
	for (int i = 0; i < KEYS; i++) {
		char *name = names[round][i];

		batch[i] = &keys[round][i];
		snprintf(name, sizeof names[0][0], "%d of %d", i, round);
		*batch[i] = (dctx_key){.kind = DCTX_KIND_U32, .name = name};
	}
	round++;
}

static void refuse(long n, bool once)
{
	dctxi_refusal = (struct dctxi_refusal){.countdown = n, .once = once};
}

/* Gives whether something was refused. */
static bool relent(long n)
{
	dctxi_refusal.countdown = -1;
	return dctxi_refusal.asked > n;
}

static void nothing_was_taken(const dctx_registry *registry, uint32_t size,
			      uint32_t end)
{
	assert_int_equal(dctx_registry_size(registry), size);
	assert_int_equal(dctxi_entry_end(), end);
	assert_int_equal(dctx_last_error()->status, DCTX_NOMEM);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal(batch[i]->page, 0);
		assert_null(dctx_registry_find(registry, batch[i]->name));
	}
}

/* Refuses each request of adding a batch in turn. */
static void add_without_memory(dctx_registry *registry, bool once)
{
	uint32_t size = dctx_registry_size(registry), end = dctxi_entry_end();
	long n = 0;

	make_batch();
	for (;; n++) {
		dctx_status status;

		refuse(n, once);
		status = dctx_registry_add_all(registry, batch, KEYS);
		if (!relent(n)) {
			assert_int_equal(status, DCTX_OK);
			break;
		}
		assert_int_equal(status, DCTX_NOMEM);
		nothing_was_taken(registry, size, end);
	}
	assert_true(n >= 2);
	assert_int_equal(dctx_registry_size(registry), size + KEYS);
	assert_int_equal(dctxi_entry_end(), end + KEYS);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_ptr_equal(dctx_registry_nth(registry, size + i),
				 batch[i]);
}

static void a_batch_without_memory_changes_nothing(void **state)
{
	dctx_registry *mine = NULL;

	(void)state;
	/* This thread's error record, which is wanted below. */
	assert_int_equal(dctx_registry_add(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	add_without_memory(mine, true);
	add_without_memory(mine, false);
	dctx_registry_free(mine);
}

static void a_registry_without_memory_is_not_there(void **state)
{
	dctx_registry *mine = NULL;

	(void)state;
	refuse(0, true);
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_NOMEM);
	assert_true(relent(0));
	assert_null(mine);
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	dctx_registry_free(mine);
}

static void metadata_without_memory_is_not_there(void **state)
{
	static dctx_key_u8 key = DCTX_KEY_INIT_U8("noted", DCTX_LOCAL);
	static const dctx_meta meta = {"test"}, other = {"other"};

	(void)state;
	assert_int_equal(dctx_meta_set(&key.key, &other, "there"), DCTX_OK);
	refuse(0, true);
	assert_int_equal(dctx_meta_set(&key.key, &meta, "x"), DCTX_NOMEM);
	assert_true(relent(0));
	assert_null(dctx_meta_get(&key.key, &meta));
	assert_string_equal(dctx_meta_get(&key.key, &other), "there");
	refuse(0, true);
	assert_int_equal(dctx_meta_set(&key.key, &other, "new"), DCTX_OK);
	assert_false(relent(0));
	assert_string_equal(dctx_meta_get(&key.key, &other), "new");
	assert_int_equal(dctx_meta_set(&key.key, &meta, "x"), DCTX_OK);
	assert_string_equal(dctx_meta_get(&key.key, &meta), "x");
}

static void a_reserved_key_is_in_no_registry(void **state)
{
	static dctx_key own = {.kind = DCTX_KIND_U64, .name = "dctx.test"};
	static dctx_key twin = {.kind = DCTX_KIND_U64, .name = "dctx.test"};
	uint32_t size = dctx_registry_size(NULL);

	(void)state;
	assert_int_equal(dctx_key_register(&own), DCTX_INVALID);
	assert_int_equal(dctxi_key_reserve(&own), DCTX_OK);
	assert_int_equal(dctxi_key_reserve(&own), DCTX_OK);
	assert_int_equal(dctxi_key_reserve(&twin), DCTX_OK);
	assert_int_not_equal(own.page, 0);
	assert_int_equal(dctxi_key_index(&own), dctxi_key_index(&twin));
	assert_int_equal(dctx_registry_size(NULL), size);
	assert_null(dctx_registry_find(NULL, "dctx.test"));
	assert_false(dctxi_registry_has(NULL, dctxi_key_index(&own)));
	assert_int_equal(dctx_key_register(&own), DCTX_INVALID);
}

static uint32_t find(const struct dctxi_table *t, uint32_t count, uint32_t i)
{
	const char *name = batch[i]->name;

	return dctxi_table_find(t, count, name, strlen(name));
}

/* Names close together, some not published: a reader passes over those,
 * and finds what stands behind them. */
static void what_is_past_the_count_is_not_there(void **state)
{
	struct dctxi_table *t = NULL;

	(void)state;
	make_batch();
	assert_true(dctxi_table_reserve(&t, 0, KEYS));
	assert_int_equal(dctx_registry_add_all(NULL, batch, KEYS), DCTX_OK);
	for (uint32_t i = 0; i < KEYS; i++)
		dctxi_table_put(t, dctxi_key_index(batch[i]), i + 1);
	for (uint32_t count = 0; count <= KEYS; count += 50)
		for (uint32_t i = 0; i < KEYS; i++) {
			uint32_t word = find(t, count, i);

			assert_int_equal(dctxi_table_position(word),
					 i < count ? i + 1 : 0);
		}
	for (uint32_t i = KEYS; i > 100; i--)
		dctxi_table_take(t, i);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_int_equal(find(t, KEYS, i) != 0, i < 100);
	dctxi_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_without_memory_changes_nothing),
		cmocka_unit_test(a_registry_without_memory_is_not_there),
		cmocka_unit_test(metadata_without_memory_is_not_there),
		cmocka_unit_test(a_reserved_key_is_in_no_registry),
		cmocka_unit_test(what_is_past_the_count_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
