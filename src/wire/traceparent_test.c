/* SPDX-License-Identifier: MIT */
/*
 * Values are blocks of exactly their size, for the sanitizers. What is taken is
 * held against a slow reading of the grammar, for every byte at every place.
 */
#include "wire/traceparent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IDS "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
#define GOOD "00-" IDS "-01"

static struct {
	int times;
	dctx_finding last;
	size_t end; /* no offset may be past it */
} told;

static void hear(void *user, const dctx_finding *finding)
{
	(void)user;
	told.times++;
	told.last = *finding;
	assert_true(finding->offset <= told.end);
	assert_string_equal(finding->header, "traceparent");
	assert_string_not_equal(dctx_rule_text(finding->rule), "");
	assert_string_not_equal(dctx_rule_section(finding->rule), "");
}

static bool reads_bytes(const char *text, size_t len, dctx_trace *out)
{
	static const dctx_findings listener = {hear, NULL};
	const struct dctxi_sink sink = {&listener, "traceparent", 0};
	char *copy = malloc(len > 0 ? len : 1);
	bool good;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(&told, 0, sizeof told);
	told.end = len;
	good = dctxi_traceparent_read((dctx_bytes){copy, len}, &sink, out);
	assert_int_equal(
		dctxi_traceparent_read((dctx_bytes){copy, len}, NULL, out),
		good);
	free(copy);
	assert_true(good || told.times == 1);
	assert_true(good || told.last.effect == DCTX_IGNORED);
	return good;
}

static bool reads(const char *text, dctx_trace *out)
{
	return reads_bytes(text, strlen(text), out);
}

static void the_standards_examples_are_read(void **state)
{
	dctx_trace trace;

	(void)state;
	assert_true(reads("00-4bf92f3577b34da6a3ce929d0e0e4736-"
			  "00f067aa0ba902b7-01",
			  &trace));
	assert_int_equal(told.times, 0);
	assert_memory_equal(trace.trace_id,
			    "\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6"
			    "\xa3\xce\x92\x9d\x0e\x0e\x47\x36",
			    16);
	assert_memory_equal(trace.span_id, "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7",
			    8);
	assert_int_equal(trace.flags, DCTX_TRACE_SAMPLED);
	assert_int_equal(trace.state.len, 0);
	assert_true(reads("00-" IDS "-00", &trace));
	assert_int_equal(trace.flags, 0);
}

static bool allowed(unsigned char c, size_t place)
{
	if (place == 2 || place == 35 || place == 52)
		return c == '-';
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static void each_place_takes_its_own_characters_only(void **state)
{
	dctx_trace trace;

	(void)state;
	for (size_t place = 0; place < 55; place++)
		for (unsigned c = 0; c < 256; c++) {
			char text[] = GOOD;
			bool good = allowed((unsigned char)c, place);

			/* Version ff is for another test. */
			text[place] = (char)c;
			assert_int_equal(reads_bytes(text, 55, &trace), good);
			if (good)
				continue;
			assert_int_equal(told.last.offset,
					 c == ' ' || c == '\t'
						 ? told.last.offset
						 : place);
			if (told.last.rule != DCTX_RULE_TRACEPARENT_LENGTH)
				assert_int_equal(
					told.last.rule,
					DCTX_RULE_TRACEPARENT_CHARACTER);
		}
}

static void digits_have_their_values_at_every_place(void **state)
{
	char text[56];
	uint32_t seed = 1;
	dctx_trace trace;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		unsigned char id[24];
		char *at = text;

		for (size_t i = 0; i < sizeof id; i++) {
			seed = seed * 1664525 + 1013904223;
			id[i] = (unsigned char)(seed >> 24) | (i % 16 == 0);
		}
		at += sprintf(at, "00");
		for (size_t i = 0; i < sizeof id; i++)
			at += sprintf(at, "%s%02x", i % 16 == 0 ? "-" : "",
				      id[i]);
		sprintf(at, "-03");
		assert_true(reads(text, &trace));
		assert_memory_equal(trace.trace_id, id, 16);
		assert_memory_equal(trace.span_id, id + 16, 8);
		memset(text, 'x', sizeof text);
		dctxi_traceparent_write(&trace, text);
		assert_int_equal(text[55], 'x');
		text[55] = '\0';
		assert_string_not_equal(text, GOOD);
		assert_true(reads(text, &trace));
		assert_memory_equal(trace.trace_id, id, 16);
		assert_memory_equal(trace.span_id, id + 16, 8);
		assert_int_equal(trace.flags, 3);
	}
}

static void less_than_55_characters_are_none(void **state)
{
	dctx_trace trace;

	(void)state;
	for (size_t len = 0; len < 55; len++) {
		assert_false(reads_bytes(GOOD, len, &trace));
		assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_LENGTH);
		assert_int_equal(told.last.offset, len);
	}
	assert_true(reads_bytes(GOOD, 55, &trace));
	assert_false(
		dctxi_traceparent_read((dctx_bytes){NULL, 0}, NULL, &trace));
}

static void all_versions_but_ff_are_read(void **state)
{
	char text[sizeof GOOD];
	dctx_trace trace;

	(void)state;
	for (unsigned version = 0; version < 255; version++) {
		snprintf(text, sizeof text, "%02x-" IDS "-01", version);
		assert_true(reads(text, &trace));
		assert_int_equal(told.times, version > 0);
		if (version == 0)
			continue;
		assert_int_equal(told.last.rule,
				 DCTX_RULE_TRACEPARENT_VERSION_LATER);
		assert_int_equal(told.last.effect, DCTX_KEPT);
	}
	assert_false(reads("ff-" IDS "-01", &trace));
	assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_VERSION_FF);
	assert_int_equal(told.last.offset, 0);
	assert_false(reads("ff-" IDS "-01-more", &trace));
	assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_VERSION_FF);
}

