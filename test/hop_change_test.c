/* SPDX-License-Identifier: MIT */
/*
 * hop_change_test.c - proves that who is told or called while a baggage crosses
 * may change the very members that cross: what was begun goes on with those
 * that there were.
 */
#include "headers.h"

#include <stdio.h>
#include <stdlib.h>

#define BIG 4000

DCTX_KEY_STR(k_first, "change-a", DCTX_BAGGAGE);

/* A text of one letter. */
static const char *all(char letter)
{
	static char text[BIG + 1];

	memset(text, letter, BIG);
	return text;
}

/* Changes the members, which frees the older ones at once, and writes over
 * what was freed. */
static void change(void)
{
	char *block[32];

	(void)dctx_baggage_set("log", ((dctx_bytes){"1", 1}), NULL);
	for (size_t i = 0; i < 32; i++) {
		block[i] = malloc(BIG + 32 + 16 * i);
		if (block[i] != NULL)
			memset(block[i], 'Q', BIG + 32 + 16 * i);
	}
	for (size_t i = 0; i < 32; i++)
		free(block[i]);
}

static int changes;

static void found(void *user, const dctx_finding *finding)
{
	(void)user, (void)finding;
	changes++;
	change();
}

static void heard(void *user, dctx_event event, dctx_status status,
		  const char *what)
{
	(void)user, (void)status, (void)what;
	if (event != DCTX_EV_BAD_HEADER)
		return;
	changes++;
	change();
}

static const dctx_findings findings = {found, NULL};
static const dctx_hook hook = {heard, NULL};

/* A hop by these two, or the second alone, that changes the members whenever
 * something is found. */
static dctx_hop changing(const dctx_propagator *first,
			 const dctx_propagator *second)
{
	static const dctx_propagator *both[2], *one[1];
	dctx_hop hop;

	changes = 0;
	*(first != NULL ? &both[1] : &one[0]) = second;
	if (first != NULL)
		both[0] = first;
	hop = first != NULL ? dctxt_hop(both, 2) : dctxt_hop(one, 1);
	hop.findings = &findings;
	return hop;
}

/* The members' keys, in their order, and of values how long they are. */
static void list(void *user, const dctx_member *member)
{
	const char *value = member->value.data;
	char *out = user;

	for (size_t i = 1; i < member->value.len; i++)
		assert_int_equal(value[i], value[0]);
	snprintf(out + strlen(out), 128 - strlen(out), "%.*s=%.*s*%zu ",
		 (int)member->key.len, (const char *)member->key.data, 1, value,
		 member->value.len);
}

/* What came by two formats, of which the second knows better of one member. */
static void come(const dctx_hop *hop)
{
	dctx_carrier carrier = dctxt_headers();
	char listed[128] = "";
	dctx_guard guard;

	dctxt_header("uberctx-x", "0");
	dctxt_header("uberctx-y", all('A'));
	dctxt_header("uberctx-z", "BBBB");
	dctxt_header("baggage", "x=1,w=2");
	assert_int_equal(dctx_extract(&carrier, hop, &guard), DCTX_OK);
	assert_int_equal(changes, 1);
	dctx_baggage_each(list, listed);
	assert_string_equal(listed, "x=1*1 y=A*4000 z=B*4 w=2*1 ");
	dctx_leave(guard);
}

static void members_that_were_there_stay_while_others_are_read(void **state)
{
	dctx_hop hop = changing(dctx_jaeger(), dctx_w3c_baggage());

	(void)state;
	come(&hop);
	changes = 0;
	hop.findings = NULL;
	dctx_hook_set(&hook);
	come(&hop);
}

struct number {
	int n;
};

static dctx_status parse(void *value, const char *text, size_t len)
{
	(void)text, (void)len;
	((struct number *)value)->n = 1;
	changes++;
	change();
	return DCTX_OK;
}

static const dctx_type number_type = {.struct_size = sizeof(dctx_type),
				      .name = "number",
				      .size = sizeof(struct number),
				      .parse = parse};
DCTX_KEY_DECLARE_TYPE(k_number, struct number);
DCTX_KEY_TYPE(k_number, "change-n", struct number, &number_type, DCTX_BAGGAGE);

/* A user's propagator, by which members come before those of the header, also
 * one of a key's name. */
