/* SPDX-License-Identifier: MIT */
/*
 * probed.c - hits each probe of the library once or twice, for
 * test/check/probes, and says what a tracer should have seen. Its names are in
 * memory that it has written: a tracer cannot read what was never touched.
 */
#include <dctx/dctx.h>

#include <assert.h>
#include <stdio.h>

static char scope_name[] = "a scope";
static char span_name[] = "a span";
static char message[] = "no longer wanted";

static const dctx_layer layer = {
	.struct_size = DCTX_LAYER_SIZE,
	.name = "nothing",
};

static void hit_scope(void)
{
	dctx_guard guard = dctx_enter(scope_name);

	printf("scope_enter %s %zu\n", scope_name, dctx_depth());
	printf("scope_leave %zu\n", dctx_depth());
	dctx_leave(guard);
}

static void hit_span(void)
{
	static const dctx_span_site site = {
		.name = span_name, .level = DCTX_LEVEL_WARN, .file = __FILE__};
	dctx_span *span;

	assert(dctx_layer_mount(&layer, 0) == DCTX_OK);
	span = dctx_span_open(&site, NULL, NULL, 0);
	assert(span != NULL);
	dctx_span_enter(span);
	dctx_span_leave(span);
	dctx_span_status(span, DCTX_NOMEM, NULL);
	dctx_span_close(span);
	assert(dctx_layer_unmount(&layer) == DCTX_OK);
	printf("span_open %s %d 1 1\n", span_name, DCTX_LEVEL_WARN);
	printf("span_enter %s 1\n", span_name);
	printf("span_leave %s 1\n", span_name);
	printf("span_close %s 1 %d 0 0\n", span_name, DCTX_NOMEM);
}

static void hit_cancel(void)
{
	const dctx_reason reason = {.message = message, .code = 7};
	dctx_source *source;

	assert(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) == DCTX_OK);
	assert(dctx_source_cancel(source, &reason) == DCTX_OK);
	assert(dctx_source_cancel(source, &reason) == DCTX_STALE);
	source = dctx_source_unref(source);
	printf("cancel %s %d %d\n", message, DCTX_CANCELED, reason.code);
}

static void hit_deadline(void)
{
	const int64_t soon = dctx_deadline_in(1000000);
	dctx_guard guard = dctx_enter(NULL);

	printf("scope_enter  %zu\n", dctx_depth());
	assert(dctx_store_set_deadline(dctx_current(), soon) == DCTX_OK);
	while (dctx_done() == DCTX_OK)
		;
	assert(dctx_done() == DCTX_DEADLINE_EXCEEDED);
	printf("deadline %lld\n", (long long)soon);
	printf("scope_leave %zu\n", dctx_depth());
	dctx_leave(guard);
}

static void *run(void *arg)
{
	return arg;
}

static void hit_run(void)
{
	dctx_job *job;

	assert(dctx_submit(dctx_executor_inline(), run, NULL, NULL, &job) ==
	       DCTX_OK);
	assert(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
	job = dctx_job_unref(job);
	printf("run_begin inline\nrun_end inline\n");
}

int main(void)
{
	scope_name[0] = span_name[0] = 'A';
	message[0] = 'N';
	hit_scope();
	hit_span();
	hit_cancel();
	hit_deadline();
	hit_run();
	return 0;
}
