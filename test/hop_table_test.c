/* SPDX-License-Identifier: MIT */
/*
 * hop_table_test.c - proves that a user's table makes headers of keys and back:
 * by their kinds and types, under the border's rules, and never a value that a
 * header cannot have.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

/* A user's type: a pair, as "3x4". */
struct pair {
	int w, h;
};

static int alive;
static dctx_status refusal;
static size_t formatted; /* pads a pair's text to so many characters */

static dctx_status pair_copy(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(struct pair));
	alive++;
	return DCTX_OK;
}

static void pair_destroy(void *value)
{
	(void)value;
	alive--;
}

static size_t pair_format(const void *value, char *buf, size_t size)
{
	const struct pair *pair = value;
	int len = snprintf(buf, size, "%dx%d", pair->w, pair->h);

	if (formatted == 0)
		return (size_t)len;
	for (size_t i = (size_t)len; i < formatted && i + 1 < size; i++) {
		buf[i] = '.';
		buf[i + 1] = '\0';
	}
	return formatted;
}

static dctx_status pair_parse(void *value, const char *text, size_t len)
{
	struct pair *pair = value;

	if (refusal != DCTX_OK)
		return refusal;
	if (len != 3 || text[1] != 'x')
		return DCTX_INVALID;
	*pair = (struct pair){text[0] - '0', text[2] - '0'};
	alive++;
	return DCTX_OK;
}

static const dctx_type pair_type = {
	.struct_size = sizeof pair_type,
	.name = "pair",
	.size = sizeof(struct pair),
	.copy = pair_copy,
	.destroy = pair_destroy,
	.format = pair_format,
	.parse = pair_parse,
};

DCTX_KEY_STR(k_id, "request_id", DCTX_TO_PUBLIC);
DCTX_KEY_U32(k_retries, "retries", DCTX_TO_PARTNER);
DCTX_KEY_BYTES(k_blob, "blob", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_pair, struct pair);
DCTX_KEY_TYPE(k_pair, "pair", struct pair, &pair_type, DCTX_LOCAL);

static const dctx_header_key entries[] = {
	{"x-request-id", &k_id.key},
	{"x-retries", &k_retries.key},
	{"x-blob", &k_blob.key},
	{"x-pair", &k_pair.key},
};
static const dctx_header_table table = DCTX_HEADER_TABLE(entries);

static dctx_header list[16];
static char text[20000];
static dctx_headers headers;
static char told[512];

static void found(void *user, const dctx_finding *finding)
{
	size_t len = strlen(told);

	(void)user;
	snprintf(told + len, sizeof told - len, "%s %s %s@%zu:%zu(%.*s) ",
		 finding->header, dctx_rule_name(finding->rule),
		 dctx_effect_name(finding->effect), finding->line,
		 finding->offset, (int)finding->what.len,
		 (const char *)finding->what.data);
}

static const dctx_findings findings = {found, NULL};

static dctx_hop hop_of(dctx_trust trust)
{
	static const dctx_propagator *const formats[] = {&table.propagator};

	told[0] = '\0';
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = formats,
			  .propagator_count = 1,
			  .trust = trust,
			  .findings = &findings};
}

static dctx_carrier empty(void)
{
	headers = (dctx_headers){list, 0, 16, text, sizeof text, 0};
	return dctx_headers_carrier(&headers);
}

static void line(const char *name, const char *value)
{
	list[headers.count++] =
		(dctx_header){{name, strlen(name)}, {value, strlen(value)}};
}

/* What an inject writes, "name: value" each on a line. */
static const char *injected(dctx_trust trust)
{
	static char out[20000];
	dctx_hop hop = hop_of(trust);
	dctx_carrier carrier = empty();

	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	out[0] = '\0';
	for (size_t i = 0; i < headers.count; i++) {
		size_t len = strlen(out);

		snprintf(out + len, sizeof out - len, "%.*s: %.*s\n",
			 (int)list[i].name.len, (const char *)list[i].name.data,
			 (int)list[i].value.len,
			 (const char *)list[i].value.data);
	}
	return out;
}

static dctx_guard extracted(const dctx_carrier *carrier, dctx_trust trust)
{
	dctx_hop hop = hop_of(trust);
	dctx_guard guard;

	assert_int_equal(dctx_extract(carrier, &hop, &guard), DCTX_OK);
	return guard;
}

