/* SPDX-License-Identifier: MIT */
/* What levels, kinds and statuses are called in files and on terminals. */
#ifndef DCTXI_WORDS_H
#define DCTXI_WORDS_H

#include <dctx/span.h>

/* "INFO", "server", "DCTX_NOMEM". Never NULL: "?" for what is none. */
const char *dctxi_level_word(dctx_level level);
const char *dctxi_kind_word(dctx_span_kind kind);
const char *dctxi_status_word(dctx_status status);

#endif
