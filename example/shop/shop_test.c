/* SPDX-License-Identifier: MIT */
/* shop_test.c - what a stranger may send to the shop's servers. */
#define _GNU_SOURCE /* asprintf */
#include "shop.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char response[256 * 1024];

static void say_context(const struct shop_request *request,
			struct shop_answer *answer)
{
	(void)request;
	*answer = (struct shop_answer){200, shop_context()};
}

static const struct shop_service edge = {
	.name = "edge",
	.arrive = shop_arrive_by_headers,
	.handle = say_context,
};

static const struct shop_service inner = {
	.name = "inner",
	.arrive = shop_arrive_by_envelope,
	.handle = say_context,
};

static void say_length(const struct shop_request *request,
		       struct shop_answer *answer)
{
	size_t len;

	(void)shop_body(request, &len);
	*answer = (struct shop_answer){
		200, json_pack("{s:I}", "length", (json_int_t)len)};
}

static const struct shop_service poster = {
	.name = "poster",
	.takes_posts = true,
	.arrive = shop_arrive_by_headers,
	.handle = say_length,
};

/* Sends bytes to a port of this machine and reads until the server closes.
 * A server may close before it has read everything. */
static const char *exchange(unsigned port, const char *bytes)
{
	struct sockaddr_in there = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	size_t left = strlen(bytes);
	size_t len = 0;
	ssize_t n = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(0, connect(fd, (struct sockaddr *)&there,
				    sizeof(there)));
	for (; left > 0 && n > 0; bytes += n, left -= (size_t)n) {
		n = send(fd, bytes, left, MSG_NOSIGNAL);
		if (n < 0)
			break;
	}
	shutdown(fd, SHUT_WR);
	while ((n = recv(fd, response + len, sizeof(response) - 1 - len, 0)) >
	       0)
		len += (size_t)n;
	response[len] = '\0';
	close(fd);
	return response;
}

/* Starts a server for one request with these headers, and stops it again. */
static const char *ask(const struct shop_service *service, const char *headers)
{
	struct shop_server *server = shop_server_start(service, 0);
	char *request;

	assert_non_null(server);
	assert_true(asprintf(&request, "GET / HTTP/1.1\r\nHost: shop\r\n"
				       "Connection: close\r\n%s\r\n",
			     headers) > 0);
	exchange(shop_server_port(server), request);
	free(request);
	shop_server_stop(server);
	return response;
}

static void assert_answer(unsigned status, const char *part)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %u ", status);
	assert_non_null(strstr(response, line));
	assert_non_null(strstr(response, part));
}

/* The header x-dctx of the current context. */
static char *envelope(void)
{
	unsigned char bytes[1024];
	char text[2048];
	char *header;
	size_t len;

	assert_int_equal(DCTX_OK, dctx_encode(bytes, sizeof(bytes), &len));
	assert_int_equal(DCTX_OK, dctx_base64_encode(DCTX_BASE64, bytes, len,
						     text, sizeof(text), NULL));
	assert_true(asprintf(&header, "x-dctx: %s\r\n", text) > 0);
	return header;
}

static void two_headers_make_a_context(void **state)
{
	(void)state;
	ask(&edge, "X-Request-Id: abc\r\nX-Tenant: 7\r\n");
	assert_answer(200, "\"request_id\": \"abc\"");
	assert_answer(200, "\"tenant\": 7,");
	assert_answer(200, "\"chain\": \"edge > GET\"");
}

static void a_request_without_an_id_is_given_one(void **state)
{
	(void)state;
	ask(&edge, "");
	assert_answer(200, "\"request_id\": \"made-");
	assert_answer(200, "\"tenant\": 0,");
}

static void a_malformed_tenant_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "-1", "7x", " 0x7", "9999999999999999999", "\xff",
	};
	char header[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(header, sizeof(header), "x-tenant: %s\r\n", bad[i]);
		ask(&edge, header);
		assert_answer(400, "x-tenant: not a number");
	}
}

static void a_malformed_request_id_is_refused(void **state)
{
	(void)state;
	ask(&edge, "x-request-id: a b\r\n");
	assert_answer(400, "x-request-id: not a word");
	ask(&edge, "x-request-id: \"\xf0\x9f\r\n");
	assert_answer(400, "x-request-id: not a word");
}

