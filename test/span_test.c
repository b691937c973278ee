/* SPDX-License-Identifier: MIT */
/*
 * span_test.c - proves that spans know their parents by the context and that
 * they are told once, when they are closed, with what was recorded till then.
 */
#include "spans.h"

DCTX_KEY_STR(k_rid, "span.rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "span.num", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "span.thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");
DCTXT_SITE(site_c, "c");

static dctx_span *open_span(const dctx_span_site *site)
{
	dctx_span *span = dctx_span_open(site, NULL, NULL, 0);

	assert_non_null(span);
	return span;
}

static bool is_current_trace(const dctx_span *span)
{
	dctx_trace here, its;

	return dctx_trace_get(&here) && dctx_span_trace(span, &its) &&
	       memcmp(here.span_id, its.span_id, 8) == 0 &&
	       memcmp(here.trace_id, its.trace_id, 16) == 0;
}

static int evaluated;

static dctx_any evaluate(void)
{
	evaluated++;
	return DCTX_ANY(1);
}

static void without_anybody_who_wants_one_there_is_none(void **state)
{
	(void)state;
	evaluated = 0;
	{
		DCTX_SPAN(span, "none", {"n", evaluate()});
		assert_null(span);
	}
	assert_int_equal(evaluated, 0);
	assert_null(dctx_span_open(&site_a, NULL, NULL, 0));
	dctx_span_enter(NULL);
	assert_int_equal(dctx_span_record(NULL, "x", &DCTX_ANY(1)), DCTX_OK);
	dctx_span_leave(NULL);
	dctx_span_close(NULL);
	assert_null(dctx_span_ref(NULL));
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_is_told_when_it_is_closed(void **state)
{
	const struct dctxt_span *told;

	(void)state;
	dctxt_spans_begin();
	{
		DCTX_SCOPE("outer");
		DCTX_SCOPE("inner");
		dctx_set(k_rid, "r 1");
		DCTX_SPAN(span, "work", {"path", DCTX_ANY("/x")},
			  {"user", DCTX_EMPTY});
		assert_non_null(span);
		assert_ptr_equal(dctx_span_current(), span);
		assert_true(is_current_trace(span));
		dctx_span_record(span, "status", &DCTX_ANY(200));
		dctx_span_record(span, "path", &DCTX_ANY("/y"));
		assert_int_equal(dctxt_spans(), 0);
	}
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_spans(), 1);
	told = dctxt_span(0);
	assert_string_equal(told->name, "work");
	assert_string_equal(told->fields, "path=/y user=<none> status=200");
	assert_string_equal(told->chain, "outer > inner");
	assert_non_null(strstr(told->values, "\"span.rid\":\"r 1\""));
	assert_int_equal(told->level, DCTX_LEVEL_INFO);
	assert_int_equal(told->status, DCTX_OK);
	assert_memory_equal(told->parent, "\0\0\0\0\0\0\0\0", 8);
	assert_false(told->remote);
	assert_true(told->took >= 0 && told->took == told->unix_took);
	assert_true(told->thread > 0);
	assert_int_equal(told->task, 0);
	assert_int_equal(told->deadline, DCTX_NO_DEADLINE);
	assert_string_equal(told->cause, "");
	assert_int_equal(told->trace.flags,
			 DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void the_parent_is_the_span_that_is_entered(void **state)
{
	dctx_span *a, *b, *c;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	b = open_span(&site_b); /* a is open, but not entered */
	dctx_span_enter(a);
	c = open_span(&site_c);
	dctx_span_leave(a);
	dctx_span_close(a);
	dctx_span_close(b);
	dctx_span_close(c);
	assert_int_equal(dctxt_spans(), 3);
	assert_true(dctxt_is_child(dctxt_span(2), dctxt_span(0)));
	assert_false(dctxt_is_child(dctxt_span(1), dctxt_span(0)));
	assert_true(memcmp(dctxt_span(1)->trace.trace_id,
			   dctxt_span(0)->trace.trace_id, 16) != 0);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void options_choose_parent_links_kind_and_beginning(void **state)
{
	const dctx_trace link = dctx_trace_new(0);
	dctx_span_options options = {.struct_size = DCTX_SPAN_SIZE};
	dctx_span *a, *b, *c;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	options.parent = a;
	options.kind = DCTX_SPAN_CLIENT;
	options.links = &link;
	options.link_count = 1;
	options.began = dctx_now() - 5 * DCTX_S;
	b = dctx_span_open(&site_b, &options, NULL, 0);
	dctx_span_enter(a);
	c = dctx_span_open(&site_c,
			   &(dctx_span_options){.struct_size = DCTX_SPAN_SIZE,
						.root = true},
			   NULL, 0);
	dctx_span_close(c);
	dctx_span_close(b);
	dctx_span_close(a);
	assert_int_equal(dctxt_spans(), 3);
	assert_true(dctxt_is_child(dctxt_span(1), dctxt_span(2)));
	assert_int_equal(dctxt_span(1)->kind, DCTX_SPAN_CLIENT);
	assert_int_equal(dctxt_span(1)->link_count, 1);
	assert_true(dctxt_span(1)->took >= 5 * DCTX_S);
	assert_memory_equal(dctxt_span(0)->parent, "\0\0\0\0\0\0\0\0", 8);
	options.struct_size--;
	assert_null(dctx_span_open(&site_b, &options, NULL, 0));
	assert_null(dctx_span_open(NULL, NULL, NULL, 0));
	dctxt_spans_end();
}

static void a_trace_from_afar_is_a_parent_until_a_span_is_entered(void **state)
{
	dctx_trace afar = dctx_trace_new(DCTX_TRACE_SAMPLED);
	dctx_span *a, *b, *c;

	(void)state;
	dctxt_spans_begin();
	DCTX_SCOPE("request");
	dctx_trace_set(&afar);
	a = open_span(&site_a);
	dctx_span_enter(a);
	b = open_span(&site_b);
	dctx_span_close(b);
	/* Set further in: a message that came meanwhile. */
	DCTX_SCOPE("message");
	dctx_trace_set(&afar);
	c = open_span(&site_c);
	dctx_span_close(c);
	dctx_span_close(a);
	assert_int_equal(dctxt_spans(), 3);
	assert_true(dctxt_is_child(dctxt_span(0), dctxt_span(2)));
	assert_false(dctxt_span(0)->remote);
	assert_true(dctxt_span(1)->remote && dctxt_span(2)->remote);
	assert_memory_equal(dctxt_span(1)->parent, afar.span_id, 8);
	assert_memory_equal(dctxt_span(2)->parent, afar.span_id, 8);
	assert_memory_equal(dctxt_span(2)->trace.trace_id, afar.trace_id, 16);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void what_is_injected_names_the_span_and_keeps_the_state(void **state)
{
	dctx_trace afar = dctx_trace_new(DCTX_TRACE_SAMPLED), here, its;
	char state_text[700];
	dctx_span *a;

	(void)state;
	memset(state_text, 'x', sizeof state_text);
	memcpy(state_text, "vendor=", 7);
	afar.state = (dctx_bytes){state_text, 200};
	dctxt_spans_begin();
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&afar), DCTX_OK);
	a = open_span(&site_a);
	dctx_span_enter(a);
	assert_true(dctx_trace_get(&here) && dctx_span_trace(a, &its));
	assert_memory_equal(here.span_id, its.span_id, 8);
	assert_memory_equal(here.trace_id, afar.trace_id, 16);
	assert_int_equal(here.state.len, 200);
	assert_memory_equal(here.state.data, state_text, 200);
	dctx_span_leave(a);
	assert_true(dctx_trace_get(&here));
	assert_memory_equal(here.span_id, afar.span_id, 8);
	dctx_span_close(a);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void what_comes_after_the_close_is_dropped_and_counted(void **state)
{
	const dctx_any one = DCTX_ANY(1);
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = dctx_span_ref(open_span(&site_a));
	dctx_span_close(a);
	assert_int_equal(dctx_span_record(a, "x", &one), DCTX_STALE);
	assert_int_equal(dctx_span_fill(a, "x", &one), DCTX_STALE);
	assert_int_equal(dctx_span_event(a, "x", NULL, 0), DCTX_STALE);
	assert_int_equal(dctx_span_status(a, DCTX_NOMEM, NULL), DCTX_STALE);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 4);
	dctx_span_enter(a);
	assert_null(dctx_span_current());
	dctx_span_close(a);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 2);
	dctx_span_leave(a);
	assert_int_equal(dctxt_count_all(), 6);
	assert_int_equal(dctxt_spans(), 1);
	assert_null(dctx_span_unref(a));
	dctxt_spans_end();
}

static void the_first_failure_stays(void **state)
{
	dctx_span *a;
	char text[] = "no memory for it";

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	assert_int_equal(dctx_span_status(a, DCTX_OK, "fine"), DCTX_OK);
	assert_int_equal(dctx_span_status(a, DCTX_NOMEM, text), DCTX_OK);
	text[0] = '\0';
	assert_int_equal(dctx_span_status(a, DCTX_LIMIT, "later"), DCTX_OK);
	dctx_span_event(a, "one", NULL, 0);
	dctx_span_event(a, "two",
			(const dctx_span_field[]){{"n", DCTX_ANY(2)},
						  {"s", DCTX_ANY("x")}},
			2);
	dctx_span_close(a);
	assert_int_equal(dctxt_span(0)->status, DCTX_NOMEM);
	assert_string_equal(dctxt_span(0)->status_text, "no memory for it");
	assert_string_equal(dctxt_span(0)->events, "one()two(n=2 s=x)");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_fill_is_for_declared_fields_that_nobody_set(void **state)
{
	dctx_any read;
	char buf[8];
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = dctx_span_open(&site_a, NULL,
			   (const dctx_span_field[]){{"set", DCTX_ANY(1)},
						     {"empty", DCTX_EMPTY}},
			   2);
	assert_int_equal(dctx_span_fill(a, "set", &DCTX_ANY(2)), DCTX_CONFLICT);
	assert_int_equal(dctx_span_fill(a, "other", &DCTX_ANY(2)),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_span_fill(a, "empty", &DCTX_ANY(2)), DCTX_OK);
	assert_int_equal(dctx_span_fill(a, "empty", &DCTX_ANY("long text")),
			 DCTX_OK);
	assert_true(dctx_span_field_get(a, "empty", buf, sizeof buf, &read));
	assert_int_equal(read.kind, DCTX_KIND_STR);
	assert_string_equal(read.as.bytes.data, "long te");
	assert_false(dctx_span_field_get(a, "other", buf, sizeof buf, &read));
	dctx_span_record(a, "empty", &DCTX_ANY(3));
	assert_int_equal(dctx_span_fill(a, "empty", &DCTX_ANY(4)),
			 DCTX_CONFLICT);
	dctx_span_close(a);
	assert_string_equal(dctxt_span(0)->fields, "set=1 empty=3");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void objects_are_copied_and_end_with_the_span(void **state)
{
	const struct dctxt_thing thing = {.id = 4};
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	dctx_span_record(a, "thing",
			 &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));
	assert_int_equal(dctxt_alive(), 1);
	dctx_span_record(a, "thing",
			 &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));
	assert_int_equal(dctxt_alive(), 1);
	dctx_span_event(
		a, "event",
		(const dctx_span_field[]){
			{"thing", DCTX_ANY_OBJECT(&dctxt_thing_type, &thing)}},
		1);
	assert_int_equal(dctxt_alive(), 2);
	dctxt_things.refuse = DCTX_CODEC;
	assert_int_equal(
		dctx_span_record(a, "thing",
				 &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing)),
		DCTX_CODEC);
	dctxt_things.refuse = DCTX_OK;
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 1);
	dctx_span_close(a);
	assert_int_equal(dctxt_alive(), 0);
	dctxt_spans_end();
}

