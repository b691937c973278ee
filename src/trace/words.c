/* SPDX-License-Identifier: MIT */
#include "trace/words.h"

#include <dctx/status.h>

const char *dctxi_level_word(dctx_level level)
{
	switch (level) {
	case DCTX_LEVEL_NONE: return "NONE";
	case DCTX_LEVEL_ERROR: return "ERROR";
	case DCTX_LEVEL_WARN: return "WARN";
	case DCTX_LEVEL_INFO: return "INFO";
	case DCTX_LEVEL_DEBUG: return "DEBUG";
	case DCTX_LEVEL_TRACE: return "TRACE";
	}
	return "?";
}

const char *dctxi_kind_word(dctx_span_kind kind)
{
	switch (kind) {
	case DCTX_SPAN_INTERNAL: return "internal";
	case DCTX_SPAN_SERVER: return "server";
	case DCTX_SPAN_CLIENT: return "client";
	case DCTX_SPAN_PRODUCER: return "producer";
	case DCTX_SPAN_CONSUMER: return "consumer";
	}
	return "?";
}

#define WORD(status)                                                           \
	case status: return #status

const char *dctxi_status_word(dctx_status status)
{
	switch (status) {
		WORD(DCTX_OK);
		WORD(DCTX_NOMEM);
		WORD(DCTX_INVALID);
		WORD(DCTX_UNKNOWN_KEY);
		WORD(DCTX_WRONG_TYPE);
		WORD(DCTX_CONFLICT);
		WORD(DCTX_LIMIT);
		WORD(DCTX_TOO_SMALL);
		WORD(DCTX_CORRUPT);
		WORD(DCTX_UNSUPPORTED);
		WORD(DCTX_NO_TASK);
		WORD(DCTX_DEAD_SCOPE);
		WORD(DCTX_STALE);
		WORD(DCTX_BUSY);
		WORD(DCTX_SYSTEM);
		WORD(DCTX_CODEC);
		WORD(DCTX_CANCELED);
		WORD(DCTX_DEADLINE_EXCEEDED);
		WORD(DCTX_FROZEN);
		WORD(DCTX_UNTRUSTED);
		WORD(DCTX_DROPPED);
	}
	return "?";
}
