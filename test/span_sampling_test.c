/* SPDX-License-Identifier: MIT */
/*
 * span_sampling_test.c - proves that whether a trace is sampled is decided
 * once, where it begins, and handed on; that layers see what is not sampled and
 * sinks do not.
 */
#include "spans.h"

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");

static void by_default(void)
{
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_PARENT, 1), DCTX_OK);
}

static bool is_sampled(const dctx_span *span)
{
	dctx_trace trace;

	return dctx_span_trace(span, &trace) &&
	       trace.flags & DCTX_TRACE_SAMPLED;
}

/* Opens a span under a trace from afar. */
static dctx_span *open_under(uint32_t flags)
{
	const dctx_trace afar = dctx_trace_new(flags);

	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&afar), DCTX_OK);
	return dctx_span_open(&site_a, NULL, NULL, 0);
}

/* Whether a span that is opened so is there and sampled. */
static bool samples(uint32_t flags)
{
	dctx_span *span = open_under(flags);
	bool is = span != NULL && is_sampled(span);

	dctx_span_close(span);
	return is;
}

static void the_parents_decision_is_handed_on(void **state)
{
	(void)state;
	dctxt_spans_begin();
	assert_true(samples(DCTX_TRACE_SAMPLED));
	assert_false(samples(0));
	assert_true(samples(DCTX_TRACE_DEBUG));
	assert_true(samples(DCTX_TRACE_UNDECIDED));
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_PARENT, 0), DCTX_OK);
	assert_true(samples(DCTX_TRACE_SAMPLED));
	assert_false(samples(DCTX_TRACE_UNDECIDED));
	assert_true(samples(DCTX_TRACE_DEBUG));
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_ALWAYS, 0), DCTX_OK);
	assert_true(samples(0));
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_NEVER, 1), DCTX_OK);
	assert_false(samples(DCTX_TRACE_SAMPLED));
	assert_true(samples(DCTX_TRACE_DEBUG));
	by_default();
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* What is opened further in asks nobody again. */
static void a_trace_that_begins_here_is_decided_once(void **state)
{
	dctx_span *a, *b;
	dctx_trace here;

	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_NEVER, 0), DCTX_OK);
	a = dctx_span_open(&site_a, NULL, NULL, 0);
	assert_non_null(a);
	assert_false(is_sampled(a));
	dctx_span_enter(a);
	assert_true(dctx_trace_get(&here));
	assert_int_equal(here.flags, DCTX_TRACE_RANDOM);
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_ALWAYS, 1), DCTX_OK);
	assert_null(dctx_span_open(&site_b, NULL, NULL, 0));
	{
		DCTX_SPAN(inner, "inner");
		assert_null(inner);
		assert_ptr_equal(dctx_span_current(), a);
	}
	b = dctx_span_open(&site_b,
			   &(dctx_span_options){.struct_size = DCTX_SPAN_SIZE,
						.parent = a},
			   NULL, 0);
	assert_non_null(b);
	assert_false(is_sampled(b));
	assert_int_equal(dctx_span_record(b, "x", &DCTX_ANY(1)), DCTX_OK);
	assert_int_equal(dctx_span_event(b, "x", NULL, 0), DCTX_OK);
	dctx_span_close(b);
	dctx_span_leave(a);
	dctx_span_close(a);
	assert_int_equal(dctxt_spans(), 0);
	by_default();
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Who asked for a trace from afar is told what became of it. */
static void a_decision_against_a_trace_from_afar_is_handed_on(void **state)
{
	static const uint32_t flags[] = {DCTX_TRACE_SAMPLED,
					 DCTX_TRACE_UNDECIDED};

	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_NEVER, 1), DCTX_OK);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		dctx_span *a = open_under(flags[i]);
		dctx_trace here;

		assert_non_null(a);
		dctx_span_enter(a);
		assert_true(dctx_trace_get(&here));
		assert_int_equal(here.flags & (DCTX_TRACE_SAMPLED |
					       DCTX_TRACE_UNDECIDED),
				 0);
		/* It is the parent of all further in. */
		assert_null(dctx_span_open(&site_b, NULL, NULL, 0));
		dctx_span_leave(a);
		dctx_span_close(a);
	}
	assert_null(open_under(0));
	assert_int_equal(dctxt_spans(), 0);
	by_default();
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void layers_see_what_is_not_sampled(void **state)
{
	(void)state;
	dctxt_spans_begin();
	dctxt_layer_begin();
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_NEVER, 0), DCTX_OK);
	{
		DCTX_SPAN(a, "a");
		DCTX_SPAN(b, "b", {"n", DCTX_ANY(1)});
		assert_non_null(b);
		assert_false(is_sampled(b));
	}
	assert_string_equal(dctxt_layer_text(),
			    "open a|enter a|open b|record n=1|enter b|"
			    "leave b|close b|leave a|close a|");
	assert_int_equal(dctxt_spans(), 0);
	by_default();
	dctxt_layer_end();
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* The random bits of an id, as a share of all. */
static dctx_trace with_bits(double share)
{
	uint64_t bits = (uint64_t)(share * (double)(UINT64_C(1) << 56));
	dctx_trace trace = dctx_trace_new(0);

	for (int i = 15; i >= 9; i--, bits >>= 8)
		trace.trace_id[i] = (unsigned char)bits;
	return trace;
}