static void what_is_over_by_the_close_is_told_with_its_cause(void **state)
{
	(void)state;
	dctxt_spans_begin();
	{
		DCTX_SCOPE("late");
		dctx_set_deadline(dctx_now() - 1);
		dctx_span_close(open_span(&site_a));
	}
	assert_non_null(strstr(dctxt_span(0)->cause, "deadline exceeded"));
	assert_true(dctxt_span(0)->deadline < dctx_now());
	dctxt_spans_end();
}

static void the_level_decides(void **state)
{
	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_span_limit(DCTX_LEVEL_WARN), DCTX_OK);
	assert_null(dctx_span_open(&site_a, NULL, NULL, 0));
	{
		DCTX_SPAN_AT(warned, DCTX_LEVEL_WARN, "warned");
		DCTX_SPAN_AT(debugged, DCTX_LEVEL_DEBUG, "debugged");
		assert_non_null(warned);
		assert_null(debugged);
	}
	assert_int_equal(dctx_span_limit((dctx_level)6), DCTX_INVALID);
	assert_int_equal(dctx_span_limit(DCTX_LEVEL_NONE), DCTX_OK);
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
	assert_int_equal(dctx_span_limit(DCTX_LEVEL_TRACE), DCTX_OK);
	assert_true(DCTX_SPAN_WANTED(DCTX_LEVEL_TRACE));
	assert_int_equal(dctxt_spans(), 1);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void begin_and_end_are_a_pair(void **state)
{
	(void)state;
	dctxt_spans_begin();
	DCTX_SPAN_BEGIN(a, "a", {"n", DCTX_ANY(1)});
	DCTX_SPAN_BEGIN_AT(b, DCTX_LEVEL_DEBUG, "b");
	assert_ptr_equal(dctx_span_current(), b);
	DCTX_SPAN_END(b);
	DCTX_SPAN_END(a);
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_spans(), 2);
	assert_true(dctxt_is_child(dctxt_span(0), dctxt_span(1)));
	assert_string_equal(dctxt_span(1)->fields, "n=1");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_anybody_who_wants_one_there_is_none),
		DCTXT_TEST(a_span_is_told_when_it_is_closed),
		DCTXT_TEST(the_parent_is_the_span_that_is_entered),
		DCTXT_TEST(options_choose_parent_links_kind_and_beginning),
		DCTXT_TEST(
			a_trace_from_afar_is_a_parent_until_a_span_is_entered),
		DCTXT_TEST(what_is_injected_names_the_span_and_keeps_the_state),
		DCTXT_TEST(what_comes_after_the_close_is_dropped_and_counted),
		DCTXT_TEST(the_first_failure_stays),
		DCTXT_TEST(a_fill_is_for_declared_fields_that_nobody_set),
		DCTXT_TEST(objects_are_copied_and_end_with_the_span),
		DCTXT_TEST(what_is_over_by_the_close_is_told_with_its_cause),
		DCTXT_TEST(the_level_decides),
		DCTXT_TEST(begin_and_end_are_a_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
