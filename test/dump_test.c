/* SPDX-License-Identifier: MIT */
/*
 * dump_test.c - proves that a dump tells what is there: contexts, counters,
 * limits and keys; that asking takes nothing and changes nothing; and that a
 * type's format may do what it likes meanwhile.
 */
#include "dumped.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

DCTX_KEY_STR(k_text, "text", DCTX_LOG);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOG);
DCTX_KEY_STR(k_secret, "secret", DCTX_SECRET);

struct point {
	int x, y;
};

/* What the format of a point does besides. */
static void (*on_format)(void);

static size_t format_point(const void *value, char *buf, size_t size)
{
	const struct point *point = value;

	if (on_format != NULL)
		on_format();
	return (size_t)snprintf(buf, size, "%d;%d", point->x, point->y);
}

static const dctx_type point_type = {
	.struct_size = sizeof(dctx_type),
	.name = "point",
	.size = sizeof(struct point),
	.format = format_point,
};
DCTX_KEY_DECLARE_TYPE(k_point, struct point);
DCTX_KEY_TYPE(k_point, "point", struct point, &point_type, DCTX_LOG);
DCTX_KEY_STR(k_late, "late", DCTX_LOG);

/* A key with all that a key can have. */
static dctx_status convert(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	memcpy(newer, older, sizeof(uint32_t));
	return DCTX_OK;
}

static dctx_status encode(const void *value, dctx_writer *w)
{
	dctx_write_u32(w, *(const uint32_t *)value);
	return DCTX_OK;
}

static dctx_status decode(void *value, dctx_reader *r)
{
	return dctx_read_u32(r, value);
}

static const dctx_codec plain = {sizeof(dctx_codec), "plain", encode, decode};
static const dctx_migration older[] = {
	{1, 0, DCTX_KIND_U32, NULL, NULL, convert},
	{2, 0, DCTX_KIND_U32, NULL, NULL, convert},
};
static const dctx_key_options options = {sizeof(dctx_key_options), &plain,
					 older, 2};
static const dctx_key_options codec_only = {sizeof(dctx_key_options), &plain,
					    NULL, 0};
DCTX_KEY_U32(k_coded, "coded", DCTX_WIRE, 1, &codec_only);
static const dctx_key_options no_codec = {sizeof(dctx_key_options), NULL,
					  older, 1};
DCTX_KEY_U32(k_moved, "moved", DCTX_WIRE, 2, &no_codec);
DCTX_KEY_U32(k_full, "full",
	     DCTX_WIRE | DCTX_BAGGAGE | DCTX_LOG | DCTX_CLOSED, 3, &options);

static void a_store_tells_its_id_depth_and_chain(void **state)
{
	char hex[DCTX_HEX_ID_SIZE], want[32];
	json_t *json;

	(void)state;
	DCTX_SCOPE("outer");
	DCTX_SCOPE_UNNAMED;
	DCTX_SCOPE("inner");
	json = dctxt_store_dumped(0);
	snprintf(want, sizeof(want), "\"%s\"", dctx_hex_id(hex));
	dctxt_check_member(json, "id", want);
	dctxt_check_member(json, "depth", "4");
	dctxt_check_member(json, "chain", "[\"outer\",\"inner\"]");
	assert_true(json_integer_value(json_object_get(json, "bytes")) > 0);
	assert_null(json_object_get(json, "failure"));
	json_decref(json);
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "\nchain: \"outer\", \"inner\"\n"));
}

static void a_scopes_failure_is_told(void **state)
{
	json_t *json;

	(void)state;
	DCTX_SCOPE("scope");
	(void)dctx_store_set_u32(dctx_current(), &k_text.key, 1);
	json = dctxt_store_dumped(0);
	dctxt_check_member(json, "failure", "\"the key has another type\"");
	json_decref(json);
}

static void a_snapshot_tells_what_its_store_told(void **state)
{
	struct point point = {1, 2};
	json_t *of_store, *of_snapshot;

	(void)state;
	DCTX_SCOPE("scope");
	dctx_set(k_text, "text");
	dctx_set(k_point, &point);
	dctx_unset(k_secret);
	DCTX_SNAPSHOT(snapshot);
	of_store = dctxt_store_dumped(0);
	dctx_unset(k_text);
	of_snapshot = dctxt_parsed(
		dctx_snapshot_dump(snapshot, DCTX_DUMP_JSON, 0, dctxt_dump,
				   sizeof(dctxt_dump)));
	dctxt_check_member(of_snapshot, "chain", "[\"scope\"]");
	dctxt_check_member(of_snapshot, "values",
			   "{\"text\":\"text\",\"secret\":null,"
			   "\"point\":\"1;2\"}");
	assert_true(json_equal(json_object_get(of_store, "values"),
			       json_object_get(of_snapshot, "values")));
	json_decref(of_store);
	json_decref(of_snapshot);
}

