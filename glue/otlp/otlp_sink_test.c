/* SPDX-License-Identifier: MIT */
/*
 * otlp_sink_test.c - proves that spans which a program closes get to a
 * collector, once, from threads, over forks and at exit, and that nobody who
 * closes one waits for it.
 */
#define _GNU_SOURCE /* strcasestr */
#include "dctx_otlp.h"

#include "kit.h"
#include "stand_in.h"

#include "otlp.pb-c.h"

#include <sys/wait.h>

DCTX_KEY_STR(k_rid, "request_id", DCTX_LOG);

static struct stand_in collector;

static dctx_sink *sink_with(const dctx_sink_options *how)
{
	dctx_otlp_options options = {.struct_size = DCTX_OTLP_OPTIONS_SIZE,
				     .service = "test",
				     .timeout = 60 * DCTX_S,
				     .sink = how};
	dctx_sink *sink = NULL;
	char url[64];

	(void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/traces",
		       collector.port);
	options.endpoint = url;
	assert_int_equal(dctx_otlp_new(&options, &sink), DCTX_OK);
	assert_int_equal(dctx_span_sampling(DCTX_SAMPLE_ALWAYS, 1), DCTX_OK);
	return sink;
}

/* For machines that are busy. */
static dctx_sink *sink_make(void)
{
	const dctx_sink_options how = {.struct_size = DCTX_SINK_SIZE,
				       .patience = 60 * DCTX_S};

	return sink_with(&how);
}

static void flush(dctx_sink *sink)
{
	DCTXT_EXPECT(dctx_sink_flush(sink, dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
}

static dctx_otlp_stats sent(const dctx_sink *sink)
{
	dctx_otlp_stats stats = {.struct_size = sizeof stats};

	DCTXT_EXPECT(dctx_otlp_stats_read(sink, &stats) == DCTX_OK);
	return stats;
}

static dctx_sink_stats taken(const dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = sizeof stats};

	DCTXT_EXPECT(dctx_sink_stats_read(sink, &stats) == DCTX_OK);
	return stats;
}

static void work(int i)
{
	DCTX_SPAN(span, "work", {"i", DCTX_ANY(i)});
}

static int64_t number_of(Otlp__KeyValue **list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (list[i]->key.len == strlen(name) &&
		    memcmp(list[i]->key.data, name, strlen(name)) == 0)
			return list[i]->value->int_value;
	return -1;
}

/* How often each `i` arrived, from which process. Returns how many in all. */
static size_t tally(int *of, size_t max, int64_t pid)
{
	const int requests = stand_in_count(&collector);
	size_t all = 0;

	for (int n = 0; n < requests; n++) {
		Otlp__ExportTraceServiceRequest *request =
			otlp__export_trace_service_request__unpack(
				NULL, collector.asked[n].len,
				collector.asked[n].body);
		Otlp__ResourceSpans *spans = request->resource_spans[0];
		Otlp__ScopeSpans *scope = spans->scope_spans[0];

		for (size_t i = 0; i < scope->n_spans &&
				   number_of(spans->resource->attributes,
					     spans->resource->n_attributes,
					     "process.pid") == pid;
		     i++) {
			int64_t which =
				number_of(scope->spans[i]->attributes,
					  scope->spans[i]->n_attributes, "i");

			assert_in_range(which, 0, max - 1);
			of[which]++;
			all++;
		}
		otlp__export_trace_service_request__free_unpacked(request,
								  NULL);
	}
	return all;
}

static void a_closed_span_arrives(void **state)
{
	Otlp__ExportTraceServiceRequest *request;
	const Otlp__Span *span;
	const struct asked *asked;
	dctx_sink *sink;
	bool found = false;

	(void)state;
	stand_in_begin(&collector);
	sink = sink_make();
	dctx_set(k_rid, "r-1");
	work(7);
	flush(sink);
	asked = stand_in_await(&collector, 1);
	request = otlp__export_trace_service_request__unpack(NULL, asked->len,
							     asked->body);
	span = request->resource_spans[0]->scope_spans[0]->spans[0];
	assert_memory_equal(span->name.data, "work", 4);
	assert_int_equal(number_of(span->attributes, span->n_attributes, "i"),
			 7);
	for (size_t i = 0; i < span->n_attributes; i++)
		if (span->attributes[i]->key.len == 10 &&
		    memcmp(span->attributes[i]->key.data, "request_id", 10) ==
			    0)
			found = memcmp(span->attributes[i]
					       ->value->string_value.data,
				       "r-1", 3) == 0;
	assert_true(found);
	otlp__export_trace_service_request__free_unpacked(request, NULL);
	assert_int_equal(sent(sink).accepted, 1);
	assert_int_equal(taken(sink).exported, 1);
	assert_null(dctx_sink_end(sink));
	stand_in_end(&collector);
}

/* The collector has the first request and does not answer: more are closed
 * meanwhile than there is room for. What waited is then refused. */
static void nobody_waits_for_a_collector(void **state)
{
	const dctx_sink_options how = {.struct_size = DCTX_SINK_SIZE,
				       .bytes = 65536,
				       .linger = DCTX_MS,
				       .patience = 60 * DCTX_S};
	dctx_sink_stats stats;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&collector);
	stand_in_is(&collector, SAYS_NOTHING);
	sink = sink_with(&how);
	work(0);
	stand_in_await(&collector, 1);
	for (int i = 0; i < 10000; i++)
		work(i);
	assert_int_equal(stand_in_ended(&collector), 0);
	stats = taken(sink);
	assert_int_equal(stats.taken, 10001);
	assert_true(stats.full > 9000);
	assert_int_equal(stats.exported + stats.refused, 0);
	stand_in_answers(&collector,
			 "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
	stand_in_hang_up(&collector);
	flush(sink);
	stats = taken(sink);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.exported, 0);
	assert_int_equal(stats.refused, 10001 - stats.full);
	assert_int_equal(sent(sink).refused, stats.refused);
	assert_int_equal(sent(sink).code, 500);
	dctx_sink_end(sink);
	stand_in_end(&collector);
}

