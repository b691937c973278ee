/* SPDX-License-Identifier: MIT */
/*
 * Every message of the real Rust crate, a test each: what it accepts is read
 * to the same values and written back to the same bytes, entries sorted; what
 * it refuses is refused for the same class of reason. The message is also
 * walked entry by entry and put together again, read strictly, and read with
 * bad values skipped.
 *
 * The file is looked for from the source directory, or where DCTX_VECTORS says.
 */
#include "kit.h"
#include "vector_key.h"

#include <stdio.h>
#include <stdlib.h>

static const char *text(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static uint64_t number(const json_t *object, const char *member)
{
	return (uint64_t)json_integer_value(json_object_get(object, member));
}

/* A line with its message and the registry that its reader had. */
struct line {
	const json_t *json;
	dctx_registry *registry;
	unsigned char *data;
	size_t len;
};

static dctx_status decode(const struct line *line, unsigned flags,
			  dctx_snapshot **out)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .registry = line->registry,
					     .flags = flags};

	return dctx_decode_with(line->data, line->len, &options, out);
}

/* An entry's value as it stands in the message. */
static unsigned char *value_bytes(const json_t *entry, size_t *out_len)
{
	const json_t *repeat = json_object_get(entry, "value_repeat");
	unsigned char *unit, *value;
	size_t unit_len;
	uint64_t len;

	if (repeat == NULL)
		return vector_unhex(text(entry, "value_hex"), out_len);
	unit = vector_unhex(text(repeat, "unit_hex"), &unit_len);
	len = unit_len * number(repeat, "times");
	*out_len = len + 8;
	value = malloc(*out_len);
	for (size_t i = 0; i < 8; i++)
		value[i] = (unsigned char)(len >> 8 * i);
	for (size_t at = 8; at < *out_len; at += unit_len)
		memcpy(value + at, unit, unit_len);
	free(unit);
	return value;
}

static void assert_long_value(const dctx_snapshot *s, const dctx_key *key,
			      const json_t *entry)
{
	dctx_bytes got = dctx_snapshot_get_bytes(s, key, (dctx_bytes){"", 0});
	size_t len;
	unsigned char *value = value_bytes(entry, &len);

	assert_int_equal(got.len, len - 8);
	assert_memory_equal(got.data, value + 8, got.len);
	free(value);
}

static void assert_value(const dctx_snapshot *s, const dctx_key *key,
			 const json_t *entry)
{
	bool is_float = key->kind == DCTX_KIND_F32 ||
			key->kind == DCTX_KIND_F64;
	json_t *got;

	assert_true(dctx_snapshot_has_key(s, key));
	if (json_object_get(entry, "value_repeat") != NULL) {
		assert_long_value(s, key, entry);
		return;
	}
	got = vector_got(s, key);
	assert_true(json_equal(got, json_object_get(entry, is_float
								? "value_hex"
								: "value")));
	json_decref(got);
}

static const dctx_key *key_of(const struct line *line, const json_t *entry)
{
	return dctx_registry_find(line->registry, text(entry, "key"));
}

/* Values as they came, where the reader has not made others of them; those of
 * the program's own codec are only compared as bytes. */
static void assert_values(const struct line *line, const dctx_snapshot *s)
{
	const json_t *decoded = json_object_get(line->json, "decoded");
	json_t *entry;
	size_t i;

	if (json_object_get(line->json, "restored") != NULL)
		return;
	json_array_foreach(json_object_get(decoded, "entries"), i, entry) {
		if (strcmp(text(entry, "type"), "raw") != 0)
			assert_value(s, key_of(line, entry), entry);
	}
}

static bool comes_again(const json_t *entries, size_t i)
{
	const char *key = text(json_array_get(entries, i), "key");

	for (size_t later = i + 1; later < json_array_size(entries); later++)
		if (strcmp(text(json_array_get(entries, later), "key"), key) ==
		    0)
			return true;
	return false;
}

/* What had to be passed over or was odd. Returns whether a strict reader
 * refuses it. */
static bool assert_counted(const struct line *line)
{
	const json_t *decoded = json_object_get(line->json, "decoded");
	const json_t *entries = json_object_get(decoded, "entries");
	bool tail = json_object_get(decoded, "trailing") != NULL, twice = false;
	uint64_t unknown = 0, local = 0, again = 0, tails = tail;
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const dctx_key *key = key_of(line, entry);
		bool ours = key != NULL && key->policy != DCTX_LOCAL;

		unknown += key == NULL;
		local += key != NULL && !ours;
		again += ours && comes_again(entries, i);
		twice |= comes_again(entries, i);
		tails += ours && json_object_get(entry, "value_trailing");
	}
	assert_int_equal(dctxt_count(DCTX_EV_UNKNOWN_ENTRY), unknown);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), local);
	assert_int_equal(dctxt_count(DCTX_EV_DUPLICATE_ENTRY), again);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), tails);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 0);
	return twice || tails > 0;
}

