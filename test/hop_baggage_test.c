/* SPDX-License-Identifier: MIT */
/*
 * hop_baggage_test.c - proves what crosses in a W3C baggage: values of keys by
 * their bits, members that no key has as they came, in one order, within the
 * limits, and never in part.
 */
#include "members.h"

#include <stdio.h>
#include <stdlib.h>

#define OUT (DCTX_BAGGAGE | DCTX_TO_PUBLIC)

DCTX_KEY_U64(k_tenant, "tenant", DCTX_BAGGAGE);
DCTX_KEY_STR(k_user, "user", OUT);
DCTX_KEY_BOOL(k_beta, "beta", DCTX_BAGGAGE | DCTX_TO_PARTNER);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_BAGGAGE);
DCTX_KEY_BYTES(k_blob, "blob", DCTX_BAGGAGE);
DCTX_KEY_STR(k_wire, "wire-only", DCTX_WIRE);
DCTX_KEY_STR(k_spaced, "no token", DCTX_BAGGAGE);

/* What a line comes out as, and what was told on its way in. */
static void passes(const char *in, const char *out, const char *findings_in)
{
	dctx_guard guard = dctxt_extracted_line(in);

	assert_string_equal(dctxt_told, findings_in);
	assert_string_equal(dctxt_injected(), out);
	assert_string_equal(dctxt_told, "");
	dctx_leave(guard);
}

static void values_of_keys_leave_as_text_in_the_order_of_names(void **state)
{
	(void)state;
	assert_string_equal(dctxt_injected(), "");
	DCTX_SCOPE("request");
	dctx_set(k_user, "Am\xc3\xa9lie, 50%");
	dctx_set(k_wire, "stays");
	dctx_set(k_tenant, 7);
	dctx_set(k_beta, true);
	dctx_set(k_ratio, 0.1);
	dctx_set(k_blob, ((dctx_bytes){"\xfb\xff", 2}));
	assert_string_equal(dctxt_injected(),
			    "beta=true,blob=+/8=,ratio=0.1,tenant=7,"
			    "user=Am%C3%A9lie%2C%2050%25");
	assert_string_equal(dctxt_told, "");
	dctx_unset(k_ratio);
	dctx_set(k_user, "");
	assert_string_equal(dctxt_injected(),
			    "beta=true,blob=+/8=,tenant=7,user=");
}

static void what_came_is_the_keys_value(void **state)
{
	dctx_guard guard =
		dctxt_extracted_line("user=Am%c3%a9lie,tenant = 42 ,beta=true,"
				     "ratio=1e3,blob=%2B/8=;p");
	dctx_bytes blob;

	(void)state;
	assert_string_equal(dctxt_told, "");
	assert_string_equal(dctx_get(k_user, "-"), "Am\xc3\xa9lie");
	assert_int_equal(dctx_get(k_tenant, 0), 42);
	assert_true(dctx_get(k_beta, false));
	assert_true(dctx_get(k_ratio, 0) == 1000);
	blob = dctx_get(k_blob, ((dctx_bytes){NULL, 0}));
	assert_int_equal(blob.len, 2);
	assert_memory_equal(blob.data, "\xfb\xff", 2);
	assert_int_equal(dctx_baggage_each(NULL, NULL), 0);
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_tenant, 0), 0);
}

static void what_no_key_has_travels_on_as_it_came(void **state)
{
	(void)state;
	passes("a=1;p;q=2,b=%20%c3%a9%2B+,c=", "a=1;p;q=2,b=%20%c3%a9%2B+,c=",
	       "");
	passes("tenant=7,z=26,a=1", "tenant=7,z=26,a=1", "");
	passes("z=26,user=u,a=1,tenant=7", "tenant=7,user=u,z=26,a=1", "");
	passes(" z = 26 ; p = 1 , a=1 ", "z=26;p=1,a=1", "");
	/* That there is such a key does not matter without its bit. */
	passes("wire-only=1", "wire-only=1", "");
	passes("", "", "");
	passes(",", "", "BAGGAGE_EMPTY kept@0:0() ");
}

static void a_value_that_its_key_cannot_have_is_skipped(void **state)
{
	(void)state;
	passes("tenant=x,a=1,beta=2", "a=1",
	       "VALUE_TEXT skipped@0:7(tenant) VALUE_TEXT skipped@0:18(beta) ");
	passes("a=1, tenant = -1", "a=1", "VALUE_TEXT skipped@0:14(tenant) ");
	passes("tenant=18446744073709551616", "",
	       "VALUE_TEXT skipped@0:7(tenant) ");
	passes("blob=%zz", "",
	       "BAGGAGE_PERCENT kept@0:5(blob) VALUE_TEXT skipped@0:5(blob) ");
}

static void a_text_with_a_NUL_is_no_text_of_a_key(void **state)
{
	dctx_guard guard = dctxt_extracted_line("user=admin%00.evil,a=%00");

	(void)state;
	assert_string_equal(dctxt_told, "VALUE_TEXT skipped@0:5(user) ");
	assert_string_equal(dctx_get(k_user, "-"), "-");
	assert_string_equal(dctxt_injected(), "a=%00");
	dctx_leave(guard);
}