static bool samples_bits(double share)
{
	const dctx_trace trace = with_bits(share);
	dctx_span *span;
	bool is;

	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	span = dctx_span_open(&site_a, NULL, NULL, 0);
	is = span != NULL;
	dctx_span_close(span);
	return is;
}

/* So all who ask by a ratio agree: of two ratios the larger has all that the
 * smaller has. */
static void a_ratio_goes_by_the_traces_random_bits(void **state)
{
	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_RATIO, 0.25), DCTX_OK);
	assert_true(samples_bits(0.75));
	assert_true(samples_bits(0.999));
	assert_false(samples_bits(0.7499999));
	assert_false(samples_bits(0));
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_RATIO, 1), DCTX_OK);
	assert_true(samples_bits(0));
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_RATIO, 0), DCTX_OK);
	assert_false(samples_bits(0.9999999));
	by_default();
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Of so many, nine standard deviations are let by. */
static void of_many_traces_the_ratio_is_sampled(void **state)
{
	int sampled = 0;

	(void)state;
	dctxt_layer_begin();
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_PARENT, 0.5), DCTX_OK);
	for (int i = 0; i < 4096; i++) {
		dctx_span *span = dctx_span_open(&site_a, NULL, NULL, 0);

		assert_non_null(span);
		sampled += is_sampled(span);
		dctx_span_close(span);
	}
	assert_in_range(sampled, 2048 - 288, 2048 + 288);
	by_default();
	dctxt_layer_end();
}

static void what_is_no_ratio_is_refused(void **state)
{
	(void)state;
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_RATIO, 1.5),
			 DCTX_INVALID);
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_RATIO, -0.5),
			 DCTX_INVALID);
	assert_int_equal(
		dctx_span_sampling(DCTX_SAMPLE_RATIO, __builtin_nan("")),
		DCTX_INVALID);
	assert_int_equal(dctx_span_sampling((dctx_sampling)4, 1), DCTX_INVALID);
	assert_int_equal(dctx_span_sampling((dctx_sampling)-1, 1),
			 DCTX_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_parents_decision_is_handed_on),
		DCTXT_TEST(a_trace_that_begins_here_is_decided_once),
		DCTXT_TEST(a_decision_against_a_trace_from_afar_is_handed_on),
		DCTXT_TEST(layers_see_what_is_not_sampled),
		DCTXT_TEST(a_ratio_goes_by_the_traces_random_bits),
		DCTXT_TEST(of_many_traces_the_ratio_is_sampled),
		DCTXT_TEST(what_is_no_ratio_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
