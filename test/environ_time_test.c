/* SPDX-License-Identifier: MIT */
/* environ_time_test.c - proves by when what came in an environment ends. */
#include "environs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void a_deadline_is_the_point_on_the_clock(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child, *grandchild;
	int64_t deadline;
	char **env, **again;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		deadline = dctx_deadline();
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	assert_non_null(dctxt_environ_entry("dctx.deadline"));
	if (dctxt_environ_entry("dctx.until") == NULL)
		skip(); /* no /proc */
	usleep(20000);
	child = dctxt_environ_taken(env, &hop);
	assert_true(dctx_snapshot_deadline(child) == deadline);
	assert_int_equal(
		dctx_snapshot_environ(child, dctxt_no_environ, &hop, &again),
		DCTX_OK);
	usleep(20000);
	grandchild = dctxt_environ_taken(again, &hop);
	assert_true(dctx_snapshot_deadline(grandchild) == deadline);
	dctx_snapshot_unref(grandchild);
	dctx_snapshot_unref(child);
	free(again);
	free(env);
}

/* The last of its bytes are the time namespace's, those before the boot's. */
static void elsewhere_the_budget_counts(size_t byte)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	dctx_entry *until;
	int64_t deadline, before;
	char **env;

	{
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		deadline = dctx_deadline();
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	until = dctxt_environ_entry("dctx.until");
	if (until == NULL) {
		free(env);
		skip();
	}
	assert_int_equal(until->value.len, 32);
	memcpy(dctxt_message.own, until->value.data, 32);
	dctxt_message.own[byte] ^= 1;
	until->value.data = dctxt_message.own;
	usleep(20000);
	before = dctx_now();
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_true(dctx_snapshot_deadline(child) > deadline);
	assert_true(dctx_snapshot_deadline(child) > before);
	assert_true(dctx_snapshot_deadline(child) <= dctx_now() + 10 * DCTX_S);
	dctx_snapshot_unref(child);
	free(env);
}

static void on_another_boot_the_budget_counts(void **state)
{
	(void)state;
	elsewhere_the_budget_counts(8);
	elsewhere_the_budget_counts(23);
}

static void in_another_time_namespace_the_budget_counts(void **state)
{
	(void)state;
	elsewhere_the_budget_counts(24);
}

static void a_time_alone_is_a_deadline(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	int64_t deadline;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		deadline = dctx_deadline();
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	if (dctxt_environ_entry("dctx.until") == NULL)
		skip();
	dctxt_environ_take_out("dctx.deadline");
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_true(dctx_snapshot_deadline(child) == deadline);
	dctx_snapshot_unref(child);
	free(env);
}

static void the_cost_of_the_way_is_taken_off(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	int64_t deadline;
	char **env;

	(void)state;
	hop.hop_cost = DCTX_S;
	{
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		deadline = dctx_deadline();
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	child = dctxt_environ_taken(env, &hop);
	assert_true(dctx_snapshot_deadline(child) <= dctx_now() + 9 * DCTX_S);
	dctxt_environ_opened(env);
	if (dctxt_environ_entry("dctx.until") != NULL)
		assert_true(dctx_snapshot_deadline(child) == deadline - DCTX_S);
	dctx_snapshot_unref(child);
	free(env);
}

static void messages_from_elsewhere_have_no_such_time(void **state)
{
	unsigned char *bytes;
	dctx_snapshot *snapshot;
	dctx_hop hop = dctxt_environ_alone();
	static unsigned char raw[1024];
	dctx_message walk;
	dctx_entry entry;
	char **env;
	size_t len;

	(void)state;
	{
		void *out;
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
		assert_int_equal(dctx_encode_alloc(&out, &len), DCTX_OK);
		bytes = out;
	}
	assert_int_equal(dctx_message_open(bytes, len, &walk), DCTX_OK);
	while (dctx_message_entry(&walk, &entry))
		assert_int_not_equal(entry.key.len, strlen("dctx.until"));
	dctxt_environ_opened(env);
	if (dctxt_environ_entry("dctx.until") == NULL)
		skip();
	dctxt_environ_take_out("dctx.deadline");
	(void)dctxt_environ_rewritten();
	assert_int_equal(dctx_base64_decode(DCTX_BASE64_URL,
					    dctxt_message.text + 5,
					    strlen(dctxt_message.text + 5), raw,
					    sizeof raw, &len),
			 DCTX_OK);
	assert_int_equal(dctx_decode(raw, len, &snapshot), DCTX_OK);
	assert_true(dctx_snapshot_deadline(snapshot) == DCTX_NO_DEADLINE);
	dctx_snapshot_unref(snapshot);
	free(bytes);
	free(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_deadline_is_the_point_on_the_clock),
		DCTXT_TEST(on_another_boot_the_budget_counts),
		DCTXT_TEST(in_another_time_namespace_the_budget_counts),
		DCTXT_TEST(a_time_alone_is_a_deadline),
		DCTXT_TEST(the_cost_of_the_way_is_taken_off),
		DCTXT_TEST(messages_from_elsewhere_have_no_such_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
