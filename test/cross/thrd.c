/* SPDX-License-Identifier: MIT */
/*
 * thrd.c - a C11 thread that starts with the context, on any C library.
 *
 * Not under: tsan - it does not know of thrd_create and crashes in its threads.
 */
#include <dctx/dctx.h>
#include <dctx/thrd.h>

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static int see_and_change(void *arg)
{
	int seen = (int)dctx_get(k_num, 0);

	(void)arg;
	(void)dctx_enter("left open");
	dctx_set(k_num, 8);
	return seen;
}

int main(void)
{
	thrd_t thread;
	int result = 0;

	dctx_set(k_num, 7);
	if (dctx_thrd_start(&thread, see_and_change, NULL) != DCTX_OK ||
	    thrd_join(thread, &result) != thrd_success)
		return 1;
	printf("thrd: %d\n", result);
	return result != 7 || dctx_get(k_num, 0) != 7;
}
