/* SPDX-License-Identifier: MIT */
/*
 * hop_envelope_test.c - proves that a context crosses whole in one header, as
 * text or as gRPC's binary metadata, and by policy with less.
 */
#include "headers.h"

#include <stdio.h>

DCTX_KEY_STR(k_name, "env_name", DCTX_WIRE);
DCTX_KEY_U64(k_partner, "env_partner", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_U64(k_public, "env_public", DCTX_WIRE | DCTX_TO_PUBLIC);
DCTX_KEY_U64(k_local, "env_local", DCTX_TO_PUBLIC);

static const char *const names[] = {"x-dctx", "x-dctx-bin"};

static dctx_hop text(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_envelope_text();
	return dctxt_hop(formats, 1);
}

static dctx_hop binary(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_envelope_grpc();
	return dctxt_hop(formats, 1);
}

static void set_all(void)
{
	dctx_set(k_name, "request");
	dctx_set(k_partner, 1);
	dctx_set(k_public, 2);
	dctx_set(k_local, 3);
}

static void a_context_crosses_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		dctx_hop hop = i == 0 ? text() : binary();
		dctx_carrier carrier = dctxt_headers();
		dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED), came;
		const char *chain[2];
		dctx_guard guard;

		{
			DCTX_SCOPE("serve");
			set_all();
			assert_int_equal(dctx_set_timeout(900 * DCTX_S),
					 DCTX_OK);
			assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
			assert_int_equal(dctx_inject(&carrier, &hop, NULL),
					 DCTX_OK);
		}
		assert_int_equal(dctxt_header_count(), 1);
		assert_non_null(dctxt_header_value(names[i]));
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_string_equal(dctx_get(k_name, "-"), "request");
		assert_int_equal(dctx_get(k_partner, 0), 1);
		assert_int_equal(dctx_get(k_public, 0), 2);
		assert_int_equal(dctx_get(k_local, 0), 0);
		assert_true(dctx_remaining() > 0 &&
			    dctx_remaining() <= 900 * DCTX_S);
		assert_int_equal(dctx_store_chain(guard.store, chain, 2), 1);
		assert_string_equal(chain[0], "serve");
		assert_true(dctx_trace_get(&came));
		assert_memory_equal(came.span_id, trace.span_id, DCTX_SPAN_ID);
		dctx_leave(guard);
		assert_int_equal(dctxt_finding.times, 0);
	}
}

static void a_cancelled_context_arrives_cancelled(void **state)
{
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	dctx_source *stop = NULL;
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE("serve");
		assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
				 DCTX_OK);
		assert_int_equal(dctx_add_source(stop), DCTX_OK);
		dctx_cancel(stop, "gone");
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		dctx_source_unref(stop);
	}
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	dctx_leave(guard);
	hop.never = DCTX_CROSS_LIMITS;
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_OK);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_LIMITS);
	dctx_leave(guard);
}

static void an_empty_context_needs_no_header(void **state)
{
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	dctx_snapshot *snapshot = NULL;

	(void)state;
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &snapshot),
			 DCTX_OK);
	assert_int_equal(
		dctx_snapshot_list(snapshot, DCTX_LIST_VISIBLE, NULL, 0), 0);
	dctx_snapshot_unref(snapshot);
}

/* The header of a context with this name. */
static const char *header_of(const char *name, dctx_hop hop, const char *header)
{
	static char copy[8192];
	dctx_carrier carrier = dctxt_headers();

	DCTX_SCOPE_UNNAMED;
	dctx_set(k_name, name);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_non_null(dctxt_header_value(header));
	assert_true(strlen(dctxt_header_value(header)) < sizeof copy);
	return strcpy(copy, dctxt_header_value(header));
}

/* The name that a header brings. */
static const char *name_in(const char *header, const char *value, dctx_hop hop)
{
	static char copy[4096];
	dctx_carrier carrier = dctxt_headers();
	dctx_snapshot *snapshot = NULL;

	dctxt_header(header, value);
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &snapshot),
			 DCTX_OK);
	strcpy(copy, dctx_snapshot_get(snapshot, k_name, "-"));
	dctx_snapshot_unref(snapshot);
	return copy;
}

static void a_message_that_is_too_long_is_not_read(void **state)
{
	size_t most = dctx_limit_get(DCTX_LIMIT_MESSAGE_BYTES);
	char form[8192];

	(void)state;
	strcpy(form, header_of("request", text(), "x-dctx"));
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 8), DCTX_OK);
	assert_string_equal(name_in("x-dctx", form, text()), "-");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_MESSAGE);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 0), DCTX_OK);
	assert_string_equal(name_in("x-dctx", form, text()), "request");
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, most),
			 DCTX_OK);
}

