/* SPDX-License-Identifier: MIT */
/*
 * otlp_answer_test.c - proves what each answer of a collector means for spans,
 * by a stand-in that answers so: taken, for later, or dropped and counted.
 */
#define _GNU_SOURCE /* asprintf, strcasestr */
#include "direct.h"

#include "otlp.pb-c.h"
#include "verdict.h"

#include <time.h>

/* A message as the body of an answer; the head says its code and type. */
static const char *answer_of(const char *head, const ProtobufCMessage *message,
			     size_t *len)
{
	static char answer[4096];
	const size_t size = protobuf_c_message_get_packed_size(message);
	int n = snprintf(answer, sizeof answer,
			 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
			 "Content-Type: application/x-protobuf\r\n\r\n",
			 head, size);

	*len = (size_t)n + size;
	assert_true(*len <= sizeof answer);
	(void)protobuf_c_message_pack(message, (uint8_t *)answer + n);
	return answer;
}

static void a_message_is_posted(void **state)
{
	struct stand_in s;
	Otlp__ExportTraceServiceRequest *request;
	const struct asked *asked;
	dctx_otlp_stats stats;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){
				     .headers = "api-key=a%20secret,x-empty="});
	assert_int_equal(direct_export(3), DCTX_OK);
	asked = stand_in_await(&s, 1);
	assert_int_equal(
		strncmp(asked->head, "POST /v1/traces HTTP/1.1\r\n", 26), 0);
	assert_string_equal(header(asked, "content-type"),
			    "application/x-protobuf");
	assert_string_equal(header(asked, "user-agent"),
			    "dctx-otlp/" DCTX_VERSION_TEXT);
	assert_string_equal(header(asked, "api-key"), "a secret");
	assert_string_equal(header(asked, "x-empty"), "");
	assert_null(header(asked, "expect"));
	assert_null(header(asked, "content-encoding"));
	request = otlp__export_trace_service_request__unpack(NULL, asked->len,
							     asked->body);
	assert_non_null(request);
	assert_int_equal(request->resource_spans[0]->scope_spans[0]->n_spans,
			 3);
	otlp__export_trace_service_request__free_unpacked(request, NULL);
	stats = direct_stats(sink);
	assert_int_equal(stats.accepted, 3);
	assert_int_equal(stats.requests, 1);
	assert_int_equal(stats.code, 200);
	assert_string_equal(stats.last, "");
	direct_end();
	stand_in_end(&s);
}

static void one_connection_serves_many_messages(void **state)
{
	struct stand_in s;

	(void)state;
	stand_in_begin(&s);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(direct_export(1), DCTX_OK);
		assert_int_equal(stand_in_await(&s, i)->call, 0);
	}
	direct_end();
	stand_in_await_ended(&s, 1);
	stand_in_end(&s);
}

static void some_codes_are_for_later_and_others_for_good(void **state)
{
	static const struct {
		const char *answer;
		dctx_status expected;
	} rows[] = {
		{"HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n", DCTX_OK},
		{"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", DCTX_BUSY},
		{"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", DCTX_BUSY},
		{"HTTP/1.1 503 Off\r\nContent-Length: 0\r\n\r\n", DCTX_BUSY},
		{"HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n", DCTX_BUSY},
		{"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", DCTX_INVALID},
		{"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n", DCTX_INVALID},
		{"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", DCTX_INVALID},
		{"HTTP/1.1 413 Much\r\nContent-Length: 0\r\n\r\n",
		 DCTX_INVALID},
		{"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", DCTX_INVALID},
		{"HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n", DCTX_INVALID},
	};
	enum { N = sizeof rows / sizeof *rows };
	struct stand_in s;
	dctx_otlp_stats stats;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	for (int i = 0; i < N; i++) {
		stand_in_answers(&s, rows[i].answer);
		assert_int_equal(direct_export(2), rows[i].expected);
		assert_int_equal(stand_in_count(&s), i + 1);
		assert_int_equal(direct_stats(sink).code,
				 atoi(rows[i].answer + 9));
	}
	stats = direct_stats(sink);
	assert_int_equal(stats.accepted, 2);
	assert_int_equal(stats.retried, 4);
	assert_int_equal(stats.refused, 12);
	assert_int_equal(stats.requests, N);
	assert_string_equal(stats.last, "501: ");
	direct_end();
	stand_in_end(&s);
}