static void values_leave_as_text_in_the_tables_order(void **state)
{
	const struct pair pair = {3, 4};

	(void)state;
	assert_string_equal(injected(DCTX_INTERNAL), "");
	DCTX_SCOPE("request");
	dctx_set(k_pair, &pair);
	dctx_set(k_retries, 3);
	dctx_set(k_id, "r-1 \xc3\xa9");
	dctx_set(k_blob, ((dctx_bytes){"\xfb", 1}));
	assert_string_equal(injected(DCTX_INTERNAL),
			    "x-request-id: r-1 \xc3\xa9\nx-retries: 3\n"
			    "x-blob: +w==\nx-pair: 3x4\n");
	assert_string_equal(told, "");
	assert_string_equal(injected(DCTX_PUBLIC),
			    "x-request-id: r-1 \xc3\xa9\n");
	assert_string_equal(told, " BORDER_KEY withheld@0:0(retries) "
				  " BORDER_KEY withheld@0:0(blob) "
				  " BORDER_KEY withheld@0:0(pair) ");
}

static void values_come_by_their_kinds_and_types(void **state)
{
	const struct pair none = {0, 0};
	dctx_carrier carrier = empty();
	dctx_guard guard;
	dctx_bytes blob;

	(void)state;
	line("X-Request-ID", " r-1\t");
	line("x-retries", "3");
	line("x-blob", "-w");
	line("x-pair", "5x6");
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_string_equal(told, "");
	assert_string_equal(dctx_get(k_id, "-"), "r-1");
	assert_int_equal(dctx_get(k_retries, 0), 3);
	blob = dctx_get(k_blob, ((dctx_bytes){NULL, 0}));
	assert_int_equal(blob.len, 1);
	assert_memory_equal(blob.data, "\xfb", 1);
	assert_int_equal(dctx_get(k_pair, &none)->h, 6);
	assert_int_equal(alive, 1);
	dctx_leave(guard);
	assert_int_equal(alive, 0);
	guard = extracted(&carrier, DCTX_PARTNER);
	assert_string_equal(dctx_get(k_id, "-"), "r-1");
	assert_null(dctx_get(k_pair, (const struct pair *)NULL));
	assert_string_equal(told, " BORDER_KEY withheld@0:0(blob) "
				  " BORDER_KEY withheld@0:0(pair) ");
	dctx_leave(guard);
}

static void what_a_key_cannot_have_is_skipped(void **state)
{
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	line("x-request-id", "\xff");
	line("x-retries", "  4294967296");
	line("x-blob", "?");
	line("x-pair", "5");
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_string_equal(told,
			    "x-request-id VALUE_TEXT skipped@0:0(request_id) "
			    "x-retries VALUE_TEXT skipped@0:2(retries) "
			    "x-blob VALUE_TEXT skipped@0:0(blob) "
			    "x-pair VALUE_TEXT skipped@0:0(pair) ");
	assert_string_equal(injected(DCTX_INTERNAL), "");
	dctx_leave(guard);
	assert_int_equal(alive, 0);
}

static void a_text_with_a_NUL_is_no_text_of_a_key(void **state)
{
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	line("x-request-id", "admin");
	list[headers.count - 1].value = (dctx_bytes){"admin\0.evil", 11};
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_string_equal(told,
			    "x-request-id VALUE_TEXT skipped@0:0(request_id) ");
	assert_string_equal(dctx_get(k_id, "-"), "-");
	dctx_leave(guard);
}

static void an_empty_header_is_an_empty_text(void **state)
{
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	line("x-request-id", " \t ");
	line("x-blob", "");
	line("x-retries", "");
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_string_equal(dctx_get(k_id, "-"), "");
	assert_true(dctx_has(k_blob));
	assert_string_equal(told, "x-retries VALUE_TEXT skipped@0:0(retries) ");
	dctx_leave(guard);
}

static void a_header_that_comes_twice_is_none(void **state)
{
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	line("x-request-id", "r-1");
	line("x-request-id", "r-1");
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_string_equal(dctx_get(k_id, "-"), "-");
	assert_string_equal(
		told, "x-request-id VALUE_TWICE ignored@1:0(request_id) ");
	dctx_leave(guard);
}