static void octets_that_are_no_utf8_are_replaced_in_a_keys_value(void **state)
{
	dctx_guard guard = dctxt_extracted_line("a=%ff,user=x%ff%c3y%");

	(void)state;
	assert_string_equal(dctxt_told, "BAGGAGE_UTF8 kept@0:2(a) "
					"BAGGAGE_PERCENT kept@0:19(user) "
					"BAGGAGE_UTF8 kept@0:12(user) ");
	assert_string_equal(dctx_get(k_user, "-"),
			    "x\xef\xbf\xbd\xef\xbf\xbdy%");
	/* What is passed on is not read. */
	assert_string_equal(dctxt_injected(),
			    "user=x%EF%BF%BD%EF%BF%BDy%25,a=%ff");
	dctx_leave(guard);
}

static void lines_are_joined_and_the_last_of_a_key_counts(void **state)
{
	dctx_carrier carrier = dctxt_no_lines();
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
	dctx_guard guard;

	(void)state;
	dctxt_line("a=1,tenant=1");
	dctxt_line("");
	dctxt_line("b=2,a=3,tenant=2");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctxt_told, "BAGGAGE_TWICE replaced@2:4(a) "
					"BAGGAGE_TWICE replaced@2:8(tenant) ");
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_string_equal(dctxt_injected(), "tenant=2,a=3,b=2");
	dctx_leave(guard);
}

static void very_many_lines_are_read(void **state)
{
	static char lines[1100][16];

	(void)state;
	for (size_t n = 15; n <= 1025; n += n < 18 ? 1 : 1007) {
		dctx_carrier carrier = dctxt_no_lines();
		dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
		dctx_guard guard;

		for (size_t i = 0; i < n; i++) {
			snprintf(lines[i], sizeof *lines, "k=%zu", i);
			dctxt_line(lines[i]);
		}
		hop.findings = NULL;
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		snprintf(lines[0], sizeof *lines, "k=%zu",
			 n <= 1024 ? n - 1 : 1023);
		assert_string_equal(dctxt_injected(), lines[0]);
		dctx_leave(guard);
	}
}

static void partners_and_the_public_get_what_the_bits_say(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_PARTNER);

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_user, "u");
	dctx_set(k_tenant, 7);
	dctx_set(k_beta, true);
	dctx_baggage_set("a", ((dctx_bytes){"1", 1}), NULL);
	assert_string_equal(dctxt_injected_by(&hop), "beta=true,user=u");
	assert_string_equal(dctxt_told,
			    "BORDER_KEY withheld@0:0(tenant) "
			    "BORDER_UNKNOWN withheld@0:0(unknown) ");
	hop = dctxt_baggage_hop(DCTX_PUBLIC);
	assert_string_equal(dctxt_injected_by(&hop), "user=u");
	hop = dctxt_baggage_hop(DCTX_PUBLIC);
	hop.also = DCTX_CROSS_UNKNOWN;
	assert_string_equal(dctxt_injected_by(&hop), "user=u,a=1");
	hop = dctxt_baggage_hop(DCTX_INTERNAL);
	hop.never = DCTX_CROSS_UNKNOWN;
	assert_string_equal(dctxt_injected_by(&hop),
			    "beta=true,tenant=7,user=u");
}

static void nothing_comes_from_partners_that_would_not_go_there(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_PARTNER);
	dctx_guard guard = dctxt_extracted_by("a=1,tenant=7,beta=1,b=2", &hop);

	(void)state;
	assert_string_equal(dctxt_told, "BORDER_UNKNOWN withheld@0:0(unknown) "
					"BORDER_KEY withheld@0:0(tenant) ");
	assert_int_equal(dctx_get(k_tenant, 0), 0);
	assert_true(dctx_get(k_beta, false));
	assert_string_equal(dctxt_injected(), "beta=true");
	dctx_leave(guard);
}

static void a_key_that_is_no_token_does_not_leave(void **state)
{
	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_spaced, "x");
	dctx_set(k_tenant, 1);
	assert_string_equal(dctxt_injected(), "tenant=1");
	assert_string_equal(dctxt_told, "BAGGAGE_KEY skipped@0:0(no token) ");
}

static void a_keys_value_stands_for_a_member_of_its_name(void **state)
{
	(void)state;
	DCTX_SCOPE("request");
	dctx_baggage_set("tenant", ((dctx_bytes){"9", 1}), NULL);
	dctx_baggage_set("a", ((dctx_bytes){"1", 1}), NULL);
	assert_string_equal(dctxt_injected(), "tenant=9,a=1");
	dctx_set(k_tenant, 7);
	assert_string_equal(dctxt_injected(), "tenant=7,a=1");
	dctx_unset(k_tenant);
	assert_string_equal(dctxt_injected(), "tenant=9,a=1");
}

