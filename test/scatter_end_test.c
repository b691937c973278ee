/* SPDX-License-Identifier: MIT */
/*
 * scatter_end_test.c - proves what becomes of slices that do not come back when
 * they should, and of threads that end inside of one.
 */
#include "crew.h"

#include <sys/wait.h>
#include <unistd.h>

static struct crew crew;
static dctx_slice slice[4];

static dctx_scatter_options on(struct crew *c)
{
	return (dctx_scatter_options){.struct_size = DCTX_SCATTER_SIZE,
				      .executor = c->executor};
}

static char stuck_chain[64], stuck_scope[64];
static atomic_int stuck_times;
static size_t stuck_at;

static void note_stuck(void *user, size_t i, const char *chain,
		       const char *scope)
{
	(void)user;
	stuck_at = i;
	strcpy(stuck_chain, chain);
	strcpy(stuck_scope, scope);
	stuck_times++;
}

static atomic_int in_query;

/* The caller's ends when the worker's is in its query, which goes on past the
 * deadline. */
static dctx_status ignore_the_end(void *user, size_t i, void **out_result)
{
	DCTX_SCOPE("parse");

	(void)i;
	(void)out_result;
	dctx_publish_scope();
	if (pthread_equal(pthread_self(), *(pthread_t *)user)) {
		while (!in_query && dctx_done() == DCTX_OK)
			usleep(1000);
		return DCTX_OK;
	}
	{
		DCTX_SCOPE("query");
		dctx_publish_scope();
		in_query = 1;
		for (int k = 0; k < 20000 && stuck_times == 0; k++)
			usleep(1000);
	}
	return DCTX_OK;
}

/* Again with more time where a slow machine's worker did not begin in it. */
static void a_stuck_slice_is_told_by_chain_and_scope(void **state)
{
	dctx_scatter_options options;
	pthread_t self = pthread_self();
	DCTX_SCOPE("request");

	(void)state;
	crew_begin(&crew, 1, 64);
	options = on(&crew);
	options.grace = 20 * DCTX_MS;
	options.stuck = note_stuck;
	for (options.timeout = 50 * DCTX_MS; !in_query; options.timeout *= 2) {
		DCTX_SCOPE("basket");
		assert_int_equal(
			dctx_scatter(2, ignore_the_end, &self, &options, slice),
			DCTX_DEADLINE_EXCEEDED);
	}
	assert_int_equal(stuck_times, 1);
	assert_int_equal(slice[stuck_at].status, DCTX_DEADLINE_EXCEEDED);
	assert_true(slice[stuck_at].ran);
	assert_string_equal(stuck_chain, "request/basket");
	assert_string_equal(stuck_scope, "query");
	dctx_publish_scope(); /* outside: nothing */
	crew_end(&crew);
}

static dctx_status exit_at_2(void *user, size_t i, void **out_result)
{
	(void)out_result;
	(void)dctx_enter("left open");
	if (i != 2)
		return DCTX_OK;
	if (!pthread_equal(pthread_self(), *(pthread_t *)user))
		pthread_exit(NULL);
	return DCTX_CANCELED; /* a slow machine's caller has taken it */
}

static void a_worker_that_ends_inside_ends_its_slice(void **state)
{
	dctx_scatter_options options;
	pthread_t self = pthread_self();

	(void)state;
	crew_begin(&crew, 4, 64);
	options = on(&crew);
	options.policy = DCTX_COLLECT;
	assert_int_equal(dctx_scatter(3, exit_at_2, &self, &options, slice),
			 DCTX_OK);
	assert_int_equal(slice[2].status, DCTX_CANCELED);
	assert_true(slice[2].ran);
	assert_int_equal(slice[1].status, DCTX_OK);
	crew_end(&crew);
}

static atomic_int still_running;

static dctx_status run_until_cancelled(void *user, size_t i, void **out_result)
{
	dctx_status status;

	(void)i;
	(void)out_result;
	if (pthread_equal(pthread_self(), *(pthread_t *)user)) {
		while (still_running < 2)
			usleep(100);
		pthread_exit(NULL);
	}
	still_running++;
	status = dctx_wait(DCTX_NO_DEADLINE);
	usleep(10000);
	still_running--;
	return status;
}

static void *scatter_and_end(void *arg)
{
	static dctx_slice mine[3];
	pthread_t self = pthread_self();
	dctx_scatter_options options = on(&crew);

	(void)arg;
	(void)!dctx_scatter(3, run_until_cancelled, &self, &options, mine);
	DCTXT_EXPECT(!"reached");
	return NULL;
}

/* The crew has threads for two, which wait in theirs; so the caller takes the
 * third. */
static void *late_crew(void *arg)
{
	struct crew *c = arg;

	usleep(50000);
	for (; c->n < 2; c->n++)
		DCTXT_EXPECT(pthread_create(&c->thread[c->n], NULL, crew_work,
					    c) == 0);
	return NULL;
}

static void a_caller_that_ends_inside_waits_for_the_others(void **state)
{
	pthread_t starter;

	(void)state;
	crew_begin(&crew, 0, 64);
	still_running = 0;
	assert_int_equal(pthread_create(&starter, NULL, late_crew, &crew), 0);
	(void)dctxt_on_thread(scatter_and_end, NULL);
	assert_int_equal(still_running, 0);
	pthread_join(starter, NULL);
	crew_end(&crew);
}

static pid_t child = -1;

static dctx_status fork_at_0(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	if (i == 0)
		child = fork();
	return DCTX_OK;
}

/* The child has only the thread that forked: what is left of the scatter there
 * is cancelled, and the call comes back. */
static void a_child_forked_in_a_slice_waits_for_nobody(void **state)
{
	dctx_scatter_options options;
	dctx_status status;
	int ended = -1;

	(void)state;
	crew_begin(&crew, 0, 64);
	options = on(&crew);
	status = dctx_scatter(4, fork_at_0, NULL, &options, slice);
	if (child == 0)
		_exit(status != DCTX_CANCELED || slice[0].status != DCTX_OK ||
		      slice[3].status != DCTX_CANCELED);
	assert_int_equal(status, DCTX_OK);
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_int_equal(ended, 0);
	crew_end(&crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_stuck_slice_is_told_by_chain_and_scope),
		DCTXT_TEST(a_worker_that_ends_inside_ends_its_slice),
		DCTXT_TEST(a_caller_that_ends_inside_waits_for_the_others),
		DCTXT_TEST(a_child_forked_in_a_slice_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
