/* SPDX-License-Identifier: MIT */
/*
 * sink_values_test.c - proves that whatever a value of the context is, a trace
 * file has it within its span's line, and nothing else of it.
 */
#include "sinks.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

DCTX_KEY_STR(k_a, "a", DCTX_LOG);
DCTX_KEY_STR(k_evil, "evil", DCTX_LOG);
DCTX_KEY_STR(k_z, "z", DCTX_LOG);

/* What each byte stands in. */
static const char *const around[][2] = {
	{"", ""},
	{"x", "\""},
	{"\\", "\",\"z\":\"9"},
	{"\xe2", " "},
	{"\xe2\x80", ""},
	{"\xf0\x9f\x98", "\"}},\n{\"ph\":\"X\""},
};
#define AROUND (sizeof(around) / sizeof(*around))

static void sent(char *text, size_t size, unsigned byte, size_t i)
{
	snprintf(text, size, "%s%c%s", around[i][0], (int)byte, around[i][1]);
}

static void tell_of_each_byte(void)
{
	char text[64];

	for (unsigned byte = 1; byte < 256; byte++)
		for (size_t i = 0; i < AROUND; i++) {
			sent(text, sizeof(text), byte, i);
			dctx_set(k_evil, text);
			work(1);
		}
}

/* A member of a line's values. */
static const char *member(json_t *values, const char *name)
{
	return json_string_value(json_object_get(values, name));
}

static void check_line(const char *line, unsigned byte, size_t i)
{
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	json_t *values =
		json_object_get(json_object_get(object, "args"), "values");
	char text[64];

	if (object == NULL)
		fail_msg("byte %u, %zu: %s", byte, i, line);
	assert_int_equal(json_object_size(values), 3);
	assert_string_equal(member(values, "a"), "1");
	assert_string_equal(member(values, "z"), "2");
	assert_non_null(member(values, "evil"));
	sent(text, sizeof(text), byte, i);
	/* Not UTF-8 but in ASCII and where the byte makes a character whole. */
	if (byte < 0x80 && i < 3)
		assert_string_equal(member(values, "evil"), text);
	if (byte >= 0x80 && byte < 0xc0 && i == 4)
		assert_string_equal(member(values, "evil"), text);
	json_decref(object);
}

static void no_byte_of_a_value_forges_a_line(void **state)
{
	char path[] = "/tmp/dctx-values-XXXXXX", line[4096];
	int fd = mkstemp(path);
	dctx_sink *sink = NULL;
	size_t n = 0;
	FILE *in;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	dctx_set(k_a, "1");
	dctx_set(k_z, "2");
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_OK);
	tell_of_each_byte();
	assert_null(dctx_sink_end(sink));
	in = fopen(path, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		size_t len = strlen(line);

		if (strncmp(line, "{\"ph\":\"X\"", 9) != 0)
			continue;
		assert_memory_equal(line + len - 2, ",\n", 2);
		line[len - 2] = '\0';
		check_line(line, 1 + (unsigned)(n / AROUND), n % AROUND);
		n++;
	}
	assert_int_equal(fclose(in), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(n, 255 * AROUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_byte_of_a_value_forges_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
