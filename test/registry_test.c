/* SPDX-License-Identifier: MIT */
/*
 * registry_test.c - proves that registries hold up under load: threads that
 * register ten thousand names at once agree on every key, readers meanwhile
 * find whole keys and whole batches, freezing lets nothing through, a process
 * may fork at any time, and the key past the last one is refused.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, NAMES = 10000, MOST = 16376, SPARE = 8 };

static char names[MOST + SPARE][24];
static dctx_key keys[THREADS][NAMES];
static dctx_key fill[MOST + SPARE];

static void name_all(const char *prefix)
{
	for (int i = 0; i < MOST + SPARE; i++)
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

/* Fills the process but for a few keys. A batch that is too large takes none of
 * them, and leaves all of them to others; so does the batch's own conflict. */
static void overfill_by_batches(void *arg)
{
	static dctx_key_str k_clash = DCTX_KEY_INIT_STR("fill-0", DCTX_LOCAL);
	int room = MOST - (int)dctx_registry_size(NULL) - 5;
	dctx_key *batch[SPARE];
	dctx_registry *mine = NULL;

	(void)arg;
	name_all("fill-");
	for (int i = 0; i < room + SPARE; i++)
		make(&fill[i], i);
	for (int i = 0; i < room; i++)
		DCTXT_EXPECT(dctx_key_register(&fill[i]) == DCTX_OK);
	for (int i = 0; i < SPARE; i++)
		batch[i] = &fill[room + i];
	DCTXT_EXPECT(dctx_registry_new("mine", &mine) == DCTX_OK);
	for (int tries = 0; tries < 3; tries++) {
		DCTXT_EXPECT(dctx_registry_add_all(mine, batch, SPARE) ==
			     DCTX_LIMIT);
		DCTXT_EXPECT(dctx_last_error()->refused == batch[5]);
		DCTXT_EXPECT(dctx_registry_size(mine) == 0);
		DCTXT_EXPECT(place(batch[0]) == 0);
	}
	batch[7] = &k_clash.key;
	DCTXT_EXPECT(DCTX_REGISTER(NULL, batch[0], batch[1], batch[7]) ==
		     DCTX_CONFLICT);
	DCTXT_EXPECT(dctx_registry_add_all(mine, batch, 5) == DCTX_OK);
	DCTXT_EXPECT(dctx_registry_add_all(NULL, batch, 5) == DCTX_OK);
	DCTXT_EXPECT(dctx_registry_size(NULL) == MOST);
	DCTXT_EXPECT(dctx_registry_add(mine, &k_clash.key) == DCTX_LIMIT);
}

static void a_batch_past_the_last_key_takes_none(void **state)
{
	(void)state;
	assert_true(dctxt_in_child(overfill_by_batches, NULL));
}

enum { BATCHES = 100, BATCH = 8 };

/* One thread's share: keys of its own, that all registries get. */
struct adder {
	dctx_key keys[BATCHES * BATCH];
};

static struct adder adders[THREADS];
static dctx_registry *registries[THREADS];
static atomic_int adding;

/* Adds batches to every registry, from its own on. */
static void *add_batches(void *arg)
{
	struct adder *me = arg;
	int number = (int)(me - adders);

	for (int b = 0; b < BATCHES; b++) {
		dctx_key *batch[BATCH];

		for (int i = 0; i < BATCH; i++)
			batch[i] = &me->keys[b * BATCH + i];
		for (int r = 0; r < THREADS; r++) {
			int to = (number + r) % THREADS;
			dctx_status status = dctx_registry_add_all(
				registries[to], batch, BATCH);

			DCTXT_EXPECT(status == DCTX_OK ||
				     (to == 0 && status == DCTX_FROZEN));
		}
	}
	atomic_fetch_sub(&adding, 1);
	return NULL;
}

/* Looks at one registry: whole batches, in the order of their positions. */
static void look_at(const dctx_registry *registry)
{
	uint32_t size = dctx_registry_size(registry);

	DCTXT_EXPECT(size % BATCH == 0);
	for (uint32_t n = 0; n < size; n += BATCH) {
		const dctx_key *key = dctx_registry_nth(registry, n);
		const dctx_key *last =
			dctx_registry_nth(registry, n + BATCH - 1);

		DCTXT_EXPECT(last == key + BATCH - 1);
		DCTXT_EXPECT(dctx_registry_find(registry, last->name) == last);
	}
}

