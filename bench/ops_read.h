/* SPDX-License-Identifier: MIT */
/* ops_read.h - what the two ways to read share. */
#ifndef BENCH_OPS_READ_H
#define BENCH_OPS_READ_H

#include <dctx/dctx.h>

extern dctx_key_u64 k_hit, k_miss;

void read_setup(void);

#endif
