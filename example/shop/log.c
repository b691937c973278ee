/* SPDX-License-Identifier: MIT */
/* log.c - lines that know their request without being told. */
#include "shop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* The longest chain that the library's own limits let in. */
#define CHAIN_SIZE (64 * (255 + sizeof(" > ")))

static const char *this_process = "-";

void shop_log_open(const char *process)
{
	this_process = process;
}

const char *shop_process(void)
{
	return this_process;
}

/* The trace's id, or "-". */
static const char *trace_text(char text[2 * DCTX_TRACE_ID + 1])
{
	dctx_trace trace;

	if (!dctx_trace_get(&trace))
		return "-";
	for (int i = 0; i < DCTX_TRACE_ID; i++)
		snprintf(text + 2 * i, 3, "%02x", trace.trace_id[i]);
	return text;
}

json_t *shop_context(void)
{
	char trace[2 * DCTX_TRACE_ID + 1];
	char chain[CHAIN_SIZE];

	dctx_chain_text(" > ", chain, sizeof(chain));
	return json_pack("{s:s, s:I, s:s, s:s}",
			 "request_id", dctx_get(k_request_id, "-"),
			 "tenant", (json_int_t)dctx_get(k_tenant, 0),
			 "trace", trace_text(trace),
			 "chain", chain);
}

/* One system call a line, so that lines of several threads never mix: the
 * fields, which the library has at hand, and what follows them. JSON escapes
 * what came from outside: no value can forge a second line. When the write
 * fails there is nobody to tell. */
static void write_line(const json_t *rest)
{
	const char *fields = dctx_log_before(DCTX_LOG_JSON);
	char *text = json_dumps(rest, JSON_COMPACT);

	if (text == NULL)
		return;
	struct iovec parts[] = {{"{", 1},
				{(char *)fields, strlen(fields)},
				{text + 1, strlen(text + 1)},
				{"\n", 1}};
	ssize_t written = writev(STDERR_FILENO, parts, 4);
	(void)written;
	free(text);
}

void shop_log(const char *format, ...)
{
	char message[256];
	char chain[CHAIN_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	dctx_chain_text(" > ", chain, sizeof(chain));
	json_t *rest = json_pack("{s:s, s:s, s:s}", "chain", chain,
				 "process", this_process, "message", message);
	write_line(rest);
	json_decref(rest);
}
