/* SPDX-License-Identifier: MIT */
/*
 * span_hop_test.c - proves that the next hop gets the span that is entered as
 * its parent, in headers and in an envelope, from a snapshot too; and that a
 * span itself stays in the process.
 */
#include "headers.h"
#include "spans.h"

#include <stdio.h>

DCTXT_SITE(site_a, "a");

/* What the parent's id in the traceparent is, as 16 digits. */
static const char *injected(dctx_snapshot *from)
{
	static char id[17];
	dctx_carrier carrier = dctxt_headers();
	dctx_hop hop = {.struct_size = sizeof hop};
	const char *line;

	if (from != NULL)
		assert_int_equal(
			dctx_snapshot_inject(from, &carrier, &hop, NULL),
			DCTX_OK);
	else
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	line = dctxt_header_value("traceparent");
	assert_non_null(line);
	memcpy(id, line + 36, 16);
	return id;
}

static const char *id_of(const dctx_span *span)
{
	static char id[17];
	dctx_trace trace;

	assert_true(dctx_span_trace(span, &trace));
	for (int i = 0; i < 8; i++)
		snprintf(id + 2 * i, 3, "%02x", trace.span_id[i]);
	return id;
}

static void the_next_hops_parent_is_the_span_that_is_entered(void **state)
{
	dctx_trace afar = dctx_trace_new(DCTX_TRACE_SAMPLED);
	dctx_snapshot *snapshot;
	char first[17];
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	DCTX_SCOPE("request");
	dctx_trace_set(&afar);
	a = dctx_span_open(&site_a, NULL, NULL, 0);
	strcpy(first, injected(NULL));
	assert_string_not_equal(first, injected(NULL));
	dctx_span_enter(a);
	assert_string_equal(injected(NULL), id_of(a));
	assert_string_equal(injected(NULL), id_of(a));
	snapshot = dctx_capture_here();
	dctx_span_leave(a);
	assert_string_equal(injected(snapshot), id_of(a));
	assert_string_not_equal(injected(NULL), id_of(a));
	dctx_snapshot_unref(snapshot);
	dctx_span_close(a);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void an_envelope_has_its_trace_and_nothing_of_the_span(void **state)
{
	unsigned char message[512];
	dctx_snapshot *came;
	dctx_trace trace, its;
	dctx_span *a, *b;
	size_t len;

	(void)state;
	dctxt_spans_begin();
	a = dctx_span_open(&site_a, NULL, NULL, 0);
	dctx_span_enter(a);
	assert_int_equal(dctx_store_encode(dctx_current(), message,
					   sizeof message, &len),
			 DCTX_OK);
	dctx_span_leave(a);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	assert_true(dctx_snapshot_trace(came, &trace));
	assert_true(dctx_span_trace(a, &its));
	assert_memory_equal(trace.span_id, its.span_id, 8);
	{
		DCTX_ATTACH(came);
		assert_null(dctx_span_current());
		b = dctx_span_open(&site_a, NULL, NULL, 0);
		dctx_span_close(b);
	}
	dctx_snapshot_unref(came);
	dctx_span_close(a);
	assert_true(dctxt_is_child(dctxt_span(0), dctxt_span(1)));
	assert_true(dctxt_span(0)->remote);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Ids of spans are unique in their trace only. */
static void the_same_id_in_another_trace_is_another_span(void **state)
{
	unsigned char parent[DCTX_SPAN_ID];
	dctx_trace trace;
	dctx_span *a, *b;

	(void)state;
	dctxt_spans_begin();
	DCTX_SCOPE("request");
	a = dctx_span_open(&site_a, NULL, NULL, 0);
	dctx_span_enter(a);
	assert_true(dctx_span_trace(a, &trace));
	trace.trace_id[0] ^= 1;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	b = dctx_span_open(&site_a, NULL, NULL, 0);
	assert_true(dctx_span_parent(b, parent));
	assert_memory_equal(parent, trace.span_id, sizeof parent);
	dctx_span_close(b);
	dctx_span_leave(a);
	dctx_span_close(a);
	dctxt_spans_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_next_hops_parent_is_the_span_that_is_entered),
		DCTXT_TEST(the_same_id_in_another_trace_is_another_span),
		DCTXT_TEST(an_envelope_has_its_trace_and_nothing_of_the_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
