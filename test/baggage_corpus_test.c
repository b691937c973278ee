/* SPDX-License-Identifier: MIT */
/*
 * baggage_corpus_test.c - holds the library against each line of
 * test/wire/vectors/baggage.tsv: what a baggage says, and how it goes on.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#define FIELDS 9
#define HEADERS 16

static char *field[FIELDS];
static size_t cases;

static dctx_header list[HEADERS];
static char text[20000];
static dctx_headers headers;

static dctx_carrier empty(void)
{
	headers = (dctx_headers){list, 0, HEADERS, text, sizeof text, 0};
	return dctx_headers_carrier(&headers);
}

static unsigned digit(char c)
{
	assert_true((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Reads hex digits in place. */
static dctx_bytes unhex(char *hex, size_t len)
{
	assert_int_equal(len % 2, 0);
	for (size_t i = 0; i < len / 2; i++)
		hex[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return (dctx_bytes){hex, len / 2};
}

static size_t hex_into(char *out, dctx_bytes bytes)
{
	const unsigned char *at = bytes.data;

	for (size_t i = 0; i < bytes.len; i++)
		sprintf(out + 2 * i, "%02x", at[i]);
	return 2 * bytes.len;
}

static void put_header(char *name, char *value)
{
	assert_true(headers.count < HEADERS);
	list[headers.count++] = (dctx_header){{name, strlen(name)},
					      unhex(value, strlen(value))};
}

/* What does not fit or is no member is refused, and the others are set. */
static void set_member(char *key, char *value)
{
	dctx_bytes name = unhex(key, strlen(key));

	key[name.len] = '\0';
	(void)dctx_baggage_set(key, unhex(value, strlen(value)), NULL);
}

/* Goes through "name=hex name=hex ". */
static void each_pair(char *pairs, void (*fn)(char *name, char *value))
{
	char *end, *equals;

	for (; *pairs != '\0'; pairs = end) {
		equals = strchr(pairs, '=');
		assert_non_null(equals);
		*equals = '\0';
		end = equals + 1 + strcspn(equals + 1, " ");
		if (*end == ' ')
			*end++ = '\0';
		fn(pairs, equals + 1);
	}
}

static char *shown[DCTX_BAGGAGE_MEMBERS];
static size_t members;

static void show(void *user, const dctx_member *member)
{
	char *out = malloc(2 * (member->key.len + member->value.len +
				member->properties.len) +
			   3);
	size_t len;

	(void)user;
	assert_non_null(out);
	len = hex_into(out, member->key);
	out[len++] = '=';
	len += hex_into(out + len, member->value);
	out[len++] = ';';
	len += hex_into(out + len, member->properties);
	out[len] = '\0';
	shown[members++] = out;
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_members(const char *expected)
{
	size_t n;

	members = 0;
	n = dctx_baggage_each(show, NULL);
	assert_int_equal(n, members);
	qsort(shown, members, sizeof *shown, order);
	for (size_t i = 0; i < members; i++) {
		size_t len = strlen(shown[i]);

		if (i > 0)
			assert_int_equal(*expected++, ',');
		if (strncmp(expected, shown[i], len) != 0)
			fail_msg("%s: %s", field[0], shown[i]);
		expected += len;
		free(shown[i]);
	}
	assert_string_equal(expected, "");
}

static void check_injected(char *expected)
{
	dctx_carrier carrier = empty();
	const dctx_propagator *const formats[] = {dctx_w3c_baggage()};
	const dctx_hop hop = {.struct_size = sizeof hop,
			      .propagators = formats,
			      .propagator_count = 1};
	dctx_bytes value;

	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	if (expected[0] == '\0') {
		assert_int_equal(headers.count, 0);
		return;
	}
	assert_memory_equal(expected, "baggage=", 8);
	value = unhex(expected + 8, strlen(expected + 8));
	assert_int_equal(headers.count, 1);
	if (list[0].value.len != value.len ||
	    memcmp(list[0].value.data, value.data, value.len) != 0)
		fail_msg("%s: %.*s", field[0], (int)list[0].value.len,
			 (const char *)list[0].value.data);
}

static void check_line(char *line)
{
	const dctx_propagator *const formats[] = {dctx_w3c_baggage()};
	const dctx_hop hop = {.struct_size = sizeof hop,
			      .propagators = formats,
			      .propagator_count = 1};
	dctx_carrier carrier = empty();
	dctx_guard guard;
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = line; at != NULL && n < FIELDS; n++) {
		field[n] = at;
		at = strchr(at, '\t');
		if (at != NULL)
			*at++ = '\0';
	}
	assert_int_equal(n, FIELDS);
	assert_string_equal(field[3], "none");
	assert_string_equal(field[4], "");
	assert_string_not_equal(field[7], "");
	if (strcmp(field[1], "bagset") != 0)
		each_pair(field[2], put_header);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	if (strcmp(field[1], "bagset") == 0)
		each_pair(field[2], set_member);
	check_members(field[5]);
	check_injected(field[6]);
	dctx_leave(guard);
	cases++;
}

static void each_line_of_the_corpus_holds(void **state)
{
	static char line[200000];
	FILE *file = fopen("test/wire/vectors/baggage.tsv", "r");

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		if (line[0] != '#')
			check_line(line);
	fclose(file);
	assert_true(cases >= 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(each_line_of_the_corpus_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