static void nothing_counts_as_empty(void **state)
{
	(void)state;
	dctx_snapshot_dump(NULL, DCTX_DUMP_TEXT, 0, dctxt_dump,
			   sizeof(dctxt_dump));
	assert_non_null(strstr(dctxt_dump, "\nchain:\nvalues:\n"));
	dctx_store_dump(NULL, DCTX_DUMP_TEXT, 0, dctxt_dump,
			sizeof(dctxt_dump));
	assert_non_null(strstr(dctxt_dump, "\ndepth: 1\n"));
	assert_non_null(strstr(dctxt_dump, "\nchain:\nvalues:\n"));
}

static void a_task_is_told_with_what_is_below_it(void **state)
{
	dctx_store *task;
	json_t *json, *outer;

	(void)state;
	dctx_set(k_text, "the thread's");
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	dctx_set(k_text, "the task's");
	json = dctxt_dumped(0);
	dctxt_check_member(json_object_get(json_object_get(json, "context"),
					   "values"),
			   "text", "\"the task's\"");
	outer = json_object_get(json, "outer");
	assert_int_equal(json_array_size(outer), 1);
	dctxt_check_member(json_object_get(json_array_get(outer, 0), "values"),
			   "text", "\"the thread's\"");
	json_decref(json);
	assert_non_null(strstr(dctxt_dump_text(0), "\nouter:\n  -\n    id: "));
	dctx_task_leave(task);
	dctx_task_free(task);
	json = dctxt_dumped(0);
	assert_null(json_object_get(json, "outer"));
	json_decref(json);
}

static void every_counter_is_told(void **state)
{
	uint64_t before = dctx_counter(DCTX_EV_NO_TASK);
	json_t *json;

	(void)state;
	(void)dctx_task();
	json = dctxt_parsed(dctx_counters_dump(DCTX_DUMP_JSON, dctxt_dump,
					       sizeof(dctxt_dump)));
	assert_int_equal(json_object_size(json), DCTX_EVENTS);
	for (int i = 0; i < DCTX_EVENTS; i++)
		assert_int_equal(json_integer_value(json_object_get(
					 json, dctx_event_name((dctx_event)i))),
				 dctx_counter((dctx_event)i));
	assert_int_equal(json_integer_value(json_object_get(json, "no_task")),
			 before + 1);
	json_decref(json);
}

static void limits_are_told(void **state)
{
	json_t *json;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_CHAIN, 17), DCTX_OK);
	json = dctxt_dumped(0);
	dctxt_check_member(json, "dctx", "\"" DCTX_VERSION_TEXT "\"");
	dctxt_check_member(json, "limits",
			   "{\"depth\":1024,\"chain\":17,"
			   "\"store_bytes\":16777216,"
			   "\"message_bytes\":1048576,\"entries\":1024,"
			   "\"key_bytes\":255,\"name_bytes\":255}");
	json_decref(json);
}

static void every_registered_key_is_told(void **state)
{
	json_t *json, *registry, *keys;
	char size[16];

	(void)state;
	snprintf(size, sizeof(size), "%u", (unsigned)dctx_registry_size(NULL));
	json = dctxt_dumped(0);
	registry = json_object_get(json, "registry");
	dctxt_check_member(registry, "frozen", "false");
	dctxt_check_member(registry, "size", size);
	keys = json_object_get(registry, "keys");
	assert_int_equal(json_object_size(keys), dctx_registry_size(NULL));
	dctxt_check_member(keys, "secret",
			   "{\"kind\":\"str\",\"policy\":[\"secret\"]}");
	dctxt_check_member(keys, "point",
			   "{\"kind\":\"type\",\"type\":\"point\","
			   "\"policy\":[\"log\"]}");
	dctxt_check_member(keys, "coded",
			   "{\"kind\":\"u32\",\"policy\":[\"wire\"],"
			   "\"version\":1,\"codec\":\"plain\"}");
	dctxt_check_member(keys, "moved",
			   "{\"kind\":\"u32\",\"policy\":[\"wire\"],"
			   "\"version\":2,\"migrates_from\":[1]}");
	dctxt_check_member(keys, "full",
			   "{\"kind\":\"u32\",\"policy\":[\"wire\",\"baggage\","
			   "\"log\",\"closed\"],\"version\":3,"
			   "\"codec\":\"plain\",\"migrates_from\":[1,2]}");
	json_decref(json);
}

