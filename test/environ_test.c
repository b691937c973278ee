/* SPDX-License-Identifier: MIT */
/*
 * environ_test.c - proves what a context becomes in the environment of a child,
 * and what a process makes of its own.
 */
#include "environs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

DCTX_KEY_STR(k_name, "name", DCTX_WIRE | DCTX_ENV);
DCTX_KEY_U64(k_num, "num", DCTX_WIRE | DCTX_ENV | DCTX_TO_PARTNER);
DCTX_KEY_STR(k_wire, "wire", DCTX_WIRE);
DCTX_KEY_STR(k_bag, "bag", DCTX_BAGGAGE);

/* A format of a user's: the header "x-num" is k_num, in decimal. */
static dctx_status num_inject(const dctx_propagator *self,
			      const dctx_injection *injection)
{
	char text[24];
	int len = snprintf(
		text, sizeof text, "%llu",
		(unsigned long long)dctx_store_get(injection->from, k_num, 0));

	(void)self;
	return injection->to->set(injection->to->user, "x-num",
				  (dctx_bytes){text, (size_t)len});
}

static dctx_status num_extract(const dctx_propagator *self,
			       const dctx_extraction *extraction)
{
	dctx_bytes value;

	(void)self;
	if (extraction->from->get(extraction->from->user, "x-num", &value, 1))
		dctx_store_set(extraction->into, k_num,
			       strtoull(value.data, NULL, 10));
	return DCTX_OK;
}

static const dctx_propagator num = {sizeof num, "num", num_inject, num_extract,
				    NULL};
static const dctx_propagator *const nums[] = {&num};

static dctx_hop hop_of(const dctx_propagator *const *propagators)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = propagators,
			  .propagator_count = 1};
}

static void values_and_names_go_to_a_child(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_name, "value");
		dctx_set(k_num, 42);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	assert_int_equal(dctxt_environ_count(env), 1);
	child = dctxt_environ_taken(env, &hop);
	assert_string_equal(dctx_snapshot_get(child, k_name, "-"), "value");
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 42);
	{
		const char *chain[2];
		DCTX_ATTACH(child);

		assert_int_equal(dctx_chain(chain, 2), 1);
		assert_string_equal(chain[0], "parent");
	}
	dctx_snapshot_unref(child);
	free(env);
}

static void keys_without_the_bit_stay_behind(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	char **env;

	(void)state;
	DCTX_SCOPE("parent");
	dctx_set(k_name, "goes");
	dctx_set(k_wire, "stays");
	dctx_set(k_bag, "stays, too");
	env = dctxt_environ_made(dctxt_no_environ, &hop);
	dctxt_environ_opened(env);
	assert_non_null(dctxt_environ_entry("name"));
	assert_null(dctxt_environ_entry("wire"));
	assert_null(dctxt_environ_entry("bag"));
	assert_int_equal(dctxt_message.n, 1);
	free(env);
}

static void keys_without_the_bit_do_not_come_in(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_snapshot *child;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_name, "value");
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	dctxt_environ_put_in("wire", "\3\0\0\0\0\0\0\0out", 11);
	child = dctxt_environ_taken(dctxt_environ_rewritten(), &hop);
	assert_false(dctx_snapshot_has(child, k_wire));
	assert_string_equal(dctx_snapshot_get(child, k_name, "-"), "value");
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 1);
	dctx_snapshot_unref(child);
	free(env);
}

static void an_empty_context_takes_ours_away(void **state)
{
	static char *const base[] = {"PATH=/bin",	"DCTX=old",
				     "TRACEPARENT=old", "TRACESTATE=old",
				     "BAGGAGE=old",	"DCTXX=stays",
				     "B3=stays",	NULL};
	char **env = dctxt_environ_made(base, NULL);

	(void)state;
	assert_int_equal(dctxt_environ_count(env), 3);
	assert_string_equal(env[0], "PATH=/bin");
	assert_string_equal(env[1], "DCTXX=stays");
	assert_string_equal(env[2], "B3=stays");
	free(env);
}

