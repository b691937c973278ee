/* SPDX-License-Identifier: MIT */
/*
 * A pool of workers: the context of a request goes into the queue with its job,
 * and the worker runs the job under it. Between two jobs the worker has its own
 * context, whatever a job left behind.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <stdlib.h>

#define WORKERS 2
#define REQUESTS 5

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOG);
DCTX_KEY_STR(k_user, "user", DCTX_LOG);
DCTX_KEY_U32(k_worker, "worker", DCTX_LOG);

/* What a job saw; printed when all are done, since workers do not wait for each
 * other. */
struct report {
	char job[96];
	char between[64];
};

struct job {
	dctx_work *work; /* NULL: no more will come */
	struct report *report;
	struct job *next;
};

struct worker {
	pthread_t thread;
	uint32_t number;
	pthread_mutex_t lock;
	pthread_cond_t added;
	struct job *first, *last;
};

static void *price(void *arg)
{
	struct report *report = arg;
	char chain[64];

	/* Never left by this function: dctx_work_run sees to that. */
	(void)dctx_enter("price");
	dctx_chain_text(" > ", chain, sizeof(chain));
	snprintf(report->job, sizeof(report->job),
		 "[%s] request %s of %s, worker %d", chain,
		 dctx_get(k_request_id, "-"), dctx_get(k_user, "-"),
		 (int)dctx_get(k_worker, 0));
	dctx_set(k_user, "nobody");
	return NULL;
}

static bool add(struct worker *worker, dctx_work *work, struct report *report)
{
	struct job *job = malloc(sizeof(*job));

	if (job == NULL) {
		dctx_work_discard(work);
		return false;
	}
	*job = (struct job){work, report, NULL};
	pthread_mutex_lock(&worker->lock);
	if (worker->first == NULL)
		worker->first = job;
	else
		worker->last->next = job;
	worker->last = job;
	pthread_cond_signal(&worker->added);
	pthread_mutex_unlock(&worker->lock);
	return true;
}

static struct job take(struct worker *worker)
{
	struct job *job, taken;

	pthread_mutex_lock(&worker->lock);
	while ((job = worker->first) == NULL)
		pthread_cond_wait(&worker->added, &worker->lock);
	worker->first = job->next;
	pthread_mutex_unlock(&worker->lock);
	taken = *job;
	free(job);
	return taken;
}

static void *serve(void *arg)
{
	struct worker *worker = arg;
	struct job job;

	DCTX_FN;
	dctx_set(k_worker, worker->number); /* hidden from the jobs */
	while ((job = take(worker)).work != NULL) {
		if (dctx_work_run(job.work, NULL) != DCTX_OK)
			continue;
		snprintf(job.report->between, sizeof(job.report->between),
			 "worker %d, request %s, depth %zu",
			 (int)dctx_get(k_worker, 0),
			 dctx_get(k_request_id, "-"), dctx_depth());
	}
	return NULL;
}

/* Wraps the call under what this request has set, and queues it. */
static bool request(int number, struct worker *worker, struct report *report)
{
	static const char *const users[] = {"alice", "bob", "carol"};
	dctx_work *work;
	char id[16];

	DCTX_SCOPE("request");
	snprintf(id, sizeof(id), "r-%d", number);
	dctx_set(k_request_id, id);
	dctx_set(k_user, users[number % 3]);
	return dctx_wrap(price, report, &work) == DCTX_OK &&
	       add(worker, work, report);
}

static bool start(struct worker *worker, uint32_t number)
{
	*worker = (struct worker){.number = number};
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->added, NULL);
	return pthread_create(&worker->thread, NULL, serve, worker) == 0;
}

static bool stop(struct worker *worker)
{
	if (!add(worker, NULL, NULL))
		return false;
	pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->added);
	pthread_mutex_destroy(&worker->lock);
	return true;
}

int main(void)
{
	struct report reports[REQUESTS] = {0};
	struct worker workers[WORKERS];
	bool good = true;
	int i;

	for (i = 0; i < WORKERS; i++)
		if (!start(&workers[i], (uint32_t)i + 1))
			return 1;
	for (i = 0; i < REQUESTS; i++)
		good = request(i, &workers[i % WORKERS], &reports[i]) && good;
	for (i = 0; i < WORKERS; i++)
		if (!stop(&workers[i]))
			return 1;
	for (i = 0; i < REQUESTS; i++)
		printf("%s\n  then: %s\n", reports[i].job, reports[i].between);
	return good ? 0 : 1;
}
