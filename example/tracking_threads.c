/* SPDX-License-Identifier: MIT */
/*
 * The parallel example of ContextTracking.jl: five iterations of one function
 * on four threads. Each thread has a context of its own, empty when it starts;
 * the thread that serves two iterations forgets the first before the second.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <string.h>

#define THREADS 4
#define ITERATIONS 5

DCTX_KEY_I64(k_x, "x", DCTX_LOG);

/* What one iteration saw; main prints it when all threads are joined. */
struct iteration {
	int thread;
	bool empty; /* before it set anything */
	int64_t x;
	char hex_id[DCTX_HEX_ID_SIZE];
};

struct thread {
	pthread_t id;
	int number;
	struct iteration *iterations; /* all of them */
};

static void bar(struct iteration *out)
{
	DCTX_FN;
	out->x = dctx_get(k_x, -1);
}

static void foo(int64_t x, struct iteration *out)
{
	DCTX_FN;
	out->empty = !dctx_has(k_x) && dctx_depth() == 2;
	dctx_hex_id(out->hex_id);
	dctx_set(k_x, x);
	bar(out);
}

static void *run(void *arg)
{
	struct thread *thread = arg;
	int i;

	for (i = thread->number; i < ITERATIONS; i += THREADS) {
		thread->iterations[i].thread = thread->number;
		foo(i, &thread->iterations[i]);
	}
	return NULL;
}

static void show(const struct iteration iterations[ITERATIONS])
{
	int i, j, distinct = 0;

	for (i = 0; i < ITERATIONS; i++) {
		const struct iteration *it = &iterations[i];

		printf("iteration %d: thread %d, empty at first: %s, x = %d\n",
		       i, it->thread, it->empty ? "yes" : "no", (int)it->x);
		for (j = 0; j < i; j++)
			if (strcmp(it->hex_id, iterations[j].hex_id) == 0)
				break;
		distinct += j == i;
	}
	printf("contexts: %d\n", distinct);
}

int main(void)
{
	struct iteration iterations[ITERATIONS];
	struct thread threads[THREADS];
	int i, started;

	dctx_set(k_x, 100); /* of this thread, and of no other */
	for (started = 0; started < THREADS; started++) {
		threads[started].number = started;
		threads[started].iterations = iterations;
		if (pthread_create(&threads[started].id, NULL, run,
				   &threads[started]) != 0)
			break;
	}
	for (i = 0; i < started; i++)
		pthread_join(threads[i].id, NULL);
	if (started < THREADS)
		return 1;
	show(iterations);
	printf("main: x = %d\n", (int)dctx_get(k_x, -1));
	return 0;
}
