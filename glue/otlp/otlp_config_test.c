/* SPDX-License-Identifier: MIT */
/*
 * otlp_config_test.c - proves which of an option, a variable of the environment
 * and a default counts, and what becomes of one that says nothing good.
 */
#include "config.h"

#include "kit.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct config config;
static dctx_otlp_options options;

static const char *const names[] = {
	"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
	"OTEL_EXPORTER_OTLP_ENDPOINT",
	"OTEL_EXPORTER_OTLP_TRACES_HEADERS",
	"OTEL_EXPORTER_OTLP_HEADERS",
	"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
	"OTEL_EXPORTER_OTLP_COMPRESSION",
	"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
	"OTEL_EXPORTER_OTLP_TIMEOUT",
	"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
	"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
	"OTEL_EXPORTER_OTLP_CLIENT_KEY",
	"OTEL_SERVICE_NAME",
	"OTEL_RESOURCE_ATTRIBUTES",
};

static int begin(void **state)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unsetenv(names[i]);
	options = (dctx_otlp_options){.struct_size = sizeof options};
	return dctxt_begin(state);
}
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, dctxt_end)

static void set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

/* Until `done`. */
static void configured(void)
{
	assert_int_equal(dctxi_otlp_configure(&config, &options), DCTX_OK);
}

static void done(void)
{
	dctxi_otlp_give_back(&config.arena);
}

static void url_is(const char *url)
{
	configured();
	assert_string_equal(config.url, url);
	done();
}

static void refused(void)
{
	assert_int_equal(dctxi_otlp_configure(&config, &options), DCTX_INVALID);
	assert_null(config.arena.chunks);
}

static void pair_is(const struct pair *pair, const char *name,
		    const char *value)
{
	assert_non_null(pair);
	assert_string_equal(pair->name, name);
	assert_string_equal(pair->value, value);
}

static void by_default_it_is_a_collector_beside_us(void **state)
{
	(void)state;
	configured();
	assert_string_equal(config.url, "http://localhost:4318/v1/traces");
	assert_null(config.headers);
	assert_null(config.service);
	assert_null(config.resource[0]);
	assert_null(config.resource[1]);
	assert_false(config.gzip);
	assert_null(config.ca_file);
	assert_null(config.client_certificate);
	assert_null(config.client_key);
	assert_int_equal(config.timeout, 10 * DCTX_S);
	assert_int_equal(config.ignored, 0);
	done();
}

static void an_endpoint_is_found(void **state)
{
	(void)state;
	set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318");
	url_is("http://all:4318/v1/traces");
	set("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all/under//");
	url_is("https://all/under/v1/traces");
	set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
	url_is("https://all/under/v1/traces");
	set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1/as/it/is/");
	url_is("http://traces:1/as/it/is/");
	options.endpoint = "https://given/";
	url_is("https://given/");
}

/* Spans that go to another place than was meant are worse than none. */
static void an_endpoint_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"collector:4318", "grpc://collector:4317", "file:///etc/passwd",
		"http://",	  "http://a b/",	   "localhost",
		"http://a:99999/"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		options.endpoint = bad[i];
		refused();
		options.endpoint = NULL;
		set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", bad[i]);
		refused();
		(void)unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
	}
	set("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://all");
	refused();
}

static void headers_are_read(void **state)
{
	(void)state;
	set("OTEL_EXPORTER_OTLP_HEADERS", "all=1");
	configured();
	pair_is(config.headers, "all", "1");
	assert_null(config.headers->next);
	done();
	set("OTEL_EXPORTER_OTLP_TRACES_HEADERS",
	    " api-key = s%20e%3Dc%2c , ,x=a=b,");
	configured();
	pair_is(config.headers, "api-key", "s e=c,");
	pair_is(config.headers->next, "x", "a=b");
	assert_null(config.headers->next->next);
	done();
	options.headers = "given=";
	configured();
	pair_is(config.headers, "given", "");
	done();
}

/* Of a variable it is counted, of an option it is an error. */
static void headers_that_are_none_are_not_sent(void **state)
{
	static const char *const bad[] = {
		"alone",
		"=v",
		"a b=v",
		"a=%0d%0aevil: 1",
		"a=%00",
		"a=%4",
		"a=%zz",
		"good=1,a:=v",
		"Content-Length=0",
		"transfer-encoding=chunked",
		"content-type=text/plain",
		"%c3%a9=v",
		"a=%7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		options.headers = bad[i];
		refused();
		options.headers = NULL;
		set("OTEL_EXPORTER_OTLP_HEADERS", bad[i]);
		configured();
		assert_null(config.headers);
		assert_int_equal(config.ignored, 1);
		done();
	}
}

