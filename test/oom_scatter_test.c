/* SPDX-License-Identifier: MIT */
/*
 * oom_scatter_test.c - proves that an allocation that fails in a scatter is
 * that scatter's or that slice's status: every slice has one, every argument is
 * dropped, the caller's context is as it was.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "kit.h"

#include <stdio.h>

enum { MANY = 70 };

static dctx_status set_things(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	dctx_publish_scope();
	return DCTX_OK;
}

static dctx_status expect(dctx_status status, const dctx_slice *slice, size_t n)
{
	for (size_t i = 0; i < n; i++)
		DCTXT_EXPECT(status != DCTX_OK || slice[i].status == DCTX_OK);
	DCTXT_EXPECT(dctx_done() == DCTX_OK);
	return status;
}

static dctx_status scatter(size_t n, dctx_executor *executor, unsigned flags)
{
	dctx_slice slice[MANY];
	dctx_submit_options submit = {
		.struct_size = sizeof(submit), .flags = flags, .name = "slice"};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.executor = executor,
					.timeout = 3600 * DCTX_S,
					.submit = &submit};

	return expect(dctx_scatter(n, set_things, NULL, &options, slice), slice,
		      n);
}

static dctx_status sequential(void)
{
	DCTX_SCOPE("caller");
	return scatter(4, NULL, 0);
}

static dctx_status at_once(void)
{
	DCTX_SCOPE("caller");
	return scatter(4, dctx_executor_inline(), 0);
}

static dctx_status many(void)
{
	DCTX_SCOPE("caller");
	return scatter(MANY, dctx_executor_inline(), 0);
}

static dctx_status forked(void)
{
	DCTX_SCOPE("caller");
	return scatter(3, NULL, DCTX_SUBMIT_FORK);
}

static size_t given, dropped;

static dctx_status next(void *user, size_t i, void **out_arg)
{
	if (i == MANY)
		return DCTX_STALE;
	given++;
	*out_arg = user;
	return DCTX_OK;
}

static void drop(void *user, void *arg)
{
	DCTXT_EXPECT(user == arg);
	dropped++;
}

static dctx_status nothing(void *arg, void **out_result)
{
	(void)arg;
	(void)out_result;
	return DCTX_OK;
}

static dctx_status split(void)
{
	static const dctx_splitter splitter = {next, drop, &given};
	dctx_slice slice[MANY];
	size_t n;
	dctx_status status;

	given = dropped = 0;
	status = dctx_scatter_split(&splitter, nothing, NULL, slice, MANY, &n);
	DCTXT_EXPECT(given == MANY && dropped == MANY && n == MANY);
	return expect(status, slice, n);
}

static dctx_status fail_at_2(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	return i == 2 ? DCTX_NOMEM : DCTX_OK;
}

/* The cancel of the siblings has a reason to tell. */
static dctx_status failing(void)
{
	dctx_slice slice[5];
	dctx_status status = dctx_scatter(5, fail_at_2, NULL, NULL, slice);

	DCTXT_EXPECT(status == DCTX_NOMEM);
	DCTXT_EXPECT(slice[4].status != DCTX_OK);
	return DCTX_OK;
}

static void a_scatter_without_memory_is_a_status(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"sequential", sequential},
		{"inline", at_once},
		{"many", many},
		{"forked", forked},
		{"split", split},
		{"failing", failing},
	};

	(void)state;
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_scatter_without_memory_is_a_status),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
