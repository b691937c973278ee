/* SPDX-License-Identifier: MIT */
/*
 * glib_log_test.c - proves that lines which are logged by GLib have the fields
 * of the context when they come to their writer, each whole; and that formats
 * which fail, jump away or log, and threads, do no harm.
 */
#define G_LOG_DOMAIN "Shop"
#define G_LOG_USE_STRUCTURED 1
#include "dctx_glib_log.h"

#include "kit.h"
#include "unseen.h"

#include <errno.h>
#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "http.status", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_quiet, "quiet", DCTX_WIRE);
DCTX_KEY_STR(k_message, "message", DCTX_LOG);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOG);
DCTX_KEY_U32(k_formatted, "formatted", DCTX_LOG);

enum { FIELDS = 160 };

/* What the writer of this test was told last, on this thread. */
struct line {
	GLogLevelFlags level;
	size_t n;
	struct {
		char key[70];
		char value[1200];
		gssize length;
	} field[FIELDS];
};
static __thread struct line seen;
static __thread int times;

static GLogWriterOutput see(GLogLevelFlags level, const GLogField *fields,
			    gsize n, gpointer user)
{
	(void)user;
	times++;
	seen.level = level;
	seen.n = n;
	for (gsize i = 0; i < n && i < FIELDS; i++) {
		gssize len = fields[i].length;
		size_t size = len < 0 ? strlen(fields[i].value) : (size_t)len;

		snprintf(seen.field[i].key, sizeof(seen.field[i].key), "%s",
			 fields[i].key);
		memset(seen.field[i].value, 0, sizeof(seen.field[i].value));
		if (size < sizeof(seen.field[i].value))
			memcpy(seen.field[i].value, fields[i].value, size);
		seen.field[i].length = len;
	}
	return G_LOG_WRITER_HANDLED;
}

static dctx_glib_log log_to = {.struct_size = DCTX_GLIB_LOG_SIZE, .next = see};

static int reset(void **state)
{
	log_to =
		(dctx_glib_log){.struct_size = DCTX_GLIB_LOG_SIZE, .next = see};
	times = 0;
	memset(&seen, 0, sizeof(seen));
	return dctxt_begin(state);
}

/* The value of the only field of a name; NULL when there is none. */
static const char *seen_as(const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < seen.n && i < FIELDS; i++)
		if (strcmp(seen.field[i].key, key) == 0) {
			DCTXT_EXPECT(value == NULL);
			value = seen.field[i].value;
		}
	return value;
}

static void any_line_has_the_fields_of_the_context(void **state)
{
	GVariant *variant =
		g_variant_ref_sink(g_variant_new_parsed("{'MESSAGE': <'v'>}"));
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED);

	(void)state;
	memset(trace.trace_id, 0xab, sizeof(trace.trace_id));
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	dctx_set(k_rid, "r-1");
	dctx_set(k_num, 200);
	dctx_set(k_token, "hunter2");
	dctx_set(k_quiet, "not for logs");
	dctx_set(k_bytes, ((dctx_bytes){"\x00\xff", 2}));
	g_warning("cannot open %s", "x");
	assert_int_equal(seen.level & G_LOG_LEVEL_MASK, G_LOG_LEVEL_WARNING);
	assert_string_equal(seen_as("MESSAGE"), "cannot open x");
	assert_string_equal(seen_as("GLIB_DOMAIN"), "Shop");
	assert_non_null(seen_as("CODE_LINE"));
	assert_string_equal(seen_as("RID"), "r-1");
	assert_string_equal(seen_as("HTTP_STATUS"), "200");
	assert_string_equal(seen_as("TOKEN"), "<secret>");
	assert_string_equal(seen_as("BYTES"), "00ff");
	assert_string_equal(seen_as("TRACE_ID"),
			    "abababababababababababababababab");
	assert_null(seen_as("QUIET"));
	/* What is not structured comes here, too. */
	g_log("Old", G_LOG_LEVEL_MESSAGE, "%d", 7);
	assert_string_equal(seen_as("MESSAGE"), "7");
	assert_string_equal(seen_as("RID"), "r-1");
	g_log_variant("New", G_LOG_LEVEL_INFO, variant);
	g_variant_unref(variant);
	assert_string_equal(seen_as("MESSAGE"), "v");
	assert_string_equal(seen_as("RID"), "r-1");
	assert_int_equal(times, 3);
}

static void a_line_without_a_context_is_as_it_was(void **state)
{
	(void)state;
	g_log_structured("Shop", G_LOG_LEVEL_INFO, "A", "1", "MESSAGE", "m");
	assert_string_equal(seen_as("MESSAGE"), "m");
	assert_string_equal(seen_as("A"), "1");
	assert_int_equal(seen.n, 4);
}

