/* SPDX-License-Identifier: MIT */
/*
 * dump_hostile_test.c - proves that no value, name or type can make a dump say
 * what is not so: not a second line, not another fact, no JSON that a strict
 * parser refuses; and that a buffer of any size is kept to.
 */
#include "dumped.h"

#include <stdio.h>

DCTX_KEY_STR(k_text, "text", DCTX_LOG);
DCTX_KEY_U32(k_odd, "a \"name\":\n- of\tits own \xc2\x85", DCTX_LOG);
DCTX_KEY_U32(k_none, "", DCTX_LOG);

/* A type whose format says and writes what it is told. */
static struct {
	const char *text;
	size_t says;
} liar;

static size_t format_lie(const void *value, char *buf, size_t size)
{
	size_t len = strlen(liar.text);

	(void)value;
	memcpy(buf, liar.text, len < size ? len : size);
	return liar.says;
}

static const dctx_type lie_type = {
	.struct_size = sizeof(dctx_type),
	.name = "lie\"\n",
	.size = 1,
	.format = format_lie,
};
DCTX_KEY_DECLARE_TYPE(k_lie, char);
DCTX_KEY_TYPE(k_lie, "lie", char, &lie_type, DCTX_LOG);
DCTX_KEY_DECLARE_TYPE(k_hidden, char);
DCTX_KEY_TYPE(k_hidden, "hidden", char, &lie_type, DCTX_LOCAL);

static json_t *values_of_json(void)
{
	json_t *json = dctxt_store_dumped(0);
	json_t *values = json_incref(json_object_get(json, "values"));

	json_decref(json);
	return values;
}

/* Sets a text, dumps it, and checks that a parser reads `want`. */
static void check_text(const char *text, const char *want)
{
	json_t *values;

	dctx_replace(k_text, text);
	values = values_of_json();
	assert_string_equal(
		json_string_value(json_object_get(values, "text")), want);
	json_decref(values);
}

/* The UTF-8 of a character; gives its end. */
static char *put(char *at, uint32_t code)
{
	static const struct {
		uint32_t below;
		int more;
		unsigned char lead;
	} forms[] = {{0x80, 0, 0}, {0x800, 1, 0xc0}, {0x10000, 2, 0xe0},
		     {0x110000, 3, 0xf0}};
	int f = 0;

	while (code >= forms[f].below)
		f++;
	*at++ = (char)(forms[f].lead | code >> (6 * forms[f].more));
	for (int more = forms[f].more; more-- > 0;)
		*at++ = (char)(0x80 | (code >> (6 * more) & 63));
	return at;
}

/* What begins a line in some terminal, editor or log reader. */
static size_t lines(const char *text)
{
	size_t n = 0;

	for (const char *at = text; *at != '\0'; at++)
		n += (*at >= '\n' && *at <= '\r') ||
		     strncmp(at, "\xc2\x85", 2) == 0 ||
		     strncmp(at, "\xe2\x80\xa8", 3) == 0 ||
		     strncmp(at, "\xe2\x80\xa9", 3) == 0;
	return n;
}

static void every_character_comes_back_from_json(void **state)
{
	char text[4 * 256 + 1], *at;

	(void)state;
	for (uint32_t first = 0; first < 0x110000; first += 256) {
		if (first >= 0xd800 && first < 0xe000)
			continue;
		at = text;
		for (uint32_t code = first; code < first + 256; code++)
			if (code != 0)
				at = put(at, code);
		*at = '\0';
		check_text(text, text);
	}
}