static void a_resource_is_told_by_both(void **state)
{
	(void)state;
	set("OTEL_RESOURCE_ATTRIBUTES",
	    "service.name=env,deployment.environment=t%65st,k%3D=1");
	set("OTEL_SERVICE_NAME", "named");
	options.resource = "service.version=2";
	configured();
	assert_string_equal(config.service, "named");
	pair_is(config.resource[0], "service.version", "2");
	pair_is(config.resource[1], "service.name", "env");
	pair_is(config.resource[1]->next, "deployment.environment", "test");
	pair_is(config.resource[1]->next->next, "k=", "1");
	done();
	options.service = "given";
	configured();
	assert_string_equal(config.service, "given");
	done();
	options.resource = "broken";
	refused();
	options.resource = NULL;
	set("OTEL_RESOURCE_ATTRIBUTES", "a=b,broken");
	configured();
	assert_null(config.resource[1]); /* all of it, by the specification */
	assert_int_equal(config.ignored, 1);
	done();
}

static void what_is_compressed_is_said(void **state)
{
	(void)state;
	set("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
	configured();
	assert_true(config.gzip);
	done();
	set("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none");
	configured();
	assert_false(config.gzip);
	done();
	options.compression = "gzip";
	configured();
	assert_true(config.gzip);
	done();
	options.compression = "zstd";
	refused();
	options.compression = NULL;
	set("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd");
	configured();
	assert_false(config.gzip);
	assert_int_equal(config.ignored, 1);
	done();
}

static void timeout_is(int64_t timeout, unsigned ignored)
{
	configured();
	assert_int_equal(config.timeout, timeout);
	assert_int_equal(config.ignored, ignored);
	done();
}

static void a_timeout_is_in_milliseconds(void **state)
{
	static const char *const bad[] = {"soon", "-1", "1.5",
					  "0",	  "1s", "99999999999999999999"};

	(void)state;
	set("OTEL_EXPORTER_OTLP_TIMEOUT", "1500");
	timeout_is(1500 * DCTX_MS, 0);
	set("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "20");
	timeout_is(20 * DCTX_MS, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		set("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", bad[i]);
		timeout_is(10 * DCTX_S, 1);
	}
	options.timeout = 3 * DCTX_S;
	timeout_is(3 * DCTX_S, 0);
	options.timeout = -1;
	refused();
}

static void files_are_named(void **state)
{
	(void)state;
	set("OTEL_EXPORTER_OTLP_CERTIFICATE", "/all.pem");
	set("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem");
	set("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/own.pem");
	configured();
	assert_string_equal(config.ca_file, "/all.pem");
	assert_string_equal(config.client_certificate, "/own.pem");
	assert_string_equal(config.client_key, "/key.pem");
	done();
	options.ca_file = "/given.pem";
	configured();
	assert_string_equal(config.ca_file, "/given.pem");
	done();
}

/* Those of a header that was older would end where this one does. */
static void no_more_is_read_of_options_than_there_is(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	dctx_otlp_options *older;
	dctx_sink *sink = NULL;

	(void)state;
	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	older = (dctx_otlp_options *)(pages + page - sizeof(size_t));
	older->struct_size = sizeof(size_t);
	assert_int_equal(dctx_otlp_new(older, &sink), DCTX_INVALID);
	assert_null(sink);
	assert_int_equal(munmap(pages, 2 * page), 0);
}

static void options_that_are_none_are_refused(void **state)
{
	dctx_sink *sink = NULL;

	(void)state;
	assert_int_equal(dctx_otlp_new(&options, NULL), DCTX_INVALID);
	options.struct_size--;
	assert_int_equal(dctx_otlp_new(&options, &sink), DCTX_INVALID);
	options.struct_size++;
	options.endpoint = "nowhere";
	assert_int_equal(dctx_otlp_new(&options, &sink), DCTX_INVALID);
	assert_null(sink);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(by_default_it_is_a_collector_beside_us),
		TEST(an_endpoint_is_found),
		TEST(an_endpoint_that_is_none_is_refused),
		TEST(headers_are_read),
		TEST(headers_that_are_none_are_not_sent),
		TEST(a_resource_is_told_by_both),
		TEST(what_is_compressed_is_said),
		TEST(a_timeout_is_in_milliseconds),
		TEST(files_are_named),
		TEST(no_more_is_read_of_options_than_there_is),
		TEST(options_that_are_none_are_refused),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