/* Freezes the first registry as soon as it has anything; tells its size. */
static void *look_and_freeze(void *arg)
{
	uint32_t *frozen = arg;

	while (atomic_load(&adding) > 0) {
		for (int r = 0; r < THREADS; r++)
			look_at(registries[r]);
		if (*frozen == 0 && dctx_registry_size(registries[0]) > 0) {
			dctx_registry_freeze(registries[0]);
			*frozen = dctx_registry_size(registries[0]);
		}
	}
	return NULL;
}

/* Keys in blocks of a batch, so that a batch's neighbours are its own. */
static void name_adders(void)
{
	static char own[THREADS][BATCHES * BATCH][24];

	for (int t = 0; t < THREADS; t++)
		for (int i = 0; i < BATCHES * BATCH; i++) {
			snprintf(own[t][i], sizeof(own[t][i]), "own-%d-%d", t,
				 i);
			adders[t].keys[i] = (dctx_key){.kind = DCTX_KIND_U32,
						       .name = own[t][i]};
		}
}

static void batches_are_seen_whole_and_freezing_ends_them(void **state)
{
	pthread_t reader;
	uint32_t frozen = 0;

	(void)state;
	name_adders();
	atomic_store(&adding, THREADS);
	for (int r = 0; r < THREADS; r++)
		assert_int_equal(dctx_registry_new("mine", &registries[r]),
				 DCTX_OK);
	assert_int_equal(
		pthread_create(&reader, NULL, look_and_freeze, &frozen), 0);
	dctxt_together(THREADS, add_batches, adders, sizeof(adders[0]));
	assert_int_equal(pthread_join(reader, NULL), 0);
	for (int r = 1; r < THREADS; r++)
		assert_int_equal(dctx_registry_size(registries[r]),
				 THREADS * BATCHES * BATCH);
	look_at(registries[0]);
	if (dctx_registry_is_frozen(registries[0]))
		assert_int_equal(dctx_registry_size(registries[0]), frozen);
	for (int r = 0; r < THREADS; r++)
		dctx_registry_free(registries[r]);
}

static atomic_bool stop;

/* All that holds the lock, over and over. */
static void *keep_busy(void *arg)
{
	static dctx_key_u32 k_busy = DCTX_KEY_INIT_U32("busy", DCTX_LOCAL);
	static const dctx_meta meta = {"test.busy"};

	(void)arg;
	while (!atomic_load(&stop)) {
		dctx_registry *mine = NULL;

		DCTXT_EXPECT(dctx_registry_new("mine", &mine) == DCTX_OK);
		DCTXT_EXPECT(dctx_registry_add(mine, &k_busy.key) == DCTX_OK);
		DCTXT_EXPECT(dctx_meta_set(&k_busy.key, &meta, "x") == DCTX_OK);
		dctx_registry_freeze(mine);
		dctx_registry_free(mine);
		DCTXT_EXPECT(dctx_meta_set(&k_busy.key, &meta, NULL) ==
			     DCTX_OK);
	}
	return NULL;
}

static void use_all_in_the_child(void *arg)
{
	static dctx_key_u32 k_child = DCTX_KEY_INIT_U32("child", DCTX_LOCAL);
	static const dctx_meta meta = {"test.child"};
	dctx_registry *mine = NULL;

	(void)arg;
	DCTXT_EXPECT(dctx_registry_new("mine", &mine) == DCTX_OK);
	DCTXT_EXPECT(dctx_registry_add(mine, &k_child.key) == DCTX_OK);
	DCTXT_EXPECT(dctx_meta_set(&k_child.key, &meta, "x") == DCTX_OK);
	DCTXT_EXPECT(dctx_meta_next(mine, &meta, NULL) == &k_child.key);
	dctx_registry_freeze(mine);
	dctx_registry_free(mine);
}

static void a_child_process_goes_on_with_every_registry(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, keep_busy, NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_true(dctxt_in_child(use_all_in_the_child, NULL));
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void without_a_refusal_the_check_is_clean(void **state)
{
	const dctx_key *refused = &keys[0][0], *holder = refused;

	(void)state;
	assert_int_equal(dctx_registry_check(&refused, &holder), DCTX_OK);
}

int main(void)
{
	/* Those that fill the process do it in a child, before others do. */
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_a_refusal_the_check_is_clean),
		DCTXT_TEST(the_key_past_the_last_one_is_refused),
		DCTXT_TEST(every_key_of_a_full_registry_can_hold_a_value),
		DCTXT_TEST(a_batch_past_the_last_key_takes_none),
		DCTXT_TEST(threads_that_register_at_once_agree),
		DCTXT_TEST(batches_are_seen_whole_and_freezing_ends_them),
		DCTXT_TEST(a_child_process_goes_on_with_every_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
