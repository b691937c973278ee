/* SPDX-License-Identifier: MIT */
/*
 * lent_claims.h - what holds of every executor on lent threads (lent.h): tests
 * for the glue of each pool, which makes the executors.
 */
#ifndef LENT_CLAIMS_H
#define LENT_CLAIMS_H

#include "jobs.h"

#include <dctx/scatter.h>

enum { MANY = 24 };

struct lending {
	unsigned threads, queue;
	bool by_deadline;
};

static dctx_executor *lend(struct lending how);

static dctx_executor *lend_one(unsigned queue)
{
	return lend((struct lending){.threads = 1, .queue = queue});
}

static dctx_status submit_within(dctx_executor *executor, void *(*fn)(void *),
				 void *arg, int64_t deadline, dctx_job **out)
{
	const dctx_submit_options how = {.struct_size = DCTX_SUBMIT_SIZE,
					 .deadline = deadline};

	return dctx_submit(executor, fn, arg, &how, out);
}

/* A thread-local of somebody else's. */
static __thread uintptr_t local;

static dctx_status local_capture(void *user, void **out)
{
	(void)user;
	*out = (void *)local;
	return DCTX_OK;
}

static dctx_status local_set(void *user, void *value, void **out_before)
{
	(void)user;
	*out_before = (void *)local;
	local = (uintptr_t)value;
	return DCTX_OK;
}

static void local_restore(void *user, void *before)
{
	(void)user;
	local = (uintptr_t)before;
}

static const dctx_accessor local_accessor = {
	.name = "local",
	.capture = local_capture,
	.set = local_set,
	.restore = local_restore,
};

static void *see_local(void *arg)
{
	uintptr_t seen = local;

	DCTXT_EXPECT(!pthread_equal(*(pthread_t *)arg, pthread_self()));
	DCTXT_EXPECT(dctx_get(k_num, 0) == seen);
	(void)dctx_enter("left open");
	dctx_set(k_num, 1000);
	return (void *)seen;
}

static void a_job_has_its_context_and_locals_there(void **state)
{
	dctx_executor *executor = lend_one(4);
	pthread_t here = pthread_self();
	dctx_accessors *list;
	dctx_submit_options how = {.struct_size = DCTX_SUBMIT_SIZE};
	dctx_job *job;
	void *result;

	(void)state;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &local_accessor), DCTX_OK);
	how.accessors = list;
	for (uintptr_t n = 1; n < 4; n++) {
		dctx_set(k_num, n);
		local = n;
		assert_int_equal(
			dctx_submit(executor, see_local, &here, &how, &job),
			DCTX_OK);
		local = 0;
		assert_int_equal(finish(job, &result), DCTX_OK);
		assert_int_equal((uintptr_t)result, n);
	}
	/* The same thread, with nothing brought there. */
	dctx_set(k_num, 0);
	how.accessors = dctx_accessors_none();
	assert_int_equal(dctx_submit(executor, see_local, &here, &how, &job),
			 DCTX_OK);
	assert_int_equal(finish(job, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 0);
	dctx_accessors_unref(list);
	end(executor);
}

static dctx_status slice_sees(void *user, size_t i, void **out_result)
{
	(void)user;
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	dctx_set(k_num, i);
	*out_result = (void *)(uintptr_t)(i * i);
	return DCTX_OK;
}

static void a_scatter_runs_there(void **state)
{
	dctx_executor *executor =
		lend((struct lending){.threads = 2, .queue = MANY});
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = executor};
	dctx_slice slice[MANY];

	(void)state;
	dctx_set(k_num, 7);
	for (int round = 0; round < 100; round++) {
		assert_int_equal(
			dctx_scatter(MANY, slice_sees, NULL, &options, slice),
			DCTX_OK);
		for (uintptr_t i = 0; i < MANY; i++)
			assert_int_equal((uintptr_t)slice[i].result, i * i);
	}
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(stats_of(executor).slices, 100 * MANY);
	assert_true(stats_of(executor).submitted > 0);
	end(executor);
}

struct nest {
	dctx_executor *executor;
	int depth;
	atomic_int *ran;
};

static dctx_status slice_nests(void *user, size_t i, void **out_result)
{
	const struct nest *nest = user;
	struct nest inner = {nest->executor, nest->depth - 1, nest->ran};
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = nest->executor};
	dctx_slice slice[4];

	(void)i;
	(void)out_result;
	(*nest->ran)++;
	if (nest->depth == 0)
		return DCTX_OK;
	return dctx_scatter(4, slice_nests, &inner, &options, slice);
}

