/* SPDX-License-Identifier: MIT */
/*
 * lent_load.h - executors on lent threads under load from many threads: tests
 * for the glue of each pool.
 */
#ifndef LENT_LOAD_H
#define LENT_LOAD_H

#include "lent_claims.h"

#include <stdlib.h>

enum { SUBMITTERS = 3, ROUNDS = 200, BATCH = 16 };

struct load {
	dctx_executor *executor;
	uint64_t base;
	unsigned seed;
	uint64_t taken, refused, completed;
};

struct errand {
	dctx_executor *executor;
	uint64_t expected;
	unsigned kind;
	atomic_int runs;
};

static void *run_errand(void *arg)
{
	struct errand *errand = arg;
	dctx_job *job;
	void *seen;

	errand->runs++;
	DCTXT_EXPECT(dctx_get(k_num, 0) == errand->expected);
	DCTXT_EXPECT(dctx_depth() == 1);
	(void)dctx_enter("left open");
	dctx_set(k_num, UINT64_MAX);
	if (errand->kind % 4 == 1 && dctx_submit(errand->executor, see_num,
						 NULL, NULL, &job) == DCTX_OK) {
		DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, &seen) != DCTX_OK ||
			     (uintptr_t)seen == UINTPTR_MAX);
		dctx_job_unref(job);
	}
	return arg;
}

static void submit_errand(struct load *load, struct errand *errand,
			  dctx_job **out)
{
	const int64_t late = errand->kind % 8 == 2
				     ? dctx_deadline_in(50 * DCTX_US)
				     : DCTX_NO_DEADLINE;
	dctx_status status;

	DCTX_SCOPE("request");
	dctx_set(k_num, errand->expected);
	*out = NULL;
	status = submit_within(load->executor, run_errand, errand, late, out);
	load->taken += status == DCTX_OK;
	load->refused += status != DCTX_OK;
	if (status == DCTX_OK && errand->kind % 4 == 3)
		(void)dctx_job_cancel(*out, "at random");
}

static void finish_errand(struct load *load, struct errand *errand,
			  dctx_job *job)
{
	dctx_status status;

	if (job == NULL) {
		DCTXT_EXPECT(errand->runs == 0);
		return;
	}
	DCTXT_EXPECT(dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	status = dctx_job_status(job, NULL);
	DCTXT_EXPECT(errand->runs == (status == DCTX_OK));
	load->completed += status == DCTX_OK;
	dctx_job_unref(job);
}

static void *put_load_on(void *arg)
{
	struct load *load = arg;
	struct errand errand[BATCH];
	dctx_job *job[BATCH];

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < BATCH; i++) {
			errand[i] = (struct errand){
				.executor = load->executor,
				.expected = ++load->base,
				.kind = (unsigned)rand_r(&load->seed) / 7};
			submit_errand(load, &errand[i], &job[i]);
		}
		for (int i = 0; i < BATCH; i++)
			finish_errand(load, &errand[i], job[i]);
	}
	return NULL;
}

static void load_one(struct lending how)
{
	dctx_executor *executor = lend(how);
	struct load load[SUBMITTERS];
	uint64_t taken = 0, completed = 0;
	dctx_executor_stats stats;

	for (unsigned i = 0; i < SUBMITTERS; i++)
		load[i] = (struct load){.executor = executor,
					.base = (uint64_t)i << 32,
					.seed = i + 1};
	dctxt_together(SUBMITTERS, put_load_on, load, sizeof(*load));
	assert_int_equal(dctx_executor_shutdown(executor, true,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	stats = stats_of(executor);
	for (int i = 0; i < SUBMITTERS; i++) {
		taken += load[i].taken;
		completed += load[i].completed;
	}
	assert_true(completed > 0);
	assert_true(stats.submitted >= taken && stats.completed >= completed);
	assert_int_equal(stats.submitted, stats.completed + stats.dropped +
						  stats.cancelled +
						  stats.timed_out);
	assert_int_equal(stats.running + stats.queued, 0);
	dctx_executor_unref(executor);
}

static void under_load_no_context_is_mixed_up(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 4; threads *= 2)
		load_one((struct lending){.threads = threads,
					  .queue = 4 * threads,
					  .by_deadline = threads == 2});
}

static void *load_until_shut(void *arg)
{
	struct load *load = arg;
	dctx_status status;

	do {
		struct errand errand = {.executor = load->executor,
					.expected = load->base};
		dctx_job *job;

		dctx_set(k_num, load->base);
		status = dctx_submit(load->executor, run_errand, &errand, NULL,
				     &job);
		if (status == DCTX_OK)
			finish_errand(load, &errand, job);
		load->taken += status == DCTX_OK;
	} while (status != DCTX_STALE);
	return NULL;
}

static void *shut_down_or_load(void *arg)
{
	struct load *load = arg;

	if (load->base > 0)
		return load_until_shut(arg);
	(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	DCTXT_EXPECT(dctx_executor_shutdown(load->executor, load->seed % 2,
					    dctx_deadline_in(60 * DCTX_S)) ==
		     DCTX_OK);
	return NULL;
}

static void shutdowns_in_the_middle_leave_nobody_waiting(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		dctx_executor *executor =
			lend((struct lending){.threads = 2, .queue = 1});
		struct load load[SUBMITTERS];

		for (unsigned i = 0; i < SUBMITTERS; i++)
			load[i] = (struct load){
				.executor = executor, .base = i, .seed = round};
		dctxt_together(SUBMITTERS, shut_down_or_load, load,
			       sizeof(*load));
		assert_int_equal(stats_of(executor).running, 0);
		assert_int_equal(stats_of(executor).queued, 0);
		dctx_executor_unref(executor);
	}
}

#define LENT_LOADS                                                             \
	DCTXT_TEST(under_load_no_context_is_mixed_up),                         \
		DCTXT_TEST(shutdowns_in_the_middle_leave_nobody_waiting)

#endif
