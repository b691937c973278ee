/* SPDX-License-Identifier: MIT */
/*
 * span_told_layer_test.c - proves that layers hear of events, also where no
 * sink wants them, and know a span's parent.
 */
#include "kit.h"

#include <dctx/layer.h>

static struct {
	int n;
	dctx_span *span;
	const char *name, *field;
	size_t fields;
} heard;

static void hear(void *user, dctx_span *span, const char *name,
		 const dctx_span_field *fields, size_t n)
{
	DCTXT_EXPECT(user == &heard);
	heard.n++;
	heard.span = span;
	heard.name = name;
	heard.fields = n;
	heard.field = n > 0 ? fields[0].name : NULL;
}

static const dctx_layer ear = {
	.struct_size = DCTX_LAYER_SIZE,
	.name = "ear",
	.on_event = hear,
	.user = &heard,
};

static const dctx_span_site site = {
	.name = "work", .level = DCTX_LEVEL_INFO, .file = __FILE__};

static void a_layer_hears_of_events(void **state)
{
	const dctx_span_field fields[] = {{"size", DCTX_ANY(7)}};
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_layer_mount(&ear, 0), DCTX_OK);
	span = dctx_span_open(&site, NULL, NULL, 0);
	assert_non_null(span);
	assert_int_equal(dctx_span_event(span, "read", fields, 1), DCTX_OK);
	assert_int_equal(heard.n, 1);
	assert_ptr_equal(heard.span, span);
	assert_string_equal(heard.name, "read");
	assert_string_equal(heard.field, "size");
	assert_int_equal(dctx_span_event(span, "done", NULL, 0), DCTX_OK);
	assert_int_equal(heard.n, 2);
	assert_int_equal(heard.fields, 0);
	dctx_span_ref(span);
	dctx_span_close(span);
	assert_int_equal(dctx_span_event(span, "late", NULL, 0), DCTX_STALE);
	assert_int_equal(heard.n, 2);
	dctx_span_unref(span);
	assert_int_equal(dctx_layer_unmount(&ear), DCTX_OK);
}

static void a_parent_is_known(void **state)
{
	static const unsigned char none[DCTX_SPAN_ID];
	unsigned char id[DCTX_SPAN_ID] = {1};
	dctx_trace trace, afar = dctx_trace_new(0);
	dctx_span *root, *child;

	(void)state;
	assert_int_equal(dctx_layer_mount(&ear, 0), DCTX_OK);
	root = dctx_span_open(&site, NULL, NULL, 0);
	assert_false(dctx_span_parent(root, id));
	assert_memory_equal(id, none, sizeof(id));
	dctx_span_enter(root);
	child = dctx_span_open(&site, NULL, NULL, 0);
	assert_false(dctx_span_parent(child, id));
	assert_true(dctx_span_trace(root, &trace));
	assert_memory_equal(id, trace.span_id, sizeof(id));
	dctx_span_close(child);
	dctx_span_end(root);
	{
		DCTX_SCOPE("afar");
		assert_int_equal(dctx_trace_set(&afar), DCTX_OK);
		child = dctx_span_open(&site, NULL, NULL, 0);
		assert_true(dctx_span_parent(child, id));
		assert_memory_equal(id, afar.span_id, sizeof(id));
		dctx_span_close(child);
	}
	assert_false(dctx_span_parent(NULL, id));
	assert_int_equal(dctx_layer_unmount(&ear), DCTX_OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_layer_hears_of_events),
		DCTXT_TEST(a_parent_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