static void old_headers_of_a_hops_formats_go(void **state)
{
	static char *const base[] = {"B3=old", "X_B3_TRACEID=stays",
				     "UBER_TRACE_ID=stays", NULL};
	static char *const jaegers[] = {"UBERCTX_A=old", "UBERCTX=stays",
					"UBER_TRACE_ID=old", "UBERCTX_a=stays",
					NULL};
	const dctx_propagator *const b3[] = {dctx_b3()};
	const dctx_propagator *const jaeger[] = {dctx_jaeger()};
	dctx_hop hop = hop_of(b3);
	char **env = dctxt_environ_made(base, &hop);

	(void)state;
	assert_int_equal(dctxt_environ_count(env), 2);
	assert_string_equal(env[0], "X_B3_TRACEID=stays");
	free(env);
	hop = hop_of(jaeger);
	env = dctxt_environ_made(jaegers, &hop);
	assert_int_equal(dctxt_environ_count(env), 2);
	assert_string_equal(env[0], "UBERCTX=stays");
	assert_string_equal(env[1], "UBERCTX_a=stays");
	free(env);
}

static void nothing_of_ours_is_changed(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	size_t before = dctxt_environ_count(environ);
	char **list = environ, **env;

	(void)state;
	DCTX_SCOPE("parent");
	dctx_set(k_name, "value");
	env = dctxt_environ_made(NULL, &hop);
	assert_ptr_equal(environ, list);
	assert_int_equal(dctxt_environ_count(environ), before);
	assert_null(getenv("DCTX"));
	assert_int_equal(dctxt_environ_count(env), before + 1);
	for (size_t i = 0; i < before; i++)
		assert_string_equal(env[i], environ[i]);
	free(env);
}

static void a_users_format_takes_part(void **state)
{
	static char *const base[] = {"X_NUM=7", "A=b", NULL};
	dctx_hop hop = hop_of(nums);
	dctx_snapshot *child;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_num, 42);
		env = dctxt_environ_made(base, &hop);
	}
	assert_int_equal(dctxt_environ_count(env), 3);
	assert_string_equal(dctxt_environ_value(env, "X_NUM"), "42");
	assert_string_equal(dctxt_environ_value(env, "A"), "b");
	child = dctxt_environ_taken(base, &hop);
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 7);
	dctx_snapshot_unref(child);
	free(env);
}

static void headers_are_read_over_the_envelope(void **state)
{
	dctx_hop hop = hop_of(nums);
	dctx_snapshot *child;
	char **env;

	(void)state;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_num, 42);
		dctx_set(k_name, "value");
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	for (size_t i = 0; env[i] != NULL; i++)
		if (strncmp(env[i], "X_NUM=", 6) == 0)
			env[i][7] = '3';
	child = dctxt_environ_taken(env, &hop);
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 43);
	assert_string_equal(dctx_snapshot_get(child, k_name, "-"), "value");
	dctx_snapshot_unref(child);
	free(env);
}

