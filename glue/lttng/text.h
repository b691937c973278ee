/* SPDX-License-Identifier: MIT */
/* Values as texts, without functions of the user's. */
#ifndef DCTXI_LTTNG_TEXT_H
#define DCTXI_LTTNG_TEXT_H

#include <dctx/any.h>

enum { DCTXI_LTTNG_TEXT = 1025 };

/* Each writes a C string of at most DCTXI_LTTNG_TEXT bytes, cut between
 * characters, and gives `buf`. */
const char *dctxi_lttng_text(const dctx_any *value, char *buf);
const char *dctxi_lttng_hex(const void *data, size_t len, char *buf);

#endif
