/* SPDX-License-Identifier: MIT */
/*
 * A server that Ctrl-C stops: everything it does is below one cancel source,
 * which the signal's handler cancels. The request that is being served sees it
 * at its next look, the loop after that. io-context's first example.
 */
#include <dctx/dctx.h>

#include <signal.h>
#include <stdio.h>

/* For the handler; set before the signal can come. */
static dctx_source *stop;

static void on_interrupt(int number)
{
	(void)number;
	(void)dctx_cancel_from_signal(stop, "interrupted from the keyboard");
}

/* Somebody presses Ctrl-C while the third request is read. */
static int next_request(void)
{
	static int number;

	return ++number;
}

static const char *read_rows(int request)
{
	for (int row = 1; row <= 3; row++) {
		if (dctx_done() != DCTX_OK)
			return "given up";
		if (request == 3 && row == 2)
			(void)raise(SIGINT);
	}
	return "served";
}

/* One outgoing call says by when it must be answered. */
static void serve(int request)
{
	const char *how;

	DCTX_SCOPE("request");
	dctx_set_timeout(30 * DCTX_S);
	how = read_rows(request);
	printf("request %d: %s, %s\n", request, how,
	       dctx_remaining() > 0 ? "with time left" : "no time left");
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};
	dctx_cause_info cause;

	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop) != DCTX_OK ||
	    sigaction(SIGINT, &action, NULL) != 0)
		return 1;
	{
		DCTX_SCOPE("server");
		if (dctx_add_source(stop) != DCTX_OK)
			return 1;
		while (dctx_done() == DCTX_OK)
			serve(next_request());
		(void)dctx_cause(&cause);
		printf("stopped: %s\n", cause.message);
	}
	signal(SIGINT, SIG_DFL); /* before its source goes */
	stop = dctx_source_unref(stop);
	return 0;
}
