/* SPDX-License-Identifier: MIT */
/* logged.c - see logged.h. */
#include "logged.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static char logged[DCTX_LOG_BYTES + 1];

const char *dctxt_logged(dctx_log_style style)
{
	size_t len = dctx_log_text(style, logged, sizeof(logged));

	assert_int_equal(len, strlen(logged));
	return logged;
}

void dctxt_check_logged(const char *logfmt, const char *json,
			const char *syslog)
{
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), logfmt);
	assert_string_equal(dctxt_logged(DCTX_LOG_JSON), json);
	assert_string_equal(dctxt_logged(DCTX_LOG_SYSLOG), syslog);
}

static struct dctxt_field *field_add(struct dctxt_fields *out, const char *name,
				     size_t len)
{
	struct dctxt_field *field = &out->field[out->n++];

	assert_in_range(out->n, 1, DCTXT_FIELDS);
	assert_in_range(len, 1, sizeof(field->name) - 1);
	memset(field, 0, sizeof(*field));
	memcpy(field->name, name, len);
	return field;
}

static void take(struct dctxt_field *field, const char *text, size_t len)
{
	assert_in_range(len, 0, sizeof(field->value) - 1);
	memcpy(field->value, text, len);
	field->len = len;
}

/* A JSON string from its quote on; gives what follows. logfmt quotes so, too.
 */
static const char *read_string(const char *at, struct dctxt_field *field)
{
	const char *end = at + 1;
	json_t *text;

	for (; *end != '"'; end++) {
		assert_in_range((unsigned char)*end, 0x20, 0xff);
		if (*end == '\\')
			end++;
	}
	text = json_loadb(at, (size_t)(end + 1 - at),
			  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (text == NULL)
		fail_msg("no string: %s", at);
	take(field, json_string_value(text), json_string_length(text));
	json_decref(text);
	return end + 1;
}

void dctxt_read_logfmt(const char *text, struct dctxt_fields *out)
{
	const char *at = text, *from;

	out->n = 0;
	while (*at != '\0') {
		struct dctxt_field *field;

		if (out->n > 0)
			assert_int_equal(*at++, ' ');
		for (from = at; *at != '='; at++) {
			assert_in_range((unsigned char)*at, 0x21, 0xff);
			assert_int_not_equal(*at, '"');
		}
		field = field_add(out, from, (size_t)(at - from));
		if (*++at == '"') {
			at = read_string(at, field);
			continue;
		}
		for (from = at; *at != ' ' && *at != '\0'; at++) {
			assert_in_range((unsigned char)*at, 0x21, 0xff);
			assert_null(strchr("=\"\\\x7f", *at));
		}
		assert_true(at > from);
		take(field, from, (size_t)(at - from));
	}
}

void dctxt_read_json(const char *text, struct dctxt_fields *out)
{
	char whole[DCTX_LOG_BYTES + 3];
	json_error_t error;
	json_t *object, *value;
	const char *name;

	assert_null(strpbrk(text, "\n\r"));
	snprintf(whole, sizeof(whole), "{%s}", text);
	object = json_loads(whole, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			    &error);
	if (object == NULL)
		fail_msg("%s: %s", error.text, whole);
	out->n = 0;
	json_object_foreach(object, name, value)
	{
		struct dctxt_field *field = field_add(out, name, strlen(name));
		char *number;

		if (json_is_string(value)) {
			take(field, json_string_value(value),
			     json_string_length(value));
			continue;
		}
		assert_false(json_is_object(value) || json_is_array(value));
		number = json_dumps(value, JSON_ENCODE_ANY);
		take(field, number, strlen(number));
		free(number);
	}
	json_decref(object);
}

/* RFC 5424, 6: SD-ELEMENT = "[" SD-ID *(SP SD-PARAM) "]". */
void dctxt_read_syslog(const char *text, struct dctxt_fields *out)
{
	static const char begin[] = "[dctx@32473";
	const char *at = text + sizeof(begin) - 1, *from;

	out->n = 0;
	if (*text == '\0')
		return;
	assert_int_equal(strncmp(text, begin, sizeof(begin) - 1), 0);
	while (*at == ' ') {
		struct dctxt_field *field;
		size_t len = 0;

		for (from = ++at; *at != '='; at++) {
			assert_in_range(*at, 33, 126);
			assert_null(strchr("]\"", *at));
		}
		assert_in_range(at - from, 1, 32);
		field = field_add(out, from, (size_t)(at - from));
		assert_int_equal(*++at, '"');
		for (at++; *at != '"'; at++) {
			assert_int_not_equal(*at, ']');
			assert_false(iscntrl((unsigned char)*at));
			if (*at == '\\' && strchr("\"\\]", at[1]) != NULL)
				at++;
			field->value[len++] = *at;
			assert_in_range(len, 1, sizeof(field->value) - 1);
		}
		field->len = len;
		at++;
	}
	assert_string_equal(at, "]");
}