/* The first says a second; until that is over nobody is asked. */
static void a_collector_that_asks_for_time_gets_it(void **state)
{
	struct stand_in s;
	dctx_status status;
	int64_t began;

	(void)state;
	stand_in_begin(&s);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
	stand_in_answers(&s, "HTTP/1.1 429 Slow\r\nRetry-After: 1\r\n"
			     "Content-Length: 0\r\n\r\n");
	began = dctx_now();
	assert_int_equal(direct_export(1), DCTX_BUSY);
	stand_in_answers(&s, OK_ANSWER);
	while ((status = direct_export(1)) == DCTX_BUSY) {
		assert_int_equal(stand_in_count(&s), 1);
		usleep(10000);
	}
	assert_int_equal(status, DCTX_OK);
	assert_true(dctx_now() - began >= DCTX_S);
	assert_int_equal(stand_in_count(&s), 2);
	direct_end();
	stand_in_end(&s);
}

/* An hour from now. */
static void a_date_to_come_back_at_is_kept(void **state)
{
	const time_t then = time(NULL) + 3600;
	char answer[256], date[64];
	struct stand_in s;
	struct tm tm;

	(void)state;
	stand_in_begin(&s);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
	(void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT",
		       gmtime_r(&then, &tm));
	(void)snprintf(answer, sizeof answer,
		       "HTTP/1.1 503 Off\r\nRetry-After: %s\r\n"
		       "Content-Length: 0\r\n\r\n",
		       date);
	stand_in_answers(&s, answer);
	assert_int_equal(direct_export(1), DCTX_BUSY);
	stand_in_answers(&s, OK_ANSWER);
	assert_int_equal(direct_export(1), DCTX_BUSY);
	assert_int_equal(stand_in_count(&s), 1);
	direct_end();
	stand_in_end(&s);
}

/* Then it is the sink that waits, as without one. */
static void a_time_that_is_none_is_not_waited_for(void **state)
{
	static const char *const none[] = {
		"0", "-1", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT"};
	char answer[256];
	struct stand_in s;

	(void)state;
	stand_in_begin(&s);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		(void)snprintf(answer, sizeof answer,
			       "HTTP/1.1 503 Off\r\nRetry-After: %s\r\n"
			       "Content-Length: 0\r\n\r\n",
			       none[i]);
		stand_in_answers(&s, answer);
		assert_int_equal(direct_export(1), DCTX_BUSY);
		stand_in_answers(&s, OK_ANSWER);
		assert_int_equal(direct_export(1), DCTX_OK);
	}
	direct_end();
	stand_in_end(&s);
}

/* Centuries are five minutes, and who took a batch need not be waited for. */
static void a_time_has_a_bound(void **state)
{
	static struct answer answer;
	struct verdict verdict;

	(void)state;
	answer.whole = true;
	answer.code = 429;
	answer.retry_after = 299 * DCTX_S;
	dctxi_otlp_judge(&answer, 1, &verdict);
	assert_int_equal(verdict.retry_after, 299 * DCTX_S);
	answer.retry_after = INT64_MAX;
	dctxi_otlp_judge(&answer, 1, &verdict);
	assert_int_equal(verdict.what, VERDICT_LATER);
	assert_int_equal(verdict.retry_after, 300 * DCTX_S);
	answer.code = 200;
	dctxi_otlp_judge(&answer, 1, &verdict);
	assert_int_equal(verdict.what, VERDICT_TAKEN);
	assert_int_equal(verdict.retry_after, 0);
}

static void an_answer_that_breaks_off_is_what_its_code_says(void **state)
{
	static const struct {
		const char *head;
		dctx_status expected;
	} rows[] = {{"200 OK", DCTX_OK},
		    {"400 Bad", DCTX_INVALID},
		    {"503 Off", DCTX_BUSY}};
	char answer[256];
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	for (int i = 0; i < 3; i++) {
		(void)snprintf(answer, sizeof answer,
			       "HTTP/1.1 %s\r\nConnection: close\r\n"
			       "Content-Type: application/x-protobuf\r\n"
			       "Content-Length: 100\r\n\r\nhalf",
			       rows[i].head);
		stand_in_answers(&s, answer);
		assert_int_equal(direct_export(1), rows[i].expected);
		assert_int_equal(direct_stats(sink).garbled, i + 1);
	}
	assert_int_equal(stand_in_count(&s), 3);
	assert_int_equal(direct_stats(sink).accepted, 1);
	direct_end();
	stand_in_end(&s);
}

static void what_is_rejected_of_a_message_is_counted(void **state)
{
	static const struct {
		int64_t said;
		uint64_t rejected;
	} rows[] = {{2, 2}, {0, 0}, {-1, 0}, {INT64_MAX, 5}};
	Otlp__ExportTracePartialSuccess partial =
		OTLP__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
	Otlp__ExportTraceServiceResponse response =
		OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
	char message[] = "no\x1b ids:\n\xff\xc2\x9b quota\xc2\xa0\x7f";
	struct stand_in s;

	(void)state;
	response.partial_success = &partial;
	partial.error_message.data = (uint8_t *)message;
	partial.error_message.len = strlen(message);
	stand_in_begin(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		dctx_sink *sink =
			direct_to(&s, (dctx_otlp_options){.timeout = 0});
		dctx_otlp_stats stats;
		const char *answer;
		size_t len;

		partial.rejected_spans = rows[i].said;
		answer = answer_of("200 OK", &response.base, &len);
		stand_in_answers_bytes(&s, answer, len);
		assert_int_equal(direct_export(5), DCTX_OK);
		stats = direct_stats(sink);
		assert_int_equal(stats.rejected, rows[i].rejected);
		assert_int_equal(stats.accepted, 5 - rows[i].rejected);
		assert_int_equal(stats.garbled, 0);
		assert_string_equal(stats.last,
				    "200: no? ids:?\xef\xbf\xbd??"
				    " quota\xc2\xa0?");
		direct_end();
	}
	stand_in_end(&s);
}

