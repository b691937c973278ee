/* SPDX-License-Identifier: MIT */
/*
 * log_forged_test.c - proves that whatever a value or a name is, a line has one
 * field of it and nothing more: read back by jansson, and by readers of logfmt
 * and RFC 5424 that know these formats only.
 */
#include "logged.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_STR(k_a, "a", DCTX_LOG);
DCTX_KEY_STR(k_evil, "evil", DCTX_LOG);
DCTX_KEY_STR(k_z, "z", DCTX_LOG);

/* What somebody may send as an id. `shown` is what readers of structured data
 * get, where that has no escape for it. NULL: the same. */
static const struct {
	const char *name, *sent, *read, *shown;
} values[] = {
	{"nothing", "", NULL, NULL},
	{"a space", "a b", NULL, NULL},
	{"spaces at its ends", " a ", NULL, NULL},
	{"a field", "1 admin=true", NULL, NULL},
	{"a quote", "\" admin=true \"", NULL, NULL},
	{"a quote that is escaped", "\\\" x=\\\"", NULL, NULL},
	{"a backslash at its end", "x\\", NULL, NULL},
	{"the end of an element", "x\"] y", NULL, NULL},
	{"brackets", "[dctx@32473 z=\"9\"]", NULL, NULL},
	{"an object's end", "\"}{\"z\":\"9", NULL, NULL},
	{"a line", "x\nlevel=info msg=fine", NULL, "x\\nlevel=info msg=fine"},
	{"a carriage return", "x\r\ny", NULL, "x\\r\\ny"},
	{"a tab", "x\ty", NULL, "x\\ty"},
	{"a terminal's title", "\x1b]0;owned\x07", NULL,
	 "\\u001b]0;owned\\u0007"},
	{"DEL", "x\x7f", NULL, "x\\u007f"},
	{"NEL", "x\xc2\x85y", NULL, "x\\u0085y"},
	{"a line separator", "x\xe2\x80\xa8y", NULL, "x\\u2028y"},
	{"a paragraph separator", "x\xe2\x80\xa9y", NULL, "x\\u2029y"},
	{"right to left", "\xe2\x80\xaegnp.exe", NULL, "\\u202egnp.exe"},
	{"a byte order mark", "\xef\xbb\xbfx", NULL, "\\ufeffx"},
	{"umlauts", "\xc3\xa4\xc3\xb6", NULL, NULL},
	{"a smile", "\xf0\x9f\x98\x80", NULL, NULL},
	{"no UTF-8", "x\xffy", "x\xef\xbf\xbdy", NULL},
	{"overlong", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", NULL},
	{"half a character", "x\xe2\x82", "x\xef\xbf\xbd\xef\xbf\xbd", NULL},
	{"a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	 NULL},
	{"an equals sign", "=", NULL, NULL},
	{"percents", "%s%n%99999d", NULL, NULL},
	{"a number", "4711", NULL, NULL},
	{"what stands for a secret", "<secret>", NULL, NULL},
};
#define VALUES (sizeof(values) / sizeof(*values))

/* One line: nothing in it ends a line, or is obeyed by a terminal. */
static void check_shown(const char *name, const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			fail_msg("%s: a control in %s", name, text);
	assert_null(strstr(text, "\xc2\x85"));
	assert_null(strstr(text, "\xe2\x80\xa8"));
	assert_null(strstr(text, "\xe2\x80\xae"));
}

static void check_fields(const char *name, const struct dctxt_fields *fields,
			 const char *want)
{
	static const char *const names[] = {"a", "evil", "z"};

	if (fields->n != 3)
		fail_msg("%s: %zu fields", name, fields->n);
	for (int i = 0; i < 3; i++)
		assert_string_equal(fields->field[i].name, names[i]);
	assert_string_equal(fields->field[0].value, "1");
	if (strcmp(fields->field[1].value, want) != 0)
		fail_msg("%s: %s", name, fields->field[1].value);
	assert_string_equal(fields->field[2].value, "2");
}

static void no_value_forges_a_field_or_a_line(void **state)
{
	struct dctxt_fields fields;

	(void)state;
	dctx_set(k_a, "1");
	dctx_set(k_z, "2");
	for (size_t i = 0; i < VALUES; i++) {
		const char *read = values[i].read, *text;

		if (read == NULL)
			read = values[i].sent;
		dctx_set(k_evil, values[i].sent);
		for (int style = 0; style < 3; style++)
			check_shown(values[i].name,
				    dctxt_logged((dctx_log_style)style));
		dctxt_read_logfmt(dctxt_logged(DCTX_LOG_LOGFMT), &fields);
		check_fields(values[i].name, &fields, read);
		dctxt_read_json(dctxt_logged(DCTX_LOG_JSON), &fields);
		check_fields(values[i].name, &fields, read);
		text = dctxt_logged(DCTX_LOG_SYSLOG);
		dctxt_read_syslog(text, &fields);
		check_fields(values[i].name, &fields,
			     values[i].shown != NULL ? values[i].shown : read);
	}
}

/* Every byte, in every place of a character. */
static void no_byte_does(void **state)
{
	struct dctxt_fields fields;

	(void)state;
	dctx_set(k_a, "1");
	dctx_set(k_z, "2");
	for (unsigned byte = 1; byte < 256; byte++) {
		const char c = (char)byte;
		const char sent[][4] = {{c, 0},
					{c, 'x', 0},
					{'x', c, '"', 0},
					{'\xe2', c, ' ', 0},
					{'\xe2', '\x80', c, 0}};

		for (size_t i = 0; i < 5; i++) {
			dctx_set(k_evil, sent[i]);
			dctxt_read_logfmt(dctxt_logged(DCTX_LOG_LOGFMT),
					  &fields);
			assert_int_equal(fields.n, 3);
			assert_string_equal(fields.field[2].value, "2");
			dctxt_read_json(dctxt_logged(DCTX_LOG_JSON), &fields);
			assert_int_equal(fields.n, 3);
			assert_string_equal(fields.field[2].value, "2");
			dctxt_read_syslog(dctxt_logged(DCTX_LOG_SYSLOG),
					  &fields);
			assert_int_equal(fields.n, 3);
			assert_string_equal(fields.field[2].value, "2");
		}
	}
}

/* Readers who split where Unicode has a space find one field, too. */
static void a_space_beyond_ascii_is_quoted(void **state)
{
	static const char *const spaces[] = {
		"\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a",
		"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
	dctx_field as = {.struct_size = DCTX_FIELD_SIZE,
			 .flags = DCTX_FIELD_LOG};
	char text[16], want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		snprintf(text, sizeof(text), "x%sy", spaces[i]);
		snprintf(want, sizeof(want), "evil=\"%s\"", text);
		dctx_set(k_evil, text);
		assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), want);
		as.name = text;
		assert_int_equal(dctx_field_set(&k_evil.key, &as), DCTX_OK);
		assert_int_equal(
			strncmp(dctxt_logged(DCTX_LOG_LOGFMT), "x_y=", 4), 0);
		assert_int_equal(dctx_field_set(&k_evil.key, NULL), DCTX_OK);
	}
}