static void nested_scatters_go_on_with_one_thread(void **state)
{
	atomic_int ran = 0;
	struct nest nest = {lend_one(1), 3, &ran};

	(void)state;
	assert_int_equal(slice_nests(&nest, 0, NULL), DCTX_OK);
	assert_int_equal(ran, 1 + 4 + 16 + 64);
	end(nest.executor);
}

/* Its own job, and that job's, down to the count. */
struct chain {
	dctx_executor *executor;
	int left;
};

static void *wait_for_the_next(void *arg)
{
	struct chain *chain = arg;
	dctx_job *job;

	if (--chain->left == 0)
		return arg;
	if (DCTXT_EXPECT(dctx_submit(chain->executor, wait_for_the_next, chain,
				     NULL, &job) == DCTX_OK)) {
		DCTXT_EXPECT(dctx_job_wait(job, DCTX_NO_DEADLINE) == DCTX_OK);
		DCTXT_EXPECT(dctx_job_status(job, NULL) == DCTX_OK);
		dctx_job_unref(job);
	}
	return arg;
}

static void jobs_that_wait_for_jobs_go_on_with_one_thread(void **state)
{
	struct chain chain = {lend_one(1), 10};

	(void)state;
	assert_int_equal(
		finish(submit(chain.executor, wait_for_the_next, &chain), NULL),
		DCTX_OK);
	assert_int_equal(chain.left, 0);
	assert_int_equal(stats_of(chain.executor).caller_ran, 9);
	end(chain.executor);
}

static void one_more_than_there_is_room_for_is_refused(void **state)
{
	dctx_executor *executor = lend_one(2);
	struct gate gate = GATE_INIT;
	struct dctxt_thing made = {.id = 1};
	dctx_job *holder = hold(executor, &gate), *first, *second, *no = NULL;

	(void)state;
	first = submit(executor, count_up, &gate);
	second = submit(executor, count_up, &gate);
	{
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		assert_int_equal(
			dctx_submit(executor, count_up, &gate, NULL, &no),
			DCTX_BUSY);
	}
	assert_null(no);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(stats_of(executor).rejected, 1);
	open_gate(&gate);
	finish(holder, NULL);
	assert_int_equal(finish(first, NULL), DCTX_OK);
	assert_int_equal(finish(second, NULL), DCTX_OK);
	assert_int_equal(gate.count, 2);
	end(executor);
}

/* First, last, and in between; what is left keeps its order, and new ones find
 * the room. */
static void a_cancelled_job_leaves_the_queue(void **state)
{
	dctx_executor *executor = lend_one(3);
	struct gate gate = GATE_INIT;
	struct dctxt_thing made = {.id = 1};
	dctx_job *holder = hold(executor, &gate), *job[3];

	(void)state;
	for (int gone = 0; gone < 3; gone++) {
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		for (int i = 0; i < 3; i++)
			job[i] = submit(executor, count_up, &gate);
		for (int i = gone; i < gone + 3; i++) {
			dctx_job *one = job[i % 3];

			assert_int_equal(dctx_job_cancel(one, NULL), DCTX_OK);
			assert_int_equal(dctx_job_wait(one, 0), DCTX_OK);
			assert_int_equal(finish(one, NULL), DCTX_CANCELED);
		}
	}
	assert_int_equal(dctxt_alive(), 0);
	job[0] = submit(executor, count_up, &gate);
	open_gate(&gate);
	finish(holder, NULL);
	assert_int_equal(finish(job[0], NULL), DCTX_OK);
	assert_int_equal(gate.count, 1);
	assert_int_equal(stats_of(executor).cancelled, 9);
	end(executor);
}

