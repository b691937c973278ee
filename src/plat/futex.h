/* SPDX-License-Identifier: MIT */
/*
 * Sleeping on a word of memory, until it is woken or a time on the monotonic
 * clock has come (Linux, futex(2); elsewhere by naps).
 */
#ifndef DCTXI_FUTEX_H
#define DCTXI_FUTEX_H

#include <stdint.h>

/* Sleeps while the word is `expected`, until `deadline` (INT64_MAX: for ever).
 * Returns 0 when woken, perhaps for nothing; EAGAIN when the word is another;
 * EINTR after a signal; ETIMEDOUT. Leaves errno alone. */
int dctxi_futex_wait(const uint32_t *word, uint32_t expected, int64_t deadline);

/* Wakes at most `n` sleepers. Signal-safe; leaves errno alone. */
void dctxi_futex_wake(const uint32_t *word, int n);

#endif