static void put_word(FILE *f, uint64_t v, size_t width)
{
	for (size_t i = 0; i < width; i++)
		putc((int)(v >> 8 * i & 0xff), f);
}

static void put_text(FILE *f, const json_t *string)
{
	put_word(f, json_string_length(string), 8);
	fwrite(json_string_value(string), 1, json_string_length(string), f);
}

static void put_entry(FILE *f, const json_t *entry)
{
	size_t len;
	unsigned char *value = value_bytes(entry, &len);

	put_text(f, json_object_get(entry, "key"));
	put_word(f, number(entry, "key_version"), 4);
	put_word(f, len, 8);
	fwrite(value, 1, len, f);
	free(value);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(text(*(json_t *const *)a, "key"),
		      text(*(json_t *const *)b, "key"));
}

/* The bytes that a context must give, put together a second time here. */
static char *message_of(const json_t *context, size_t *out_len)
{
	const json_t *entries = json_object_get(context, "entries");
	const json_t *chain = json_object_get(context, "chain");
	size_t n = json_array_size(entries);
	json_t **sorted = calloc(n + 1, sizeof *sorted);
	char *message;
	FILE *f = open_memstream(&message, out_len);

	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(entries, i);
	qsort(sorted, n, sizeof *sorted, by_key);
	put_word(f, 2, 4);
	put_word(f, n, 8);
	for (size_t i = 0; i < n; i++)
		put_entry(f, sorted[i]);
	put_word(f, json_array_size(chain), 8);
	for (size_t i = 0; i < json_array_size(chain); i++)
		put_text(f, json_array_get(chain, i));
	fclose(f);
	free(sorted);
	return message;
}

static void assert_goes_back(const struct line *line, const dctx_snapshot *s,
			     const json_t *context)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .registry = line->registry};
	size_t want_len, len = 0;
	char *want = message_of(context, &want_len);
	char *got = malloc(want_len);

	assert_int_equal(dctx_snapshot_encode_with(s, &options, NULL, 0, &len),
			 DCTX_TOO_SMALL);
	assert_int_equal(len, want_len);
	assert_int_equal(
		dctx_snapshot_encode_with(s, &options, got, want_len, &len),
		DCTX_OK);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, len);
	free(want);
	free(got);
}

/* The context that the reader has of a message: the message's own, or what the
 * newest release that tells made of it. */
static const json_t *context_of(const json_t *line)
{
	static const char *const by[] = {"all", "0.9.0", "0.8.0", "0.7.1"};
	const json_t *restored = json_object_get(line, "restored");

	for (size_t i = 0; i < sizeof by / sizeof *by && restored != NULL; i++)
		if (json_object_get(restored, by[i]) != NULL)
			return json_object_get(restored, by[i]);
	return json_object_get(line, "decoded");
}

/* The message, entry by entry and name by name, and put together again. */
static void assert_walked(const struct line *line)
{
	const json_t *decoded = json_object_get(line->json, "decoded");
	const json_t *entries = json_object_get(decoded, "entries");
	const json_t *chain = json_object_get(decoded, "chain");
	dctx_entry *entry = calloc(json_array_size(entries) + 1, sizeof *entry);
	dctx_bytes *name = calloc(json_array_size(chain) + 1, sizeof *name);
	dctx_message_parts parts = {.struct_size = sizeof parts};
	unsigned char *again = malloc(line->len);
	dctx_message m;
	size_t len = 0;

	assert_int_equal(dctx_message_open(line->data, line->len, &m), DCTX_OK);
	assert_int_equal(m.version, number(decoded, "version"));
	assert_int_equal(m.trailing, number(decoded, "trailing"));
	assert_int_equal(m.has_chain,
			 !json_is_false(json_object_get(decoded,
							"chain_field")));
	assert_int_equal(m.entries, json_array_size(entries));
	assert_int_equal(m.names, json_array_size(chain));
	for (size_t i = 0; dctx_message_entry(&m, &entry[i]); i++) {
		const json_t *want = json_array_get(entries, i);
		size_t value_len;
		unsigned char *value = value_bytes(want, &value_len);

		assert_int_equal(entry[i].version, number(want, "key_version"));
		assert_int_equal(entry[i].value.len, value_len);
		assert_memory_equal(entry[i].value.data, value, value_len);
		free(value);
	}
	for (size_t i = 0; dctx_message_name(&m, &name[i]); i++)
		assert_memory_equal(name[i].data,
				    json_string_value(json_array_get(chain, i)),
				    name[i].len);
	parts.version = m.version;
	parts.entries = entry;
	parts.entry_count = m.entries;
	parts.names = m.has_chain ? name : NULL;
	parts.name_count = m.names;
	assert_int_equal(dctx_message_write(&parts, again, line->len, &len),
			 DCTX_OK);
	assert_int_equal(len, line->len - m.trailing);
	assert_memory_equal(again, line->data, len);
	free(again);
	free(entry);
	free(name);
}

