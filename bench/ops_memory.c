/* SPDX-License-Identifier: MIT */
/*
 * ops_memory.c - bytes asked of malloc and still held. Only the program that
 * counts the heap can tell.
 */
#include "bench.h"

#include <pthread.h>

#define TASKS 4096
#define CHILDREN 4096
#define THREADS 9

static dctx_store *tasks[TASKS];

static void counted_setup(void)
{
	must_be(heap_live != NULL, "a heap that is counted");
}

static void memory_setup(void)
{
	counted_setup();
	register_nums(param("keys"));
	set_nums(8);
}

/* Four values on four pages of eight slots: first, last and two between. */
static void change4(dctx_store *task)
{
	long last = param("keys") - 1;

	for (long i = 0; i < 4; i++)
		must(dctx_store_set(task, num[last * i / 3], 1));
}

/* Bytes a task, of many: what caches hold for the next one evens out. */
static double bytes_a_task(void (*change)(dctx_store *))
{
	dctx_snapshot *kept;
	int64_t before;

	must(dctx_capture(&kept));
	before = heap_live();
	for (int i = 0; i < TASKS; i++) {
		must(dctx_fork(&tasks[i]));
		if (change != NULL)
			change(tasks[i]);
	}
	return (double)(heap_live() - before) / TASKS;
}

static double task_idle(void)
{
	return bytes_a_task(NULL);
}

static double task_changed(void)
{
	return bytes_a_task(change4) - 4 * sizeof(uint64_t);
}

static dctx_source *child_of(dctx_source *above, int64_t deadline)
{
	dctx_source *child;

	must(dctx_source_new(above, deadline, &child));
	return child;
}

/* Bytes a child with a cancel of its own, and perhaps a deadline. */
static double child(void)
{
	int64_t deadline = param_is("deadline", "yes")
				   ? dctx_deadline_in(DCTX_S)
				   : DCTX_NO_DEADLINE;
	dctx_source *parent = child_of(NULL, DCTX_NO_DEADLINE);
	int64_t before = heap_live();

	for (int i = 0; i < CHILDREN; i++)
		(void)child_of(parent, deadline);
	return (double)(heap_live() - before) / CHILDREN;
}

static void called(void *unused, dctx_status status)
{
	(void)unused;
	(void)status;
}

/* Bytes a function that waits below so many sources. */
static double waiter(void)
{
	dctx_source *lowest = NULL;
	int64_t before;

	for (long depth = param("depth"); depth > 0; depth--)
		lowest = child_of(lowest, DCTX_NO_DEADLINE);
	must(dctx_add_source(lowest));
	before = heap_live();
	for (int i = 0; i < CHILDREN; i++) {
		dctx_waiter *made;

		must(dctx_on_done(called, NULL, &made));
	}
	return (double)(heap_live() - before) / CHILDREN;
}

static void *use(void *out_bytes)
{
	int64_t before = heap_live();
	{
		DCTX_SCOPE("first");
		dctx_set(num[0], 1);
	}
	*(double *)out_bytes = (double)(heap_live() - before);
	return NULL;
}

static double thread(void)
{
	double bytes[THREADS];
	pthread_t id;

	for (int i = 0; i < THREADS; i++) {
		must_be(pthread_create(&id, NULL, use, &bytes[i]) == 0,
			"a thread");
		pthread_join(id, NULL);
	}
	return median(bytes, THREADS);
}

const struct op memory_ops[] = {
	{"mem_task_idle", "keys=64 unit=bytes", {{0}, 64}, ANY, ANY,
	 memory_setup, NULL, NULL, task_idle},
	{"mem_task_4_of_64", "keys=64 unit=bytes", {{0}, 640}, ANY, ANY,
	 memory_setup, NULL, NULL, task_changed},
	{"mem_task_4_of_64", "keys=512 unit=bytes", {{0}, 1024}, ANY, ANY,
	 memory_setup, NULL, NULL, task_changed},
	{"mem_child", "deadline=no,yes unit=bytes", {{0}, 0}, ANY, ANY,
	 counted_setup, NULL, NULL, child},
	{"mem_waiter", "depth=1,8 unit=bytes", {{0}, 0}, ANY, ANY,
	 counted_setup, NULL, NULL, waiter},
	{"mem_thread", "keys=64 unit=bytes", {{0}, 3072}, ANY, ANY,
	 memory_setup, NULL, NULL, thread},
	{0},
};
