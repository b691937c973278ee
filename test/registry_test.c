/* SPDX-License-Identifier: MIT */
/*
 * registry_test.c - proves that the registry holds up under load: threads that
 * register ten thousand names at once agree on every key, readers meanwhile
 * find whole keys, and the name past the last one is refused.
 */
#include "kit.h"

#include <stdio.h>

enum { THREADS = 4, NAMES = 10000, MOST = 16376 };

static char names[MOST + 1][24];
static dctx_key keys[THREADS][NAMES];
static dctx_key fill[MOST + 1];

static void name_all(const char *prefix)
{
	for (int i = 0; i <= MOST; i++)
		snprintf(names[i], sizeof(names[i]), "%s%d", prefix, i);
}

static void make(dctx_key *key, int i)
{
	key->kind = DCTX_KIND_U32;
	key->version = 1;
	key->name = names[i];
}

struct registrar {
	int number;
};

/* Registers every name, each thread from another place on, and looks up its
 * neighbour's while that one may be registering it. */
static void *register_all(void *arg)
{
	const struct registrar *me = arg;
	int start = me->number * (NAMES / THREADS);

	for (int n = 0; n < NAMES; n++) {
		int i = (start + n) % NAMES, next = (i + 1) % NAMES;
		const dctx_key *found;

		make(&keys[me->number][i], i);
		DCTXT_EXPECT(dctx_key_register(&keys[me->number][i]) ==
			     DCTX_OK);
		found = dctx_registry_find(NULL, names[next]);
		DCTXT_EXPECT(found == NULL ||
			     strcmp(found->name, names[next]) == 0);
	}
	return NULL;
}

/* A key's place, and those that were seen. */
static bool seen[MOST + 64];

static uint32_t place(const dctx_key *key)
{
	return key->page << 3 | key->slot;
}

static void mark(const dctx_key *key)
{
	assert_in_range(place(key), 1, MOST + 63);
	assert_false(seen[place(key)]);
	seen[place(key)] = true;
}

static void threads_that_register_at_once_agree(void **state)
{
	struct registrar registrars[THREADS] = {{0}, {1}, {2}, {3}};
	uint32_t before = dctx_registry_size(NULL);

	(void)state;
	name_all("name-");
	dctxt_together(THREADS, register_all, registrars,
		       sizeof(registrars[0]));
	assert_int_equal(dctx_registry_size(NULL), before + NAMES);
	for (int i = 0; i < NAMES; i++) {
		const dctx_key *found = dctx_registry_find(NULL, names[i]);

		assert_string_equal(found->name, names[i]);
		assert_int_not_equal(place(found), 0);
		for (int t = 0; t < THREADS; t++)
			assert_int_equal(place(&keys[t][i]), place(found));
		mark(found);
	}
	for (uint32_t n = before; n < before + NAMES; n++)
		assert_true(seen[place(dctx_registry_nth(NULL, n))]);
}

static void fill_the_registry(void *arg)
{
	uint32_t before = dctx_registry_size(NULL);
	int room = MOST - (int)before;

	(void)arg;
	name_all("fill-");
	for (int i = 0; i <= room; i++)
		make(&fill[i], i);
	for (int i = 0; i < room; i++)
		DCTXT_EXPECT(dctx_key_register(&fill[i]) == DCTX_OK);
	DCTXT_EXPECT(dctx_key_register(&fill[room]) == DCTX_LIMIT);
	DCTXT_EXPECT(dctx_last_error()->limit == MOST);
	DCTXT_EXPECT(place(&fill[room]) == 0);
	DCTXT_EXPECT(dctx_registry_size(NULL) == MOST);
	DCTXT_EXPECT(dctx_key_register(&fill[0]) == DCTX_OK);
}

static void the_key_past_the_last_one_is_refused(void **state)
{
	(void)state;
	assert_true(dctxt_in_child(fill_the_registry, NULL));
}

/* Gives every registered key of a full registry a value, and undoes it. */
static void use_every_key(void *arg)
{
	dctx_store *store = dctx_current();
	dctx_guard guard;

	fill_the_registry(arg);
	guard = dctx_enter("all");
	for (int i = 0; place(&fill[i]) != 0; i++)
		DCTXT_EXPECT(dctx_store_set_u32(store, &fill[i],
						(uint32_t)i) == DCTX_OK);
	for (int i = 0; place(&fill[i]) != 0; i++)
		DCTXT_EXPECT(dctx_store_get_u32(store, &fill[i], ~0u) ==
			     (uint32_t)i);
	dctx_leave(guard);
	for (int i = 0; place(&fill[i]) != 0; i++)
		DCTXT_EXPECT(!dctx_store_has_key(store, &fill[i]));
}

static void every_key_of_a_full_registry_can_hold_a_value(void **state)
{
	(void)state;
	assert_true(dctxt_in_child(use_every_key, NULL));
}

static void without_a_refusal_the_check_is_clean(void **state)
{
	const dctx_key *refused = &keys[0][0], *holder = refused;

	(void)state;
	assert_int_equal(dctx_registry_check(&refused, &holder), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_a_refusal_the_check_is_clean),
		DCTXT_TEST(threads_that_register_at_once_agree),
		DCTXT_TEST(the_key_past_the_last_one_is_refused),
		DCTXT_TEST(every_key_of_a_full_registry_can_hold_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
