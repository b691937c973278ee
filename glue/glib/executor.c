/* SPDX-License-Identifier: MIT */
/*
 * Theory. What is pushed to the pool is the executor itself, once for each call
 * that lent.h asks for. A push that finds no thread and gets none fails, but
 * GLib has queued it all the same, and it is called when a thread is had later:
 * such calls are `stray`, and whichever calls come first count as these. So
 * while there are strays no call serves, and where the executor ends with some,
 * none was asked for since, there is no thread, and they go with the pool.
 */
#include "dctx_glib.h"

#include "../lent.h"

#include <glib.h>
#include <limits.h>
#include <stdlib.h>

struct executor {
	struct dctxi_lent lent; /* first */
	GThreadPool *pool;
	unsigned made_in; /* dctxi_lent_forks then */
	unsigned stray;	  /* under the lock of lent.h */
};

static struct executor *executor_of(struct dctxi_lent *lent)
{
	return (struct executor *)(void *)lent;
}

static dctx_status ask(struct dctxi_lent *lent)
{
	struct executor *executor = executor_of(lent);

	/* Where there are threads that call is theirs. */
	if (g_thread_pool_push(executor->pool, executor, NULL) ||
	    g_thread_pool_get_num_threads(executor->pool) > 0)
		return DCTX_OK;
	executor->stray++;
	return DCTX_SYSTEM;
}

/* From a thread of the pool's, too: it goes when that is back. */
static void executor_free(struct executor *executor)
{
	g_thread_pool_free(executor->pool, TRUE, FALSE);
	free(executor);
}

static void end(struct dctxi_lent *lent)
{
	struct executor *executor = executor_of(lent);
	bool forked;

	dctxi_lent_lock();
	forked = executor->made_in != dctxi_lent_forks();
	dctxi_lent_unlock();
	/* A child's pool has locks that nobody there can open. */
	if (forked)
		free(executor);
	else
		executor_free(executor);
}

static const struct dctxi_lender lender = {
	.ask = ask,
	.end = end,
};

static void serve(void *data, void *user)
{
	struct executor *executor = data;
	bool stray;

	(void)user;
	dctxi_lent_lock();
	stray = executor->stray > 0;
	executor->stray -= stray;
	dctxi_lent_unlock();
	if (!stray)
		dctxi_lent_serve(&executor->lent);
}

static bool pool_make(struct executor *executor, unsigned threads,
		      bool exclusive)
{
	GError *error = NULL;

	executor->pool =
		g_thread_pool_new(serve, NULL, (int)threads, exclusive, &error);
	if (error == NULL)
		return true;
	/* It is there, with fewer threads. */
	g_error_free(error);
	g_thread_pool_free(executor->pool, TRUE, FALSE);
	return false;
}

static dctx_status begin(const struct dctxi_lent_options *options,
			 bool exclusive, dctx_executor **out)
{
	struct executor *executor = calloc(1, sizeof *executor);
	dctx_status status;

	if (executor == NULL)
		return DCTX_NOMEM;
	if (!pool_make(executor, options->most, exclusive)) {
		free(executor);
		return DCTX_SYSTEM;
	}
	dctxi_lent_lock();
	executor->made_in = dctxi_lent_forks();
	dctxi_lent_unlock();
	status = dctxi_lent_begin(&executor->lent, &lender, options, out);
	if (status != DCTX_OK)
		executor_free(executor);
	return status;
}

dctx_status dctx_glib_executor_new(const dctx_glib_options *options,
				   dctx_executor **out)
{
	dctx_glib_options o = {.struct_size = sizeof o};

	if (out == NULL ||
	    (options != NULL && options->struct_size < sizeof *options))
		return DCTX_INVALID;
	if (options != NULL)
		o = *options;
	if (o.threads > INT_MAX)
		return DCTX_INVALID;
	return begin(
		&(struct dctxi_lent_options){
			.name = o.name != NULL ? o.name : "glib",
			.most = o.threads != 0 ? o.threads
					       : g_get_num_processors(),
			.queue = o.queue,
			.by_deadline = o.by_deadline,
		},
		o.exclusive, out);
}