static void a_nul_in_a_format_or_in_bytes_is_no_end(void **state)
{
	static dctx_key_bytes k_bytes = DCTX_KEY_INIT_BYTES("bytes", DCTX_LOG);

	(void)state;
	dctx_set(k_bytes, ((dctx_bytes){"a\0\n\"", 4}));
	dctx_set(k_z, "2");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT),
			    "bytes=61000a22 z=2");
}

/* Names come from the program, but from its configuration, too. */
static void no_name_forges_a_field_or_a_line(void **state)
{
	static char long_name[1000];
	static const struct {
		const char *name, *logfmt, *syslog;
	} names[] = {
		{"", "_", "_"},
		{"a b", "a_b", "a_b"},
		{"a=1 b", "a_1_b", "a_1_b"},
		{"x\ny", "x_y", "x_y"},
		{"x\"]y", "x_]y", "x__y"},
		{"x\xe2\x80\xa8y", "x_y", "x_y"},
		{"x\xff", "x_", "x_"},
		{"\xc3\xa4", "\xc3\xa4", "_"},
		{"a name of more than 32 bytes, really",
		 "a_name_of_more_than_32_bytes,_really",
		 "a_name_of_more_than_32_bytes,_re"},
	};
	dctx_field as = {.struct_size = DCTX_FIELD_SIZE,
			 .flags = DCTX_FIELD_LOG};
	struct dctxt_fields fields;

	(void)state;
	dctx_set(k_evil, "v");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		as.name = names[i].name;
		assert_int_equal(dctx_field_set(&k_evil.key, &as), DCTX_OK);
		dctxt_read_logfmt(dctxt_logged(DCTX_LOG_LOGFMT), &fields);
		assert_int_equal(fields.n, 1);
		assert_string_equal(fields.field[0].name, names[i].logfmt);
		dctxt_read_syslog(dctxt_logged(DCTX_LOG_SYSLOG), &fields);
		assert_int_equal(fields.n, 1);
		assert_string_equal(fields.field[0].name, names[i].syslog);
		if (names[i].name[0] == '\0')
			continue;
		dctxt_read_json(dctxt_logged(DCTX_LOG_JSON), &fields);
		assert_int_equal(fields.n, 1);
	}
	memset(long_name, 'n', sizeof(long_name) - 1);
	as.name = long_name;
	assert_int_equal(dctx_field_set(&k_evil.key, &as), DCTX_OK);
	assert_int_equal(strlen(dctxt_logged(DCTX_LOG_LOGFMT)), 255 + 2);
	assert_int_equal(strlen(dctxt_logged(DCTX_LOG_JSON)), 2 + 255 + 1 + 3);
	assert_int_equal(dctx_field_set(&k_evil.key, NULL), DCTX_OK);
}

static void a_value_that_is_nothing_but_escapes_is_bounded(void **state)
{
	static char text[2000];

	(void)state;
	memset(text, '\x01', sizeof(text) - 1);
	dctx_set(k_evil, text);
	for (int style = 0; style < 3; style++)
		assert_in_range(strlen(dctxt_logged((dctx_log_style)style)),
				6000, DCTX_LOG_BYTES);
	/* Two of them are not. */
	dctx_set(k_z, text);
	for (int style = 0; style < 3; style++)
		assert_in_range(strlen(dctxt_logged((dctx_log_style)style)),
				6000, DCTX_LOG_BYTES);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_value_forges_a_field_or_a_line),
		DCTXT_TEST(no_byte_does),
		DCTXT_TEST(a_space_beyond_ascii_is_quoted),
		DCTXT_TEST(a_nul_in_a_format_or_in_bytes_is_no_end),
		DCTXT_TEST(no_name_forges_a_field_or_a_line),
		DCTXT_TEST(a_value_that_is_nothing_but_escapes_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
