/* SPDX-License-Identifier: MIT */
/* ops_done.c - asking whether it is over, below so many sources. */
#include "bench.h"

#include <pthread.h>
#include <unistd.h>

extern uintptr_t dctx_abi1_epoch;

static dctx_source *below(dctx_source *above)
{
	dctx_source *source;

	must(dctx_source_new(above, DCTX_NO_DEADLINE, &source));
	return source;
}

/* The thread's root goes under them, one below the other. */
static void done_setup(void)
{
	dctx_source *lowest = NULL;

	for (long depth = param("depth"); depth > 0; depth--)
		lowest = below(lowest);
	must(dctx_add_source(lowest));
}

static void deadline_setup(void)
{
	done_setup();
	must(dctx_set_timeout(3600 * DCTX_S));
}

static void done(uint64_t turns)
{
	while (turns--)
		consume((uint64_t)dctx_done());
}

/* As after a cancel of something else. */
static void move_epoch(uint64_t turns)
{
	while (turns--) {
		__atomic_fetch_add(&dctx_abi1_epoch, 1, __ATOMIC_SEQ_CST);
		BARRIER();
	}
}

static void done_first(uint64_t turns)
{
	while (turns--) {
		__atomic_fetch_add(&dctx_abi1_epoch, 1, __ATOMIC_SEQ_CST);
		consume((uint64_t)dctx_done());
	}
}

static int cancels;

/* Some 10,000 cancels a second, of what nobody else knows. */
static void *cancel_on(void *unused)
{
	pin(1);
	for (;;) {
		dctx_source *source = below(NULL);

		must(dctx_cancel(source, "unrelated"));
		dctx_source_unref(source);
		__atomic_fetch_add(&cancels, 1, __ATOMIC_RELEASE);
		usleep(50);
	}
	return unused;
}

/* The canceller's first ones bind its functions, which would be counted. */
static void cancels_setup(void)
{
	pthread_t id;

	done_setup();
	pin(0);
	must_be(pthread_create(&id, NULL, cancel_on, NULL) == 0, "a thread");
	while (__atomic_load_n(&cancels, __ATOMIC_ACQUIRE) < 10)
		usleep(100);
}

#define DONE(name, axes, setup)                                                \
	{                                                                      \
		(name), (axes), {{[F] = 0.6}, 0}, 0, 24, (setup), done, NULL,  \
			NULL                                                   \
	}

const struct op done_ops[] = {
	DONE("done", "depth=1", done_setup),
	DONE("done_deep", "depth=32", done_setup),
	/* Both threads' mallocs are counted. */
	{"done_under_cancels",
	 "depth=1,32",
	 {{[F] = 0.6}, 0},
	 ANY,
	 24,
	 cancels_setup,
	 done,
	 NULL,
	 NULL},
	{"done_deadline",
	 "depth=1,32",
	 {{[C] = 1, [F] = 2.5}, 0},
	 0,
	 ANY,
	 deadline_setup,
	 done,
	 NULL,
	 NULL},
	{"done_first",
	 "depth=1,32",
	 {{[F] = 3}, 0},
	 0,
	 ANY,
	 done_setup,
	 done_first,
	 move_epoch,
	 NULL},
	{0},
};
