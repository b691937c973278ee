/* SPDX-License-Identifier: MIT */
/*
 * B3 with every field right, wrong and one character too short or too long.
 * Values are blocks of exactly their size, for the sanitizers.
 */
#include "wire/b3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T128 "463ac35c9f6413ad48485a3953bb6124"
#define T64 "48485a3953bb6124"
#define SPAN "a2fb4a1d1a96d312"
#define PARENT "0020000000000001"

static const unsigned char t128[DCTX_TRACE_ID] = {
	0x46, 0x3a, 0xc3, 0x5c, 0x9f, 0x64, 0x13, 0xad,
	0x48, 0x48, 0x5a, 0x39, 0x53, 0xbb, 0x61, 0x24};
static const unsigned char span[DCTX_SPAN_ID] = {0xa2, 0xfb, 0x4a, 0x1d,
						 0x1a, 0x96, 0xd3, 0x12};

/* The last finding. */
static struct {
	int times;
	dctx_rule rule;
	dctx_effect effect;
	size_t offset;
	const char *header;
} heard;

static void listen(void *user, const dctx_finding *finding)
{
	(void)user;
	heard.times++;
	heard.rule = finding->rule;
	heard.effect = finding->effect;
	heard.offset = finding->offset;
	heard.header = finding->header;
}

static const dctx_findings findings = {listen, NULL};

