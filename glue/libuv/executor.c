/* SPDX-License-Identifier: MIT */
/*
 * Theory. libuv has one pool a process, but each request belongs to a loop,
 * which gets it back when its thread is done, and is not for two threads at
 * once. The loop here is this file's and touched under the lock of lent.h only,
 * by whoever asks: it is run, without waiting, to get back the requests that
 * are done when none is spare and there are a few already. So there are not
 * many more than were under way at once, and most of those who ask do not call
 * the system.
 *
 * A request is under way until a thread of libuv's is back from it, which
 * nobody can await: the loop and the requests stay for ever. In a fork's child,
 * where libuv's pool begins anew, so does the loop. The parent's, whose
 * descriptors the two share, is not used there, and what was under way is lost.
 */
#include "dctx_uv.h"

#include "../lent.h"

#include <stdlib.h>
#include <uv.h>

#define POOL_DEFAULT 4 /* libuv's own */
#define POOL_MOST 1024
#define FEW 64 /* requests */

struct request {
	uv_work_t work;
	struct dctxi_lent *lent;
	struct request *next; /* spare */
};

/* Where requests are made. */
struct home {
	uv_loop_t loop;
	unsigned forks; /* dctxi_lent_forks then */
	struct home *parents;
};

static struct home *home;
static struct request *spare;
static unsigned requests; /* that there are */

static dctx_status status_of(int error)
{
	return error == UV_ENOMEM ? DCTX_NOMEM : DCTX_SYSTEM;
}

static dctx_status home_make(void)
{
	struct home *made;
	int error;

	if (home != NULL && home->forks == dctxi_lent_forks())
		return DCTX_OK;
	made = malloc(sizeof *made);
	if (made == NULL)
		return DCTX_NOMEM;
	error = uv_loop_init(&made->loop);
	if (error != 0) {
		free(made);
		return status_of(error);
	}
	made->forks = dctxi_lent_forks();
	made->parents = home;
	home = made;
	return DCTX_OK;
}

static void done(uv_work_t *work, int status)
{
	struct request *request = work->data;

	(void)status;
	request->next = spare;
	spare = request;
}

static struct request *request_get(void)
{
	struct request *request;

	if (spare == NULL && requests >= FEW)
		(void)uv_run(&home->loop, UV_RUN_NOWAIT);
	request = spare;
	if (request != NULL) {
		spare = request->next;
		return request;
	}
	request = malloc(sizeof *request);
	requests += request != NULL;
	return request;
}

static void serve(uv_work_t *work)
{
	const struct request *request = work->data;

	dctxi_lent_serve(request->lent);
}

static dctx_status ask(struct dctxi_lent *lent)
{
	dctx_status status = home_make();
	struct request *request;

	if (status != DCTX_OK)
		return status;
	request = request_get();
	if (request == NULL)
		return DCTX_NOMEM;
	request->lent = lent;
	request->work.data = request;
	/* It fails for a missing function only. */
	(void)uv_queue_work(&home->loop, &request->work, serve, done);
	return DCTX_OK;
}

static void end(struct dctxi_lent *lent)
{
	free(lent);
}

static const struct dctxi_lender lender = {
	.ask = ask,
	.end = end,
	.in_turn = true,
	.forks = true,
};

/* As libuv reads it. */
static unsigned pool_size(void)
{
	const char *text = getenv("UV_THREADPOOL_SIZE");
	const int n = text != NULL ? atoi(text) : POOL_DEFAULT;

	if (n == 0)
		return 1;
	return n < 0 || n > POOL_MOST ? POOL_MOST : (unsigned)n;
}

static dctx_status begin(const struct dctxi_lent_options *options,
			 dctx_executor **out)
{
	struct dctxi_lent *lent;
	dctx_status status;

	dctxi_lent_lock();
	status = home_make();
	dctxi_lent_unlock();
	if (status != DCTX_OK)
		return status;
	lent = calloc(1, sizeof *lent);
	if (lent == NULL)
		return DCTX_NOMEM;
	status = dctxi_lent_begin(lent, &lender, options, out);
	if (status != DCTX_OK)
		free(lent);
	return status;
}

dctx_status dctx_uv_executor_new(const dctx_uv_options *options,
				 dctx_executor **out)
{
	dctx_uv_options o = {.struct_size = sizeof o};

	if (out == NULL ||
	    (options != NULL && options->struct_size < sizeof *options))
		return DCTX_INVALID;
	if (options != NULL)
		o = *options;
	return begin(
		&(struct dctxi_lent_options){
			.name = o.name != NULL ? o.name : "libuv",
			.most = o.threads != 0 ? o.threads : pool_size(),
			.queue = o.queue,
			.by_deadline = o.by_deadline,
		},
		out);
}
