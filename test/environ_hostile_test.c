/* SPDX-License-Identifier: MIT */
/*
 * environ_hostile_test.c - proves what becomes of what is malformed, unknown or
 * not to be trusted in an environment.
 */
#include "environs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

DCTX_KEY_STR(k_name, "name", DCTX_WIRE | DCTX_ENV);
DCTX_KEY_U64(k_num, "num", DCTX_WIRE | DCTX_ENV | DCTX_TO_PARTNER);

struct told {
	int times;
	dctx_finding last;
	char what[32];
};

static void tell(void *user, const dctx_finding *finding)
{
	struct told *told = user;

	told->times++;
	told->last = *finding;
	told->what[0] = '\0';
	if (finding->what.len < sizeof told->what && finding->what.len > 0) {
		memcpy(told->what, finding->what.data, finding->what.len);
		told->what[finding->what.len] = '\0';
	}
}

static void what_nobody_knows_goes_on_to_grandchildren(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	char **env;

	(void)state;
	dctxt_message.n = dctxt_message.names_n = 0;
	dctxt_environ_put_in("name", "\1\0\0\0\0\0\0\0a", 9);
	dctxt_environ_put_in("stranger", "first", 5);
	dctxt_environ_put_in("zebra", "\0\1\2", 3);
	dctxt_environ_put_in("stranger", "last", 4);
	dctxt_message.entry[2].version = 9;
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	dctxt_message.n = 0;
	{
		DCTX_ATTACH(child);
		DCTX_SCOPE("inner");

		dctx_set(k_num, 1);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	assert_int_equal(dctxt_message.n, 4);
	assert_memory_equal(dctxt_environ_entry("stranger")->value.data, "last",
			    4);
	assert_memory_equal(dctxt_environ_entry("zebra")->value.data, "\0\1\2",
			    3);
	assert_int_equal(dctxt_environ_entry("zebra")->version, 9);
	dctx_snapshot_unref(child);
	free(env);
}

static void what_became_known_meanwhile_is_the_keys(void **state)
{
	static dctx_key_str k_late =
		DCTX_KEY_INIT_STR("late", DCTX_WIRE | DCTX_ENV);
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	char **env;

	(void)state;
	dctxt_message.n = dctxt_message.names_n = 0;
	dctxt_environ_put_in("late", "\1\0\0\0\0\0\0\0a", 9);
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_int_equal(dctx_key_register(&k_late.key), DCTX_OK);
	{
		DCTX_ATTACH(child);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	assert_null(dctxt_environ_value(env, "DCTX"));
	dctx_snapshot_unref(child);
	free(env);
}

static void what_is_malformed_is_told_and_left_out(void **state)
{
	static const struct {
		const char *variable;
		dctx_rule rule;
	} cases[] = {
		{"DCTX=AAAA", DCTX_RULE_ENVELOPE_MESSAGE},
		{"DCTX=A", DCTX_RULE_ENVELOPE_BASE64},
		{"DCTX=AA AA", DCTX_RULE_ENVELOPE_BASE64},
		{"DCTX=AwAAAAAAAAAAAAAAAAAAAAAAAAA",
		 DCTX_RULE_ENVELOPE_MESSAGE},
		{"DCTX=AgAAAP__________", DCTX_RULE_ENVELOPE_MESSAGE},
		{"DCTX=", DCTX_RULE_NONE},
		{"DCT=AAAA", DCTX_RULE_NONE},
		{"DCTX", DCTX_RULE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct told told = {.times = 0};
		dctx_findings findings = {tell, &told};
		dctx_hop hop = dctxt_environ_alone();
		char *env[] = {(char *)(uintptr_t)cases[i].variable, NULL};
		dctx_snapshot *child;

		hop.findings = &findings;
		child = dctxt_environ_taken(env, &hop);
		assert_int_equal(told.times, cases[i].rule != DCTX_RULE_NONE);
		if (told.times > 0) {
			assert_int_equal(told.last.rule, cases[i].rule);
			assert_int_equal(told.last.effect, DCTX_IGNORED);
			assert_string_equal(told.last.header, "dctx");
			assert_true(told.last.offset <=
				    strlen(cases[i].variable) - 5);
		}
		dctx_snapshot_unref(child);
	}
}

static void a_bad_value_spoils_no_other(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;

	(void)state;
	dctxt_message.n = dctxt_message.names_n = 0;
	dctxt_environ_put_in("name", "\1\0\0\0\0\0\0\0a", 9);
	dctxt_environ_put_in("num", "\1", 1);
	dctxt_environ_put_in("dctx.until", "short", 5);
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_string_equal(dctx_snapshot_get(child, k_name, "-"), "a");
	assert_false(dctx_snapshot_has(child, k_num));
	assert_true(dctx_snapshot_deadline(child) == DCTX_NO_DEADLINE);
	dctx_snapshot_unref(child);
}

static void partners_get_their_keys_and_the_deadline(void **state)
{
	struct told told = {.times = 0};
	dctx_findings findings = {tell, &told};
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	const char *chain[1];
	char **env;

	(void)state;
	dctxt_message.n = dctxt_message.names_n = 0;
	dctxt_environ_put_in("stranger", "a", 1);
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	hop.trust = DCTX_PARTNER;
	hop.findings = &findings;
	{
		DCTX_ATTACH(child);
		DCTX_SCOPE("parent");

		dctx_set(k_name, "ours");
		dctx_set(k_num, 5);
		dctx_set_timeout(10 * DCTX_S);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctx_snapshot_unref(child);
	dctxt_environ_opened(env);
	assert_null(dctxt_environ_entry("name"));
	assert_null(dctxt_environ_entry("stranger"));
	assert_non_null(dctxt_environ_entry("num"));
	assert_non_null(dctxt_environ_entry("dctx.deadline"));
	assert_int_equal(dctxt_message.names_n, 0);
	assert_int_equal(told.times,
			 3); /* a key, the chain, what nobody knows */
	free(env);
	dctx_current();
	assert_int_equal(dctx_chain(chain, 1), 0);
}

static void from_the_public_nothing_comes(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	struct told told = {.times = 0};
	dctx_findings findings = {tell, &told};
	dctx_snapshot *child;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_name, "value");
		dctx_set_timeout(10 * DCTX_S);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	dctxt_environ_put_in("stranger", "a", 1);
	hop.trust = DCTX_PUBLIC;
	hop.findings = &findings;
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_false(dctx_snapshot_has(child, k_name));
	assert_true(dctx_snapshot_deadline(child) == DCTX_NO_DEADLINE);
	assert_int_equal(told.times, 4); /* a key, limits, chain, unknown */
	assert_int_equal(told.last.effect, DCTX_WITHHELD);
	dctx_snapshot_unref(child);
	free(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_nobody_knows_goes_on_to_grandchildren),
		DCTXT_TEST(what_became_known_meanwhile_is_the_keys),
		DCTXT_TEST(what_is_malformed_is_told_and_left_out),
		DCTXT_TEST(a_bad_value_spoils_no_other),
		DCTXT_TEST(partners_get_their_keys_and_the_deadline),
		DCTXT_TEST(from_the_public_nothing_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
