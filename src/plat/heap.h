/* SPDX-License-Identifier: MIT */
/*
 * Memory: malloc behind a small cache of freed blocks per thread, so that the
 * steady state (a snapshot, a task, a page made and dropped per request) calls
 * no malloc. Blocks may be freed on another thread than they came from.
 */
#ifndef DCTXI_HEAP_H
#define DCTXI_HEAP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct dctxi_local;

/* Memory of `size` > 0 bytes, aligned for any type; NULL without any. */
void *dctxi_alloc(size_t size);

/* Gives back what dctxi_alloc gave, with the same size. NULL is fine. */
void dctxi_free(void *block, size_t size);

/* Past the cache. */
void *dctxi_raw_alloc(size_t size);
void dctxi_raw_free(void *block);

/* Overwrites memory that had a secret, and is not optimised away. */
void dctxi_wipe(void *memory, size_t size);

/* Gives back all that a thread's cache holds. */
void dctxi_cache_drop(struct dctxi_local *local);

/* pthread_key_create, _setspecific and pthread_create, to be refused by
 * tests. */
int dctxi_key_create(pthread_key_t *key, void (*end)(void *));
int dctxi_key_set(pthread_key_t key, const void *value);
int dctxi_thread_create(pthread_t *thread, const pthread_attr_t *attr,
			void *(*fn)(void *), void *arg);

#ifdef DCTXI_TESTING
/* The fake: counts down at each request to the system and refuses the one
 * that meets 0 (`once`), or that and all after it. Negative: never. */
struct dctxi_refusal {
	long countdown;
	bool once;
	long asked;
};
extern struct dctxi_refusal dctxi_refusal;

/* Counts a request to the system; whether it shall be refused. */
bool dctxi_refused(void);
#else
static inline bool dctxi_refused(void)
{
	return false;
}
#endif

#endif
