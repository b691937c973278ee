/* SPDX-License-Identifier: MIT */
/* page.h - tool/dctx/page/, as the build put it together: what comes before the
 * data and what comes behind them. */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

extern const unsigned char page_head[], page_tail[];
extern const size_t page_head_size, page_tail_size;

#endif
