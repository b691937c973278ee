/* SPDX-License-Identifier: MIT */
/*
 * Every message of the real Rust crate, a test each: what it accepts is read
 * to the same values and written back to the same bytes, entries sorted; what
 * it refuses is refused for the same class of reason.
 *
 * The registry is the process's, and lines give one name different types, so
 * each line runs in a child of its own. The file is looked for from the
 * source directory, or where DCTX_VECTORS says.
 */
#include "vector_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES_MAX 200

/* Lines whose feature is still to come: the version-1 envelope and
 * migrations. Each must be refused as unsupported until then. */
static const char *const later[] = {
	"v1_true_by_0.7.1",	  "v1_true_empty_by_0.2.0",
	"v1_fake_by_0.8.0",	  "v1_true_then_junk_count",
	"duplicate_two_versions", "migration_v1_to_v2_0.9",
};

static bool is_later(const char *name)
{
	for (size_t i = 0; i < sizeof later / sizeof *later; i++)
		if (strcmp(later[i], name) == 0)
			return true;
	return false;
}

static const char *text(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static uint64_t number(const json_t *object, const char *member)
{
	return (uint64_t)json_integer_value(json_object_get(object, member));
}

/* Tells what did not hold, in a child that has no cmocka. */
static bool holds(bool condition, const char *what, const char *of)
{
	if (!condition)
		fprintf(stderr, "%s: not so: %s\n", of, what);
	return condition;
}

static uint32_t kind_of(const json_t *type)
{
	static const struct {
		const char *name;
		uint32_t kind;
	} kinds[] = {
		{"bool", DCTX_KIND_BOOL}, {"u32", DCTX_KIND_U32},
		{"u64", DCTX_KIND_U64},	  {"i64", DCTX_KIND_I64},
		{"f32", DCTX_KIND_F32},	  {"f64", DCTX_KIND_F64},
		{"string", DCTX_KIND_STR}, {"bytes", DCTX_KIND_BYTES},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (json_is_string(type) &&
		    strcmp(kinds[i].name, json_string_value(type)) == 0)
			return kinds[i].kind;
	return DCTX_KIND_TYPE;
}

/* A key lives as long as its process, which is the child's. */
static bool register_one(const char *name, const json_t *spec)
{
	const json_t *type = json_object_get(spec, "type");
	dctx_key *key = calloc(1, sizeof *key);

	key->name = name;
	key->kind = type != NULL ? kind_of(type) : DCTX_KIND_STR;
	key->policy = json_is_true(json_object_get(spec, "local")) ? DCTX_LOCAL
								   : DCTX_WIRE;
	key->version = (uint32_t)number(spec, "version");
	if (key->kind == DCTX_KIND_TYPE)
		key->type = vector_type(type, text(spec, "prefix_hex"));
	return holds(dctx_key_register(key) == DCTX_OK, "registered", name);
}

static bool register_keys(json_t *registry)
{
	const char *name;
	json_t *spec;

	json_object_foreach(registry, name, spec)
		if (!register_one(name, spec))
			return false;
	return true;
}

/* A scalar as `value` has it, but floats as `value_hex`. */
static json_t *scalar_json(const dctx_snapshot *s, const dctx_key *key)
{
	double f64 = dctx_snapshot_get_f64(s, key, 0);
	float f32 = dctx_snapshot_get_f32(s, key, 0);
	switch (key->kind) {
	case DCTX_KIND_BOOL:
		return json_boolean(dctx_snapshot_get_bool(s, key, false));
	case DCTX_KIND_U32:
		return json_sprintf("%lu", (unsigned long)dctx_snapshot_get_u32(
						   s, key, 0));
	case DCTX_KIND_U64:
		return json_sprintf(
			"%llu",
			(unsigned long long)dctx_snapshot_get_u64(s, key, 0));
	case DCTX_KIND_I64:
		return json_sprintf(
			"%lld", (long long)dctx_snapshot_get_i64(s, key, 0));
	case DCTX_KIND_F32:
		return vector_float_hex(&f32, sizeof f32);
	default:
		return vector_float_hex(&f64, sizeof f64);
	}
}

static json_t *value_json(const dctx_snapshot *s, const dctx_key *key)
{
	dctx_bytes bytes = {"", 0};

	if (key->kind == DCTX_KIND_TYPE)
		return json_incref(
			vector_json(dctx_snapshot_get_type(s, key, NULL)));
	if (key->kind != DCTX_KIND_STR && key->kind != DCTX_KIND_BYTES)
		return scalar_json(s, key);
	bytes = dctx_snapshot_get_bytes(s, key, bytes);
	if (key->kind == DCTX_KIND_STR)
		return json_stringn(bytes.data, bytes.len);
	return vector_hex(bytes.data, bytes.len);
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

static bool long_value_came(const dctx_snapshot *s, const dctx_key *key,
			    const json_t *entry)
{
	dctx_bytes got = dctx_snapshot_get_bytes(s, key, (dctx_bytes){"", 0});
	size_t len;
	unsigned char *value = value_bytes(entry, &len);
	bool same = got.len == len - 8 &&
		    memcmp(got.data, value + 8, got.len) == 0;

	free(value);
	return same;
}

static bool value_came(const dctx_snapshot *s, const json_t *entry)
{
	const dctx_key *key = dctx_registry_find(NULL, text(entry, "key"));
	bool is_float = key->kind == DCTX_KIND_F32 ||
			key->kind == DCTX_KIND_F64;
	json_t *got;
	bool same;

	if (!holds(dctx_snapshot_has_key(s, key), "has a value", key->name))
		return false;
	if (json_object_get(entry, "value_repeat") != NULL)
		return holds(long_value_came(s, key, entry), "the value",
			     key->name);
	got = value_json(s, key);
	same = json_equal(got, json_object_get(entry, is_float ? "value_hex"
							       : "value"));
	json_decref(got);
	return holds(same, "the value", key->name);
}

/* The values, and what had to be passed over. */
static bool entries_came(const dctx_snapshot *s, const json_t *entries)
{
	uint64_t unknown = 0, local = 0;
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const dctx_key *key =
			dctx_registry_find(NULL, text(entry, "key"));

		unknown += key == NULL;
		local += key != NULL && key->policy == DCTX_LOCAL;
		if (key != NULL && key->policy != DCTX_LOCAL &&
		    !value_came(s, entry))
			return false;
	}
	return holds(dctx_counter(DCTX_EV_UNKNOWN_ENTRY) == unknown,
		     "counted", "unknown") &&
	       holds(dctx_counter(DCTX_EV_LOCAL_ENTRY) == local, "counted",
		     "local") &&
	       holds(dctx_counter(DCTX_EV_DUPLICATE_ENTRY) == 0, "counted",
		     "duplicates");
}

static bool chain_came(const dctx_snapshot *s, const json_t *chain)
{
	const char *names[64];
	size_t n = dctx_snapshot_chain(s, names, 64);

	if (!holds(n == json_array_size(chain), "its length", "chain"))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!holds(strcmp(names[i], json_string_value(json_array_get(
						    chain, i))) == 0,
			   "a name", "chain"))
			return false;
	return true;
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
	json_t *sorted[64];
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
	return message;
}

static bool goes_back(const dctx_snapshot *s, const json_t *context)
{
	size_t want_len, need = 0, len = 0;
	char *want = message_of(context, &want_len);
	char *got = malloc(want_len);
	bool same;

	same = holds(dctx_snapshot_encode(s, NULL, 0, &need) ==
			     DCTX_TOO_SMALL, "too small", "size query") &&
	       holds(need == want_len, "the size", "size query") &&
	       holds(dctx_snapshot_encode(s, got, want_len, &len) == DCTX_OK,
		     "encoded", "message") &&
	       holds(len == want_len && memcmp(got, want, len) == 0,
		     "the bytes", "message");
	free(want);
	free(got);
	return same;
}

static bool accepts(const json_t *line, const void *data, size_t len)
{
	const json_t *decoded = json_object_get(line, "decoded");
	const json_t *restored = json_object_get(
		json_object_get(line, "restored"), "all");
	bool trailing = json_object_get(decoded, "trailing") != NULL;
	dctx_snapshot *s;
	bool good;

	if (!holds(dctx_decode(data, len, &s) == DCTX_OK, "decoded",
		   text(line, "name")))
		return false;
	good = entries_came(s, json_object_get(decoded, "entries")) &&
	       chain_came(s, json_object_get(decoded, "chain")) &&
	       holds(dctx_counter(DCTX_EV_TRAILING_BYTES) == trailing,
		     "counted", "trailing") &&
	       goes_back(s, restored != NULL ? restored : decoded);
	dctx_snapshot_unref(s);
	return good;
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

static bool refuses(const json_t *line, dctx_status want, const void *data,
		    size_t len)
{
	dctx_snapshot *untouched = (dctx_snapshot *)&untouched, *s = untouched;
	dctx_status status = dctx_decode(data, len, &s);

	return holds(status == want, dctx_strerror(want), text(line, "name")) &&
	       holds(s == untouched, "untouched", "out") &&
	       holds(dctx_last_error()->status == want, "noted", "error");
}

static bool check_line(const json_t *line)
{
	size_t len;
	unsigned char *data = vector_unhex(text(line, "hex"), &len);
	bool good = register_keys(json_object_get(line, "registry"));

	if (good && is_later(text(line, "name")))
		good = refuses(line, DCTX_UNSUPPORTED, data, len);
	else if (good && json_object_get(line, "error") != NULL)
		good = refuses(line, refusal_of(line), data, len);
	else if (good)
		good = accepts(line, data, len);
	free(data);
	return good;
}

static void check_in_a_child(void **state)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		exit(check_line(*state) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void nothing_is_put_off_that_is_not_there(void **state)
{
	size_t found = 0, i;
	json_t *line;

	json_array_foreach(*state, i, line)
		found += is_later(text(line, "name"));
	assert_int_equal(found, sizeof later / sizeof *later);
}

/* All lines, or none when one of them is no JSON. */
static json_t *load(const char *path)
{
	json_t *lines = json_array(), *line;
	FILE *f = fopen(path, "r");
	char *row = NULL;
	size_t room = 0;
	ssize_t len;

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
	static struct CMUnitTest tests[LINES_MAX + 1];
	const char *path = getenv("DCTX_VECTORS");
	json_t *lines = load(path != NULL
				     ? path
				     : "test/vectors/dcontext-wire.jsonl");
	size_t n = json_array_size(lines);
	int failed;

	if (n == 0 || n > LINES_MAX) {
		fprintf(stderr, "%zu vectors, not 1 to %d\n", n, LINES_MAX);
		json_decref(lines);
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *line = json_array_get(lines, i);

		tests[i].name = text(line, "name");
		tests[i].test_func = check_in_a_child;
		tests[i].initial_state = line;
	}
	tests[n].name = "nothing_is_put_off_that_is_not_there";
	tests[n].test_func = nothing_is_put_off_that_is_not_there;
	tests[n].initial_state = lines;
	failed = _cmocka_run_group_tests("vectors", tests, n + 1, NULL, NULL);
	json_decref(lines);
	return failed;
}
