/* SPDX-License-Identifier: MIT */
/*
 * envelope_trace_test.c - proves that a trace and what no key here knows of a
 * baggage cross in an envelope, and that strangers' cannot break headers.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE);

static unsigned char message[9000];
static size_t len;

static dctx_trace trace_of(const char *state, size_t state_len)
{
	dctx_trace trace = {.trace_id = {1, 2, 3},
			    .span_id = {4, 5, 6},
			    .flags = DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
			    .state = {state, state_len}};

	return trace;
}

static void encode(unsigned flags, const dctx_registry *registry)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .registry = registry};

	DCTX_SCOPE("request");
	dctx_trace trace = trace_of("a=b,c=d", 7);

	dctx_set(k_num, 7);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_store_encode_with(dctx_current(), &options,
						message, sizeof message, &len),
			 DCTX_OK);
}

static void must_be_there(const dctx_snapshot *snapshot)
{
	dctx_trace expected = trace_of("a=b,c=d", 7), got;

	assert_true(dctx_snapshot_trace(snapshot, &got));
	assert_memory_equal(got.trace_id, expected.trace_id, DCTX_TRACE_ID);
	assert_memory_equal(got.span_id, expected.span_id, DCTX_SPAN_ID);
	assert_int_equal(got.flags, expected.flags);
	assert_int_equal(got.state.len, 7);
	assert_memory_equal(got.state.data, "a=b,c=d", 7);
}

static void a_trace_crosses(void **state)
{
	dctx_snapshot *came = NULL;

	(void)state;
	encode(0, NULL);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	must_be_there(came);
	assert_int_equal(dctx_snapshot_get(came, k_num, 0), 7);
	dctx_snapshot_unref(came);
	assert_int_equal(dctxt_count_all(), 0);
}

static void any_registry_sends_and_takes_it(void **state)
{
	dctx_registry *registry = NULL;
	dctx_decode_options options = {.struct_size = sizeof options};
	dctx_snapshot *came = NULL;

	(void)state;
	assert_int_equal(dctx_registry_new("apart", &registry), DCTX_OK);
	encode(0, registry);
	options.registry = registry;
	assert_int_equal(dctx_decode_with(message, len, &options, &came),
			 DCTX_OK);
	must_be_there(came);
	assert_false(dctx_snapshot_has(came, k_num));
	dctx_snapshot_unref(came);
	dctx_registry_free(registry);
}

static void it_stays_behind_when_told_to(void **state)
{
	dctx_snapshot *came = NULL;
	dctx_trace got;

	(void)state;
	encode(DCTX_ENCODE_NO_TRACE, NULL);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	assert_false(dctx_snapshot_trace(came, &got));
	assert_int_equal(dctx_snapshot_get(came, k_num, 0), 7);
	dctx_snapshot_unref(came);
}

static void another_traces_entry_is_sent_where_the_own_one_stays(void **state)
{
	static const unsigned char value[28] = {[0] = 9, [16] = 2, [27] = 0};
	unsigned char boxed[36] = {sizeof value};
	const dctx_entry entry = {.key = {"dctx.trace", 10},
				  .value = {boxed, sizeof boxed},
				  .version = 1};
	dctx_encode_options options = {.struct_size = sizeof options,
				       .flags = DCTX_ENCODE_NO_TRACE,
				       .entries = &entry,
				       .entry_count = 1};
	const dctx_trace own = trace_of(NULL, 0);
	dctx_snapshot *came = NULL;
	dctx_trace got;

	(void)state;
	memcpy(boxed + 8, value, sizeof value);
	DCTX_SCOPE_UNNAMED;
	assert_int_equal(dctx_trace_set(&own), DCTX_OK);
	for (int sent = 9; sent > 0; sent -= 8) {
		assert_int_equal(dctx_encode_with(&options, message,
						  sizeof message, &len),
				 DCTX_OK);
		assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
		assert_true(dctx_snapshot_trace(came, &got));
		assert_int_equal(got.trace_id[0], sent);
		came = dctx_snapshot_unref(came);
		options.flags = 0;
	}
}

/* Writes a message of one entry of the trace's name. */
static void write_one(const char *name, const void *value, size_t size)
{
	unsigned char bytes[9000] = {(unsigned char)size,
				     (unsigned char)(size >> 8)};
	dctx_entry entry = {.key = {name, strlen(name)},
			    .value = {bytes, size + 8},
			    .version = 1};
	dctx_message_parts parts = {.struct_size = sizeof parts,
				    .version = 2,
				    .entries = &entry,
				    .entry_count = 1};

	memcpy(bytes + 8, value, size);
	assert_int_equal(
		dctx_message_write(&parts, message, sizeof message, &len),
		DCTX_OK);
}

