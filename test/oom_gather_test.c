/* SPDX-License-Identifier: MIT */
/*
 * oom_gather_test.c - proves that an allocation that fails while shares are
 * begun, taken and joined does no more than fail its call.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "gathers.h"

static char large[5000];
static const struct dctxt_thing made = {.id = 3};

/* Keeps the first failure of a row. */
static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static dctx_status set_shares(void)
{
	dctx_status status = dctx_set(k_cost, 3);

	status = first(status, dctx_set(k_warnings, "a\nb"));
	status = first(status, dctx_set(k_error, large));
	return first(status, dctx_set(k_thing, &made));
}

/* An attached flow's share. */
static dctx_status flow(dctx_snapshot **out)
{
	dctx_guard guard;
	dctx_status status = dctx_attach(NULL, &guard);

	if (status != DCTX_OK)
		return status;
	status = set_shares();
	if (status == DCTX_OK)
		status = dctx_gather_take(out);
	dctx_leave(guard);
	return status;
}

static dctx_status take_and_join(void)
{
	dctx_snapshot *gave[2] = {NULL, NULL};
	dctx_status status = first(flow(&gave[0]), flow(&gave[1]));

	if (status == DCTX_OK)
		status = dctx_gather_join(gave, 2);
	if (status == DCTX_OK) {
		DCTXT_EXPECT(dctx_get(k_cost, 0) == 6);
		DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == 3);
	}
	dctx_snapshot_unref(gave[0]);
	dctx_snapshot_unref(gave[1]);
	return status;
}

static void *look(void *arg)
{
	DCTXT_EXPECT(!dctx_has(k_cost) && !dctx_has(k_thing));
	return arg;
}

static dctx_status begin_in_a_work(void)
{
	dctx_work *work;
	dctx_status status = set_shares();

	if (status == DCTX_OK)
		status = dctx_wrap(look, NULL, &work);
	return status == DCTX_OK ? dctx_work_run(work, NULL) : status;
}

static dctx_status begin_in_a_forked_work(void)
{
	const dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
					     .flags = DCTX_SUBMIT_FORK};
	dctx_work *work;
	dctx_status status = set_shares();

	if (status == DCTX_OK)
		status = dctx_wrap_with(look, NULL, &options, &work);
	return status == DCTX_OK ? dctx_work_run(work, NULL) : status;
}

static void *give(void *status)
{
	(void)look(status);
	*(dctx_status *)status = set_shares();
	return NULL;
}

/* A share that is lost is counted. */
static dctx_status give_in_a_job(unsigned flags)
{
	const dctx_submit_options options = {.struct_size = DCTX_SUBMIT_SIZE,
					     .flags = flags};
	dctx_status status = set_shares(), gave = DCTX_OK;
	uint64_t lost = dctx_counter(DCTX_EV_DROPPED_WRITE);
	dctx_job *job = NULL;

	if (status == DCTX_OK)
		status = dctx_submit(dctx_executor_inline(), give, &gave,
				     &options, &job);
	if (status == DCTX_OK)
		status = dctx_job_wait(job, DCTX_NO_DEADLINE);
	if (status == DCTX_OK)
		status = first(dctx_job_status(job, NULL), gave);
	dctx_job_unref(job);
	lost = dctx_counter(DCTX_EV_DROPPED_WRITE) - lost;
	if (status == DCTX_OK && lost > 0)
		return DCTX_NOMEM;
	if (status == DCTX_OK)
		DCTXT_EXPECT(dctx_get(k_cost, 0) == 6);
	return status;
}

static dctx_status give_in_an_attached_job(void)
{
	return give_in_a_job(0);
}

static dctx_status give_in_a_forked_job(void)
{
	return give_in_a_job(DCTX_SUBMIT_FORK);
}

static dctx_status add_some(void)
{
	const dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &made);
	dctx_status status = DCTX_OK;

	for (int i = 0; i < 2; i++) {
		status = first(status,
			       dctx_gather_add(&k_cost.key, &DCTX_ANY(1)));
		status = first(status, dctx_gather_add(&k_warnings.key,
						       &DCTX_ANY("a\nb")));
		status = first(status, dctx_gather_add(&k_thing.key, &object));
	}
	return status;
}

static dctx_status encode_and_decode(void)
{
	static char answer[8192];
	size_t len;
	dctx_status status = set_shares();

	if (status == DCTX_OK)
		status = dctx_gather_encode(NULL, answer, sizeof answer, &len);
	if (status == DCTX_OK)
		status = dctx_gather_decode(answer, len, NULL);
	return status;
}

/* A leave says what it lost by what the scope around it keeps. */
static dctx_status leave_scopes(void)
{
	dctx_guard around = dctx_enter("keeps"), guard;
	dctx_status status = dctx_try_enter("inner", &guard);

	if (status == DCTX_OK) {
		status = set_shares();
		dctx_gather_leave(guard);
	}
	status = first(status, dctx_scope_status());
	if (status == DCTX_OK)
		DCTXT_EXPECT(dctx_get(k_cost, 0) == 3);
	dctx_leave(around);
	return status;
}

static const struct dctxt_scenario scenarios[] = {
	{"take and join", take_and_join},
	{"begin in a work", begin_in_a_work},
	{"begin in a forked work", begin_in_a_forked_work},
	{"give in an attached job", give_in_an_attached_job},
	{"give in a forked job", give_in_a_forked_job},
	{"add some", add_some},
	{"leave scopes", leave_scopes},
	{"encode and decode", encode_and_decode},
};

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
