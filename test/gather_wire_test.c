/* SPDX-License-Identifier: MIT */
/*
 * gather_wire_test.c - proves that a called process's share comes back with its
 * answer, and that an answer which is hostile changes nothing.
 */
#include "gathers.h"

#include <stdlib.h>
#include <unistd.h>

static char answer[4096];
static size_t length;

static void *serve(void *arg)
{
	(void)arg;
	dctx_set(k_plain, 8);
	dctx_set(k_least, -5); /* stays behind: no DCTX_WIRE */
	dctx_set(k_cost, 4);
	dctx_set(k_warnings, "slow\nold");
	DCTXT_EXPECT(dctx_gather_encode(NULL, answer, sizeof answer, &length) ==
		     DCTX_OK);
	return NULL;
}

static void a_share_comes_back_in_an_answer(void **state)
{
	(void)state;
	dctxt_on_thread(serve, NULL);
	dctx_set(k_cost, 10);
	dctx_set(k_warnings, "old");
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 14);
	assert_string_equal(dctx_get(k_warnings, ""), "old\nslow");
	assert_false(dctx_has(k_least));
	assert_false(dctx_has(k_plain));
}

static int pipes[2];

static void serve_and_answer(void *request)
{
	dctx_guard guard;

	(void)request;
	DCTXT_EXPECT(dctx_decode_here(answer, length, &guard) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_cost, 0) == 100);
	DCTXT_EXPECT(dctx_gather_begin() == DCTX_OK);
	DCTXT_EXPECT(!dctx_has(k_cost));
	dctx_set(k_cost, dctx_get(k_cost, 0) + 11);
	DCTXT_EXPECT(dctx_gather_encode(NULL, answer, sizeof answer, &length) ==
		     DCTX_OK);
	dctx_leave(guard);
	DCTXT_EXPECT(write(pipes[1], answer, length) == (ssize_t)length);
}

static void a_called_process_does_not_count_what_it_was_sent(void **state)
{
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	dctx_set(k_cost, 100);
	assert_int_equal(dctx_encode(answer, sizeof answer, &length), DCTX_OK);
	assert_true(dctxt_in_child(serve_and_answer, NULL));
	n = read(pipes[0], answer, sizeof answer);
	assert_true(n > 0);
	assert_int_equal(dctx_gather_decode(answer, (size_t)n, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 111);
	close(pipes[0]);
	close(pipes[1]);
}

static void an_answer_without_a_share_is_a_message(void **state)
{
	(void)state;
	assert_int_equal(
		dctx_gather_encode(NULL, answer, sizeof answer, &length),
		DCTX_OK);
	dctx_set(k_cost, 1);
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 1);
}

static void trust_holds_on_the_way_back(void **state)
{
	const dctx_encode_options out = {.struct_size = sizeof out,
					 .trust = DCTX_PARTNER};
	const dctx_decode_options in = {.struct_size = sizeof in,
					.trust = DCTX_PARTNER};

	(void)state;
	dctx_set(k_cost, 2);
	dctx_set(k_degraded, true);
	assert_int_equal(
		dctx_gather_encode(&out, answer, sizeof answer, &length),
		DCTX_OK);
	dctx_unset(k_degraded);
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 4);
	assert_false(dctx_has(k_degraded));
	dctx_set(k_degraded, true);
	assert_int_equal(
		dctx_gather_encode(NULL, answer, sizeof answer, &length),
		DCTX_OK);
	dctx_unset(k_degraded);
	assert_int_equal(dctx_gather_decode(answer, length, &in), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 8);
	assert_false(dctx_has(k_degraded));
}

/* A whole context as an answer: names, a deadline, a cancel, other keys. */
static void *answer_with_everything(void *arg)
{
	dctx_source *source = NULL;

	(void)arg;
	(void)dctx_enter("theirs");
	DCTXT_EXPECT(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source) ==
		     DCTX_OK);
	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	DCTXT_EXPECT(dctx_set_timeout(1) == DCTX_OK);
	dctx_set(k_plain, 8);
	dctx_set(k_cost, UINT64_MAX);
	dctx_cancel(source, "no");
	DCTXT_EXPECT(dctx_encode(answer, sizeof answer, &length) == DCTX_OK);
	dctx_source_unref(source);
	return NULL;
}