static void a_cancel_and_its_cause_go_to_a_child(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	dctx_source *source;
	dctx_snapshot *child;
	char **env;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	{
		DCTX_SCOPE("parent");
		dctx_set_timeout(10 * DCTX_S);
		assert_int_equal(dctx_add_source(source), DCTX_OK);
		assert_int_equal(dctx_source_cancel(source, NULL), DCTX_OK);
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	dctxt_environ_opened(env);
	assert_null(dctxt_environ_entry("dctx.until"));
	child = dctxt_environ_taken(env, &hop);
	{
		DCTX_ATTACH(child);

		assert_int_equal(dctx_done(), DCTX_CANCELED);
	}
	dctx_snapshot_unref(child);
	dctx_source_unref(source);
	free(env);
}

static dctx_status there_and_back(void)
{
	dctx_hop hop = hop_of(nums);
	dctx_snapshot *child = NULL;
	char **env = NULL;
	dctx_guard guard = dctx_enter("parent");
	dctx_status status;

	dctx_set(k_name, "value");
	dctx_set_timeout(10 * DCTX_S);
	status = dctx_store_status(dctx_current());
	if (status == DCTX_OK)
		status = dctx_environ_here(dctxt_no_environ, &hop, &env);
	dctx_leave(guard);
	if (status == DCTX_OK)
		status = dctx_environ_extract(env, &hop, &child);
	dctx_snapshot_unref(child);
	free(env);
	return status;
}

static void without_memory_it_fails_whole(void **state)
{
	const struct dctxt_scenario scenarios[] = {
		{"there and back", there_and_back},
	};

	(void)state;
	dctxt_inject(scenarios, 1);
}

static void too_long_for_execve_is_an_error(void **state)
{
	dctx_hop hop = dctxt_environ_alone();
	/* Head, names, the entry, its lengths and the name: what is left. */
	size_t most = (131072 - 6) / 4 * 3 - 12 - 8 - 20 - 8 - 4;
	char *text = malloc(most + 16), **env = NULL;
	int64_t over;

	(void)state;
	assert_non_null(text);
	for (over = -1; over <= 1; over++) {
		size_t len = (size_t)((int64_t)most + over);

		memset(text, 'a', len);
		text[len] = '\0';
		dctx_guard guard = dctx_enter(NULL);
		dctx_set(k_name, text);
		dctx_status status =
			dctx_environ_here(dctxt_no_environ, &hop, &env);

		dctx_leave(guard);
		if (status == DCTX_OK) {
			assert_true(strlen(env[0]) < 131072);
			free(env);
			env = NULL;
			assert_true(over <= 0);
			continue;
		}
		assert_int_equal(status, DCTX_LIMIT);
		assert_int_equal(over, 1);
	}
	free(text);
}

static void wrong_arguments_are_refused(void **state)
{
	static const dctx_propagator nameless = {sizeof nameless, NULL, NULL,
						 NULL, NULL};
	static const dctx_propagator *const formats[] = {&nameless};
	static char *const base[] = {"B3=old", NULL};
	dctx_hop hop = {.struct_size = 1}, anonymous = hop_of(formats);
	dctx_snapshot *snapshot = NULL;
	char **env = NULL;

	(void)state;
	assert_int_equal(dctx_environ_extract(dctxt_no_environ, NULL, NULL),
			 DCTX_INVALID);
	assert_int_equal(
		dctx_environ_extract(dctxt_no_environ, &hop, &snapshot),
		DCTX_INVALID);
	assert_int_equal(dctx_store_environ(NULL, dctxt_no_environ, NULL, &env),
			 DCTX_INVALID);
	assert_int_equal(dctx_environ_here(dctxt_no_environ, &hop, &env),
			 DCTX_INVALID);
	assert_int_equal(dctx_environ_here(dctxt_no_environ, NULL, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_environ_here(base, &anonymous, &env),
			 DCTX_INVALID);
	assert_null(snapshot);
	assert_null(env);
}

/* The process's own, in a process that was given one. */
static void own_context(void *arg)
{
	dctx_snapshot *first;
	dctx_hop hop = dctxt_environ_alone();
	char **env;

	(void)arg;
	{
		DCTX_SCOPE("parent");
		dctx_set(k_name, "value");
		env = dctxt_environ_made(NULL, &hop);
	}
	environ = env;
	first = dctx_environ();
	DCTXT_EXPECT(strcmp(dctx_snapshot_get(first, k_name, "-"), "value") ==
		     0);
	unsetenv("DCTX");
	DCTXT_EXPECT(dctx_environ() == first);
}

static void the_processs_own_is_read_once(void **state)
{
	(void)state;
	assert_true(dctxt_in_child(own_context, NULL));
}

static dctx_snapshot *seen[8];

static void *look(void *at)
{
	*(dctx_snapshot **)at = dctx_environ();
	return NULL;
}

static void threads_see_one(void **state)
{
	(void)state;
	dctxt_together(8, look, seen, sizeof *seen);
	for (size_t i = 0; i < 8; i++) {
		assert_non_null(seen[i]);
		assert_ptr_equal(seen[i], dctx_environ());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(values_and_names_go_to_a_child),
		DCTXT_TEST(keys_without_the_bit_stay_behind),
		DCTXT_TEST(keys_without_the_bit_do_not_come_in),
		DCTXT_TEST(an_empty_context_takes_ours_away),
		DCTXT_TEST(old_headers_of_a_hops_formats_go),
		DCTXT_TEST(nothing_of_ours_is_changed),
		DCTXT_TEST(a_users_format_takes_part),
		DCTXT_TEST(headers_are_read_over_the_envelope),
		DCTXT_TEST(a_cancel_and_its_cause_go_to_a_child),
		DCTXT_TEST(without_memory_it_fails_whole),
		DCTXT_TEST(too_long_for_execve_is_an_error),
		DCTXT_TEST(wrong_arguments_are_refused),
		DCTXT_TEST(the_processs_own_is_read_once),
		DCTXT_TEST(threads_see_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
