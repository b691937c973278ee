/* SPDX-License-Identifier: MIT */
/*
 * older_caller_test.c - proves that of a struct that says its own size no more
 * is read than that: a program that was built with an older header has less.
 */
#include "kit.h"

#include <sys/mman.h>
#include <unistd.h>

static char *pages;
static size_t page;

/* Only a size, at the end of what can be read. */
static void *older(void)
{
	size_t *size = (size_t *)(void *)(pages + page - sizeof *size);

	*size = sizeof *size;
	return size;
}

static int begin(void **state)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
		return -1;
	return dctxt_begin(state);
}

static int end(void **state)
{
	if (munmap(pages, 2 * page) != 0)
		return -1;
	return dctxt_end(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static dctx_status throw_away(void *user, const dctx_told_span *spans, size_t n,
			      int64_t until)
{
	(void)user, (void)spans, (void)n, (void)until;
	return DCTX_OK;
}

static void of_sinks_and_spans(void **state)
{
	const dctx_sink_ops ops = {
		.struct_size = DCTX_SINK_OPS_SIZE,
		.name = "none",
		.export_spans = throw_away,
	};
	const dctx_span_site site = {"x", NULL, DCTX_LEVEL_INFO, NULL, 0};
	dctx_sink *sink = NULL;

	(void)state;
	assert_int_equal(dctx_sink_new(&ops, NULL, older(), &sink),
			 DCTX_INVALID);
	assert_int_equal(dctx_sink_new(older(), NULL, NULL, &sink),
			 DCTX_INVALID);
	assert_null(sink);
	assert_null(dctx_span_open(&site, older(), NULL, 0));
	assert_int_equal(dctx_layer_mount(older(), 0), DCTX_INVALID);
}

static void *nothing(void *arg)
{
	return arg;
}

static void of_work(void **state)
{
	dctx_executor *executor = NULL;
	dctx_work *work = NULL;

	(void)state;
	assert_int_equal(dctx_pool_new(older(), &executor), DCTX_INVALID);
	assert_int_equal(dctx_thread_each_new(older(), &executor),
			 DCTX_INVALID);
	assert_null(executor);
	assert_int_equal(dctx_wrap_with(nothing, NULL, older(), &work),
			 DCTX_INVALID);
	assert_null(work);
}

static void of_what_crosses(void **state)
{
	dctx_header list[4];
	char room[200];
	dctx_headers headers = {list, 0, 4, room, sizeof room, 0};
	const dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_snapshot *snapshot = NULL;
	unsigned char bytes[100];
	size_t len;

	(void)state;
	assert_int_equal(dctx_inject(&carrier, older(), NULL), DCTX_INVALID);
	assert_int_equal(dctx_inject(older(), NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_extract(&carrier, older(), &snapshot),
			 DCTX_INVALID);
	assert_int_equal(dctx_snapshot_extract(older(), NULL, &snapshot),
			 DCTX_INVALID);
	assert_null(snapshot);
	assert_int_equal(dctx_encode_with(older(), bytes, sizeof bytes, &len),
			 DCTX_INVALID);
	assert_int_equal(headers.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_sinks_and_spans),
		TEST(of_work),
		TEST(of_what_crosses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
