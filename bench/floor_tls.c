/* SPDX-License-Identifier: MIT */
/* floor_tls.c - the thread-local of floor F, in a shared object of its own. */
#include "floors.h"

static uint64_t zeroes[8];

__thread uint64_t *bench_floor_tls = zeroes;
