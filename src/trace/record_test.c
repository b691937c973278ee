/* SPDX-License-Identifier: MIT */
/*
 * record_test.c - proves that a copy of a told span is the same, and stands by
 * itself.
 */
#include "trace/record.h"

#include "trace/made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static dctx_told_span *copy_of(const dctx_told_span *told)
{
	size_t size = dctxi_record_size(told);
	/* Of that size, so that checkers see a write past its end. */
	void *memory = aligned_alloc(16, (size + 15) / 16 * 16);
	dctx_told_span *copy;

	assert_non_null(memory);
	copy = dctxi_record_copy(told, memory, size);
	assert_ptr_equal(copy, memory);
	return copy;
}

/* Each text stands in an array that is overwritten after the copy. */
static struct {
	char name[8], target[8], file[8], text[8], chain[8], values[8],
		cause[8], field[8], value[8], event[8], state[8];
} texts;

static void fill_texts(void)
{
	static const char *const words[] = {"name",  "target", "file",	"text",
					    "chain", "values", "cause", "field",
					    "value", "event",  "a=b"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		strcpy((char *)&texts + 8 * i, words[i]);
}

static void a_copy_stands_by_itself(void **state)
{
	dctx_span_site site = {texts.name, texts.target, DCTX_LEVEL_WARN,
			       texts.file, 9};
	dctx_span_field field = {texts.field, {.kind = 0}};
	dctx_told_event event = {5, texts.event, &field, 1};
	dctx_told_span told = made(1, 2, 3), *copy;

	(void)state;
	fill_texts();
	field.value = dctx_any_text(texts.value);
	told.site = &site;
	told.status_text = texts.text;
	told.chain = texts.chain;
	told.values = texts.values;
	told.cause = texts.cause;
	told.fields = &field;
	told.field_count = 1;
	told.events = &event;
	told.event_count = 1;
	told.trace.state = (dctx_bytes){texts.state, 3};
	told.links = &told.trace;
	told.link_count = 1;
	copy = copy_of(&told);
	memset(&texts, 'x', sizeof texts);
	memset(&field, 0, sizeof field);
	memset(&event, 0, sizeof event);
	assert_string_equal(copy->site->name, "name");
	assert_string_equal(copy->site->target, "target");
	assert_string_equal(copy->site->file, "file");
	assert_int_equal(copy->site->level, DCTX_LEVEL_WARN);
	assert_string_equal(copy->status_text, "text");
	assert_string_equal(copy->chain, "chain");
	assert_string_equal(copy->values, "values");
	assert_string_equal(copy->cause, "cause");
	assert_string_equal(copy->fields[0].name, "field");
	assert_string_equal(copy->fields[0].value.as.bytes.data, "value");
	assert_string_equal(copy->events[0].name, "event");
	assert_int_equal(copy->events[0].at, 5);
	assert_string_equal(copy->events[0].fields[0].name, "field");
	assert_memory_equal(copy->trace.state.data, "a=b", 3);
	assert_memory_equal(copy->links[0].state.data, "a=b", 3);
	assert_memory_equal(copy->links[0].trace_id, copy->trace.trace_id, 16);
	free(copy);
}

static void values_keep_their_kinds(void **state)
{
	static const dctx_type type = {.struct_size = sizeof type,
				       .name = "thing"};
	dctx_bytes bytes = {"a\0b", 3};
	dctx_span_field fields[] = {
		{"i", DCTX_ANY(-7)},
		{"f", DCTX_ANY(2.5)},
		{"b", DCTX_ANY((bool)true)},
		{"bytes", DCTX_ANY(bytes)},
		{"none", {.kind = 0}},
		{"object", DCTX_ANY_OBJECT(&type, &type)},
	};
	dctx_told_span told = made(1, 2, 3), *copy;

	(void)state;
	told.fields = fields;
	told.field_count = sizeof fields / sizeof *fields;
	copy = copy_of(&told);
	assert_int_equal(copy->fields[0].value.as.i, -7);
	assert_true(copy->fields[1].value.as.f == 2.5);
	assert_true(copy->fields[2].value.as.b);
	assert_int_equal(copy->fields[3].value.kind, DCTX_KIND_BYTES);
	assert_memory_equal(copy->fields[3].value.as.bytes.data, "a\0b", 4);
	assert_int_equal(copy->fields[4].value.kind, 0);
	assert_int_equal(copy->fields[5].value.kind, DCTX_KIND_STR);
	assert_string_equal(copy->fields[5].value.as.bytes.data, "thing");
	free(copy);
}

static void what_does_not_fit_is_not_written(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	size_t size = dctxi_record_size(&told);
	char *memory = aligned_alloc(16, (size + 15) / 16 * 16);

	(void)state;
	for (size_t less = size; less > 0; less -= 8) {
		memset(memory, 'x', size);
		assert_null(dctxi_record_copy(&told, memory, less - 8));
		for (size_t i = less - 8; i < size; i++)
			assert_int_equal(memory[i], 'x');
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_stands_by_itself),
		cmocka_unit_test(values_keep_their_kinds),
		cmocka_unit_test(what_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