static void a_value_is_whole_with_its_length(void **state)
{
	static char text[1 << 20];

	(void)state;
	dctx_set(k_rid, "a\nMESSAGE=b\xff");
	g_message("x");
	assert_string_equal(seen_as("RID"), "a\nMESSAGE=b\xff");
	assert_int_equal(seen.field[seen.n - 1].length, 12);
	memset(text, 'a', sizeof(text) - 1);
	dctx_set(k_rid, text);
	g_message("x");
	memcpy(text + 1024, "...", 4);
	assert_string_equal(seen_as("RID"), text);
}

static void a_field_of_the_line_itself_stays_alone(void **state)
{
	(void)state;
	dctx_set(k_rid, "of the context");
	dctx_set(k_message, "of the context");
	g_log_structured("Shop", G_LOG_LEVEL_INFO, "RID", "of the call",
			 "MESSAGE", "m");
	assert_string_equal(seen_as("RID"), "of the call");
	assert_string_equal(seen_as("MESSAGE"), "m");
}

static void a_prefix_stands_before_our_fields_only(void **state)
{
	(void)state;
	dctx_set(k_rid, "r-1");
	log_to.prefix = "APP_";
	g_message("x");
	assert_string_equal(seen_as("APP_RID"), "r-1");
	assert_null(seen_as("APP_MESSAGE"));
	log_to.prefix = "no prefix";
	g_message("x");
	assert_string_equal(seen_as("RID"), "r-1");
}

static void a_line_of_very_many_fields_is_as_it_was(void **state)
{
	GLogField fields[65];

	(void)state;
	dctx_set(k_rid, "r-1");
	for (int i = 0; i < 65; i++)
		fields[i] = (GLogField){"MESSAGE", "m", -1};
	g_log_structured_array(G_LOG_LEVEL_INFO, fields, 65);
	assert_int_equal(seen.n, 65);
	g_log_structured_array(G_LOG_LEVEL_INFO, fields, 64);
	assert_int_equal(seen.n, 65);
	dctx_glib_log_structured_array(G_LOG_LEVEL_INFO, fields, 65);
	assert_int_equal(seen.n, 65);
	dctx_glib_log_writer(G_LOG_LEVEL_INFO, NULL, 0, &log_to);
	assert_int_equal(seen.n, 1);
}

static void a_library_can_add_them_by_itself(void **state)
{
	const GLogField fields[] = {{"MESSAGE", "m", -1},
				    {"GLIB_DOMAIN", "Library", -1}};

	(void)state;
	dctx_set(k_rid, "r-1");
	errno = E2BIG;
	dctx_glib_log_structured_array(G_LOG_LEVEL_INFO, fields, 2);
	assert_int_equal(errno, E2BIG);
	assert_string_equal(seen_as("RID"), "r-1");
	assert_int_equal(seen.n, 3);
}

static void fields_can_stand_before_the_message(void **state)
{
	static char text[1101], want[1200];
	const GLogField counted[] = {{"MESSAGE", "m and more", 1}};

	(void)state;
	log_to.shown = DCTX_GLIB_ALWAYS;
	g_message("no context");
	assert_string_equal(seen_as("MESSAGE"), "no context");
	dctx_set(k_rid, "a b");
	dctx_set(k_num, 200);
	g_message("m");
	assert_string_equal(seen_as("MESSAGE"),
			    "http.status=200 rid=\"a b\" m");
	assert_string_equal(seen_as("RID"), "a b");
	g_log_structured_array(G_LOG_LEVEL_INFO, counted, 1);
	assert_string_equal(seen_as("MESSAGE"),
			    "http.status=200 rid=\"a b\" m");
	memset(text, 'm', sizeof(text) - 1);
	snprintf(want, sizeof(want), "http.status=200 rid=\"a b\" %s", text);
	g_message("%s", text);
	assert_string_equal(seen_as("MESSAGE"), want);
	log_to.shown = DCTX_GLIB_WHERE_NEEDED;
	g_message("m");
	assert_string_equal(seen_as("MESSAGE"), "m");
	log_to.shown = DCTX_GLIB_NEVER;
	g_message("m");
	assert_string_equal(seen_as("MESSAGE"), "m");
}

/* GLib's own lists need memory; what it calls does not. */
static GLogWriterOutput write_one(const char *text)
{
	const GLogField fields[] = {{"MESSAGE", text, -1}};

	return dctx_glib_log_writer(G_LOG_LEVEL_INFO, fields, 1, &log_to);
}

