/* SPDX-License-Identifier: MIT */
/*
 * The library's own note is found in this program, once, and so are the build
 * ids of all that is loaded. A segment that is cut short, or whose lengths lie,
 * is never read past its end: each stands at the end of a block of its size.
 */
#include "plat/notes.c" /* what it does not show is tested, too */

#include <dctx/store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int found;
static char last[64];

static void count(void *arg, const void *desc, const char *path)
{
	(void)path;
	found++;
	memcpy(last, desc, *(size_t *)arg);
}

static int count_all(const char *name, uint32_t type, size_t len)
{
	found = 0;
	dctxi_notes_each(name, type, len, count, &len);
	return found;
}

static void this_program_has_one_copy(void **state)
{
	(void)state;
	assert_non_null(dctx_current()); /* links it */
	assert_int_equal(count_all("dctx", 1, 12), 1);
	assert_int_equal(count_all("dctx", 1, 8), 0);
	assert_int_equal(count_all("dctx", 2, 12), 0);
	assert_int_equal(count_all("dctxx", 1, 12), 0);
	assert_int_equal(count_all("dct", 1, 12), 0);
}

static void a_library_has_its_note(void **state)
{
	(void)state;
	assert_true(count_all("GNU", 3, 20) >= 1);
}

/* Two notes, the second padded to 4 or to 8. */
static size_t write_notes(char *at, size_t align)
{
	const struct dctxi_note other = {4, 3, 7}, wanted = {5, 6, 1};
	size_t size = 0;

	memset(at, 0, 128);
	memcpy(at, &other, sizeof(other));
	memcpy(at + sizeof(other), "GNU", 4);
	size += sizeof(other) + padded(4, align) + padded(3, align);
	memcpy(at + size, &wanted, sizeof(wanted));
	memcpy(at + size + sizeof(wanted), "dctx", 5);
	size += sizeof(wanted) + padded(5, align);
	memcpy(at + size, "found", 6);
	return size + padded(6, align);
}

/* Looks through the first `size` bytes, which end where a block ends. */
static int look(const char *notes, size_t size, size_t align)
{
	size_t len = 6;
	const struct search search = {"dctx", 1, len, count, &len};
	char *block = malloc(size > 0 ? size : 1);

	assert_non_null(block);
	if (size > 0)
		memcpy(block, notes, size);
	found = 0;
	look_at_notes(&search, block, size, align, "");
	free(block);
	return found;
}

static void a_note_is_found_after_others_at_either_padding(void **state)
{
	char notes[128];

	(void)state;
	for (size_t align = 4; align <= 8; align += 4) {
		size_t size = write_notes(notes, align);

		assert_int_equal(look(notes, size, align), 1);
		assert_string_equal(last, "found");
	}
}

/* The padding of the last may be missing, a byte of it may not. */
static void a_cut_segment_is_not_read_past_its_end(void **state)
{
	char notes[128];
	size_t size = write_notes(notes, 4);

	(void)state;
	for (size_t n = 0; n <= size; n++)
		assert_int_equal(look(notes, n, 4), n + 2 >= size);
}

static void a_length_that_lies_ends_the_search(void **state)
{
	static const uint32_t lies[] = {0x7fffffff, 0x80000000, 0xfffffff0,
					0xfffffffd, 0xffffffff};
	char notes[128];
	size_t size = write_notes(notes, 4);

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof lies[0]; i++) {
		for (size_t at = 0; at < 8; at += 4) {
			write_notes(notes, 4);
			memcpy(notes + at, &lies[i], sizeof(lies[i]));
			assert_int_equal(look(notes, size, 4), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_program_has_one_copy),
		cmocka_unit_test(a_library_has_its_note),
		cmocka_unit_test(
			a_note_is_found_after_others_at_either_padding),
		cmocka_unit_test(a_cut_segment_is_not_read_past_its_end),
		cmocka_unit_test(a_length_that_lies_ends_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