static void what_does_not_fit_is_left_out_whole_and_told(void **state)
{
	static char long_text[8300];

	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	for (int one = -1; one <= 1; one++) {
		DCTX_SCOPE("request");
		dctx_baggage_set("z", ((dctx_bytes){"1", 1}), NULL);
		/* user= and ,z=1 */
		long_text[8192 - 5 - 4 + one] = '\0';
		dctx_set(k_user, long_text);
		assert_int_equal(strlen(dctxt_injected()),
				 one <= 0 ? 8192 + one : 8192 + one - 4);
		assert_string_equal(dctxt_told,
				    one <= 0 ? ""
					     : "BAGGAGE_LENGTH cut@0:0(z) ");
		long_text[8192 - 5 - 4 + one] = 'x';
		/* Three for one makes it too long. */
		long_text[0] = ' ';
		long_text[8192 - 5 - 2 + one] = '\0';
		dctx_set(k_user, long_text);
		assert_int_equal(strlen(dctxt_injected()),
				 one <= 0 ? 8192 + one : 3);
		long_text[8192 - 5 - 2 + one] = 'x';
		long_text[0] = 'x';
	}
	DCTX_SCOPE("more");
	dctx_set(k_user, long_text);
	dctx_set(k_tenant, 1);
	assert_string_equal(dctxt_injected(), "tenant=1");
	assert_string_equal(dctxt_told, "BAGGAGE_LENGTH cut@0:0(user) ");
}

static void other_propagators_members_stay(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
	const dctx_propagator *const twice[] = {dctx_w3c_baggage(),
						dctx_w3c_baggage()};
	dctx_carrier carrier = dctxt_no_lines();
	dctx_guard guard;

	(void)state;
	hop.propagators = twice;
	hop.propagator_count = 2;
	dctxt_line("a=1,b=2");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctxt_injected(), "a=1,b=2");
	dctx_leave(guard);
}

static void a_snapshot_has_its_baggage(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
	dctx_carrier carrier = dctxt_no_lines();
	dctx_snapshot *snapshot;

	(void)state;
	dctxt_line("a=%41,tenant=3");
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &snapshot),
			 DCTX_OK);
	assert_int_equal(dctx_snapshot_baggage_each(snapshot, NULL, NULL), 1);
	carrier = dctxt_no_lines();
	assert_int_equal(dctx_snapshot_inject(snapshot, &carrier, &hop, NULL),
			 DCTX_OK);
	assert_int_equal(dctxt_lines.count, 1);
	assert_int_equal(dctxt_line_list[0].value.len, 14);
	assert_memory_equal(dctxt_line_list[0].value.data, "tenant=3,a=%41",
			    14);
	dctx_snapshot_unref(snapshot);
}

static void a_carrier_without_room_is_told(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
	dctx_carrier carrier = dctxt_no_lines();

	(void)state;
	dctxt_lines.text_size = 8;
	DCTX_SCOPE("request");
	dctx_set(k_tenant, 1);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_TOO_SMALL);
}

/* Once the thread is warm. */
static void no_memory_is_asked_for(void **state)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);
	bool watched = dctxt_heap_watched();
	long asked = 0;

	(void)state;
	hop.findings = NULL;
	for (int i = 0; i < 4; i++) {
		dctx_carrier carrier = dctxt_no_lines();
		dctx_guard guard;

		dctxt_line("tenant=7,user=u,a=1;p,b=2,c=3,d=4,beta=1,e=%20");
		if (watched)
			dctxt_heap_fail(0, false);
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		dctxt_lines.count = 0;
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		dctx_leave(guard);
		if (watched)
			asked = dctxt_heap_relent();
	}
	assert_int_equal(asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(values_of_keys_leave_as_text_in_the_order_of_names),
		DCTXT_TEST(what_came_is_the_keys_value),
		DCTXT_TEST(what_no_key_has_travels_on_as_it_came),
		DCTXT_TEST(a_value_that_its_key_cannot_have_is_skipped),
		DCTXT_TEST(a_text_with_a_NUL_is_no_text_of_a_key),
		DCTXT_TEST(
			octets_that_are_no_utf8_are_replaced_in_a_keys_value),
		DCTXT_TEST(lines_are_joined_and_the_last_of_a_key_counts),
		DCTXT_TEST(very_many_lines_are_read),
		DCTXT_TEST(partners_and_the_public_get_what_the_bits_say),
		DCTXT_TEST(nothing_comes_from_partners_that_would_not_go_there),
		DCTXT_TEST(a_key_that_is_no_token_does_not_leave),
		DCTXT_TEST(a_keys_value_stands_for_a_member_of_its_name),
		DCTXT_TEST(what_does_not_fit_is_left_out_whole_and_told),
		DCTXT_TEST(other_propagators_members_stay),
		DCTXT_TEST(a_snapshot_has_its_baggage),
		DCTXT_TEST(a_carrier_without_room_is_told),
		DCTXT_TEST(no_memory_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
