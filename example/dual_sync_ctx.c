/* SPDX-License-Identifier: MIT */
/*
 * The store of a thread: scopes entered by hand, whose guards also leave what
 * stands above them; another thread that has a store of its own; and a store
 * that is cleared. Guards from before that leave nothing any more, and say so.
 * (A library built with DCTX_ABORT_ON_MISUSE aborts there, for tests.)
 */
#include <dctx/dctx.h>

#include <stdio.h>

DCTX_KEY_STR(k_user, "user", DCTX_LOG);
DCTX_KEY_U32(k_attempt, "attempt", DCTX_LOG);

static void show(const char *where)
{
	char chain[64];

	dctx_chain_text(" > ", chain, sizeof(chain));
	printf("%-14s depth %zu [%s] user %s, attempt %d\n", where,
	       dctx_depth(), chain, dctx_get(k_user, "-"),
	       (int)dctx_get(k_attempt, 0));
}

static void told(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user;
	(void)status;
	printf("  told: %s, %s\n", dctx_event_name(event), what);
}

static void guards(void)
{
	dctx_guard request = dctx_enter("request"), attempt;

	dctx_set(k_user, "alice");
	attempt = dctx_enter("attempt");
	dctx_set(k_attempt, 1);
	show("two scopes");
	dctx_leave(attempt);
	show("one left");

	/* Leaving an outer scope leaves those above it too; that is counted,
	 * as is the guard that then has nothing to leave. */
	attempt = dctx_enter("attempt");
	dctx_set(k_attempt, 2);
	dctx_leave(request);
	show("both left");
	dctx_leave(attempt);
}

static void *other_thread(void *arg)
{
	show("other thread");
	dctx_set(k_user, "bob");
	show("other thread");
	return arg;
}

static bool independent(void)
{
	pthread_t thread;

	DCTX_FN;
	dctx_set(k_user, "carol");
	if (pthread_create(&thread, NULL, other_thread, NULL) != 0)
		return false;
	pthread_join(thread, NULL);
	show("this thread");
	return true;
}

static bool cleared(void)
{
	dctx_guard scope = dctx_enter("scope");

	dctx_set(k_user, "dave");
	show("before");
	if (dctx_clear() != DCTX_OK)
		return false;
	show("cleared");
	dctx_leave(scope); /* stale, and so it does nothing */
	return true;
}

int main(void)
{
	static const dctx_hook hook = {told, NULL};

	dctx_hook_set(&hook);
	guards();
	return independent() && cleared() ? 0 : 1;
}
