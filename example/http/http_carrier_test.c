/* SPDX-License-Identifier: MIT */
/* http_carrier_test.c - headers as libmicrohttpd and libcurl have them. */
#include "curl_carrier.h"
#include "mhd_carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static dctx_bytes text(const char *chars)
{
	return (dctx_bytes){chars, strlen(chars)};
}

/* The lines of a list, each with a bar before it. */
static const char *lines(const struct curl_slist *list)
{
	static char all[256];

	all[0] = '\0';
	for (; list != NULL; list = list->next) {
		strcat(all, "|");
		strcat(all, list->data);
	}
	return all;
}

static void a_header_is_set_once_whatever_its_letters(void **state)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: x");
	const dctx_carrier carrier = curl_carrier(&list);

	(void)state;
	list = curl_slist_append(list, "B3: old");
	list = curl_slist_append(list, "b3x: other");
	assert_int_equal(DCTX_OK, carrier.set(carrier.user, "b3", text("1")));
	assert_string_equal("|Accept: x|b3x: other|b3: 1", lines(list));
	assert_int_equal(DCTX_OK, carrier.set(carrier.user, "b3", text("2")));
	assert_int_equal(DCTX_OK,
			 carrier.set(carrier.user, "accept", text("y")));
	assert_string_equal("|b3x: other|b3: 2|accept: y", lines(list));
	curl_slist_free_all(list);
}

static void an_empty_header_is_sent_as_one(void **state)
{
	struct curl_slist *list = NULL;
	const dctx_carrier carrier = curl_carrier(&list);
	const dctx_bytes none = {NULL, 0};

	(void)state;
	assert_int_equal(DCTX_OK, carrier.set(carrier.user, "a", text("")));
	assert_string_equal("|a;", lines(list));
	assert_int_equal(DCTX_OK, carrier.set(carrier.user, "a", none));
	assert_string_equal("|a;", lines(list));
	assert_int_equal(DCTX_OK, carrier.set(carrier.user, "A", text("1")));
	assert_string_equal("|A: 1", lines(list));
	curl_slist_free_all(list);
}

static void a_value_cannot_begin_another_header(void **state)
{
	static const char *const bad[] = {"1\r\nx: 2", "1\nx: 2", "1\r"};
	struct curl_slist *list = NULL;
	const dctx_carrier carrier = curl_carrier(&list);
	const dctx_bytes nul = {"1\0", 2};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(DCTX_INVALID,
				 carrier.set(carrier.user, "a", text(bad[i])));
	assert_int_equal(DCTX_INVALID, carrier.set(carrier.user, "a", nul));
	assert_null(list);
}

/* A server that answers with what a carrier says of the request. */
struct server {
	struct MHD_Daemon *daemon;
	void (*ask)(const dctx_carrier *headers, char *out);
};

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **slot)
{
	const struct server *server = arg;
	const dctx_carrier headers = mhd_carrier(connection);
	struct MHD_Response *response;
	enum MHD_Result result;
	char answer[256] = "";

	(void)path, (void)method, (void)version, (void)upload;
	(void)upload_size, (void)slot;
	server->ask(&headers, answer);
	response = MHD_create_response_from_buffer(strlen(answer), answer,
						   MHD_RESPMEM_MUST_COPY);
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static size_t keep(char *data, size_t one, size_t len, void *answer)
{
	(void)one;
	strncat(answer, data, len);
	return len;
}

/* GETs with these lines from a server that asks so. Returns: its answer. */
static const char *answer_to(void (*ask)(const dctx_carrier *, char *),
			     const char *const *headers)
{
	static char answer[256];
	struct curl_slist *list = NULL;
	struct server server = {.ask = ask};
	CURL *easy = curl_easy_init();
	char url[64];

	server.daemon =
		MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL,
				 on_request, &server, MHD_OPTION_END);
	assert_non_null(server.daemon);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
		 MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT)
			 ->port);
	for (; *headers != NULL; headers++)
		list = curl_slist_append(list, *headers);
	answer[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	assert_int_equal(CURLE_OK, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	curl_slist_free_all(list);
	MHD_stop_daemon(server.daemon);
	return answer;
}

static void say(char *out, dctx_bytes value)
{
	strcat(out, "|");
	strncat(out, value.data, value.len);
}

static void ask_a_name(const dctx_carrier *headers, char *out)
{
	dctx_bytes values[2];
	size_t n = headers->get(headers->user, "x-a", values, 2);

	sprintf(out, "%zu", n);
	for (size_t i = 0; i < n && i < 2; i++)
		say(out, values[i]);
}

static void all_lines_of_a_name_are_found_in_order(void **state)
{
	static const char *const none[] = {"x-b: 1", "x: 2", "x-aa: 3", NULL};
	static const char *const one[] = {"X-A: 1", "x-a-: 2", NULL};
	static const char *const two[] = {"x-a: 1", "x-b: 2", "X-a;", NULL};
	static const char *const three[] = {"X-A: 3", "x-a: 2", "x-A: 1", NULL};

	(void)state;
	assert_string_equal("0", answer_to(ask_a_name, none));
	assert_string_equal("1|1", answer_to(ask_a_name, one));
	assert_string_equal("2|1|", answer_to(ask_a_name, two));
	assert_string_equal("3|3|2", answer_to(ask_a_name, three));
}

static void say_both(void *out, dctx_bytes name, dctx_bytes value)
{
	say(out, name);
	say(out, value);
}

static void ask_a_prefix(const dctx_carrier *headers, char *out)
{
	headers->each(headers->user, "uberctx-", say_both, out);
}

static void all_names_of_a_prefix_are_found(void **state)
{
	static const char *const some[] = {"uberctx-a: 1", "x-uberctx-b: 2",
					   "UberCtx-C: 3", "uberctx: 4",
					   "uberctx-;",	   NULL};

	(void)state;
	assert_string_equal("|uberctx-a|1|UberCtx-C|3|uberctx-|",
			    answer_to(ask_a_prefix, some));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_set_once_whatever_its_letters),
		cmocka_unit_test(an_empty_header_is_sent_as_one),
		cmocka_unit_test(a_value_cannot_begin_another_header),
		cmocka_unit_test(all_lines_of_a_name_are_found_in_order),
		cmocka_unit_test(all_names_of_a_prefix_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