/* Counted by hand: each byte that is part of no character is one. */
static void what_is_no_utf8_is_replaced_byte_by_byte(void **state)
{
#define BAD "\xef\xbf\xbd"
	(void)state;
	check_text("a\xff" "b", "a" BAD "b");
	check_text("\xc3", BAD);
	check_text("\xe2\x82", BAD BAD);
	check_text("\xe2\x82" "x\xac", BAD BAD "x" BAD);
	check_text("\xc0\xaf", BAD BAD);
	check_text("\xed\xa0\x80", BAD BAD BAD);
	check_text("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	check_text("\xf0\x9f\x98", BAD BAD BAD);
}

static void no_character_begins_a_line(void **state)
{
	char text[16];
	size_t before;

	(void)state;
	dctx_set(k_text, "x");
	before = lines(dctxt_store_dump_text(0));
	for (uint32_t code = 1; code < 0x3000; code++) {
		*put(text, code) = '\0';
		dctx_replace(k_text, text);
		assert_int_equal(lines(dctxt_store_dump_text(0)), before);
		json_decref(dctxt_store_dumped(0));
		assert_int_equal(lines(dctxt_dump), 0);
	}
}

/* Whether the text of one character is shown as an escape. */
static bool is_escaped(uint32_t code)
{
	char text[8], want[16];

	*put(text, code) = '\0';
	dctx_replace(k_text, text);
	snprintf(want, sizeof(want), ": \"\\u%04x\"\n", (unsigned)code);
	return strstr(dctxt_store_dump_text(0), want) != NULL;
}

/* The first and the last of each range, and what stands beside it. */
static void what_is_obeyed_instead_of_shown_is_escaped(void **state)
{
	static const uint32_t obeyed[] = {0x80, 0x9f, 0xad, 0x61c, 0x200b,
					  0x200f, 0x2028, 0x202e, 0x2060,
					  0x206f, 0xfeff};
	static const uint32_t shown[] = {0xa0, 0xac, 0xae, 0x61b, 0x61d,
					 0x200a, 0x2010, 0x2027, 0x202f, 0x205f,
					 0x2070, 0xfefe, 0xff00, 0x1f600};

	(void)state;
	for (size_t i = 0; i < sizeof(obeyed) / sizeof(*obeyed); i++)
		if (!is_escaped(obeyed[i]))
			fail_msg("U+%04X is not escaped", obeyed[i]);
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (is_escaped(shown[i]))
			fail_msg("U+%04X is escaped", shown[i]);
}

/* A text that says what a dump would say, and one that hides what it says. */
static void a_text_cannot_say_another_fact(void **state)
{
	(void)state;
	dctx_set(k_text, "x\"\n  admin: true\r\x1b[2J\xe2\x80\xae\\n\x7f");
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "  text: \"x\\\"\\n  admin: true\\r"
			       "\\x1b[2J\\u202e\\\\n\\x7f\"\n"));
	json_decref(dctxt_store_dumped(0));
	assert_non_null(strstr(dctxt_dump,
			       "\"x\\\"\\n  admin: true\\r\\u001b[2J"
			       "\\u202e\\\\n\\u007f\""));
}

static void a_hidden_value_cannot_be_feigned(void **state)
{
	(void)state;
	dctx_set(k_text, "<str, 3 bytes>");
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "  text: \"<str, 3 bytes>\"\n"));
}

static void names_are_escaped_too(void **state)
{
	json_t *values;
	char lie = 0;

	(void)state;
	dctx_set(k_odd, 1);
	dctx_set(k_none, 2);
	dctx_set(k_hidden, &lie);
	assert_non_null(strstr(
		dctxt_store_dump_text(0),
		"  \"a \\\"name\\\":\\n- of\\tits own \\u0085\": 1\n"));
	assert_non_null(strstr(dctxt_dump, "  \"\": 2\n"));
	assert_non_null(strstr(dctxt_dump, "  hidden: <lie\\\"\\n>\n"));
	values = values_of_json();
	assert_int_equal(json_integer_value(json_object_get(
				 values, k_odd.key.name)), 1);
	assert_int_equal(json_integer_value(json_object_get(values, "")), 2);
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(values, "hidden"), "type")),
		"lie\"\n");
	json_decref(values);
}

static void check_lie(const char *text, size_t says, const char *want)
{
	json_t *values;

	liar.text = text;
	liar.says = says;
	values = values_of_json();
	assert_string_equal(
		json_string_value(json_object_get(values, "lie")), want);
	json_decref(values);
}

