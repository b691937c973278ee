/* SPDX-License-Identifier: MIT */
#include "carrier.h"

#include <string.h>

/* A letter or two tell the names apart that the library asks for; the rest of
 * the name is not compared. */
static enum header b3_of(const char *name)
{
	switch (name[5]) {
	case 't':
		return B3_TRACE_ID;
	case 'p':
		return B3_PARENT_ID;
	case 'f':
		return B3_FLAGS;
	default:
		return name[6] == 'p' ? B3_SPAN_ID : B3_SAMPLED;
	}
}

static enum header header_of(const char *name)
{
	switch (name[0]) {
	case 't':
		return name[5] == 'p' ? TRACEPARENT : TRACESTATE;
	case 'b':
		return name[1] == 'a' ? BAGGAGE : B3;
	case 'u':
		return JAEGER;
	default:
		return name[2] == 'd' ? ENVELOPE : b3_of(name);
	}
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	const struct carried *headers = user;
	enum header header = header_of(name);
	size_t count = headers->in[header].count;

	for (size_t i = 0; i < count && i < room; i++)
		values[i] = headers->in[header].line[i];
	return count;
}

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	struct carried *headers = user;
	enum header header = header_of(name);

	if (value.len > sizeof(headers->out[header].text))
		return DCTX_TOO_SMALL;
	memcpy(headers->out[header].text, value.data, value.len);
	headers->out[header].len = value.len;
	return DCTX_OK;
}

dctx_carrier carried_by(struct carried *headers)
{
	return (dctx_carrier){.struct_size = sizeof(dctx_carrier),
			      .get = get,
			      .set = set,
			      .user = headers};
}

void came(struct carried *headers, enum header header, const char *line)
{
	static dctx_bytes lines[HEADERS];

	lines[header] = (dctx_bytes){line, strlen(line)};
	headers->in[header].line = &lines[header];
	headers->in[header].count = 1;
}
