/* SPDX-License-Identifier: MIT */
/*
 * mhd_carrier.c - what came with a request, line by line.
 *
 * MHD_lookup_connection_value finds the first line of a name only, so all are
 * gone through: a second traceparent makes both void, and a tracestate may come
 * in several.
 */
#include "mhd_carrier.h"

#include <string.h>
#include <strings.h>

struct search {
	const char *name;
	size_t len;
	/* get's */
	dctx_bytes *values;
	size_t room;
	size_t found;
	/* each's */
	void (*each)(void *arg, dctx_bytes name, dctx_bytes value);
	void *arg;
};

/* A line without a value is an empty one. */
static dctx_bytes value_of(const char *value, size_t len)
{
	return value != NULL ? (dctx_bytes){value, len} : (dctx_bytes){"", 0};
}

static enum MHD_Result take(void *arg, enum MHD_ValueKind kind, const char *key,
			    size_t key_len, const char *value, size_t len)
{
	struct search *s = arg;

	(void)kind;
	if (key_len != s->len || strncasecmp(key, s->name, key_len) != 0)
		return MHD_YES;
	if (s->found < s->room)
		s->values[s->found] = value_of(value, len);
	s->found++;
	return MHD_YES;
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	struct search s = {.name = name,
			   .len = strlen(name),
			   .values = values,
			   .room = room};

	MHD_get_connection_values_n(user, MHD_HEADER_KIND, take, &s);
	return s.found;
}

static enum MHD_Result tell(void *arg, enum MHD_ValueKind kind, const char *key,
			    size_t key_len, const char *value, size_t len)
{
	struct search *s = arg;

	(void)kind;
	if (key_len >= s->len && strncasecmp(key, s->name, s->len) == 0)
		s->each(s->arg, (dctx_bytes){key, key_len},
			value_of(value, len));
	return MHD_YES;
}

static void each(void *user, const char *prefix,
		 void (*each)(void *arg, dctx_bytes name, dctx_bytes value),
		 void *arg)
{
	struct search s = {.name = prefix,
			   .len = strlen(prefix),
			   .each = each,
			   .arg = arg};

	MHD_get_connection_values_n(user, MHD_HEADER_KIND, tell, &s);
}

dctx_carrier mhd_carrier(struct MHD_Connection *connection)
{
	return (dctx_carrier){.struct_size = sizeof(dctx_carrier),
			      .get = get,
			      .each = each,
			      .user = connection};
}
