/* SPDX-License-Identifier: MIT */
/*
 * ops_work.c - work that carries its context, against the same work on pools
 * that carry none. Ours and theirs run in turn, so that what the machine does
 * to one it does to the other; the limit is theirs and what the context may
 * cost on top: 30 ns or a tenth.
 */
#include "bench.h"
#include "crew.h"

#include <stdio.h>
#include <unistd.h>

#define ROUNDS 40
#define MOST 1000
#define MAY_COST 30.0

static dctx_executor *pool;
static const struct crew *crew;
static struct errand errands[MOST];
static dctx_slice slices[MOST];
static uint32_t n;

/* A request's context: what there is to carry. */
static void request(void)
{
	register_nums(64);
	(void)dctx_enter("request");
	set_nums(8);
	must(dctx_set_timeout(3600 * DCTX_S));
}

static void *nothing(void *arg)
{
	consume((uint64_t)(uintptr_t)arg);
	return arg;
}

static dctx_status no_slice(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	consume(i);
	return DCTX_OK;
}

static void run_errand(struct errand *errand)
{
	(void)nothing(errand);
	latch_count(errand->latch);
}

/* On the thread that wraps: what a context costs where no pool is. */
static void wrap_run(uint64_t turns)
{
	while (turns--) {
		dctx_work *work;

		must(dctx_wrap(nothing, &n, &work));
		must(dctx_work_run(work, NULL));
	}
}

static void submit_inline(uint64_t turns)
{
	dctx_executor *here = dctx_executor_inline();

	while (turns--)
		must(dctx_submit(here, nothing, &n, NULL, NULL));
}

static void scatter_here(uint64_t turns)
{
	while (turns--)
		must(dctx_scatter(1, no_slice, NULL, NULL, slices));
}

static void scatter_here_8(uint64_t turns)
{
	while (turns--)
		must(dctx_scatter(8, no_slice, NULL, NULL, slices));
}

static void ours_submit(void)
{
	static dctx_job *jobs[MOST];

	for (uint32_t i = 0; i < n; i++)
		must(dctx_submit(pool, nothing, &errands[i], NULL, &jobs[i]));
	for (uint32_t i = 0; i < n; i++) {
		must(dctx_job_wait(jobs[i], DCTX_NO_DEADLINE));
		dctx_job_unref(jobs[i]);
	}
}

static void ours_scatter(void)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = pool};

	must(dctx_scatter(n, no_slice, NULL, &options, slices));
}

static void theirs(void)
{
	struct latch *latch = latch_of(n);

	for (uint32_t i = 0; i < n; i++) {
		errands[i].run = run_errand;
		errands[i].latch = latch;
		crew->submit(&errands[i]);
	}
	latch_wait(latch);
}

static unsigned threads(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus > 0 ? (unsigned)cpus : 1;
}

static void pools_setup(void)
{
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = threads(),
					   .queue = MOST};

	request();
	n = (uint32_t)param("n");
	crew = crew_named(param_is("pool", "glib") ? "glib" : "pthread");
	must_be(crew != NULL, "that pool");
	crew->start(threads());
	must(dctx_pool_new(&options, &pool));
}

static double timed(void (*all)(void))
{
	double start = now_ns();

	all();
	return (now_ns() - start) / n;
}

/* The median of repeats, each the median of rounds in turn. */
static double against_theirs(void (*ours)(void))
{
	double us[REPEATS], them[REPEATS], bare;
	double round[2][ROUNDS];

	for (int rep = -1; rep < REPEATS; rep++) {
		for (int i = 0; i < ROUNDS; i++) {
			round[0][i] = timed(ours);
			round[1][i] = timed(theirs);
		}
		if (rep >= 0) {
			us[rep] = median(round[0], ROUNDS);
			them[rep] = median(round[1], ROUNDS);
		}
	}
	bare = median(them, REPEATS);
	beside.limit = bare + (bare / 10 > MAY_COST ? bare / 10 : MAY_COST);
	snprintf(beside.formula, sizeof(beside.formula), "%s + %s", crew->name,
		 bare / 10 > MAY_COST ? "10 %" : "30 ns");
	return median(us, REPEATS);
}

static double submit_pool(void)
{
	return against_theirs(ours_submit);
}

static double scatter_pool(void)
{
	return against_theirs(ours_scatter);
}

#ifdef BENCH_GLIB
#define POOLS " pool=pthread,glib"
#else
#define POOLS " pool=pthread"
#endif

#define AGAINST(name, counts, measure)                                         \
	{                                                                      \
		name, counts POOLS, {{0}, 0}, ANY, ANY, pools_setup, NULL,     \
			NULL, measure                                          \
	}

const struct op work_ops[] = {
	{"wrap_run",
	 "",
	 {{0}, MAY_COST},
	 0,
	 ANY,
	 request,
	 wrap_run,
	 NULL,
	 NULL},
	{"submit_inline",
	 "",
	 {{0}, 0},
	 0,
	 ANY,
	 request,
	 submit_inline,
	 NULL,
	 NULL},
	/* Seven slices more than one. */
	{"scatter_here",
	 "n=7",
	 {{0}, 7 * MAY_COST},
	 0,
	 ANY,
	 request,
	 scatter_here_8,
	 scatter_here,
	 NULL},
	AGAINST("submit_run", "n=1,64", submit_pool),
	AGAINST("scatter", "n=8,1000", scatter_pool),
	{0},
};