static void only_a_later_version_has_more_and_behind_a_dash(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"00-" IDS "-01-", false},
		{"00-" IDS "-01.", false},
		{"00-" IDS "-01-what", false},
		{"00-" IDS "-010", false},
		{"00-" IDS "-01,", false},
		{"01-" IDS "-01-", true},
		{"01-" IDS "-01-what", true},
		{"01-" IDS "-01--\xff\x01 x", true},
		{"01-" IDS "-01.what", false},
		{"01-" IDS "-010", false},
		{"01-" IDS "-01,01-" IDS "-01", false},
		{"fe-" IDS "-01 x", false},
	};
	dctx_trace trace;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(reads(cases[i].text, &trace), cases[i].good);
		if (cases[i].good)
			continue;
		assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_TAIL);
		assert_int_equal(told.last.offset, 55);
	}
}

static void ids_of_zeros_are_none(void **state)
{
	dctx_trace trace;

	(void)state;
	assert_false(reads("00-00000000000000000000000000000000-"
			   "b7ad6b7169203331-01",
			   &trace));
	assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_TRACE_ID);
	assert_int_equal(told.last.offset, 3);
	assert_false(reads("cc-0af7651916cd43dd8448eb211c80319c-"
			   "0000000000000000-01-x",
			   &trace));
	assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_PARENT_ID);
	assert_int_equal(told.last.offset, 36);
	assert_true(reads("00-00000000000000000000000000000001-"
			  "1000000000000000-01",
			  &trace));
	assert_true(reads("00-10000000000000000000000000000000-"
			  "0000000000000001-01",
			  &trace));
}

static void of_the_flags_two_are_kept(void **state)
{
	char text[sizeof GOOD];
	dctx_trace trace;

	(void)state;
	for (unsigned flags = 0; flags < 256; flags++)
		for (unsigned version = 0; version < 2; version++) {
			snprintf(text, sizeof text, "%02x-" IDS "-%02x",
				 version, flags);
			assert_true(reads(text, &trace));
			assert_int_equal(trace.flags, flags & 3);
			assert_int_equal(told.times,
					 (flags > 3) + (version > 0));
			if (flags <= 3)
				continue;
			assert_int_equal(told.last.rule,
					 DCTX_RULE_TRACEPARENT_FLAGS);
			assert_int_equal(told.last.effect, DCTX_SKIPPED);
			assert_int_equal(told.last.offset, 53);
		}
}

static void white_space_around_is_none_of_it(void **state)
{
	static const char *const around[] = {
		" " GOOD, "\t" GOOD, GOOD " ", GOOD "\t", "\t " GOOD " \t \t",
	};
	static const char *const inside[] = {
		"\n" GOOD, GOOD "\n", GOOD "\r", "\v" GOOD, "\xa0" GOOD,
	};
	dctx_trace trace;

	(void)state;
	for (size_t i = 0; i < sizeof around / sizeof *around; i++)
		assert_true(reads(around[i], &trace));
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		assert_false(reads(inside[i], &trace));
	assert_false(reads_bytes(GOOD "\0", 56, &trace));
	assert_false(reads(" \t ", &trace));
	assert_int_equal(told.last.rule, DCTX_RULE_TRACEPARENT_LENGTH);
	assert_false(reads("  00-x", &trace));
	assert_int_equal(told.last.offset, 5);
	assert_false(reads(" ff-" IDS "-01", &trace));
	assert_int_equal(told.last.offset, 1);
}

static void what_is_written_is_version_00(void **state)
{
	char text[56] = "";
	dctx_trace trace;

	(void)state;
	assert_true(reads("cc-" IDS "-ff-later", &trace));
	dctxi_traceparent_write(&trace, text);
	assert_string_equal(text, "00-" IDS "-03");
	trace.flags = DCTX_TRACE_DEBUG;
	dctxi_traceparent_write(&trace, text);
	assert_string_equal(text, "00-" IDS "-01");
	trace.flags = DCTX_TRACE_UNDECIDED | DCTX_TRACE_RANDOM;
	dctxi_traceparent_write(&trace, text);
	assert_string_equal(text, "00-" IDS "-02");
}

static void nothing_is_written_of_a_bad_one(void **state)
{
	dctx_trace trace, before;

	(void)state;
	memset(&trace, 0x5a, sizeof trace);
	before = trace;
	assert_false(reads("00-" IDS "-0g", &trace));
	assert_memory_equal(trace.trace_id, before.trace_id, 16);
	assert_int_equal(trace.flags, before.flags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standards_examples_are_read),
		cmocka_unit_test(each_place_takes_its_own_characters_only),
		cmocka_unit_test(digits_have_their_values_at_every_place),
		cmocka_unit_test(less_than_55_characters_are_none),
		cmocka_unit_test(all_versions_but_ff_are_read),
		cmocka_unit_test(
			only_a_later_version_has_more_and_behind_a_dash),
		cmocka_unit_test(ids_of_zeros_are_none),
		cmocka_unit_test(of_the_flags_two_are_kept),
		cmocka_unit_test(white_space_around_is_none_of_it),
		cmocka_unit_test(what_is_written_is_version_00),
		cmocka_unit_test(nothing_is_written_of_a_bad_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
