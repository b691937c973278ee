/* SPDX-License-Identifier: MIT */
/*
 * teller PATH [killed] - a request over two processes whose spans go to files,
 * for the tests of dctx trace: what the sink writes, the command reads. When
 * killed, it does not get to end its file.
 */
#include <dctx/dctx.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_STR(k_rid, "request_id", DCTX_LOG);

static void work(void)
{
	DCTX_SPAN(span, "</script> \xff", {"text", DCTX_ANY("a\x80\"\n<")},
		  {"most", DCTX_ANY(INT64_MAX)}, {"nan", DCTX_ANY((double)NAN)},
		  {"yes", DCTX_ANY((bool)true)}, {"half", DCTX_ANY(0.5)});
	const dctx_span_field fields[] = {{"n", DCTX_ANY(7)}};

	(void)dctx_span_event(span, "moment", fields, 1);
	(void)dctx_span_status(span, DCTX_LIMIT, "no more");
}

static void call(void)
{
	dctx_trace other = {.trace_id = {1}, .span_id = {2}};
	const dctx_span_options options = {.struct_size = DCTX_SPAN_SIZE,
					   .kind = DCTX_SPAN_CLIENT,
					   .links = &other,
					   .link_count = 1};
	static const dctx_span_site site = {"call", "teller", DCTX_LEVEL_WARN,
					    "teller.c", 42};
	dctx_span *span = dctx_span_open(&site, &options, NULL, 0);
	pid_t child;

	dctx_span_enter(span);
	child = fork();
	if (child == 0) {
		work();
		exit(0);
	}
	(void)waitpid(child, NULL, 0);
	dctx_span_leave(span);
	dctx_span_close(span);
}

static void request(void)
{
	DCTX_SPAN(span, "request");
	DCTX_SCOPE("serve");
	dctx_set(k_rid, "r-1");
	dctx_set_deadline(dctx_deadline_in(1));
	while (dctx_done() == DCTX_OK)
		usleep(1000);
	DCTX_SCOPE("deeper");
	call();
}

int main(int argc, char **argv)
{
	dctx_sink *sink = NULL;

	if (argc < 2 || dctx_sink_chrome(argv[1], NULL, &sink) != DCTX_OK)
		return 1;
	request();
	if (argc > 2) {
		(void)dctx_sink_flush(sink, dctx_deadline_in(60 * DCTX_S));
		(void)raise(SIGKILL);
	}
	(void)dctx_sink_end(sink);
	return 0;
}