/* A value in a block of its own; NULL is none. */
static dctx_bytes block(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;
	char *copy;

	if (text == NULL)
		return (dctx_bytes){NULL, 0};
	copy = malloc(len > 0 ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	return (dctx_bytes){copy, len};
}

static enum dctxi_b3 read_one(const char *text, dctx_trace *out)
{
	const struct dctxi_sink sink = {&findings, "b3", 0};
	dctx_bytes value = block(text);
	enum dctxi_b3 is;

	memset(&heard, 0, sizeof heard);
	is = dctxi_b3_read(value, &sink, out);
	free((void *)(uintptr_t)value.data);
	return is;
}

static void must_refuse(const char *text, dctx_rule rule, size_t offset)
{
	dctx_trace trace = {.flags = 77};

	assert_int_equal(read_one(text, &trace), DCTXI_B3_NONE);
	assert_int_equal(trace.flags, 77);
	assert_int_equal(heard.times, 1);
	assert_int_equal(heard.rule, rule);
	assert_int_equal(heard.effect, DCTX_IGNORED);
	assert_int_equal(heard.offset, offset);
}

static void must_read(const char *text, uint32_t flags)
{
	dctx_trace trace;

	assert_int_equal(read_one(text, &trace), DCTXI_B3_TRACE);
	assert_int_equal(heard.times, 0);
	assert_memory_equal(trace.span_id, span, sizeof span);
	assert_memory_equal(trace.trace_id + 8, t128 + 8, 8);
	assert_int_equal(trace.flags, flags);
	assert_int_equal(trace.state.len, 0);
}

static void a_single_header_has_two_to_four_fields(void **state)
{
	(void)state;
	must_read(T128 "-" SPAN, DCTX_TRACE_UNDECIDED);
	must_read(T128 "-" SPAN "-0", 0);
	must_read(T128 "-" SPAN "-1", DCTX_TRACE_SAMPLED);
	must_read(T128 "-" SPAN "-d", DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG);
	must_read(T128 "-" SPAN "-1-" PARENT, DCTX_TRACE_SAMPLED);
	must_read(T128 "-" SPAN "-0-0000000000000000", 0);
	must_read(T128 "-" SPAN "-" PARENT, DCTX_TRACE_UNDECIDED);
	must_read(" \t" T128 "-" SPAN "-1 ", DCTX_TRACE_SAMPLED);
	must_refuse(T128, DCTX_RULE_B3_SHAPE, 0);
	must_refuse(T128 "-" SPAN "-1-" PARENT "-", DCTX_RULE_B3_SHAPE, 0);
	must_refuse(" " T64 "-" SPAN "-1-" PARENT "-1", DCTX_RULE_B3_SHAPE, 1);
	must_refuse(T128 "-" SPAN "-", DCTX_RULE_B3_SAMPLED, 50);
	must_refuse(T128 "-" SPAN "-1-", DCTX_RULE_B3_PARENT_ID, 52);
	must_refuse("--", DCTX_RULE_B3_TRACE_ID, 0);
}

static void a_trace_id_has_16_or_32_digits(void **state)
{
	dctx_trace trace;

	(void)state;
	must_read(T64 "-" SPAN "-1", DCTX_TRACE_SAMPLED);
	assert_int_equal(read_one(T64 "-" SPAN, &trace), DCTXI_B3_TRACE);
	assert_int_equal(trace.trace_id[0], 0);
	assert_int_equal(trace.trace_id[7], 0);
	assert_int_equal(read_one(T128 "-" SPAN, &trace), DCTXI_B3_TRACE);
	assert_memory_equal(trace.trace_id, t128, sizeof t128);
	for (size_t n = 0; n <= 33; n++) {
		char text[80] = "111111111111111111111111111111111";

		strcpy(text + n, "-" SPAN);
		if (n == 16 || n == 32)
			assert_int_equal(read_one(text, &trace),
					 DCTXI_B3_TRACE);
		else
			must_refuse(text, DCTX_RULE_B3_TRACE_ID, 0);
	}
}

static void ids_are_lower_case_and_not_zero(void **state)
{
	(void)state;
	must_refuse("463ac35c9f6413aD48485a3953bb6124-" SPAN,
		    DCTX_RULE_B3_TRACE_ID, 15);
	must_refuse("463ac35c9f6413ad48485a3953bb612g-" SPAN,
		    DCTX_RULE_B3_TRACE_ID, 31);
	must_refuse("00000000000000000000000000000000-" SPAN,
		    DCTX_RULE_B3_TRACE_ID, 0);
	must_refuse("0000000000000000-" SPAN, DCTX_RULE_B3_TRACE_ID, 0);
	must_refuse(T64 "-0000000000000000", DCTX_RULE_B3_SPAN_ID, 17);
	must_refuse(T64 "-A2fb4a1d1a96d312", DCTX_RULE_B3_SPAN_ID, 17);
	must_refuse(T64 "-a2fb4a1d1a96d3:2", DCTX_RULE_B3_SPAN_ID, 31);
	must_refuse(T64 "-a2fb4a1d1a96d31", DCTX_RULE_B3_SPAN_ID, 17);
	must_refuse(T64 "-a2fb4a1d1a96d3120", DCTX_RULE_B3_SPAN_ID, 17);
	must_refuse(T64 "-", DCTX_RULE_B3_SPAN_ID, 17);
	must_refuse(T64 "-" SPAN "-1-002000000000000", DCTX_RULE_B3_PARENT_ID,
		    36);
	must_refuse(T64 "-" SPAN "-1-00200000000000011", DCTX_RULE_B3_PARENT_ID,
		    36);
	must_refuse(T64 "-" SPAN "-1-002000000000000F", DCTX_RULE_B3_PARENT_ID,
		    51);
}

static void a_state_is_one_known_character(void **state)
{
	dctx_trace trace;

	(void)state;
	for (int c = 1; c < 256; c++) {
		char alone[] = {(char)c, 0}, text[] = T64 "-" SPAN "-?";
		bool known = c == '0' || c == '1' || c == 'd';

		text[34] = (char)c;
		if (c == ' ' || c == '\t')
			continue; /* white space around a value is none of it */
		if (c != '-')
			assert_int_equal(read_one(text, &trace),
					 known ? DCTXI_B3_TRACE
					       : DCTXI_B3_NONE);
		assert_int_equal(read_one(alone, &trace),
				 known ? DCTXI_B3_STATE : DCTXI_B3_NONE);
	}
	must_refuse(T64 "-" SPAN "-true", DCTX_RULE_B3_SAMPLED, 34);
	must_refuse(T64 "-" SPAN "-x-" PARENT, DCTX_RULE_B3_SAMPLED, 34);
	must_refuse("x", DCTX_RULE_B3_SAMPLED, 0);
	must_refuse("01", DCTX_RULE_B3_SHAPE, 0);
	assert_int_equal(read_one("d", &trace), DCTXI_B3_STATE);
	assert_int_equal(trace.flags, DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG);
	assert_int_equal(read_one("0", &trace), DCTXI_B3_STATE);
	assert_int_equal(trace.flags, 0);
	assert_int_equal(read_one(" \t", &trace), DCTXI_B3_NONE);
	assert_int_equal(heard.times, 0);
}

static void no_length_is_too_much(void **state)
{
	static char text[100001];

	(void)state;
	memset(text, '1', sizeof text - 1);
	must_refuse(text, DCTX_RULE_B3_SHAPE, 0);
	memset(text, '-', sizeof text - 1);
	must_refuse(text, DCTX_RULE_B3_SHAPE, 0);
}

static enum dctxi_b3 read_five(const char *const text[5], dctx_trace *out)
{
	struct dctxi_b3_fields fields = {block(text[0]), block(text[1]),
					 block(text[2]), block(text[3]),
					 block(text[4])};
	enum dctxi_b3 is;

	memset(&heard, 0, sizeof heard);
	is = dctxi_b3_read_fields(&fields, &findings, out);
	free((void *)(uintptr_t)fields.trace_id.data);
	free((void *)(uintptr_t)fields.span_id.data);
	free((void *)(uintptr_t)fields.parent_id.data);
	free((void *)(uintptr_t)fields.sampled.data);
	free((void *)(uintptr_t)fields.flags.data);
	return is;
}

/* A case of the five headers: trace, span, parent, sampled, flags. */
struct five {
	const char *text[5];
	enum dctxi_b3 is;
	uint32_t flags;
	dctx_rule rule; /* 0: nothing is told */
	const char *header;
};

static const struct five fives[] = {
	{{T128, SPAN, PARENT, "1", NULL},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "0", NULL}, DCTXI_B3_TRACE, 0, 0, NULL},
	{{T64, SPAN, NULL, NULL, NULL},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_UNDECIDED,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "", ""},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_UNDECIDED,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "true", NULL},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "False", NULL}, DCTXI_B3_TRACE, 0, 0, NULL},
	{{T64, SPAN, NULL, "1", "1"},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "no", "1"},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "1", "0"},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED,
	 0,
	 NULL},
	{{T64, SPAN, NULL, "0", "3"},
	 DCTXI_B3_TRACE,
	 0,
	 DCTX_RULE_B3_FLAGS,
	 "x-b3-flags"},
	{{T64, SPAN, "xyz", "1", NULL},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED,
	 DCTX_RULE_B3_PARENT_ID,
	 "x-b3-parentspanid"},
	{{T64, SPAN, NULL, "2", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SAMPLED,
	 "x-b3-sampled"},
	{{T64, SPAN, NULL, "d", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SAMPLED,
	 "x-b3-sampled"},
	{{T64, SPAN, NULL, "tru", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SAMPLED,
	 "x-b3-sampled"},
	{{T64, SPAN, NULL, "truee", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SAMPLED,
	 "x-b3-sampled"},
	{{T64, NULL, NULL, "1", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SPAN_ID,
	 "x-b3-spanid"},
	{{NULL, SPAN, NULL, "1", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_TRACE_ID,
	 "x-b3-traceid"},
	{{"1", SPAN, NULL, "1", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_TRACE_ID,
	 "x-b3-traceid"},
	{{T128, "A2FB4A1D1A96D312", NULL, "1", NULL},
	 DCTXI_B3_NONE,
	 77,
	 DCTX_RULE_B3_SPAN_ID,
	 "x-b3-spanid"},
	{{NULL, NULL, NULL, "0", NULL}, DCTXI_B3_STATE, 0, 0, NULL},
	{{NULL, NULL, NULL, NULL, "1"},
	 DCTXI_B3_STATE,
	 DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
	 0,
	 NULL},
	{{NULL, NULL, NULL, NULL, NULL}, DCTXI_B3_NONE, 77, 0, NULL},
	{{NULL, NULL, PARENT, NULL, "0"}, DCTXI_B3_NONE, 77, 0, NULL},
	{{" " T64 " ", "\t" SPAN, " ", " 1 ", " "},
	 DCTXI_B3_TRACE,
	 DCTX_TRACE_SAMPLED,
	 0,
	 NULL},
};

static void five_headers_are_read_as_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fives / sizeof *fives; i++) {
		const struct five *f = &fives[i];
		dctx_trace trace = {.flags = 77};

		assert_int_equal(read_five(f->text, &trace), f->is);
		assert_int_equal(trace.flags, f->flags);
		assert_int_equal(heard.times, f->rule != 0);
		assert_int_equal(heard.rule, f->rule);
		if (f->header != NULL)
			assert_string_equal(heard.header, f->header);
		if (f->is == DCTXI_B3_TRACE)
			assert_memory_equal(trace.span_id, span, sizeof span);
	}
}

static void what_is_written_is_read_again(void **state)
{
	static const uint32_t flags[] = {0, DCTX_TRACE_SAMPLED,
					 DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
					 DCTX_TRACE_UNDECIDED};
	static const char *const texts[] = {T128 "-" SPAN "-0",
					    T128 "-" SPAN "-1",
					    T128 "-" SPAN "-d", T128 "-" SPAN};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		dctx_trace trace = {.flags = flags[i]}, again;
		char text[DCTXI_B3_MAX + 1];

		memcpy(trace.trace_id, t128, sizeof t128);
		memcpy(trace.span_id, span, sizeof span);
		text[dctxi_b3_write(&trace, text)] = '\0';
		assert_string_equal(text, texts[i]);
		assert_int_equal(read_one(text, &again), DCTXI_B3_TRACE);
		assert_int_equal(again.flags, flags[i]);
		assert_memory_equal(again.trace_id, t128, sizeof t128);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_header_has_two_to_four_fields),
		cmocka_unit_test(a_trace_id_has_16_or_32_digits),
		cmocka_unit_test(ids_are_lower_case_and_not_zero),
		cmocka_unit_test(a_state_is_one_known_character),
		cmocka_unit_test(no_length_is_too_much),
		cmocka_unit_test(five_headers_are_read_as_one),
		cmocka_unit_test(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