static void what_a_refusal_says_is_told(void **state)
{
	Otlp__RpcStatus refusal = OTLP__RPC_STATUS__INIT;
	char message[301];
	struct stand_in s;
	dctx_otlp_stats stats;
	dctx_sink *sink;
	const char *answer;
	size_t len;

	(void)state;
	memset(message, 'y', 300);
	message[300] = '\0';
	memcpy(message, "unknown tenant ", 15);
	refusal.message.data = (uint8_t *)message;
	refusal.message.len = 300;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	answer = answer_of("400 Bad Request", &refusal.base, &len);
	stand_in_answers_bytes(&s, answer, len);
	assert_int_equal(direct_export(1), DCTX_INVALID);
	stats = direct_stats(sink);
	assert_int_equal(strncmp(stats.last, "400: unknown tenant yyy", 23), 0);
	assert_int_equal(strlen(stats.last), sizeof stats.last - 1);
	stand_in_answers(&s, "HTTP/1.1 500 Oh\r\nContent-Type: text/html\r\n"
			     "Content-Length: 9\r\n\r\n<p>no</p>");
	assert_int_equal(direct_export(1), DCTX_INVALID);
	assert_string_equal(direct_stats(sink).last, "500: <p>no</p>");
	direct_end();
	stand_in_end(&s);
}

/* It may lead anywhere, with all headers. */
static void no_redirect_is_followed(void **state)
{
	struct stand_in s, other;
	char answer[256];

	(void)state;
	stand_in_begin(&s);
	stand_in_begin(&other);
	(void)direct_to(&s, (dctx_otlp_options){.headers = "api-key=secret"});
	(void)snprintf(answer, sizeof answer,
		       "HTTP/1.1 307 There\r\nContent-Length: 0\r\n"
		       "Location: http://127.0.0.1:%d/\r\n\r\n",
		       other.port);
	stand_in_answers(&s, answer);
	assert_int_equal(direct_export(1), DCTX_INVALID);
	assert_int_equal(stand_in_count(&other), 0);
	direct_end();
	stand_in_end(&s);
	stand_in_end(&other);
}

/* The code that came decides; what else came is nobody's. */
static void a_body_that_nobody_understands_changes_nothing(void **state)
{
	static const char many[] = "\x98\x01\x01";
	static char fields[12000];
	char *answer = NULL;
	struct stand_in s;
	dctx_sink *sink;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof fields; i++)
		fields[i] = many[i % 3];
	n = asprintf(&answer,
		     "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
		     "Content-Type: application/x-protobuf\r\n\r\n%.*s",
		     sizeof fields, (int)sizeof fields, fields);
	assert_true(n > (int)sizeof fields);
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	stand_in_answers(&s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
			     "Content-Type: application/json\r\n\r\n{}");
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(direct_stats(sink).garbled, 1);
	stand_in_answers(&s, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
			     "Content-Type: application/x-protobuf\r\n\r\nxyz");
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(direct_stats(sink).garbled, 2);
	stand_in_answers_bytes(&s, answer,
			       (size_t)n); /* it is of use to none */
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(direct_stats(sink).garbled, 2);
	assert_int_equal(direct_stats(sink).accepted, 3);
	direct_end();
	stand_in_end(&s);
	free(answer);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_message_is_posted),
		DCTXT_TEST(one_connection_serves_many_messages),
		DCTXT_TEST(some_codes_are_for_later_and_others_for_good),
		DCTXT_TEST(a_collector_that_asks_for_time_gets_it),
		DCTXT_TEST(a_date_to_come_back_at_is_kept),
		DCTXT_TEST(a_time_that_is_none_is_not_waited_for),
		DCTXT_TEST(a_time_has_a_bound),
		DCTXT_TEST(an_answer_that_breaks_off_is_what_its_code_says),
		DCTXT_TEST(what_is_rejected_of_a_message_is_counted),
		DCTXT_TEST(what_a_refusal_says_is_told),
		DCTXT_TEST(no_redirect_is_followed),
		DCTXT_TEST(a_body_that_nobody_understands_changes_nothing),
	};

	alone_in_the_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