static void a_trace_that_comes_is_continued(void **state)
{
	(void)state;
	ask(&edge, "traceparent: 00-0123456789abcdef0123456789abcdef-"
		   "0123456789abcdef-01\r\n");
	assert_answer(200, "\"trace\": \"0123456789abcdef0123456789abcdef\"");
}

static void a_request_in_no_trace_begins_one(void **state)
{
	(void)state;
	ask(&edge, "traceparent: 00-0123456789abcdef-01\r\n");
	assert_answer(200, "\"trace\": \"");
	assert_null(strstr(response, "\"trace\": \"-\""));
	assert_null(strstr(response, "0123456789abcdef"));
}

static void an_envelope_brings_its_context(void **state)
{
	(void)state;
	DCTX_SCOPE("outer");
	dctx_set(k_request_id, "abc");
	dctx_set(k_tenant, 7);
	char *header = envelope();

	ask(&inner, header);
	assert_answer(200, "\"request_id\": \"abc\"");
	assert_answer(200, "\"tenant\": 7,");
	assert_answer(200, "\"chain\": \"outer > inner > GET\"");
	free(header);
}

static void a_bad_envelope_is_refused_with_the_reason(void **state)
{
	(void)state;
	ask(&inner, "");
	assert_answer(400, "x-dctx: missing");
	ask(&inner, "x-dctx: no*base64\r\n");
	assert_answer(400, dctx_rule_text(DCTX_RULE_ENVELOPE_BASE64));
	ask(&inner, "x-dctx: AgAAAP////8=\r\n");
	assert_answer(400, dctx_rule_text(DCTX_RULE_ENVELOPE_MESSAGE));
}

static void a_cut_envelope_is_refused(void **state)
{
	(void)state;
	DCTX_SCOPE("outer");
	dctx_set(k_request_id, "abc");
	char *header = envelope();

	strcpy(header + strlen("x-dctx: ") + 8, "\r\n");
	ask(&inner, header);
	assert_answer(400, "x-dctx: ");
	free(header);
}

/* A header of `len` letters; the server has room for 32 KiB of them. */
static char *long_header(size_t len)
{
	char *header = malloc(len + 16);
	size_t at = (size_t)sprintf(header, "x-dctx: ");

	memset(header + at, 'A', len);
	strcpy(header + at + len, "\r\n");
	return header;
}

static void a_long_envelope_is_refused(void **state)
{
	char *header = long_header(8 * 1024);

	(void)state;
	ask(&inner, header);
	assert_answer(400, "x-dctx: ");
	free(header);
}

static void a_server_outlives_what_is_no_http(void **state)
{
	struct shop_server *server = shop_server_start(&edge, 0);
	unsigned port = shop_server_port(server);
	char *header = long_header(200 * 1024);
	char *request;

	(void)state;
	assert_true(asprintf(&request, "GET / HTTP/1.1\r\n%s\r\n", header) > 0);
	assert_null(strstr(exchange(port, request), " 200 "));
	assert_null(strstr(exchange(port, "\r\n\x01\x02\r\n\r\n"), " 200 "));
	exchange(port, "");
	exchange(port, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n"
		       "Connection: close\r\n\r\nabc");
	assert_answer(405, "only GET");
	exchange(port, "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
		       "\r\n");
	assert_answer(200, "made-");
	shop_server_stop(server);
	free(request);
	free(header);
}

/* Posts a body in chunks of `len` letters. */
static void post_chunks(unsigned port, size_t len, int count)
{
	char *request;
	size_t size;
	FILE *out = open_memstream(&request, &size);

	fputs("POST / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
	      "Transfer-Encoding: chunked\r\n\r\n", out);
	for (int i = 0; i < count; i++)
		fprintf(out, "%zx\r\n%*s\r\n", len, (int)len, "");
	fputs("0\r\n\r\n", out);
	fclose(out);
	exchange(port, request);
	free(request);
}