static void all_but_shares_is_passed_over(void **state)
{
	char chain[32];

	(void)state;
	dctxt_on_thread(answer_with_everything, NULL);
	dctx_set(k_cost, 3);
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_OK);
	assert_true(dctx_get(k_cost, 0) == UINT64_MAX);
	assert_false(dctx_has(k_plain));
	assert_int_equal(dctx_done(), DCTX_OK);
	assert_true(dctx_deadline() == DCTX_NO_DEADLINE);
	assert_int_equal(dctx_chain_text("/", chain, sizeof chain), 0);
}

static void an_answer_that_is_cut_or_changed_joins_whole_or_not(void **state)
{
	char copy[sizeof answer];

	(void)state;
	dctxt_on_thread(serve, NULL);
	for (size_t cut = 0; cut < length; cut++) {
		char *exact = malloc(cut > 0 ? cut : 1);

		memcpy(exact, answer, cut);
		dctx_set(k_cost, 10);
		assert_int_not_equal(dctx_gather_decode(exact, cut, NULL),
				     DCTX_OK);
		assert_int_equal(dctx_get(k_cost, 0), 10);
		assert_false(dctx_has(k_warnings));
		free(exact);
	}
	for (size_t i = 0; i < length * 255; i++) {
		dctx_guard guard = dctx_enter("one");
		dctx_status status;

		memcpy(copy, answer, length);
		copy[i / 255] = (char)(copy[i / 255] ^ (char)(i % 255 + 1));
		status = dctx_gather_decode(copy, length, NULL);
		if (status != DCTX_OK) {
			assert_int_equal(dctx_get(k_cost, 0), 10);
			assert_false(dctx_has(k_warnings));
		}
		dctx_leave(guard);
	}
}

static void limits_hold_for_an_answer(void **state)
{
	(void)state;
	dctxt_on_thread(serve, NULL);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, length - 1),
			 DCTX_OK);
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_LIMIT);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, length),
			 DCTX_OK);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_ENTRIES, 1), DCTX_OK);
	assert_int_equal(dctx_gather_decode(answer, length, NULL), DCTX_LIMIT);
	assert_false(dctx_has(k_cost));
	assert_int_equal(dctx_gather_decode(NULL, 3, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_gather_decode(NULL, answer, length, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_gather_encode(NULL, NULL, answer,
						  sizeof answer, &length),
			 DCTX_INVALID);
}

/* A million lines, most of them alike but for their end. */
static void a_large_answer_is_merged_in_time(void **state)
{
	size_t n = 1000000;
	char *text = malloc(n + 1);

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 != 0 ? '\n' : (char)('a' + i * 7 % 26);
	text[n] = '\0';
	assert_int_equal(
		dctx_gather_add(&k_warnings.key, &DCTX_ANY((char *)text)),
		DCTX_OK);
	assert_int_equal(strlen(dctx_get(k_warnings, "")), 25);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 6 != 5 ? (char)('a' + i * i / 36 % 26) : '\n';
	assert_int_equal(
		dctx_gather_add(&k_warnings.key, &DCTX_ANY((char *)text)),
		DCTX_OK);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_share_comes_back_in_an_answer),
		DCTXT_TEST(a_called_process_does_not_count_what_it_was_sent),
		DCTXT_TEST(an_answer_without_a_share_is_a_message),
		DCTXT_TEST(trust_holds_on_the_way_back),
		DCTXT_TEST(all_but_shares_is_passed_over),
		DCTXT_TEST(an_answer_that_is_cut_or_changed_joins_whole_or_not),
		DCTXT_TEST(limits_hold_for_an_answer),
		DCTXT_TEST(a_large_answer_is_merged_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
