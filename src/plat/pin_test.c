/* SPDX-License-Identifier: MIT */
/*
 * pin_test.c - proves that a library which the loader does not keep gives no
 * key, that what is in no library needs no loader, and that it is asked once.
 *
 * Not under: musl - its dlclose unloads nothing.
 */
#include "plat/pin.h"

#include "plat/heap.h"

#include <dctx/dctx.h>

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char path[] = PLUGINS "bare.so";

static void refuse(void)
{
	dctxi_refusal = (struct dctxi_refusal){.countdown = 0, .once = true};
}

/* Gives how often the system was asked. */
static long relent(void)
{
	dctxi_refusal.countdown = -1;
	return dctxi_refusal.asked;
}

static void what_is_in_no_library_needs_no_loader(void **state)
{
	void *block = malloc(1);
	int local = 0;

	(void)state;
	refuse();
	assert_true(dctxi_pin(NULL));
	assert_true(dctxi_pin(&local));
	assert_true(dctxi_pin(block));
	assert_true(dctxi_pin(path));
	assert_int_equal(relent(), 0);
	free(block);
}

static void a_library_that_is_not_kept_gives_no_key(void **state)
{
	void *library = dlopen(path, RTLD_NOW);
	dctx_key_u64 *bare;

	(void)state;
	assert_non_null(library);
	bare = dlsym(library, "plugin_bare");
	refuse();
	assert_int_equal(dctx_key_register(&bare->key), DCTX_SYSTEM);
	(void)relent();
	assert_int_equal(bare->key.page, 0);
	assert_null(dctx_registry_find(NULL, "plugin.bare"));
	assert_int_equal(dctx_last_error()->status, DCTX_SYSTEM);
	assert_null(dctx_last_error()->refused);
	dlclose(library);
	assert_null(dlopen(path, RTLD_NOW | RTLD_NOLOAD));
}

static void write_nothing(dctx_dumper *dumper, void *user)
{
	(void)dumper;
	(void)user;
}

/* A key, its metadata or a section of a dump may lie in the program and a part
 * of it in a library. */
static void nothing_with_a_part_in_a_library_that_is_not_kept(void **state)
{
	static const dctx_meta meta = {.name = "pinned"};
	static dctx_meta named_there;
	static dctx_key good = {.kind = DCTX_KIND_U8, .name = "good"};
	static dctx_key keys[3] = {{.kind = DCTX_KIND_U8},
				   {.kind = DCTX_KIND_TYPE, .name = "type"},
				   {.kind = DCTX_KIND_U8, .name = "options"}};
	static dctx_dump_section sections[2] = {{.fn = write_nothing},
						{.name = "pinned"}};
	void *library = dlopen(path, RTLD_NOW);
	dctx_key_u64 *there = dlsym(library, "plugin_bare");

	(void)state;
	assert_int_equal(dctx_key_register(&good), DCTX_OK);
	keys[0].name = named_there.name = sections[0].name = there->key.name;
	keys[1].type = (const void *)there;
	keys[2].options = (const void *)there;
	*(void **)&sections[1].fn = there;
	for (size_t i = 0; i < 3; i++) {
		refuse();
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_SYSTEM);
	}
	for (size_t i = 0; i < 2; i++) {
		refuse();
		assert_int_equal(dctx_dump_register(&sections[i]), DCTX_SYSTEM);
	}
	refuse();
	assert_int_equal(dctx_meta_set(&good, &named_there, ""), DCTX_SYSTEM);
	refuse();
	assert_int_equal(dctx_meta_set(&good, &meta, there), DCTX_SYSTEM);
	(void)relent();
	assert_null(dctx_meta_get(&good, &meta));
	assert_int_equal(dlclose(library), 0);
}

static void a_library_is_asked_for_once(void **state)
{
	void *library = dlopen(path, RTLD_NOW);
	dctx_key_u64 *bare = dlsym(library, "plugin_bare");

	(void)state;
	errno = 4711;
	assert_true(dctxi_pin(bare));
	assert_int_equal(errno, 4711);
	refuse();
	assert_true(dctxi_pin(bare));
	assert_true(dctxi_pin((const char *)(bare + 1) - 1));
	assert_int_equal(relent(), 0);
	assert_int_equal(dlclose(library), 0);
	assert_int_equal(dctx_set(*bare, 1), DCTX_OK);
	assert_int_equal(dctx_get(*bare, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_no_library_needs_no_loader),
		cmocka_unit_test(a_library_that_is_not_kept_gives_no_key),
		cmocka_unit_test(
			nothing_with_a_part_in_a_library_that_is_not_kept),
		cmocka_unit_test(a_library_is_asked_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
