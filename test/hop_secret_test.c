/* SPDX-License-Identifier: MIT */
/*
 * hop_secret_test.c - proves that a crossing leaves no value of a key with
 * DCTX_SECRET on the stack: it runs on a stack of the test's own, which is then
 * searched.
 *
 * Not under: valgrind - it takes what is below a stack's end for nobody's.
 */
#include "headers.h"

#include <stdlib.h>

/* So long that the middle of an envelope is in it. */
#define PART "tH3s3cr3tTh4tN0b0dySh4llF1nd0nAnySt4ck"
#define PLAIN PART "1" PART "2" PART "3" PART

/* Another of that length. */
#define OTHER_PART "0therV4lueTh4tM4yL1eWhereverThereIsR0om"
#define OTHER OTHER_PART OTHER_PART OTHER_PART OTHER_PART

DCTX_KEY_STR(k_secret, "stack-secret",
	     DCTX_WIRE | DCTX_BAGGAGE | DCTX_ENV | DCTX_SECRET);

enum { STACK = 1 << 20 };

static char *stack;

/* What the two sides meet in. */
static struct crossing {
	const dctx_propagator *format;
	const char *value; /* sent */
	char name[64];	   /* of the one header that was set */
	char header[4096];
	size_t len;
	dctx_status status;
} crossing;

static const dctx_header_key table_keys[] = {{"x-secret", &k_secret.key}};
static const dctx_header_table table = DCTX_HEADER_TABLE(table_keys);

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	struct crossing *c = user;

	if (strlen(name) >= sizeof c->name || value.len >= sizeof c->header)
		return DCTX_TOO_SMALL;
	strcpy(c->name, name);
	memcpy(c->header, value.data, value.len);
	c->header[value.len] = '\0';
	c->len = value.len;
	return DCTX_OK;
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	const struct crossing *c = user;

	if (strcmp(name, c->name) != 0)
		return 0;
	if (room > 0)
		values[0] = (dctx_bytes){c->header, c->len};
	return 1;
}

static const dctx_carrier carrier = {.struct_size = sizeof carrier,
				     .get = get,
				     .set = set,
				     .user = &crossing};

static dctx_hop hop_of(void)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = &crossing.format,
			  .propagator_count = 1};
}

static void *send_it(void *arg)
{
	const dctx_hop hop = hop_of();

	DCTX_SCOPE("send");
	dctx_set(k_secret, crossing.value);
	crossing.status = dctx_inject(&carrier, &hop, NULL);
	return arg;
}

static void *receive_it(void *arg)
{
	const dctx_hop hop = hop_of();
	dctx_guard guard;

	crossing.status = dctx_extract(&carrier, &hop, &guard);
	DCTXT_EXPECT(strcmp(dctx_get(k_secret, "-"), crossing.value) == 0);
	dctx_leave(guard);
	return arg;
}

static size_t count(const char *what, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i + len <= STACK; i++)
		n += stack[i] == *what && memcmp(stack + i, what, len) == 0;
	return n;
}

static void run(void *(*side)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;

	memset(stack, 0, STACK);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, side, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	assert_int_equal(crossing.status, DCTX_OK);
}

static void search(void)
{
	const char *middle = crossing.header + crossing.len / 2 - 16;

	assert_int_equal(count(PLAIN, sizeof PLAIN - 1), 0);
	assert_int_equal(count(middle, 32), 0);
}

static void cross(const dctx_propagator *format)
{
	crossing.format = format;
	/* All functions that the linker binds late. */
	crossing.value = OTHER;
	run(send_it);
	run(receive_it);
	crossing.value = PLAIN;
	run(send_it);
	search();
	run(receive_it);
	search();
}

static void a_crossing_leaves_no_secret_on_the_stack(void **state)
{
	const dctx_propagator *const formats[] = {
		dctx_w3c_baggage(),   dctx_jaeger(),	 dctx_envelope_text(),
		dctx_envelope_grpc(), &table.propagator,
	};

	(void)state;
	assert_int_equal(posix_memalign((void **)&stack, 4096, STACK), 0);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		cross(formats[i]);
	free(stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_crossing_leaves_no_secret_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