static void a_format_is_believed_only_as_far_as_it_wrote(void **state)
{
	char lie = 0, text[300], want[300];

	(void)state;
	dctx_set(k_lie, &lie);
	check_lie("short", 100, "short");
	check_lie("short", 3, "sho");
	check_lie("", 0, "");
	check_lie("short", SIZE_MAX, "short...");
	check_lie("\n\xff", 2, "\n" BAD);
	memset(text, 'x', 299);
	text[299] = '\0';
	memset(want, 'x', 255);
	strcpy(want + 255, "...");
	check_lie(text, 299, want);
	/* A character up to the border stays, one over it goes as a whole. */
	memcpy(text + 253, "\xc3\xa9", 2);
	memcpy(want + 253, "\xc3\xa9", 2);
	check_lie(text, 299, want);
	memcpy(text + 253, "xx", 2);
	memcpy(want + 253, "xx", 2);
	memcpy(text + 254, "\xc3\xa9", 2);
	strcpy(want + 254, "...");
	check_lie(text, 299, want);
#undef BAD
}

/* Where a piece of a dump begins: a character, an escape, or ASCII that the
 * library may write at once. */
static bool inside_a_piece(const char *text, size_t at)
{
	size_t i = 0, step;

	while (i < at) {
		if (text[i] == '\\')
			step = text[i + 1] == 'u'   ? 6
			       : text[i + 1] == 'x' ? 4
						    : 2;
		else
			for (step = 1; (text[i + step] & 0xc0) == 0x80;)
				step++;
		i += step;
	}
	return i > at;
}

static void check_size(dctx_dump_form form, size_t size, const char *whole,
		       size_t len)
{
	char small[2048];
	size_t kept;

	memset(small, '#', sizeof(small));
	assert_int_equal(dctx_store_dump(dctx_current(), form, 0,
					 size > 0 ? small : NULL, size), len);
	for (size_t i = size; i < sizeof(small); i++)
		assert_int_equal(small[i], '#');
	if (size == 0)
		return;
	assert_non_null(memchr(small, '\0', size));
	kept = strlen(small);
	assert_memory_equal(small, whole, kept);
	assert_false(inside_a_piece(whole, kept));
	assert_int_equal(kept == len, size > len);
}

static void a_buffer_of_any_size_is_kept_to(void **state)
{
	static char whole[2048];

	(void)state;
	DCTX_SCOPE("scope");
	DCTX_SCOPE("\xc3\xa4\n");
	dctx_set(k_text, "\"\x01\xff\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8");
	dctx_set(k_odd, 4711);
	for (int form = DCTX_DUMP_TEXT; form <= DCTX_DUMP_JSON; form++) {
		size_t len = dctx_store_dump(dctx_current(),
					     (dctx_dump_form)form, 0, whole,
					     sizeof(whole));

		assert_in_range(len, 1, sizeof(whole) - 16);
		for (size_t size = 0; size < len + 16; size++)
			check_size((dctx_dump_form)form, size, whole, len);
	}
}

/* Every key and section of this program, one byte after the other. */
static void a_whole_dump_keeps_to_its_buffer(void **state)
{
	size_t len = dctx_dump(DCTX_DUMP_JSON, 0, NULL, 0);

	(void)state;
	for (size_t size = 1; size < len + 2; size++) {
		char *exact = malloc(size);

		assert_int_equal(dctx_dump(DCTX_DUMP_JSON, 0, exact, size),
				 len);
		assert_true(strlen(exact) < size);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_character_comes_back_from_json),
		DCTXT_TEST(what_is_no_utf8_is_replaced_byte_by_byte),
		DCTXT_TEST(no_character_begins_a_line),
		DCTXT_TEST(what_is_obeyed_instead_of_shown_is_escaped),
		DCTXT_TEST(a_text_cannot_say_another_fact),
		DCTXT_TEST(a_hidden_value_cannot_be_feigned),
		DCTXT_TEST(names_are_escaped_too),
		DCTXT_TEST(a_format_is_believed_only_as_far_as_it_wrote),
		DCTXT_TEST(a_buffer_of_any_size_is_kept_to),
		DCTXT_TEST(a_whole_dump_keeps_to_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