static void a_line_takes_no_memory(void **state)
{
	static char text[1101];

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	memset(text, 'm', sizeof(text) - 1);
	log_to.shown = DCTX_GLIB_ALWAYS;
	dctx_set(k_rid, "r-1");
	write_one("warm");
	dctxt_heap_fail(0, false);
	write_one("m");
	assert_int_equal(dctxt_heap_relent(), 0);
	/* Where it would: a long one that is shown. */
	dctxt_heap_fail(1, true);
	write_one(text);
	assert_int_equal(dctxt_heap_relent(), 1);
	assert_string_equal(seen_as("MESSAGE"), text);
	assert_string_equal(seen_as("RID"), "r-1");
}

static GLogWriterOutput refuse(GLogLevelFlags level, const GLogField *fields,
			       gsize n, gpointer user)
{
	*(bool *)user = true;
	(void)see(level, fields, n, NULL);
	errno = ENOENT;
	return G_LOG_WRITER_UNHANDLED;
}

static void the_writer_that_follows_decides(void **state)
{
	bool called = false;

	(void)state;
	log_to.next = refuse;
	log_to.user_data = &called;
	errno = E2BIG;
	assert_int_equal(write_one("m"), G_LOG_WRITER_UNHANDLED);
	assert_int_equal(errno, E2BIG);
	assert_true(called);
}

static jmp_buf out;

static size_t do_ill(const dctx_any *value, char *buf, size_t size)
{
	switch (value->as.u) {
	case 0: /* fails */
		return SIZE_MAX;
	case 1: /* logs, with itself among the fields, by the writer itself */
		write_one("from a format");
		assert_string_equal(seen_as("RID"), "r-1");
		assert_null(seen_as("FORMATTED"));
		return (size_t)snprintf(buf, size, "logged");
	case 2:
		longjmp(out, 1);
	default: /* says more than it writes */
		return 1 << 20;
	}
}

static void formats_do_no_harm(void **state)
{
	const dctx_field ill = {.struct_size = DCTX_FIELD_SIZE,
				.flags = DCTX_FIELD_LOG,
				.format = do_ill};
	dctx_mark mark;

	(void)state;
	assert_int_equal(dctx_field_set(&k_formatted.key, &ill), DCTX_OK);
	dctx_set(k_rid, "r-1");
	for (unsigned i = 0; i < 4; i++) {
		dctx_set(k_formatted, i);
		times = 0;
		mark = dctx_mark_here();
		if (setjmp(out) == 0)
			write_one("m");
		else
			assert_int_equal(dctx_rewind(mark), DCTX_OK);
		assert_int_equal(times, i == 2 ? 0 : i == 1 ? 2 : 1);
		if (i == 0)
			assert_null(seen_as("FORMATTED"));
		if (i == 1)
			assert_string_equal(seen_as("FORMATTED"), "logged");
		if (i == 3)
			assert_string_equal(seen_as("FORMATTED"), "...");
	}
	assert_int_equal(dctx_field_set(&k_formatted.key, NULL), DCTX_OK);
}

enum { THREADS = 4, EACH = 200 };

static void *log_each(void *arg)
{
	const unsigned *first = arg;
	char want[16];

	for (unsigned i = *first; i < *first + EACH; i++) {
		DCTX_SCOPE("request");
		snprintf(want, sizeof(want), "%u", i);
		dctx_set(k_rid, want);
		dctx_set(k_num, i);
		g_message("%u", i);
		DCTXT_EXPECT(strcmp(seen_as("MESSAGE"), want) == 0);
		DCTXT_EXPECT(strcmp(seen_as("RID"), want) == 0);
		DCTXT_EXPECT(strcmp(seen_as("HTTP_STATUS"), want) == 0);
	}
	return NULL;
}

static void threads_keep_to_their_own_context(void **state)
{
	unsigned firsts[THREADS];

	(void)state;
	for (unsigned k = 0; k < THREADS; k++)
		firsts[k] = k * EACH;
	dctxt_together(THREADS, log_each, firsts, sizeof(*firsts));
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, reset, dctxt_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(any_line_has_the_fields_of_the_context),
		LOG_TEST(a_line_without_a_context_is_as_it_was),
		LOG_TEST(a_value_is_whole_with_its_length),
		LOG_TEST(a_field_of_the_line_itself_stays_alone),
		LOG_TEST(a_prefix_stands_before_our_fields_only),
		LOG_TEST(a_line_of_very_many_fields_is_as_it_was),
		LOG_TEST(a_library_can_add_them_by_itself),
		LOG_TEST(fields_can_stand_before_the_message),
		LOG_TEST(a_line_takes_no_memory),
		LOG_TEST(the_writer_that_follows_decides),
		LOG_TEST(formats_do_no_harm),
		LOG_TEST(threads_keep_to_their_own_context),
	};

	g_log_set_writer_func(dctx_glib_log_writer, &log_to, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
