/* SPDX-License-Identifier: MIT */
/*
 * scatter_gather_test.c - proves that what slices set of gathered keys comes to
 * their caller at the end, in the order of the slices, whichever came first and
 * whether they succeeded.
 */
#include "crew.h"

#include <stdio.h>
#include <unistd.h>

DCTX_KEY_U64(k_cost, "cost", DCTX_LOCAL);
DCTX_KEY_STR(k_warnings, "warnings", DCTX_LOCAL);

enum { MANY = 12 };

static struct crew crew;
static dctx_slice slice[MANY];

static dctx_status spend(void *user, size_t i, void **out_result)
{
	char text[16];

	(void)user;
	(void)out_result;
	usleep((useconds_t)(500 * (MANY - i)));
	DCTXT_EXPECT(!dctx_has(k_cost)); /* the caller's is not its own */
	snprintf(text, sizeof(text), "slice %zu", i);
	dctx_set(k_cost, i + 1);
	dctx_set(k_warnings, text);
	return i == 3 ? DCTX_CODEC : DCTX_OK;
}

static void expect_sum(void)
{
	assert_int_equal(dctx_get(k_cost, 0), 100 + MANY * (MANY + 1) / 2);
	assert_string_equal(dctx_get(k_warnings, ""),
			    "own\nslice 0\nslice 1\nslice 2\nslice 3\nslice 4\n"
			    "slice 5\nslice 6\nslice 7\nslice 8\nslice 9\n"
			    "slice 10\nslice 11");
}

static void spend_on(dctx_executor *executor, unsigned flags)
{
	const dctx_submit_options submit = {.struct_size = sizeof(submit),
					    .flags = flags};
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = executor,
					      .policy = DCTX_COLLECT,
					      .submit = &submit};
	DCTX_SCOPE("request");

	dctx_set(k_cost, 100);
	dctx_set(k_warnings, "own");
	assert_int_equal(dctx_scatter(MANY, spend, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(slice[3].status, DCTX_CODEC);
	expect_sum();
}

static void shares_come_back_in_the_order_of_the_slices(void **state)
{
	(void)state;
	assert_int_equal(dctx_gather(&k_cost.key, &dctx_gather_sum), DCTX_OK);
	assert_int_equal(dctx_gather(&k_warnings.key, &dctx_gather_union),
			 DCTX_OK);
	crew_begin(&crew, 4, 64);
	spend_on(crew.executor, 0);
	spend_on(crew.executor, DCTX_SUBMIT_FORK);
	crew_end(&crew);
	spend_on(NULL, 0);
	spend_on(NULL, DCTX_SUBMIT_FORK);
	spend_on(dctx_executor_inline(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(shares_come_back_in_the_order_of_the_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
