/* SPDX-License-Identifier: MIT */
/*
 * hop_fault_test.c - proves that a parse or format that jumps away in the
 * middle of a crossing loses no memory and no context, and that an allocation
 * that fails does no more than fail the call.
 */
#include "kit.h"
#include "rid.h"

#include <stdio.h>

enum { MANY = 40, LINES = 20 };

static jmp_buf away;
static bool goes;

static size_t format(const void *value, char *buf, size_t size)
{
	if (goes)
		longjmp(away, 1);
	return (size_t)snprintf(buf, size, "%s",
				((const struct rid *)value)->text);
}

static dctx_status parse(void *value, const char *text, size_t len)
{
	if (goes)
		longjmp(away, 1);
	return rid_make(value, text, len);
}

static const dctx_type type = {
	.struct_size = sizeof type,
	.name = "rid",
	.size = sizeof(struct rid),
	.copy = rid_copy,
	.destroy = rid_destroy,
	.format = format,
	.parse = parse,
};

DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &type, DCTX_BAGGAGE);
DCTX_KEY_STR(k_text, "text", DCTX_BAGGAGE);
DCTX_KEY_BYTES(k_blob, "blob", DCTX_BAGGAGE);

static const dctx_header_key entries[] = {{"x-rid", &k_rid.key},
					  {"x-blob", &k_blob.key}};
static const dctx_header_table table = DCTX_HEADER_TABLE(entries);

/* So many that sorting them takes memory. */
static char names[MANY][16];
static dctx_key keys[MANY];

static dctx_header list[64];
static char room[20000];
static dctx_headers headers;

static dctx_carrier empty(void)
{
	headers = (dctx_headers){list, 0, 64, room, sizeof room, 0};
	return dctx_headers_carrier(&headers);
}

static void line(const char *name, const char *value)
{
	list[headers.count++] =
		(dctx_header){{name, strlen(name)}, {value, strlen(value)}};
}

static const dctx_hop *both(void)
{
	static const dctx_propagator *formats[2];
	static dctx_hop hop = {.struct_size = sizeof hop,
			       .propagators = formats,
			       .propagator_count = 2};

	formats[0] = dctx_w3c_baggage();
	formats[1] = &table.propagator;
	return &hop;
}

/* More lines than are read without memory, a long text, long bytes. */
static dctx_carrier much(void)
{
	static char text[1300], blob[1001];
	dctx_carrier carrier = empty();

	memset(text, 'x', sizeof text - 1);
	memcpy(text, "text=%20", 8);
	memset(blob, 'A', sizeof blob - 1);
	line("baggage", "a=1;p,b=2");
	for (int i = 0; i < LINES; i++)
		line("baggage", text);
	line("baggage", "rid=r-1");
	line("x-rid", "r-2");
	line("x-blob", blob);
	return carrier;
}

static dctx_status set_much(void)
{
	static char text[700];
	dctx_status status;

	memset(text, 'x', sizeof text - 1);
	status = dctx_set(k_rid, &(struct rid){text});
	for (int i = 0; i < MANY && status == DCTX_OK; i++)
		status = dctx_store_set_u8(dctx_current(), &keys[i], 1);
	if (status == DCTX_OK)
		status = dctx_baggage_set("own", (dctx_bytes){"1", 1}, NULL);
	return status;
}

static dctx_status come(void)
{
	dctx_carrier carrier = much();
	dctx_guard guard;
	dctx_status status = dctx_extract(&carrier, both(), &guard);

	if (status != DCTX_OK)
		return status;
	DCTXT_EXPECT(strcmp(dctx_get(k_rid, NULL)->text, "r-2") == 0);
	DCTXT_EXPECT(dctx_baggage_each(NULL, NULL) == 2);
	DCTXT_EXPECT(strlen(dctx_get(k_text, "")) == 1292);
	dctx_leave(guard);
	return DCTX_OK;
}

static dctx_status leave(void)
{
	dctx_carrier carrier = empty();
	dctx_status status = set_much();

	if (status == DCTX_OK)
		status = dctx_inject(&carrier, both(), NULL);
	if (status == DCTX_OK)
		DCTXT_EXPECT(headers.count == 2);
	return status;
}

static dctx_status change(void)
{
	dctx_status status =
		dctx_baggage_set("a", (dctx_bytes){"1", 1}, "p;q=2");

	if (status == DCTX_OK)
		status = dctx_baggage_set("b", (dctx_bytes){NULL, 0}, NULL);
	if (status == DCTX_OK)
		status = dctx_baggage_unset("a");
	if (status == DCTX_OK)
		status = dctx_baggage_clear();
	return status;
}

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"come", come}, {"leave", leave}, {"change", change}};

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	dctxt_inject(scenarios, sizeof scenarios / sizeof *scenarios);
	assert_int_equal(rids_alive, 0);
}

/* What a rewind gives back; the leak checkers have the last word. */
static void a_jump_out_of_parse_loses_nothing(void **state)
{
	dctx_carrier carrier = much();
	dctx_mark mark = dctx_mark_here();
	dctx_guard guard;

	(void)state;
	goes = true;
	if (setjmp(away) == 0) {
		assert_int_equal(dctx_extract(&carrier, both(), &guard),
				 DCTX_OK);
		fail();
	}
	goes = false;
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_baggage_each(NULL, NULL), 0);
	assert_int_equal(come(), DCTX_OK);
	assert_int_equal(rids_alive, 0);
}

static void a_jump_out_of_format_loses_nothing(void **state)
{
	dctx_carrier carrier = empty();
	dctx_mark mark = dctx_mark_here();

	(void)state;
	DCTX_SCOPE("request");
	mark = dctx_mark_here();
	assert_int_equal(set_much(), DCTX_OK);
	goes = true;
	if (setjmp(away) == 0) {
		(void)dctx_inject(&carrier, both(), NULL);
		fail();
	}
	goes = false;
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(leave(), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
		DCTXT_TEST(a_jump_out_of_parse_loses_nothing),
		DCTXT_TEST(a_jump_out_of_format_loses_nothing),
	};

	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "many_%02d", i);
		keys[i] = (dctx_key){.name = names[i],
				     .kind = DCTX_KIND_U8,
				     .policy = DCTX_BAGGAGE};
		if (dctx_key_register(&keys[i]) != DCTX_OK)
			return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
