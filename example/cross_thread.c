/* SPDX-License-Identifier: MIT */
/*
 * Three ways to another thread. Start the thread with the context; or hand a
 * thread of your own a snapshot to live by; or, called back on a thread that
 * belongs to a library, attach a snapshot and give the thread back as it was.
 */
#include <dctx/dctx.h>

#include <stdio.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOG);
DCTX_KEY_STR(k_user, "user", DCTX_LOG);

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-16s [%s] request %s, user %s\n", where, chain,
	       dctx_get(k_request_id, "-"), dctx_get(k_user, "-"));
}

static void *started_with_it(void *arg)
{
	show("started with it");
	dctx_set(k_user, "bob"); /* the starter does not see this */
	show("started with it");
	return arg;
}

/* Takes the caller's reference to the snapshot. */
static void *own_thread(void *arg)
{
	dctx_snapshot *snapshot = arg;

	if (dctx_restore(snapshot) == DCTX_OK)
		show("own thread");
	dctx_snapshot_unref(snapshot);
	return NULL;
}

static void on_event(void *user)
{
	DCTX_ATTACH(user); /* until the closing brace */
	DCTX_FN;
	show("callback"); /* nothing of the library shows through */
}

/* What a library would do on a thread of its own; `arg` is ours. */
static void *library_thread(void *arg)
{
	DCTX_SCOPE("library");
	dctx_set(k_user, "the library");
	on_event(arg);
	show("library, after");
	return NULL;
}

static int handle(void)
{
	pthread_t thread;

	DCTX_FN;
	dctx_set(k_request_id, "r-1");
	dctx_set(k_user, "alice");
	DCTX_SNAPSHOT(snapshot); /* given back at the closing brace */
	if (snapshot == NULL)
		return 1;

	if (dctx_thread_start(&thread, NULL, started_with_it, NULL) != DCTX_OK)
		return 1;
	pthread_join(thread, NULL);
	show("starter");

	/* A thread that may outlive this function needs its own reference. */
	if (pthread_create(&thread, NULL, own_thread,
			   dctx_snapshot_ref(snapshot)) != 0) {
		dctx_snapshot_unref(snapshot);
		return 1;
	}
	pthread_join(thread, NULL);

	if (pthread_create(&thread, NULL, library_thread, snapshot) != 0)
		return 1;
	pthread_join(thread, NULL);
	return 0;
}

int main(void)
{
	return handle();
}