static void a_body_is_taken_up_to_its_limit_whatever_its_pieces(void **state)
{
	struct shop_server *server = shop_server_start(&poster, 0);
	unsigned port = shop_server_port(server);

	(void)state;
	post_chunks(port, 512, 8);
	assert_answer(200, "\"length\": 4096");
	post_chunks(port, 1, 1);
	assert_answer(200, "\"length\": 1");
	post_chunks(port, 1024, 5);
	assert_answer(413, "more than 4096 bytes");
	post_chunks(port, 200 * 1024, 1);
	assert_answer(413, "more than 4096 bytes");
	exchange(port, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n"
		       "Connection: close\r\n\r\n");
	assert_answer(200, "\"length\": 0");
	exchange(port, "PUT / HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n"
		       "Connection: close\r\n\r\nabc");
	assert_answer(405, "only GET and POST");
	shop_server_stop(server);
}

static void metrics_are_what_prometheus_reads(void **state)
{
	struct shop_server *server = shop_server_start(&edge, 0);

	(void)state;
	exchange(shop_server_port(server),
		 "GET /metrics HTTP/1.1\r\nHost: shop\r\n"
		 "Connection: close\r\n\r\n");
	assert_answer(200, "text/plain; version=0.0.4");
	assert_answer(200, "\n# TYPE dctx_executor_submitted_total counter\n");
	shop_server_stop(server);
}

/* Runs a function with stderr in a file. Returns: what came, for fclose. */
static FILE *stderr_of(void (*fn)(void))
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	dup2(fileno(file), STDERR_FILENO);
	fn();
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	return file;
}

static void log_a_forgery(void)
{
	DCTX_SCOPE("checkout");
	dctx_set(k_request_id, "x\"}\n{\"request_id\":\"y");
	dctx_set(k_tenant, 7);
	shop_log("hello");
}

static void a_value_cannot_forge_a_log_line(void **state)
{
	FILE *log = stderr_of(log_a_forgery);
	char line[512];
	char none[8];

	(void)state;
	assert_non_null(fgets(line, sizeof(line), log));
	json_t *read = json_loads(line, 0, NULL);
	assert_string_equal("x\"}\n{\"request_id\":\"y", json_string_value(
				json_object_get(read, "request_id")));
	assert_null(fgets(none, sizeof(none), log));
	json_decref(read);
	fclose(log);
}

static void *read_tenant_here(void *out)
{
	*(uint64_t *)out = dctx_get(k_tenant, 0);
	return NULL;
}

static void pool_threads_run_each_call_in_its_own_context(void **state)
{
	struct shop_pool *pool = shop_pool_start(4);
	uint64_t found[200];
	sem_t ran;

	(void)state;
	sem_init(&ran, 0, 0);
	for (size_t i = 0; i < 200; i++) {
		DCTX_SCOPE_UNNAMED;
		dctx_work *work;

		if (i % 3 != 0)
			dctx_set(k_tenant, i);
		assert_int_equal(DCTX_OK, dctx_wrap(read_tenant_here,
						    &found[i], &work));
		shop_pool_submit(pool, work, &ran);
	}
	for (size_t i = 0; i < 200; i++)
		sem_wait(&ran);
	shop_pool_stop(pool);
	sem_destroy(&ran);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(i % 3 != 0 ? i : 0, found[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_headers_make_a_context),
		cmocka_unit_test(a_request_without_an_id_is_given_one),
		cmocka_unit_test(a_malformed_tenant_is_refused),
		cmocka_unit_test(a_malformed_request_id_is_refused),
		cmocka_unit_test(a_trace_that_comes_is_continued),
		cmocka_unit_test(a_request_in_no_trace_begins_one),
		cmocka_unit_test(an_envelope_brings_its_context),
		cmocka_unit_test(a_bad_envelope_is_refused_with_the_reason),
		cmocka_unit_test(a_cut_envelope_is_refused),
		cmocka_unit_test(a_long_envelope_is_refused),
		cmocka_unit_test(a_server_outlives_what_is_no_http),
		cmocka_unit_test(
			a_body_is_taken_up_to_its_limit_whatever_its_pieces),
		cmocka_unit_test(metrics_are_what_prometheus_reads),
		cmocka_unit_test(a_value_cannot_forge_a_log_line),
		cmocka_unit_test(pool_threads_run_each_call_in_its_own_context),
	};

	if (!shop_crossing_open() || shop_spans_open("test") != DCTX_OK)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
