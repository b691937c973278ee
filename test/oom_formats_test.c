/* SPDX-License-Identifier: MIT */
/*
 * oom_formats_test.c - proves that an allocation that fails while a context
 * goes out by headers or comes in fails that call and nothing else.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_STR(k_large, "oom-large", DCTX_WIRE | DCTX_BAGGAGE | DCTX_TO_PARTNER);
DCTX_KEY_BYTES(k_data, "oom-data", DCTX_WIRE);
DCTX_KEY_U64(k_kept, "oom-kept", DCTX_WIRE);

static char large[2001];

static const dctx_propagator *format;

static dctx_hop hop(void)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = &format,
			  .propagator_count = 1,
			  .flags = DCTX_HOP_SAME_SPAN};
}

/* Headers on the stack of whoever runs. */
struct lines {
	dctx_headers headers;
	dctx_header list[8];
	char text[24576];
};

static dctx_carrier empty(struct lines *lines)
{
	lines->headers = (dctx_headers){lines->list,	    0, 8, lines->text,
					sizeof lines->text, 0};
	return dctx_headers_carrier(&lines->headers);
}

/* Sets what takes memory to be sent: a value of more than a message on the
 * stack has room for, and one of more than a text has. */
static dctx_status set_large(void)
{
	dctx_trace trace = {{1}, {2}, 0, {NULL, 0}};
	dctx_status status;

	memset(large, '/', sizeof large - 1);
	status = dctx_set(k_large, large);
	if (status == DCTX_OK)
		status = dctx_set(k_data, ((dctx_bytes){large, 900}));
	if (status == DCTX_OK)
		status = dctx_set_timeout(900 * DCTX_S);
	return status == DCTX_OK ? dctx_trace_set(&trace) : status;
}

static dctx_status send_to(struct lines *lines)
{
	dctx_carrier carrier = empty(lines);
	const dctx_hop by = hop();
	dctx_status status;

	DCTX_SCOPE("send");
	status = set_large();
	if (status == DCTX_OK)
		status = dctx_inject(&carrier, &by, NULL);
	return status;
}

static dctx_status goes_out(void)
{
	struct lines lines;

	return send_to(&lines);
}

/* What came once; is there as a whole, or not at all. */
static struct lines came;

static dctx_status comes_from(dctx_trust trust)
{
	dctx_carrier carrier = dctx_headers_carrier(&came.headers);
	dctx_hop by = hop();
	dctx_status status;
	dctx_guard guard;

	DCTX_SCOPE("receive");
	status = dctx_set(k_kept, 5);
	if (status != DCTX_OK)
		return status;
	by.trust = trust;
	status = dctx_extract(&carrier, &by, &guard);
	if (status == DCTX_OK) {
		DCTXT_EXPECT(strcmp(dctx_get(k_large, "-"), large) == 0);
		DCTXT_EXPECT(dctx_get(k_kept, 0) == 0);
		dctx_leave(guard);
	}
	DCTXT_EXPECT(dctx_get(k_kept, 0) == 5);
	return status;
}

static dctx_status comes_in(void)
{
	return comes_from(DCTX_INTERNAL);
}

/* Something is kept back, and told. */
static dctx_status comes_in_part(void)
{
	return comes_from(DCTX_PARTNER);
}

static void every_allocation_of(const dctx_propagator *by)
{
	static const struct dctxt_scenario scenarios[] = {
		{"goes out", goes_out},
		{"comes in", comes_in},
		{"comes in part", comes_in_part}};

	format = by;
	assert_int_equal(send_to(&came), DCTX_OK);
	dctxt_inject(scenarios, sizeof scenarios / sizeof *scenarios);
}

static void an_envelope_as_text_is_whole_or_fails(void **state)
{
	(void)state;
	every_allocation_of(dctx_envelope_text());
}

static void an_envelope_as_metadata_is_whole_or_fails(void **state)
{
	(void)state;
	every_allocation_of(dctx_envelope_grpc());
}

static void jaegers_headers_are_whole_or_fail(void **state)
{
	(void)state;
	every_allocation_of(dctx_jaeger());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_envelope_as_text_is_whole_or_fails),
		DCTXT_TEST(an_envelope_as_metadata_is_whole_or_fails),
		DCTXT_TEST(jaegers_headers_are_whole_or_fail),
	};

	if (!dctxt_heap_watched()) {
		puts("not run: malloc is not the kit's here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