static dctx_status put_two(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	dctx_store *into = extraction->into;

	(void)self;
	assert_int_equal(dctx_store_baggage_set(into, "change-n",
						(dctx_bytes){"1", 1}, NULL),
			 DCTX_OK);
	return dctx_store_baggage_set(into, "y", (dctx_bytes){all('A'), BIG},
				      NULL);
}

static void they_stay_while_a_value_is_read(void **state)
{
	const dctx_propagator two = {
		.struct_size = sizeof two, .name = "two", .extract = put_two};
	const dctx_hop hop = changing(&two, dctx_w3c_baggage());
	dctx_carrier carrier = dctxt_headers();
	char listed[128] = "";
	dctx_guard guard;

	(void)state;
	dctxt_header("baggage", "w=2");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(changes, 1);
	dctx_baggage_each(list, listed);
	assert_string_equal(listed, "y=A*4000 w=2*1 ");
	dctx_leave(guard);
}

/* Members of which the second is too long beside a key's value. */
static void set_too_many(void)
{
	assert_int_equal(dctx_set(k_first, all('A')), DCTX_OK);
	assert_int_equal(dctx_baggage_set("b", ((dctx_bytes){"1", 1}), NULL),
			 DCTX_OK);
	assert_int_equal(
		dctx_baggage_set("c", ((dctx_bytes){all('C'), BIG}), NULL),
		DCTX_OK);
	assert_int_equal(
		dctx_baggage_set("d", ((dctx_bytes){all('D'), 400}), NULL),
		DCTX_OK);
	assert_int_equal(dctx_baggage_set("e", ((dctx_bytes){"2", 1}), NULL),
			 DCTX_OK);
}

static void go(const dctx_hop *hop)
{
	dctx_carrier carrier = dctxt_headers();
	const char *line;

	DCTX_SCOPE_UNNAMED;
	set_too_many();
	assert_int_equal(dctx_inject(&carrier, hop, NULL), DCTX_OK);
	assert_int_equal(changes, 1);
	line = dctxt_header_value("baggage");
	assert_non_null(line);
	assert_null(strchr(line, 'Q'));
	assert_non_null(strstr(line, ",b=1,c=CCC"));
	assert_non_null(strstr(line, "C,e=2"));
	assert_null(strstr(line, "log=1"));
}

static void members_that_go_stay_while_one_is_told(void **state)
{
	dctx_hop hop = changing(NULL, dctx_w3c_baggage());

	(void)state;
	go(&hop);
	changes = 0;
	hop.findings = NULL;
	dctx_hook_set(&hook);
	go(&hop);
}

/* Jaeger's headers have shorter names. */
static void members_that_go_one_by_one_stay_as_well(void **state)
{
	const dctx_hop hop = changing(NULL, dctx_jaeger());
	dctx_carrier carrier = dctxt_headers();
	char name[300];

	(void)state;
	DCTX_SCOPE_UNNAMED;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(dctx_baggage_set(name, ((dctx_bytes){"1", 1}), NULL),
			 DCTX_OK);
	assert_int_equal(dctx_baggage_set("c",
					  ((dctx_bytes){all('C'), BIG - 304}),
					  NULL),
			 DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(changes, 1);
	assert_int_equal(dctxt_header_count(), 1);
	assert_non_null(dctxt_header_value("uberctx-c"));
	assert_memory_equal(dctxt_header_value("uberctx-c"), all('C'),
			    BIG - 304);
}

static char written[8193];

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	(void)user, (void)name;
	change();
	memcpy(written, value.data, value.len);
	written[value.len] = '\0';
	return DCTX_OK;
}

static void a_carrier_keeps_its_value_while_it_changes_members(void **state)
{
	const dctx_carrier carrier = {.struct_size = sizeof carrier,
				      .set = set};
	const dctx_hop hop = changing(NULL, dctx_w3c_baggage());

	(void)state;
	DCTX_SCOPE_UNNAMED;
	assert_int_equal(
		dctx_baggage_set("c", ((dctx_bytes){all('C'), BIG - 2}), NULL),
		DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(strlen(written), BIG);
	assert_memory_equal(written + 2, all('C'), BIG - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(members_that_were_there_stay_while_others_are_read),
		DCTXT_TEST(they_stay_while_a_value_is_read),
		DCTXT_TEST(members_that_go_stay_while_one_is_told),
		DCTXT_TEST(members_that_go_one_by_one_stay_as_well),
		DCTXT_TEST(a_carrier_keeps_its_value_while_it_changes_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
