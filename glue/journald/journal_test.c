/* SPDX-License-Identifier: MIT */
/*
 * journal_test.c - proves that what the journal keeps of an entry has the
 * fields of the context, each whole and none forged, as journalctl reads it
 * back from a systemd-journald of the test's own.
 */
#define _GNU_SOURCE /* unshare */
#include "../own_journald.h"
#include "dctx_journal.h"

#include <locale.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOG);
DCTX_KEY_I64(k_i64, "i64", DCTX_LOG);
DCTX_KEY_BOOL(k_bool, "bool", DCTX_LOG);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOG);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOG);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOG);
DCTX_KEY_STR(k_quiet, "quiet", DCTX_WIRE);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_message, "message", DCTX_LOG);
DCTX_KEY_STR(k_line, "code.line", DCTX_LOG);
DCTX_KEY_STR(k_dotted, "http.status-code", DCTX_LOG);
DCTX_KEY_STR(k_under, "_hidden", DCTX_LOG);
DCTX_KEY_STR(k_digit, "9lives", DCTX_LOG);
DCTX_KEY_STR(k_umlaut,
	     "gr\xc3\xb6\xc3\x9f"
	     "e",
	     DCTX_LOG);
DCTX_KEY_STR(k_long,
	     "a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_"
	     "and_on",
	     DCTX_LOG);
DCTX_KEY_STR(k_twin, "http_status_code", DCTX_LOG);

struct user {
	const char *name;
};

static size_t user_format(const void *value, char *buf, size_t size)
{
	const struct user *user = value;

	return (size_t)snprintf(buf, size, "user %s", user->name);
}

static const dctx_type user_type = {.struct_size = sizeof(dctx_type),
				    .name = "user",
				    .size = sizeof(struct user),
				    .format = user_format};
DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_LOG);

static void an_entry_has_the_fields_of_the_context(void **state)
{
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED);
	json_t *entry;

	(void)state;
	memset(trace.trace_id, 0xab, sizeof(trace.trace_id));
	memset(trace.span_id, 0x0c, sizeof(trace.span_id));
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	dctx_set(k_rid, "r-1");
	dctx_set(k_quiet, "not for logs");
	assert_int_equal(dctx_journal_print(LOG_ERR, "cannot open %s", "x"), 0);
	entry = kept_one("TRACE_ID=abababababababababababababababab");
	check_kept(entry, "SPAN_ID", "0c0c0c0c0c0c0c0c");
	check_kept(entry, "RID", "r-1");
	check_kept(entry, "QUIET", NULL);
	check_kept(entry, "MESSAGE", "cannot open x");
	check_kept(entry, "PRIORITY", "3");
	check_kept(entry, "CODE_FILE", __FILE__);
	check_kept(entry, "CODE_FUNC", __func__);
	assert_non_null(json_object_get(entry, "CODE_LINE"));
	check_kept(entry, "DCTX_UNTOLD", NULL);
	json_decref(entry);
}

static void each_kind_is_the_text_of_a_line(void **state)
{
	json_t *entry;

	(void)state;
	dctx_set(k_rid, "kinds");
	dctx_set(k_bool, true);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_tenant, UINT64_MAX);
	dctx_set(k_f32, 0.1f);
	dctx_set(k_f64, 1e-320);
	dctx_set(k_bytes, ((dctx_bytes){"\x00\xff", 2}));
	dctx_set(k_user, &(struct user){"ann"});
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	entry = kept_one("RID=kinds");
	check_kept(entry, "BOOL", "true");
	check_kept(entry, "I64", "-9223372036854775808");
	check_kept(entry, "TENANT", "18446744073709551615");
	check_kept(entry, "F32", "0.1");
	check_kept(entry, "F64", "1e-320");
	check_kept(entry, "BYTES", "00ff");
	check_kept(entry, "USER", "user ann");
	json_decref(entry);
}

