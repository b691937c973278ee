/* SPDX-License-Identifier: MIT */
/*
 * The process's one lock, for writers of the registry and a process's first
 * thread-local block. Readers take none.
 *
 * Theory. fork(2) takes it before and lets go in both processes after, so that
 * a child never finds it held by a thread that is gone. No user code runs
 * under it.
 */
#ifndef DCTXI_LOCK_H
#define DCTXI_LOCK_H

void dctxi_lock(void);
void dctxi_unlock(void);

#endif