static void of_too_many_lines_none_counts(void **state)
{
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;
	char form[8192];

	(void)state;
	strcpy(form, header_of("request", hop, "x-dctx"));
	carrier = dctxt_headers();
	dctxt_header("x-dctx", form);
	for (int i = 0; i < 4; i++)
		dctxt_header("x-dctx", "");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_name, "-"), "-");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_TWICE);
	dctx_leave(guard);
}

/* Texts of 0 to 5 characters whose bytes make all sorts of characters. */
static void any_alphabet_and_padding_is_read(void **state)
{
	char name[] = "\xc3\xbf\xc3\xbe?>~", form[8192];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 4; n <= 7; n++) {
			dctx_hop hop = i == 0 ? text() : binary();
			size_t len;

			name[4] = "?>~"[n - 4 < 3 ? n - 4 : 0];
			name[n] = '\0';
			strcpy(form, header_of(name, hop, names[i]));
			len = strlen(form);
			assert_true((i == 1) == (form[len - 1] != '=') ||
				    len % 4 == 0);
			assert_string_equal(name_in(names[i], form, hop), name);
			/* Without padding, or with it. */
			while (len > 0 && form[len - 1] == '=')
				form[--len] = '\0';
			assert_string_equal(name_in(names[i], form, hop), name);
			/* In the other alphabet. */
			for (char *c = form; *c != '\0'; c++)
				*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
			assert_string_equal(name_in(names[i], form, hop), name);
			while (len % 4 != 0)
				form[len++] = '=';
			form[len] = '\0';
			assert_string_equal(name_in(names[i], form, hop), name);
			assert_int_equal(dctxt_finding.times, 0);
			memcpy(name, "\xc3\xbf\xc3\xbe?>~", 7);
		}
}

static void gRPCs_bytes_are_read_too(void **state)
{
	dctx_hop hop = binary();
	unsigned char message[128];
	size_t len = 0;
	dctx_header line = {{"x-dctx-bin", 10}, {message, 0}};
	dctx_headers headers = {&line, 1, 1, NULL, 0, 0};
	const dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE_UNNAMED;
		dctx_set(k_name, "a,b");
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	line.value.len = len;
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_name, "-"), "a,b");
	dctx_leave(guard);
	for (size_t n = 0; n < len; n++) {
		line.value.len = n;
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_string_equal(dctx_get(k_name, "-"), "-");
		dctx_leave(guard);
	}
}

static void must_refuse(const char *header, const char *value, dctx_rule rule,
			size_t offset)
{
	dctx_hop hop = strcmp(header, "x-dctx") == 0 ? text() : binary();

	assert_string_equal(name_in(header, value, hop), "-");
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, rule);
	assert_int_equal(dctxt_finding.effect, DCTX_IGNORED);
	assert_int_equal(dctxt_finding.offset, offset);
	assert_string_equal(dctxt_finding.header, header);
}

static void what_cannot_be_read_is_ignored_and_told(void **state)
{
	char form[8192];

	(void)state;
	must_refuse("x-dctx", "AgAA*A", DCTX_RULE_ENVELOPE_BASE64, 4);
	must_refuse("x-dctx", "  Ag+A-A", DCTX_RULE_ENVELOPE_BASE64, 6);
	must_refuse("x-dctx", "AgAAA", DCTX_RULE_ENVELOPE_BASE64, 4);
	must_refuse("x-dctx", "AgA=A", DCTX_RULE_ENVELOPE_BASE64, 3);
	must_refuse("x-dctx", "AAAA,AAAA", DCTX_RULE_ENVELOPE_BASE64, 4);
	must_refuse("x-dctx-bin", "AgAA*A", DCTX_RULE_ENVELOPE_BASE64, 4);
	must_refuse("x-dctx", "AgAAAA", DCTX_RULE_ENVELOPE_MESSAGE, 0);
	must_refuse("x-dctx", " aGVsbG8", DCTX_RULE_ENVELOPE_MESSAGE, 1);
	strcpy(form, header_of("request", text(), "x-dctx"));
	form[strlen(form) - 8] = '\0';
	must_refuse("x-dctx", form, DCTX_RULE_ENVELOPE_MESSAGE, 0);
	assert_string_equal(name_in("x-dctx", "  ", text()), "-");
	assert_int_equal(dctxt_finding.times, 0);
}

