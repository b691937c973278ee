/* SPDX-License-Identifier: MIT */
/*
 * layer_info_test.c - proves that the innermost span's name, target and level
 * are values where a layer was mounted so, beside all else that a span brings,
 * and only there; and that they stay in the process.
 */
#include "layered.h"

DCTX_KEY_STR(k_rid, "rid", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);

static const dctx_span_site outer = {"outer", "shop.basket", DCTX_LEVEL_INFO,
				     "basket.c", 1};
static const dctx_span_site inner = {"inner", NULL, DCTX_LEVEL_DEBUG, "price.c",
				     2};
static const dctx_span_site warning = {"warning", "shop", DCTX_LEVEL_WARN,
				       "basket.c", 3};

static void check(const char *name, const char *target, dctx_level level)
{
	assert_string_equal(dctx_get(dctx_span_name_key, "-"), name);
	assert_string_equal(dctx_get(dctx_span_target_key, "-"), target);
	assert_int_equal(dctx_get(dctx_span_level_key, 0), level);
}

static dctx_span *begin(const dctx_span_site *site)
{
	return dctxt_span_begin(site, NULL, NULL);
}

static void a_span_tells_its_name_target_and_level(void **state)
{
	dctx_span *span = begin(&outer);

	(void)state;
	check("outer", "shop.basket", DCTX_LEVEL_INFO);
	dctxt_span_end(span);
	check("-", "-", DCTX_LEVEL_NONE);
	span = begin(&warning);
	check("warning", "shop", DCTX_LEVEL_WARN);
	dctxt_span_end(span);
}

static void without_a_target_it_is_the_file(void **state)
{
	dctx_span *span = begin(&inner);

	(void)state;
	check("inner", "price.c", DCTX_LEVEL_DEBUG);
	dctxt_span_end(span);
}

static void of_nested_spans_the_innermost_tells(void **state)
{
	dctx_span *a = begin(&outer), *b = begin(&inner);

	(void)state;
	check("inner", "price.c", DCTX_LEVEL_DEBUG);
	dctxt_span_end(b);
	check("outer", "shop.basket", DCTX_LEVEL_INFO);
	dctxt_span_end(a);
}

static void in_a_task_it_stays_over_yields(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_span_leave(span);
	dctx_task_leave(task);
	check("-", "-", DCTX_LEVEL_NONE);
	dctx_task_enter(task);
	dctx_span_enter(span);
	check("outer", "shop.basket", DCTX_LEVEL_INFO);
	dctxt_span_end(span);
	check("-", "-", DCTX_LEVEL_NONE);
	dctx_task_leave(task);
	dctx_task_free(task);
}

/* One field goes in, the other out. */
static void map(unsigned rid, unsigned tenant)
{
	dctx_field field = {.struct_size = DCTX_FIELD_SIZE, .flags = rid};

	assert_int_equal(dctx_field_set(&k_rid.key, &field), DCTX_OK);
	field.flags = tenant;
	assert_int_equal(dctx_field_set(&k_tenant.key, &field), DCTX_OK);
}

static void a_span_brings_scope_fields_and_info_at_once(void **state)
{
	const dctx_span_field fields[] = {{"rid", DCTX_ANY("4711")},
					  {"tenant", DCTX_EMPTY}};
	char chain[16];
	dctx_any tenant;
	dctx_span *span;

	(void)state;
	map(DCTX_FIELD_EXTRACT, DCTX_FIELD_RECORD);
	dctx_set(k_tenant, 7);
	span = dctx_span_open(&outer, NULL, fields, 2);
	dctx_span_enter(span);
	dctx_chain_text("/", chain, sizeof(chain));
	assert_string_equal(chain, "outer");
	check("outer", "shop.basket", DCTX_LEVEL_INFO);
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	assert_true(dctx_span_field_get(span, "tenant", NULL, 0, &tenant));
	assert_int_equal(tenant.as.u, 7);
	dctxt_span_end(span);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_rid));
	check("-", "-", DCTX_LEVEL_NONE);
	map(0, 0);
	assert_int_equal(dctxt_count_all(), 0);
}

/* What a layer was mounted with when a span was opened holds for that. */
static void without_the_flag_nothing_is_told(void **state)
{
	dctx_span *span;

	(void)state;
	dctxt_layers_unmount();
	dctxt_layers_mount("both", 0);
	span = begin(&outer);
	check("-", "-", DCTX_LEVEL_NONE);
	dctxt_span_end(span);
}

/* What an envelope of the current context is, in a span under the sync layer.
 */
static size_t encode_in_a_span(unsigned flags, unsigned char *buf, size_t size)
{
	dctx_span *span;
	size_t len = 0;

	dctxt_layers_unmount();
	dctxt_layers_mount("sync", flags);
	span = begin(&outer);
	/* The trace has ids of its own each time. */
	assert_int_equal(dctx_trace_set(NULL), DCTX_OK);
	assert_int_equal(dctx_store_encode(dctx_current(), buf, size, &len),
			 DCTX_OK);
	dctxt_span_end(span);
	return len;
}

/* W26: the crate sends it to whoever is next. */
static void it_does_not_leave_the_process(void **state)
{
	unsigned char with[512], without[512];
	size_t n = encode_in_a_span(DCTX_LAYER_INFO, with, sizeof(with));

	(void)state;
	assert_int_equal(encode_in_a_span(0, without, sizeof(without)), n);
	assert_memory_equal(with, without, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(a_span_tells_its_name_target_and_level, sync),
		DCTXT_LAYERED(without_a_target_it_is_the_file, both),
		DCTXT_LAYERED(of_nested_spans_the_innermost_tells, sync),
		DCTXT_LAYERED(in_a_task_it_stays_over_yields, both),
		DCTXT_LAYERED(a_span_brings_scope_fields_and_info_at_once,
			      both),
		DCTXT_LAYERED(without_the_flag_nothing_is_told, both),
		DCTXT_LAYERED(it_does_not_leave_the_process, both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