static void a_secret_is_kept_from_the_journal(void **state)
{
	json_t *entry;

	(void)state;
	dctx_set(k_rid, "secretive");
	dctx_set(k_token, "hunter2");
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	entry = kept_one("RID=secretive");
	check_kept(entry, "TOKEN", "<secret>");
	json_decref(entry);
	entry = kept("TOKEN=hunter2");
	assert_int_equal(json_array_size(entry), 0);
	json_decref(entry);
}

static void no_value_can_forge_a_field_or_an_entry(void **state)
{
	static const char forged[] =
		"x\nMESSAGE=forged\nPRIORITY=0\n\nMESSAGE=forged entry\n\n";
	json_t *entry, *entries;

	(void)state;
	dctx_set(k_rid, forged);
	dctx_set(k_tenant, 4711);
	assert_int_equal(dctx_journal_print(LOG_NOTICE, "forge"), 0);
	entry = kept_one("TENANT=4711");
	check_kept(entry, "RID", forged);
	check_kept(entry, "MESSAGE", "forge");
	check_kept(entry, "PRIORITY", "5");
	json_decref(entry);
	entries = kept("MESSAGE=forged");
	assert_int_equal(json_array_size(entries), 0);
	json_decref(entries);
	entries = kept("MESSAGE=forged entry");
	assert_int_equal(json_array_size(entries), 0);
	json_decref(entries);
}