static void a_value_never_ends_its_line(void **state)
{
	static const char *const bad[] = {"a\nb",  "a\r\nx: y", "\x01",
					  "a\x7f", " a",	"a\t"};

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_retries, 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		dctx_set(k_id, bad[i]);
		assert_string_equal(injected(DCTX_INTERNAL), "x-retries: 1\n");
		assert_string_equal(
			told,
			"x-request-id VALUE_TEXT skipped@0:0(request_id) ");
	}
	dctx_set(k_id, "a\tb c");
	assert_string_equal(injected(DCTX_INTERNAL),
			    "x-request-id: a\tb c\nx-retries: 1\n");
}

static void long_values_cross_up_to_8192_bytes(void **state)
{
	static const size_t sizes[] = {511, 512, 513, 8191, 8192, 8193};
	static char value[8200];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		dctx_carrier carrier = empty();
		dctx_guard guard;

		DCTX_SCOPE("request");
		memset(value, 'v', sizeof value);
		value[sizes[i]] = '\0';
		dctx_set(k_id, value);
		assert_int_equal(strlen(injected(DCTX_INTERNAL)),
				 sizes[i] <= 8192 ? sizes[i] + 15 : 0);
		assert_string_equal(
			told, sizes[i] <= 8192
				      ? ""
				      : "x-request-id VALUE_LENGTH skipped@0:0("
					"request_id) ");
		carrier = empty();
		line("x-request-id", value);
		guard = extracted(&carrier, DCTX_INTERNAL);
		assert_int_equal(strlen(dctx_get(k_id, "")),
				 sizes[i] <= 8192 ? sizes[i] : 0);
		dctx_leave(guard);
	}
}

static void long_bytes_and_formats_take_memory_of_their_own(void **state)
{
	const struct pair pair = {3, 4};
	static char value[3000];
	const char *out;
	dctx_carrier carrier;
	dctx_guard guard;
	char *copy;

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_blob, ((dctx_bytes){value, sizeof value}));
	out = injected(DCTX_INTERNAL);
	assert_int_equal(strlen(out), 8 + 4000 + 1);
	copy = strdup(out + 8);
	copy[4000] = '\0';
	carrier = empty();
	line("x-blob", copy);
	guard = extracted(&carrier, DCTX_INTERNAL);
	assert_int_equal(dctx_get(k_blob, ((dctx_bytes){NULL, 0})).len, 3000);
	dctx_leave(guard);
	free(copy);
	dctx_unset(k_blob);
	dctx_set(k_pair, &pair);
	for (formatted = 510; formatted < 515; formatted++)
		assert_int_equal(strlen(injected(DCTX_INTERNAL)),
				 8 + formatted + 1);
	formatted = 0;
}

static void a_parse_without_memory_fails_the_extraction(void **state)
{
	dctx_hop hop = hop_of(DCTX_INTERNAL);
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	line("x-pair", "5x6");
	refusal = DCTX_NOMEM;
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_NOMEM);
	refusal = DCTX_OK;
}

static void a_table_that_is_not_sound_is_invalid(void **state)
{
	static const dctx_header_key bad[][1] = {{{NULL, &k_id.key}},
						 {{"x", NULL}}};
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const dctx_header_table one = DCTX_HEADER_TABLE(bad[i]);
		const dctx_propagator *const formats[] = {&one.propagator};
		dctx_hop hop = hop_of(DCTX_INTERNAL);

		hop.propagators = formats;
		assert_int_equal(dctx_extract(&carrier, &hop, &guard),
				 DCTX_INVALID);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL),
				 DCTX_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(values_leave_as_text_in_the_tables_order),
		DCTXT_TEST(values_come_by_their_kinds_and_types),
		DCTXT_TEST(what_a_key_cannot_have_is_skipped),
		DCTXT_TEST(a_text_with_a_NUL_is_no_text_of_a_key),
		DCTXT_TEST(an_empty_header_is_an_empty_text),
		DCTXT_TEST(a_header_that_comes_twice_is_none),
		DCTXT_TEST(a_value_never_ends_its_line),
		DCTXT_TEST(long_values_cross_up_to_8192_bytes),
		DCTXT_TEST(long_bytes_and_formats_take_memory_of_their_own),
		DCTXT_TEST(a_parse_without_memory_fails_the_extraction),
		DCTXT_TEST(a_table_that_is_not_sound_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
