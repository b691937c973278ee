/* SPDX-License-Identifier: MIT */
/*
 * plugin_test.c - proves that a library whose keys are known stays loaded when
 * it is closed: its keys, types, metadata and refused keys can still be used,
 * and loading it again finds them as they were.
 *
 * Not under: musl - its dlclose unloads nothing.
 */
#include "kit.h"
#include "plugin.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

DCTX_KEY_U64(program_num, "program.num", DCTX_LOCAL);

static const char *path_of(const char *name)
{
	static _Thread_local char path[512];

	snprintf(path, sizeof(path), "%s%s.so", PLUGINS, name);
	return path;
}

static void *load(const char *name)
{
	void *library = dlopen(path_of(name), RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		print_error("%s\n", dlerror());
	assert_non_null(library);
	return library;
}

static bool is_loaded(const char *name)
{
	void *library = dlopen(path_of(name), RTLD_LAZY | RTLD_NOLOAD);

	if (library != NULL)
		assert_int_equal(dlclose(library), 0);
	return library != NULL;
}

static void load_and_close(const char *name)
{
	void *library = load(name);

	assert_true(is_loaded(name));
	assert_int_equal(dlclose(library), 0);
}

/* Else the tests below would prove nothing. */
static void a_library_without_keys_is_unloaded(void **state)
{
	(void)state;
	load_and_close("quiet");
	assert_false(is_loaded("quiet"));
	load_and_close("bare");
	assert_false(is_loaded("bare"));
}

static void a_closed_librarys_keys_are_found_and_used(void **state)
{
	const dctx_key *key;
	uint32_t size;

	(void)state;
	assert_null(dctx_registry_find(NULL, "plugin.num"));
	load_and_close("keys");
	assert_true(is_loaded("keys"));
	key = dctx_registry_find(NULL, "plugin.num");
	assert_string_equal(key->name, "plugin.num");
	assert_int_equal(dctx_store_set_u64(dctx_current(),
					    (dctx_key *)(uintptr_t)key, 7),
			 DCTX_OK);
	assert_int_equal(dctx_store_get_u64(dctx_current(), key, 0), 7);
	size = dctx_registry_size(NULL);
	load_and_close("keys");
	assert_ptr_equal(dctx_registry_find(NULL, "plugin.num"), key);
	assert_int_equal(dctx_registry_size(NULL), size);
	assert_int_equal(dctx_store_get_u64(dctx_current(), key, 0), 7);
}

static void a_value_ends_after_its_library_was_closed(void **state)
{
	void *library = load("keys");
	dctx_status (*set)(int, int *);
	dctx_snapshot *snapshot = NULL;
	int destroyed = 0;

	(void)state;
	*(void **)&set = dlsym(library, "plugin_set");
	assert_int_equal(set(11, &destroyed), DCTX_OK);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dlclose(library), 0);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(destroyed, 0);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(destroyed, 11);
}

static void a_key_by_hand_keeps_its_library(void **state)
{
	void *library = load("bare");
	dctx_key_u64 *bare = dlsym(library, "plugin_bare");

	(void)state;
	assert_int_equal(dctx_set(*bare, 5), DCTX_OK);
	assert_int_equal(dlclose(library), 0);
	assert_true(is_loaded("bare"));
	assert_int_equal(dctx_get(*bare, 0), 5);
	assert_ptr_equal(dctx_registry_find(NULL, "plugin.bare"), &bare->key);
}

static void a_refused_key_stays_to_be_shown(void **state)
{
	const dctx_key *refused = NULL, *holder = NULL;

	(void)state;
	assert_int_equal(dctx_registry_check(&refused, &holder), DCTX_OK);
	load_and_close("clash");
	assert_true(is_loaded("clash"));
	assert_int_equal(dctx_registry_check(&refused, &holder), DCTX_CONFLICT);
	assert_string_equal(refused->name, "program.num");
	assert_int_equal(refused->kind, DCTX_KIND_STR);
	assert_ptr_equal(holder, &program_num.key);
}

static void metadata_keeps_its_library(void **state)
{
	const dctx_meta meta = {PLUGIN_META};

	(void)state;
	load_and_close("noted");
	assert_true(is_loaded("noted"));
	assert_string_equal(dctx_meta_get(&program_num.key, &meta), "kept");
}

static void a_value_of_metadata_keeps_its_library(void **state)
{
	static const dctx_meta meta = {"program.meta"};
	void *library = load("words");

	(void)state;
	assert_int_equal(dctx_meta_set(&program_num.key, &meta,
				       dlsym(library, "plugin_words")),
			 DCTX_OK);
	assert_int_equal(dlclose(library), 0);
	assert_true(is_loaded("words"));
	assert_string_equal(dctx_meta_get(&program_num.key, &meta),
			    "of the library");
}

static void a_library_may_have_a_registry_of_its_own(void **state)
{
	void *library = load("own");
	dctx_registry *(*registry)(void), *own;
	const dctx_key *key;

	(void)state;
	*(void **)&registry = dlsym(library, "plugin_registry");
	own = registry();
	assert_int_equal(dlclose(library), 0);
	assert_int_equal(dctx_registry_size(own), 2);
	assert_null(dctx_registry_find(NULL, "own.text"));
	key = dctx_registry_find(own, "program.num");
	assert_int_equal(key->kind, DCTX_KIND_U32);
	dctx_set(program_num, 1);
	assert_false(dctx_store_has_key(dctx_current(), key));
	assert_null(dctx_registry_free(own));
}

enum { LOADS = 50, KEYS = 400 };
static dctx_key keys[KEYS];
static char names[KEYS][24];

static void *load_and_register(void *arg)
{
	const char *const *name = arg;

	for (int i = 0; i < LOADS; i++) {
		void *library = dlopen(path_of(*name), RTLD_NOW | RTLD_LOCAL);

		DCTXT_EXPECT(library != NULL && dlclose(library) == 0);
	}
	return NULL;
}

static void *register_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < KEYS; i++) {
		snprintf(names[i], sizeof(names[i]), "loading.%d", i);
		keys[i] = (dctx_key){.kind = DCTX_KIND_U32, .name = names[i]};
		DCTXT_EXPECT(dctx_key_register(&keys[i]) == DCTX_OK);
	}
	return NULL;
}

/* The loader holds a lock of its own while it runs constructors. */
static void libraries_load_while_others_register(void *arg)
{
	const char *const loaded[] = {"keys", "late", "clash", "quiet"};
	pthread_t thread;

	(void)arg;
	DCTXT_EXPECT(pthread_create(&thread, NULL, register_many, NULL) == 0);
	dctxt_together(4, load_and_register, (void *)(uintptr_t)loaded,
		       sizeof(loaded[0]));
	DCTXT_EXPECT(pthread_join(thread, NULL) == 0);
	DCTXT_EXPECT(dctx_registry_find(NULL, "plugin.late") != NULL);
}

static void loading_and_registering_wait_for_neither(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(dctxt_in_child(libraries_load_while_others_register,
					   NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_library_without_keys_is_unloaded),
		DCTXT_TEST(a_closed_librarys_keys_are_found_and_used),
		DCTXT_TEST(a_value_ends_after_its_library_was_closed),
		DCTXT_TEST(a_key_by_hand_keeps_its_library),
		DCTXT_TEST(a_refused_key_stays_to_be_shown),
		DCTXT_TEST(metadata_keeps_its_library),
		DCTXT_TEST(a_value_of_metadata_keeps_its_library),
		DCTXT_TEST(a_library_may_have_a_registry_of_its_own),
		DCTXT_TEST(loading_and_registering_wait_for_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