static void change_the_store(void)
{
	dctx_unset(k_text);
	dctx_set(k_late, "new");
	(void)dctx_enter("by the format");
}

/* Keys are told in the order of their definition, so `text` is told before the
 * format runs and `late` after it. */
static void a_format_may_change_the_store_it_shows(void **state)
{
	struct point point = {1, 2};
	json_t *json;

	(void)state;
	dctx_set(k_text, "before");
	dctx_set(k_point, &point);
	{
		DCTX_SNAPSHOT(snapshot);
		DCTX_ATTACH(snapshot);
		on_format = change_the_store;
		json = dctxt_store_dumped(0);
		on_format = NULL;
		dctxt_check_member(json, "values",
				   "{\"text\":\"before\",\"point\":\"1;2\","
				   "\"late\":\"new\"}");
		json_decref(json);
		assert_false(dctx_has(k_text));
	}
	assert_string_equal(dctx_get(k_text, ""), "before");
}

static jmp_buf out;

static void jump_out(void)
{
	longjmp(out, 1);
}

static void a_format_may_jump_out(void **state)
{
	struct point point = {1, 2};

	(void)state;
	dctx_set(k_point, &point);
	on_format = jump_out;
	if (setjmp(out) == 0) {
		(void)dctxt_dump_text(0);
		fail();
	}
	on_format = NULL;
	assert_non_null(strstr(dctxt_dump_text(0), "    point: \"1;2\"\n"));
}

static void *dump_on_a_new_thread(void *arg)
{
	size_t *len = arg;

	dctxt_heap_fail(0, false);
	*len = dctx_dump(DCTX_DUMP_JSON, DCTX_DUMP_VALUES, dctxt_dump,
			 sizeof(dctxt_dump));
	DCTXT_EXPECT(dctxt_heap_relent() == 0);
	return NULL;
}

static void a_dump_takes_no_memory_and_begins_no_store(void **state)
{
	size_t len;
	json_t *json;

	(void)state;
	dctx_set(k_text, "text");
	dctx_set(k_ratio, 0.1);
	dctxt_heap_fail(0, false);
	(void)dctx_dump(DCTX_DUMP_TEXT, DCTX_DUMP_VALUES, dctxt_dump,
			sizeof(dctxt_dump));
	assert_int_equal(dctxt_heap_relent(), 0);
	(void)dctxt_on_thread(dump_on_a_new_thread, &len);
	json = dctxt_parsed(len);
	dctxt_check_member(json_object_get(json, "context"), "id",
			   "\"0x0000000000000000\"");
	json_decref(json);
}

static void errno_is_left_alone(void **state)
{
	(void)state;
	dctx_set(k_ratio, 5e-324); /* reading it back is out of range */
	errno = 4711;
	(void)dctx_dump(DCTX_DUMP_JSON, 0, dctxt_dump, sizeof(dctxt_dump));
	assert_int_equal(errno, 4711);
}

static char in_handler[2048];

static void dump_counters(int number)
{
	(void)number;
	(void)dctx_counters_dump(DCTX_DUMP_TEXT, in_handler,
				 sizeof(in_handler));
}

static void counters_are_told_in_a_signal_handler(void **state)
{
	struct sigaction action = {.sa_handler = dump_counters}, before;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	(void)dctx_counters_dump(DCTX_DUMP_TEXT, dctxt_dump,
				 sizeof(dctxt_dump));
	assert_string_equal(in_handler, dctxt_dump);
	assert_memory_equal(in_handler, "mismatched_leave: ", 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_store_tells_its_id_depth_and_chain),
		DCTXT_TEST(a_scopes_failure_is_told),
		DCTXT_TEST(a_snapshot_tells_what_its_store_told),
		DCTXT_TEST(nothing_counts_as_empty),
		DCTXT_TEST(a_task_is_told_with_what_is_below_it),
		DCTXT_TEST(every_counter_is_told),
		DCTXT_TEST(limits_are_told),
		DCTXT_TEST(every_registered_key_is_told),
		DCTXT_TEST(a_format_may_change_the_store_it_shows),
		DCTXT_TEST(a_format_may_jump_out),
		DCTXT_TEST(a_dump_takes_no_memory_and_begins_no_store),
		DCTXT_TEST(errno_is_left_alone),
		DCTXT_TEST(counters_are_told_in_a_signal_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
