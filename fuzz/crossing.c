/* SPDX-License-Identifier: MIT */
/*
 * Headers from outside, lines of "name: value", by each of the formats: all is
 * taken or passed over; and what is sent on of it comes back as it was sent.
 * The first byte chooses the format, and who is on the other side.
 */
#include <dctx/dctx.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MANY = 64, ROOM = 1 << 16 };

DCTX_KEY_STR(k_user, "user", DCTX_WIRE | DCTX_BAGGAGE | DCTX_TO_PARTNER);
DCTX_KEY_U32(k_n, "n", DCTX_WIRE | DCTX_BAGGAGE | DCTX_TO_PUBLIC);
DCTX_KEY_BYTES(k_data, "data", DCTX_WIRE | DCTX_BAGGAGE);
DCTX_KEY_F64(k_f, "f", DCTX_BAGGAGE);

static const char *const formats[] = {
	"tracecontext", "baggage",	"b3",	  "b3multi",
	"jaeger",	"grpc-timeout", "x-dctx", "x-dctx-bin"};

static void must(int condition)
{
	if (!condition)
		abort();
}

struct lines {
	dctx_headers headers;
	dctx_header list[MANY];
	char text[ROOM];
};

static dctx_carrier empty(struct lines *lines)
{
	lines->headers =
		(dctx_headers){lines->list, 0, MANY, lines->text, ROOM, 0};
	return dctx_headers_carrier(&lines->headers);
}

/* A line's name and value, each in a block of exactly its size. */
static void add(struct lines *lines, const char *line, size_t len)
{
	const char *colon = len > 0 ? memchr(line, ':', len) : NULL;
	size_t name = colon != NULL ? (size_t)(colon - line) : len;
	size_t value = colon != NULL ? len - name - 1 : 0;
	char *blocks[2] = {malloc(name + 1), malloc(value + 1)};

	must(blocks[0] != NULL && blocks[1] != NULL);
	if (name > 0)
		memcpy(blocks[0], line, name);
	if (value > 0)
		memcpy(blocks[1], colon + 1, value);
	lines->list[lines->headers.count++] =
		(dctx_header){{blocks[0], name}, {blocks[1], value}};
}

static void take_lines(struct lines *lines, const char *at, size_t size)
{
	while (size > 0 && lines->headers.count < MANY) {
		const char *end = memchr(at, '\n', size);
		size_t len = end != NULL ? (size_t)(end - at) : size;

		add(lines, at, len);
		len += end != NULL;
		at += len;
		size -= len;
	}
}

static void drop_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->headers.count; i++) {
		free((void *)(uintptr_t)lines->list[i].name.data);
		free((void *)(uintptr_t)lines->list[i].value.data);
	}
}

static void found(void *user, const dctx_finding *finding)
{
	size_t *size = user;

	must(dctx_rule_name(finding->rule)[0] != '\0');
	must(dctx_effect_name(finding->effect)[0] != '\0');
	must(finding->offset <= *size);
}

/* What came by these headers, sent on. */
static void send_on(const dctx_carrier *from, const dctx_hop *hop,
		    struct lines *to)
{
	dctx_carrier carrier = empty(to);
	dctx_guard guard;
	dctx_trace trace;

	must(dctx_extract(from, hop, &guard) == DCTX_OK);
	must(dctx_inject(&carrier, hop, &trace) == DCTX_OK);
	dctx_leave(guard);
}

static void must_be_same(const struct lines *a, const struct lines *b)
{
	must(a->headers.count == b->headers.count);
	for (size_t i = 0; i < a->headers.count; i++) {
		const dctx_header *x = &a->list[i], *y = &b->list[i];

		must(x->name.len == y->name.len &&
		     x->value.len == y->value.len);
		must(memcmp(x->name.data, y->name.data, x->name.len) == 0);
		must(memcmp(x->value.data, y->value.data, x->value.len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines came, once, twice;
	dctx_carrier carrier = empty(&came);
	const dctx_findings findings = {found, &size};
	const dctx_propagator *format;
	dctx_hop hop = {.struct_size = sizeof hop,
			.propagators = &format,
			.propagator_count = 1,
			.flags = DCTX_HOP_SAME_SPAN,
			.findings = &findings};

	if (size == 0)
		return 0;
	format = dctx_propagator_named(formats[data[0] % 8]);
	hop.trust = (dctx_trust)(data[0] / 8 % 3);
	take_lines(&came, (const char *)data + 1, size - 1);
	/* Time runs meanwhile; it is for another target. */
	hop.never = data[0] & 0x80 ? 0 : DCTX_CROSS_LIMITS;
	send_on(&carrier, &hop, &once);
	drop_lines(&came);
	if (hop.never == 0 || hop.trust != DCTX_INTERNAL)
		return 0;
	size = ROOM;
	carrier = dctx_headers_carrier(&once.headers);
	send_on(&carrier, &hop, &twice);
	must_be_same(&once, &twice);
	return 0;
}