static void assert_accepted(const struct line *line)
{
	dctx_snapshot *s = NULL;
	bool odd;

	assert_int_equal(decode(line, 0, &s), DCTX_OK);
	assert_values(line, s);
	odd = assert_counted(line);
	assert_goes_back(line, s, context_of(line->json));
	dctx_snapshot_unref(s);
	s = NULL;
	assert_int_equal(decode(line, DCTX_DECODE_STRICT, &s),
			 odd ? DCTX_CORRUPT : DCTX_OK);
	if (!odd)
		assert_goes_back(line, s, context_of(line->json));
	dctx_snapshot_unref(s);
	assert_walked(line);
}

/* The class of error; a codec that itself says no is the two lines' alone. */
static dctx_status refusal_of(const json_t *line)
{
	const char *name = text(line, "name"), *kind = text(line, "kind");

	if (strcmp(kind, "version") == 0 || strcmp(kind, "migration-bad") == 0)
		return DCTX_UNSUPPORTED;
	if (strcmp(name, "value_codec_error") == 0 ||
	    strcmp(name, "value_char_ff") == 0)
		return DCTX_CODEC;
	return DCTX_CORRUPT;
}

/* Whether it is a value that is bad, and nothing else. */
static bool is_bad_value(const json_t *line)
{
	const char *kind = text(line, "kind"), *name = text(line, "name");

	return strcmp(kind, "bad-value") == 0 ||
	       strcmp(kind, "migration-bad") == 0 ||
	       strcmp(name, "utf8_overlong_value") == 0;
}

static void assert_refused(const struct line *line)
{
	dctx_snapshot *untouched = (dctx_snapshot *)&untouched, *s = untouched;
	dctx_status want = refusal_of(line->json), status;
	bool skippable = is_bad_value(line->json);
	dctx_message m;

	assert_int_equal(decode(line, 0, &s), want);
	assert_ptr_equal(s, untouched);
	assert_int_equal(dctx_last_error()->status, want);
	assert_int_equal(decode(line, DCTX_DECODE_STRICT, &s), want);
	assert_ptr_equal(s, untouched);
	assert_int_equal(dctxt_count_all(), 0);
	status = decode(line, DCTX_DECODE_SKIP_BAD, &s);
	assert_int_equal(status, skippable ? DCTX_OK : want);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), skippable);
	if (skippable)
		dctx_snapshot_unref(s);
	assert_int_equal(dctx_message_open(line->data, line->len, &m),
			 skippable ? DCTX_OK : want);
}

static void check_line(void **state)
{
	struct line line = {.json = *state};

	assert_int_equal(dctxt_begin(state), 0);
	line.data = vector_unhex(text(line.json, "hex"), &line.len);
	line.registry =
		vector_registry(json_object_get(line.json, "registry"));
	assert_non_null(line.registry);
	if (json_object_get(line.json, "error") != NULL)
		assert_refused(&line);
	else
		assert_accepted(&line);
	dctx_registry_free(line.registry);
	free(line.data);
	assert_int_equal(dctxt_end(state), 0);
}

/* All lines, or none when one of them is no JSON. They are never let go, since
 * keys look at them. */
static json_t *load(const char *path)
{
	static json_t *lines;
	FILE *f = fopen(path, "r");
	json_t *line;
	char *row = NULL;
	size_t room = 0;
	ssize_t len;

	lines = json_array();
	while (f != NULL && (len = getline(&row, &room, f)) > 0) {
		line = json_loadb(row, (size_t)len, JSON_ALLOW_NUL, NULL);
		if (line == NULL) {
			json_array_clear(lines);
			break;
		}
		json_array_append_new(lines, line);
	}
	free(row);
	if (f != NULL)
		fclose(f);
	return lines;
}

int main(void)
{
	const char *path = getenv("DCTX_VECTORS");
	json_t *lines = load(path != NULL
				     ? path
				     : "test/vectors/dcontext-wire.jsonl");
	size_t n = json_array_size(lines);
	struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);
	int failed;

	if (n == 0) {
		fprintf(stderr, "no vectors\n");
		free(tests);
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *line = json_array_get(lines, i);

		tests[i].name = text(line, "name");
		tests[i].test_func = check_line;
		tests[i].initial_state = line;
	}
	failed = _cmocka_run_group_tests("vectors", tests, n, NULL, NULL);
	free(tests);
	return failed;
}
