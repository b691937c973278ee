/* SPDX-License-Identifier: MIT */
/* What log lines say, as an application's context of LTTng's. */
#ifndef DCTXI_LTTNG_CONTEXT_H
#define DCTXI_LTTNG_CONTEXT_H

#include <stdbool.h>

/* Begins, where it has not begun; false: as of LTTng's own function. Ends it,
 * but in a fork's child, where it goes on: LTTng's locks may be held by threads
 * that are not there. */
bool dctxi_lttng_context_begin(void);
void dctxi_lttng_context_end(void);

#endif
