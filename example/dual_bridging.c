/* SPDX-License-Identifier: MIT */
/*
 * A thread has a store and a task has one, and neither shows through the
 * other: the same key has a value in each. A snapshot is the bridge, in every
 * direction: task to thread, one task to several threads, thread to task.
 */
#include <dctx/dctx.h>

#include <stdio.h>

#define WORKERS 3

DCTX_KEY_STR(k_user, "user", DCTX_LOG);
DCTX_KEY_U32(k_worker, "worker", DCTX_LOG);

struct worker {
	dctx_snapshot *snapshot;
	uint32_t number;
	char report[64];
};

static void show(const char *where)
{
	printf("%-16s user %s\n", where, dctx_get(k_user, "-"));
}

static void *blocking_call(void *arg)
{
	show("blocking call");
	return arg;
}

static void *worker_thread(void *arg)
{
	struct worker *worker = arg;

	DCTX_ATTACH(worker->snapshot);
	dctx_set(k_worker, worker->number);
	snprintf(worker->report, sizeof(worker->report), "user %s, worker %u",
		 dctx_get(k_user, "-"), dctx_get(k_worker, 0));
	return NULL;
}

/* Gives one snapshot to all: each attaches it to its thread. */
static int fan_out(dctx_snapshot *snapshot)
{
	struct worker workers[WORKERS];
	pthread_t threads[WORKERS];
	uint32_t i, started;

	for (started = 0; started < WORKERS; started++) {
		workers[started].snapshot = snapshot;
		workers[started].number = started + 1;
		if (pthread_create(&threads[started], NULL, worker_thread,
				   &workers[started]) != 0)
			break;
	}
	for (i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		printf("%-16s %s\n", "fan-out", workers[i].report);
	}
	return started == WORKERS ? 0 : 1;
}

/* One step of a task, with the task's store as the current one. */
static int step(void)
{
	pthread_t thread;

	show("task, at first"); /* never the thread's value */
	dctx_set(k_user, "bob");
	show("task");
	printf("%-16s user %s\n", "its thread",
	       dctx_store_get(dctx_thread(), k_user, "-"));

	if (dctx_thread_start(&thread, NULL, blocking_call, NULL) != DCTX_OK)
		return 1;
	pthread_join(thread, NULL);

	DCTX_SNAPSHOT(snapshot);
	return snapshot != NULL ? fan_out(snapshot) : 1;
}

int main(void)
{
	dctx_store *task;
	int result;

	dctx_set(k_user, "alice"); /* no task is entered: the thread's */
	if (dctx_task_new(NULL, &task) != DCTX_OK)
		return 1;
	dctx_task_enter(task);
	result = step();
	dctx_task_leave(task);
	dctx_task_free(task);
	show("thread");

	if (dctx_store_fork(dctx_thread(), &task) != DCTX_OK)
		return 1;
	dctx_task_enter(task);
	show("forked task");
	dctx_task_leave(task);
	dctx_task_free(task);
	printf("%-16s %s\n", "in a task", dctx_task_try() ? "yes" : "no");
	return result;
}