static void one_that_is_none_is_bad(void **state)
{
	static const unsigned char good[30] = {
		1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   0,
		0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'a', '='};
	static const struct {
		size_t at;
		unsigned char is;
		size_t size;
	} bad[] = {
		{0, 0, 30},	{16, 0, 30},	{24, 4, 30}, {27, 1, 30},
		{29, '\n', 30}, {29, 0x7f, 30}, {29, 0, 30}, {0, 1, 27},
	};
	dctx_snapshot *came = NULL;

	(void)state;
	write_one("dctx.trace", good, sizeof good);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	came = dctx_snapshot_unref(came);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const dctx_decode_options skip = {.struct_size = sizeof skip,
						  .flags =
							  DCTX_DECODE_SKIP_BAD};
		unsigned char value[30];
		dctx_trace got;

		memcpy(value, good, sizeof value);
		value[bad[i].at] = bad[i].is;
		write_one("dctx.trace", value, bad[i].size);
		assert_int_equal(dctx_decode(message, len, &came),
				 DCTX_CORRUPT);
		assert_string_equal(dctx_last_error()->what, "dctx.trace");
		assert_int_equal(dctx_decode_with(message, len, &skip, &came),
				 DCTX_OK);
		assert_false(dctx_snapshot_trace(came, &got));
		came = dctx_snapshot_unref(came);
	}
}

static void a_state_is_taken_up_to_its_limit(void **state)
{
	static unsigned char value[28 + 8193] = {1};
	dctx_snapshot *came = NULL;
	dctx_trace got;

	(void)state;
	value[16] = 1;
	memset(value + 28, 'a', 8193);
	for (size_t i = 0; i < 32; i++) {
		unsigned char *member = value + 28 + 256 * i;

		snprintf((char *)member, 5, "k%02zu=", i);
		member[4] = 'a';
		if (i > 0)
			member[-1] = ',';
	}
	for (size_t n = 8191; n <= 8193; n++) {
		dctx_status expected = n > 8192 ? DCTX_CORRUPT : DCTX_OK;

		write_one("dctx.trace", value, 28 + n);
		assert_int_equal(dctx_decode(message, len, &came), expected);
		if (expected != DCTX_OK)
			continue;
		assert_true(dctx_snapshot_trace(came, &got));
		assert_int_equal(got.state.len, n);
		came = dctx_snapshot_unref(came);
	}
}

static void members_that_could_break_a_header_are_bad(void **state)
{
	dctx_snapshot *came = NULL;

	(void)state;
	write_one("dctx.baggage", "a=b,c=d", 7);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	came = dctx_snapshot_unref(came);
	write_one("dctx.baggage", "a=b\r\nc:d", 8);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_trace_crosses),
		DCTXT_TEST(any_registry_sends_and_takes_it),
		DCTXT_TEST(it_stays_behind_when_told_to),
		DCTXT_TEST(
			another_traces_entry_is_sent_where_the_own_one_stays),
		DCTXT_TEST(one_that_is_none_is_bad),
		DCTXT_TEST(a_state_is_taken_up_to_its_limit),
		DCTXT_TEST(members_that_could_break_a_header_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
