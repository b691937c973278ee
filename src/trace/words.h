/* SPDX-License-Identifier: MIT */
/* What spans are told with in files and on terminals. */
#ifndef DCTXI_WORDS_H
#define DCTXI_WORDS_H

#include <dctx/sink.h>

/* "INFO", "server", "DCTX_NOMEM". Never NULL: "?" for what is none. */
const char *dctxi_level_word(dctx_level level);
const char *dctxi_kind_word(dctx_span_kind kind);
const char *dctxi_status_word(dctx_status status);

/* How much of a span was lost: a reader wants to know that something was. */
static inline size_t dctxi_told_lost(const dctx_told_span *told)
{
	return told->dropped_fields + told->dropped_events +
	       told->dropped_links;
}

#endif
