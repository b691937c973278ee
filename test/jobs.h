/* SPDX-License-Identifier: MIT */
/* jobs.h - executors for tests: a pool, jobs that tell what they see, and a
 * gate that holds a worker until it is opened. */
#ifndef TEST_JOBS_H
#define TEST_JOBS_H

#include "kit.h"

#include <pthread.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int passed; /* how many came to it */
	bool open;
	atomic_int count;
};

#define GATE_INIT                                                              \
	{                                                                      \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false, \
			0                                                      \
	}

static inline void pass(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->passed++;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

/* Waits until so many have come. */
static inline void await(struct gate *gate, int n)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->passed < n)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

static inline void open_gate(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

/* A job that stands at the gate. */
static inline void *stand(void *arg)
{
	struct gate *gate = arg;

	pthread_mutex_lock(&gate->lock);
	gate->passed++;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return arg;
}

static inline void *count_up(void *arg)
{
	((struct gate *)arg)->count++;
	return arg;
}

static inline void *see_num(void *arg)
{
	(void)arg;
	return (void *)(uintptr_t)dctx_get(k_num, 0);
}

static inline dctx_executor *pool_of(unsigned threads, unsigned queue,
				     dctx_when_full when_full)
{
	dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
				     .name = "test",
				     .threads = threads,
				     .queue = queue,
				     .when_full = when_full};
	dctx_executor *pool = NULL;

	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	assert_non_null(pool);
	return pool;
}

static inline dctx_job *submit(dctx_executor *executor, void *(*fn)(void *),
			       void *arg)
{
	dctx_job *job = NULL;

	assert_int_equal(dctx_submit(executor, fn, arg, NULL, &job), DCTX_OK);
	assert_non_null(job);
	return job;
}

/* A job that a worker has begun with and that stands at the gate. */
static inline dctx_job *hold(dctx_executor *executor, struct gate *gate)
{
	int before = gate->passed;
	dctx_job *job = submit(executor, stand, gate);

	await(gate, before + 1);
	return job;
}

/* Waits for a job and gives it back. */
static inline dctx_status finish(dctx_job *job, void **out_result)
{
	dctx_status status;

	assert_int_equal(dctx_job_wait(job, dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	status = dctx_job_status(job, out_result);
	dctx_job_unref(job);
	return status;
}

static inline dctx_executor_stats stats_of(dctx_executor *executor)
{
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};

	assert_int_equal(dctx_executor_stats_read(executor, &stats), DCTX_OK);
	return stats;
}

/* Ends an executor whose jobs are over or will be by themselves. */
static inline void end(dctx_executor *executor)
{
	assert_int_equal(dctx_executor_shutdown(executor, true,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	assert_null(dctx_executor_unref(executor));
}

#endif