static void of_two_envelopes_none_counts(void **state)
{
	dctx_hop hop = text();
	dctx_carrier carrier;
	dctx_guard guard;
	char form[8192], two[16386];

	(void)state;
	strcpy(form, header_of("request", hop, "x-dctx"));
	carrier = dctxt_headers();
	dctxt_header("X-Dctx", form);
	dctxt_header("x-dctx", form);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_name, "-"), "-");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_TWICE);
	dctx_leave(guard);
	carrier = dctxt_headers();
	dctxt_header("x-dctx", "");
	dctxt_header("x-dctx", form);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_name, "-"), "request");
	dctx_leave(guard);
	strcpy(form, header_of("request", binary(), "x-dctx-bin"));
	sprintf(two, " , %s,", form);
	assert_string_equal(name_in("x-dctx-bin", two, binary()), "request");
	sprintf(two, "%s, %s", form, form);
	must_refuse("x-dctx-bin", two, DCTX_RULE_ENVELOPE_TWICE,
		    strlen(form) + 2);
}

static void other_formats_write_over_what_it_brings(void **state)
{
	const dctx_propagator *const formats[] = {
		dctx_grpc_timeout(), dctx_b3(), dctx_envelope_text()};
	dctx_hop hop = dctxt_hop(formats, 3);
	dctx_carrier carrier = dctxt_headers();
	dctx_trace trace = dctx_trace_new(0);
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE_UNNAMED;
		set_all();
		assert_int_equal(dctx_set_timeout(900 * DCTX_S), DCTX_OK);
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_int_equal(dctx_inject(&carrier, &hop, &trace), DCTX_OK);
	}
	carrier.set(carrier.user, "grpc-timeout", (dctx_bytes){"10S", 3});
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_true(dctx_remaining() <= 10 * DCTX_S);
	assert_string_equal(dctx_get(k_name, "-"), "request");
	assert_true(dctx_trace_get(&trace));
	dctx_leave(guard);
}

static void a_large_context_crosses_too(void **state)
{
	static char large[3000];

	(void)state;
	memset(large, 'x', sizeof large - 1);
	for (size_t n = sizeof large - 1; n > 700; n = n * 9 / 10) {
		char form[8192];

		large[n] = '\0';
		strcpy(form, header_of(large, text(), "x-dctx"));
		assert_string_equal(name_in("x-dctx", form, text()), large);
	}
}

static void a_value_that_is_bad_takes_no_other_along(void **state)
{
	/* Of env_name two bytes that are no UTF-8, and env_public 5. */
	const dctx_entry entries[] = {
		{.key = {"env_name", 8},
		 .value = {"\2\0\0\0\0\0\0\0\xff\xff", 10},
		 .version = 1},
		{.key = {"env_public", 10},
		 .value = {"\5\0\0\0\0\0\0\0", 8},
		 .version = 1}};
	const dctx_message_parts parts = {
		.struct_size = sizeof parts,
		.version = 2,
		.entries = entries,
		.entry_count = 2,
	};
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	unsigned char message[256];
	char form[512];
	dctx_guard guard;
	size_t len = 0;

	(void)state;
	assert_int_equal(
		dctx_message_write(&parts, message, sizeof message, &len),
		DCTX_OK);
	assert_int_equal(dctx_base64_encode(DCTX_BASE64, message, len, form,
					    sizeof form, NULL),
			 DCTX_OK);
	dctxt_header("x-dctx", form);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_public, 0), 5);
	assert_string_equal(dctx_get(k_name, "-"), "-");
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_MESSAGE);
	assert_int_equal(dctxt_finding.effect, DCTX_SKIPPED);
	assert_string_equal(dctxt_finding.what, "env_name");
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 1);
	dctx_leave(guard);
}

static void a_small_context_takes_no_memory_on_its_way(void **state)
{
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	long asked = 0;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	for (int i = 0; i < 3; i++) {
		DCTX_SCOPE_UNNAMED;
		set_all();
		carrier = dctxt_headers();
		dctxt_heap_fail(0, false);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		asked = dctxt_heap_relent();
	}
	assert_int_equal(asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_context_crosses_whole),
		DCTXT_TEST(a_cancelled_context_arrives_cancelled),
		DCTXT_TEST(an_empty_context_needs_no_header),
		DCTXT_TEST(any_alphabet_and_padding_is_read),
		DCTXT_TEST(a_message_that_is_too_long_is_not_read),
		DCTXT_TEST(of_too_many_lines_none_counts),
		DCTXT_TEST(gRPCs_bytes_are_read_too),
		DCTXT_TEST(what_cannot_be_read_is_ignored_and_told),
		DCTXT_TEST(of_two_envelopes_none_counts),
		DCTXT_TEST(other_formats_write_over_what_it_brings),
		DCTXT_TEST(a_large_context_crosses_too),
		DCTXT_TEST(a_value_that_is_bad_takes_no_other_along),
		DCTXT_TEST(a_small_context_takes_no_memory_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
