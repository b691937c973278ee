/* SPDX-License-Identifier: MIT */
/* Memory by pages, past malloc: zeroed, and taken from the system as it is
 * first written to (mmap(2)). */
#ifndef DCTXI_PAGES_H
#define DCTXI_PAGES_H

#include <stddef.h>

/* NULL when there is none. `bytes` > 0, in both the same. Leave errno alone. */
void *dctxi_pages_map(size_t bytes);
void dctxi_pages_unmap(void *pages, size_t bytes);

#endif
