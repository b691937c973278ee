/* SPDX-License-Identifier: MIT */
/*
 * encode_json.c - a description of a message as JSON, as dctx decode --json
 * writes it:
 *
 *     {"version": 2, "chain": ["checkout"], "entries": [
 *             {"key": "tenant", "version": 1, "kind": "u64", "value": 42},
 *             {"key": "blob", "hex": "00ff"}],
 *      "trace": "00-...", "tracestate": "a=b", "baggage": "k=v",
 *      "deadline": "250ms"}
 *
 * "hex" counts before "kind" and "value". What decode adds for people is passed
 * over.
 */
#include "encode.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>

static dctx_bytes bytes_of(const json_t *string)
{
	return (dctx_bytes){json_string_value(string),
			    json_string_length(string)};
}

/* A value as text for its kind; numbers are written in `room`. */
static bool text_of(const json_t *value, char room[48], dctx_bytes *out)
{
	if (json_is_string(value)) {
		*out = bytes_of(value);
		return true;
	}
	if (json_is_boolean(value))
		strcpy(room, json_is_true(value) ? "true" : "false");
	else if (json_is_integer(value))
		snprintf(room, 48, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (json_is_real(value))
		snprintf(room, 48, "%.17g", json_real_value(value));
	else
		return false;
	*out = (dctx_bytes){room, strlen(room)};
	return true;
}

/* A whole number of 32 bits; absent it is 1. */
static bool version_of(const json_t *value, uint32_t *out)
{
	json_int_t number = json_integer_value(value);

	*out = 1;
	if (value == NULL)
		return true;
	if (!json_is_integer(value) || number < 0 || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

static const char *take_entry(struct parts *parts, const json_t *entry)
{
	const json_t *key = json_object_get(entry, "key");
	const json_t *hex = json_object_get(entry, "hex");
	const json_t *kind = json_object_get(entry, "kind");
	const json_t *value = json_object_get(entry, "value");
	char room[48];
	uint32_t version;
	dctx_bytes text;

	if (!json_is_string(key))
		return "an entry has no key";
	if (!version_of(json_object_get(entry, "version"), &version))
		return "an entry's version is none";
	if (json_is_string(hex))
		return parts_value(parts, bytes_of(key), version, "hex",
				   bytes_of(hex));
	if (!json_is_string(kind) || !text_of(value, room, &text))
		return "an entry has neither hex nor kind and value";
	return parts_value(parts, bytes_of(key), version,
			   json_string_value(kind), text);
}

static const char *take_entries(struct parts *parts, const json_t *value)
{
	const char *wrong = NULL;

	if (!json_is_array(value))
		return "entries are no list";
	for (size_t i = 0; i < json_array_size(value) && wrong == NULL; i++)
		wrong = take_entry(parts, json_array_get(value, i));
	return wrong;
}

static const char *take_chain(struct parts *parts, const json_t *value)
{
	if (!json_is_array(value))
		return "the chain is no list";
	parts->has_chain = true;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *name = json_array_get(value, i);

		if (!json_is_string(name))
			return "a name of the chain is no text";
		parts_name(parts, bytes_of(name));
	}
	return NULL;
}

static const char *take_version(struct parts *parts, const json_t *value)
{
	if (!version_of(value, &parts->version) || parts->version < 1 ||
	    parts->version > 2)
		return "a message is of version 1 or 2";
	return NULL;
}

/* The ones that are texts. */
static const char *take_texts(struct parts *parts, const json_t *object)
{
	const json_t *trace = json_object_get(object, "trace");
	const json_t *state = json_object_get(object, "tracestate");
	const json_t *baggage = json_object_get(object, "baggage");
	const json_t *deadline = json_object_get(object, "deadline");
	const char *wrong = NULL;

	if (json_is_string(trace))
		wrong = parts_trace(parts, bytes_of(trace), bytes_of(state));
	else if (trace != NULL || state != NULL)
		wrong = "the trace is no text";
	if (wrong == NULL && baggage != NULL)
		wrong = json_is_string(baggage)
				? parts_baggage(parts, bytes_of(baggage))
				: "the baggage is no text";
	if (wrong == NULL && deadline != NULL)
		wrong = json_is_string(deadline)
				? parts_deadline(parts,
						 json_string_value(deadline))
				: "the deadline is no text";
	return wrong;
}

static const char *take(struct parts *parts, const json_t *object)
{
	const json_t *entries = json_object_get(object, "entries");
	const json_t *chain = json_object_get(object, "chain");
	const json_t *version = json_object_get(object, "version");
	const char *wrong = NULL;

	if (!json_is_object(object))
		return "it is no object";
	if (version != NULL)
		wrong = take_version(parts, version);
	if (wrong == NULL && entries != NULL)
		wrong = take_entries(parts, entries);
	if (wrong == NULL && chain != NULL)
		wrong = take_chain(parts, chain);
	return wrong != NULL ? wrong : take_texts(parts, object);
}

/* A member that nothing looks at would be lost without a word. */
static const char *unknown(const json_t *object)
{
	static const char *const names[] = {
		"version", "entries",  "chain", "trace", "tracestate",
		"baggage", "deadline", "file",	"bytes", "trailing"};
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		size_t i = 0;

		while (i < sizeof names / sizeof *names &&
		       strcmp(names[i], name) != 0)
			i++;
		if (i == sizeof names / sizeof *names)
			return name;
	}
	return NULL;
}

bool encode_json(const struct input *input, const struct text *text,
		 struct parts *parts)
{
	json_error_t error;
	json_t *object =
		json_loadb(text->at, text->len,
			   JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	const char *wrong = NULL;

	if (object == NULL)
		return input_refuse(input, "line %d, column %d: %s", error.line,
				    error.column, error.text);
	if (unknown(object) != NULL)
		(void)input_refuse(input, "nothing is known of %s",
				   wrong = unknown(object));
	else if ((wrong = take(parts, object)) != NULL)
		(void)input_refuse(input, "%s", wrong);
	json_decref(object);
	return wrong == NULL;
}
