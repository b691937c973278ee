/* SPDX-License-Identifier: MIT */
/*
 * otlp_exit_test.c - proves that a process's end brings a request to an end
 * that nobody answers, and that none is made after that: what libcurl stands on
 * is going then.
 */
#define _GNU_SOURCE /* strcasestr */
#include "post.h"

#include "kit.h"
#include "stand_in.h"

#include <curl/curl.h>

struct request {
	struct config config;
	struct post post;
	dctx_status status;
};

static void *ask(void *arg)
{
	struct request *request = arg;
	uint8_t message[] = "message";

	request->status = dctxi_otlp_post(
		&request->post, &request->config,
		(ProtobufCBinaryData){sizeof message - 1, message},
		dctx_deadline_in(600 * DCTX_S));
	return NULL;
}

static void what_is_under_way_ends_and_no_more_is_made(void **state)
{
	static struct request request;
	dctx_otlp_options options = {.struct_size = DCTX_OTLP_OPTIONS_SIZE,
				     .timeout = 600 * DCTX_S};
	struct stand_in s;
	pthread_t thread;
	char url[64];

	(void)state;
	stand_in_begin(&s);
	stand_in_is(&s, SAYS_NOTHING);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", s.port);
	options.endpoint = url;
	assert_int_equal(dctxi_otlp_configure(&request.config, &options),
			 DCTX_OK);
	assert_int_equal(pthread_create(&thread, NULL, ask, &request), 0);
	assert_int_equal(stand_in_await(&s, 1)->len, 7);
	dctxi_otlp_posts_stop();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(request.status, DCTX_OK);
	assert_int_equal(request.post.answer.code, 0);
	assert_non_null(request.post.answer.why);
	ask(&request);
	assert_int_equal(request.status, DCTX_CANCELED);
	assert_int_equal(stand_in_count(&s), 1);
	dctxi_otlp_post_end(&request.post);
	dctxi_otlp_give_back(&request.config.arena);
	stand_in_end(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_is_under_way_ends_and_no_more_is_made),
	};

	alone_in_the_environment();
	assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