/* journalctl writes what is no text as a list of numbers. */
static void what_is_no_utf8_is_kept_byte_by_byte(void **state)
{
	const unsigned char bytes[] = {0xff, '\n', 0x01, 0xc3, 0};
	json_t *entry;
	const json_t *field;

	(void)state;
	dctx_set(k_rid, (const char *)bytes);
	dctx_set(k_tenant, 4712);
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	entry = kept_one("TENANT=4712");
	field = json_object_get(entry, "RID");
	assert_int_equal(json_array_size(field), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(json_integer_value(json_array_get(field, i)),
				 bytes[i]);
	json_decref(entry);
}

static void a_large_value_is_cut_and_a_large_text_is_not(void **state)
{
	static char value[(1 << 20) + 1], text[200001];
	char want[1028];
	json_t *entry;

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	/* 1,024 is in the middle of a character. */
	value[0] = 'v';
	for (size_t i = 1; i + 2 < sizeof(value); i += 2)
		memcpy(value + i, "\xc3\xa4", 2);
	memcpy(want, value, 1023);
	strcpy(want + 1023, "...");
	dctx_set(k_rid, value);
	dctx_set(k_tenant, 4713);
	assert_int_equal(dctx_journal_print(LOG_INFO, "%s", text), 0);
	entry = kept_one("TENANT=4713");
	check_kept(entry, "RID", want);
	check_kept(entry, "MESSAGE", text);
	json_decref(entry);
}

static void a_field_of_the_entry_itself_stays_alone(void **state)
{
	json_t *entry;

	(void)state;
	dctx_set(k_message, "of the context");
	dctx_set(k_line, "0");
	dctx_set(k_tenant, 4714);
	assert_int_equal(dctx_journal_print(LOG_INFO, "of the call"), 0);
	assert_int_equal(
		dctx_journal_send("MESSAGE=sent", "TENANT=%d", 4715, NULL), 0);
	entry = kept_one("TENANT=4714");
	check_kept(entry, "MESSAGE", "of the call");
	assert_string_not_equal(
		json_string_value(json_object_get(entry, "CODE_LINE")), "0");
	json_decref(entry);
	entry = kept_one("TENANT=4715");
	check_kept(entry, "MESSAGE", "sent");
	json_decref(entry);
}

static void any_name_becomes_one_of_the_journals(void **state)
{
	json_t *entry;

	(void)state;
	dctx_set(k_tenant, 4716);
	dctx_set(k_dotted, "200");
	dctx_set(k_twin, "the second of one name");
	dctx_set(k_under, "u");
	dctx_set(k_digit, "d");
	dctx_set(k_umlaut, "o");
	dctx_set(k_long, "l");
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	entry = kept_one("TENANT=4716");
	check_kept(entry, "HTTP_STATUS_CODE", "200");
	check_kept(entry, "DCTX__HIDDEN", "u");
	check_kept(entry, "DCTX_9LIVES", "d");
	check_kept(entry, "GR____E", "o");
	check_kept(entry,
		   "A_NAME_THAT_GOES_ON_AND_ON_AND_ON_AND_ON_AND_ON_AND_ON_"
		   "AND_ON_AN",
		   "l");
	json_decref(entry);
}

static void a_prefix_stands_before_our_fields_only(void **state)
{
	json_t *entry;

	(void)state;
	assert_int_equal(dctx_journal_prefix("app_"), DCTX_INVALID);
	assert_int_equal(dctx_journal_prefix("_APP"), DCTX_INVALID);
	assert_int_equal(dctx_journal_prefix("9"), DCTX_INVALID);
	assert_int_equal(
		dctx_journal_prefix("A23456789012345678901234567890123"),
		DCTX_INVALID);
	assert_int_equal(dctx_journal_prefix("APP_"), DCTX_OK);
	dctx_set(k_rid, "prefixed");
	dctx_set(k_under, "u");
	dctx_set(k_message, "of the context");
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	assert_int_equal(dctx_journal_prefix(NULL), DCTX_OK);
	entry = kept_one("APP_RID=prefixed");
	check_kept(entry, "RID", NULL);
	check_kept(entry, "MESSAGE", "x");
	check_kept(entry, "APP__HIDDEN", "u");
	check_kept(entry, "APP_MESSAGE", "of the context");
	json_decref(entry);
}

static void what_has_no_room_is_counted_in_the_entry(void **state)
{
	static dctx_key_str keys[80];
	static char names[80][8], text[1100];
	json_t *entry;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (int i = 0; i < 80; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02d", i);
		keys[i] = (dctx_key_str)DCTX_KEY_INIT_STR(NULL, DCTX_LOG);
		keys[i].key.name = names[i];
		dctx_set(keys[i], "x");
	}
	dctx_set(k_bool, true);
	assert_int_equal(dctx_journal_send("MESSAGE=many", NULL), 0);
	for (int i = 0; i < 10; i++)
		dctx_set(keys[i], text);
	assert_int_equal(dctx_journal_send("MESSAGE=large", NULL), 0);
	entry = kept_one("MESSAGE=many");
	check_kept(entry, "DCTX_UNTOLD", "17");
	check_kept(entry, "N62", "x");
	check_kept(entry, "N63", NULL);
	json_decref(entry);
	entry = kept_one("MESSAGE=large");
	check_kept(entry, "DCTX_UNTOLD", "17");
	assert_non_null(json_object_get(entry, "N06"));
	check_kept(entry, "N07", NULL);
	check_kept(entry, "N65", "x");
	check_kept(entry, "N66", NULL);
	json_decref(entry);
}

/* Where the machine has one with a comma. */
static void a_locale_with_a_comma_changes_nothing(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",
					    "fr_FR.UTF-8", "de_DE"};
	json_t *entry;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (setlocale(LC_NUMERIC, names[i]) != NULL)
			break;
	dctx_set(k_rid, "comma");
	dctx_set(k_f64, -1234.5);
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	setlocale(LC_NUMERIC, "C");
	entry = kept_one("RID=comma");
	check_kept(entry, "F64", "-1234.5");
	json_decref(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_entry_has_the_fields_of_the_context),
		DCTXT_TEST(each_kind_is_the_text_of_a_line),
		DCTXT_TEST(a_secret_is_kept_from_the_journal),
		DCTXT_TEST(no_value_can_forge_a_field_or_an_entry),
		DCTXT_TEST(what_is_no_utf8_is_kept_byte_by_byte),
		DCTXT_TEST(a_large_value_is_cut_and_a_large_text_is_not),
		DCTXT_TEST(a_field_of_the_entry_itself_stays_alone),
		DCTXT_TEST(any_name_becomes_one_of_the_journals),
		DCTXT_TEST(a_prefix_stands_before_our_fields_only),
		DCTXT_TEST(what_has_no_room_is_counted_in_the_entry),
		DCTXT_TEST(a_locale_with_a_comma_changes_nothing),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
