/* SPDX-License-Identifier: MIT */
/*
 * The C library's own locks, each waited for until a point on the monotonic
 * clock, though they know deadlines of other clocks only.
 *
 * Where the C library has no call that takes the monotonic clock (glibc has
 * them since 2.30, musl not), the time is translated; somebody who sets the
 * time of day back meanwhile makes that one wait longer.
 */
#ifndef DCTXI_FOREIGN_H
#define DCTXI_FOREIGN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

/* All return 0, ETIMEDOUT or what else the original returns or sets as errno,
 * which they leave alone. `clock` is the condition's, where it matters. */
int dctxi_semaphore_until(sem_t *semaphore, int64_t until);
int dctxi_mutex_until(pthread_mutex_t *mutex, int64_t until);
int dctxi_condition_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
			  clockid_t clock, int64_t until);

#endif