static void a_graceful_shutdown_runs_what_waits(void **state)
{
	dctx_executor *executor = lend_one(8);
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(executor, &gate), *job[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		job[i] = submit(executor, count_up, &gate);
	assert_int_equal(dctx_executor_shutdown(executor, true, dctx_now()),
			 DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_submit(executor, count_up, &gate, NULL, NULL),
			 DCTX_STALE);
	assert_int_equal(gate.count, 0);
	open_gate(&gate);
	end(executor);
	assert_int_equal(gate.count, 8);
	for (int i = 0; i < 8; i++)
		assert_int_equal(finish(job[i], NULL), DCTX_OK);
	assert_int_equal(finish(holder, NULL), DCTX_OK);
}

static void *wait_for_the_end(void *arg)
{
	pass(arg);
	return (void *)(uintptr_t)dctx_wait(dctx_deadline_in(60 * DCTX_S));
}

static void an_immediate_shutdown_drops_what_waits(void **state)
{
	dctx_executor *executor = lend_one(8);
	struct gate gate = GATE_INIT;
	struct dctxt_thing made = {.id = 1};
	dctx_job *runs = submit(executor, wait_for_the_end, &gate), *job[8];
	void *result;

	(void)state;
	await(&gate, 1);
	{
		DCTX_SCOPE("request");
		dctx_set(k_thing, &made);
		for (int i = 0; i < 8; i++)
			job[i] = submit(executor, count_up, &gate);
	}
	assert_int_equal(dctx_executor_shutdown(executor, false,
						dctx_deadline_in(60 * DCTX_S)),
			 DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(finish(job[i], NULL), DCTX_CANCELED);
	assert_int_equal(finish(runs, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, DCTX_CANCELED);
	assert_int_equal(gate.count, 0);
	dctx_executor_unref(executor);
}

static void *give_back(void *arg)
{
	return dctx_executor_unref(arg);
}

static void the_last_reference_may_be_given_back_in_a_job(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		dctx_executor *executor = lend_one(4);

		/* Nobody holds it then, and the last job nobody. */
		assert_int_equal(
			dctx_submit(executor, give_back, executor, NULL, NULL),
			DCTX_OK);
	}
}

/* Jobs in the order in which they run. */
struct order {
	char text[16];
	int n;
};

struct mark {
	struct order *order;
	char name;
};

static void *make_mark(void *arg)
{
	const struct mark *mark = arg;

	mark->order->text[mark->order->n++] = mark->name;
	return arg;
}

static void run_five(bool by_deadline, struct order *order)
{
	static const int64_t seconds[] = {300, 0, 100, 200, 100};
	dctx_executor *executor = lend((struct lending){
		.threads = 1, .queue = 8, .by_deadline = by_deadline});
	struct gate gate = GATE_INIT;
	dctx_job *holder = hold(executor, &gate), *job[5];
	const int64_t now = dctx_now();
	struct mark mark[5];

	for (int i = 0; i < 5; i++) {
		mark[i] = (struct mark){order, (char)('a' + i)};
		assert_int_equal(
			submit_within(executor, make_mark, &mark[i],
				      seconds[i] == 0
					      ? DCTX_NO_DEADLINE
					      : now + seconds[i] * DCTX_S,
				      &job[i]),
			DCTX_OK);
	}
	open_gate(&gate);
	finish(holder, NULL);
	for (int i = 0; i < 5; i++)
		assert_int_equal(finish(job[i], NULL), DCTX_OK);
	end(executor);
}

static void jobs_run_in_order(void **state)
{
	struct order order = {.n = 0};

	(void)state;
	run_five(false, &order);
	assert_string_equal(order.text, "abcde");
}

static void the_earliest_deadline_runs_first_on_request(void **state)
{
	struct order order = {.n = 0};

	(void)state;
	run_five(true, &order);
	assert_string_equal(order.text, "cedab");
}

#define LENT_CLAIMS                                                            \
	DCTXT_TEST(a_job_has_its_context_and_locals_there),                    \
		DCTXT_TEST(a_scatter_runs_there),                              \
		DCTXT_TEST(nested_scatters_go_on_with_one_thread),             \
		DCTXT_TEST(jobs_that_wait_for_jobs_go_on_with_one_thread),     \
		DCTXT_TEST(one_more_than_there_is_room_for_is_refused),        \
		DCTXT_TEST(a_cancelled_job_leaves_the_queue),                  \
		DCTXT_TEST(a_graceful_shutdown_runs_what_waits),               \
		DCTXT_TEST(an_immediate_shutdown_drops_what_waits),            \
		DCTXT_TEST(the_last_reference_may_be_given_back_in_a_job),     \
		DCTXT_TEST(jobs_run_in_order),                                 \
		DCTXT_TEST(the_earliest_deadline_runs_first_on_request)

#endif