static void what_was_closed_before_there_was_one_arrives_once(void **state)
{
	int times[50] = {0};
	dctx_sink *sink;

	(void)state;
	stand_in_bind(&collector);
	sink = sink_make();
	for (int i = 0; i < 50; i++)
		work(i);
	do
		assert_int_equal(
			dctx_sink_flush(sink, dctx_deadline_in(50 * DCTX_MS)),
			DCTX_DEADLINE_EXCEEDED);
	while (sent(sink).retried == 0);
	stand_in_listen(&collector);
	flush(sink);
	assert_int_equal(tally(times, 50, getpid()), 50);
	for (int i = 0; i < 50; i++)
		assert_int_equal(times[i], 1);
	assert_int_equal(sent(sink).accepted, 50);
	dctx_sink_end(sink);
	stand_in_end(&collector);
}

enum { THREADS = 4, EACH = 500 };

static void *close_many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		work(*(int *)arg * EACH + i);
	return NULL;
}

static void spans_of_many_threads_arrive_once(void **state)
{
	static int times[THREADS * EACH];
	int which[THREADS];
	dctx_sink *sink;

	(void)state;
	memset(times, 0, sizeof times);
	stand_in_begin(&collector);
	sink = sink_make();
	for (int i = 0; i < THREADS; i++)
		which[i] = i;
	dctxt_together(THREADS, close_many, which, sizeof *which);
	flush(sink);
	assert_int_equal(taken(sink).full, 0);
	assert_int_equal(tally(times, THREADS * EACH, getpid()),
			 THREADS * EACH);
	for (int i = 0; i < THREADS * EACH; i++)
		assert_int_equal(times[i], 1);
	dctx_sink_end(sink);
	stand_in_end(&collector);
}

static void two_sinks_count_for_themselves(void **state)
{
	dctx_sink *one, *two;

	(void)state;
	stand_in_begin(&collector);
	one = sink_make();
	work(1);
	two = sink_make();
	work(2);
	flush(one);
	flush(two);
	assert_int_equal(sent(one).accepted, 2);
	assert_int_equal(sent(two).accepted, 1);
	dctx_sink_end(one);
	assert_int_equal(sent(two).requests, 1);
	dctx_sink_end(two);
	stand_in_end(&collector);
}

#ifdef DCTXT_CHILD_THREADS
/* Runs `fn` in a child that leaves by exit(3). Returns the child. */
static pid_t exit_after(void (*fn)(dctx_sink *sink), dctx_sink *sink)
{
	int status = -1;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		fn(sink);
		exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return pid;
}

static void close_three(dctx_sink *sink)
{
	(void)sink;
	for (int i = 1; i <= 3; i++)
		work(i);
}

static void make_and_close_three(dctx_sink *sink)
{
	sink = sink_make();
	close_three(sink);
}

static void what_is_closed_before_the_exit_arrives(void **state)
{
	int times[4] = {0};
	pid_t child;

	(void)state;
	stand_in_begin(&collector);
	child = exit_after(make_and_close_three, NULL);
	assert_int_equal(tally(times, 4, child), 3);
	stand_in_end(&collector);
}

/* What waits at the fork is the parent's alone. */
static void a_child_sends_its_own(void **state)
{
	const dctx_sink_options how = {.struct_size = DCTX_SINK_SIZE,
				       .linger = 3600 * DCTX_S,
				       .patience = 60 * DCTX_S};
	int times[4] = {0}, own[4] = {0};
	dctx_sink *sink;
	pid_t child;

	(void)state;
	stand_in_begin(&collector);
	sink = sink_with(&how);
	work(0);
	flush(sink); /* it has a connection now */
	work(0);
	child = exit_after(close_three, sink);
	flush(sink);
	assert_int_equal(tally(times, 4, child), 3);
	assert_int_equal(times[0], 0);
	assert_int_equal(tally(own, 4, getpid()), 2);
	assert_int_equal(own[0], 2);
	dctx_sink_end(sink);
	stand_in_end(&collector);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_closed_span_arrives),
		DCTXT_TEST(nobody_waits_for_a_collector),
		DCTXT_TEST(what_was_closed_before_there_was_one_arrives_once),
		DCTXT_TEST(spans_of_many_threads_arrive_once),
		DCTXT_TEST(two_sinks_count_for_themselves),
#ifdef DCTXT_CHILD_THREADS
		DCTXT_TEST(what_is_closed_before_the_exit_arrives),
		DCTXT_TEST(a_child_sends_its_own),
#endif
	};

	alone_in_the_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
