/* SPDX-License-Identifier: MIT */
/* What log lines say, as an application's context of LTTng's. */
#ifndef DCTXI_LTTNG_CONTEXT_H
#define DCTXI_LTTNG_CONTEXT_H

#include <stdbool.h>

/* False: as lttng_ust_context_provider_register. Not twice. */
bool dctxi_lttng_context_begin(void);
void dctxi_lttng_context_end(void);

#endif
