/* SPDX-License-Identifier: MIT */
#include "plat/heap.h"

#include "plat/local.h"
#include "plat/poison.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one thread may keep: some dozens of snapshots or tasks. */
#define CACHE_BYTES 32768

#ifdef DCTXI_TESTING
struct dctxi_refusal dctxi_refusal = {-1, false, 0};

/* Threads of a test may ask at once. */
bool dctxi_refused(void)
{
	long left;

	__atomic_add_fetch(&dctxi_refusal.asked, 1, __ATOMIC_RELAXED);
	left = __atomic_load_n(&dctxi_refusal.countdown, __ATOMIC_RELAXED);
	if (left > 0 || (left == 0 && dctxi_refusal.once))
		__atomic_sub_fetch(&dctxi_refusal.countdown, 1,
				   __ATOMIC_RELAXED);
	return left == 0;
}
#endif

/* errno belongs to the caller; malloc may set it. */
void *dctxi_raw_alloc(size_t size)
{
	int saved = errno;
	void *block = dctxi_refused() ? NULL : malloc(size);

	errno = saved;
	return block;
}

void dctxi_raw_free(void *block)
{
	int saved = errno;

	free(block);
	errno = saved;
}

int dctxi_key_create(pthread_key_t *key, void (*end)(void *))
{
	return dctxi_refused() ? EAGAIN : pthread_key_create(key, end);
}

int dctxi_key_set(pthread_key_t key, const void *value)
{
	return dctxi_refused() ? ENOMEM : pthread_setspecific(key, value);
}

int dctxi_thread_create(pthread_t *thread, const pthread_attr_t *attr,
			void *(*fn)(void *), void *arg)
{
	return dctxi_refused() ? EAGAIN : pthread_create(thread, attr, fn, arg);
}

/* The class of a size, and the size every block of that class has. */
static size_t class_of(size_t size, size_t *out_rounded)
{
	size_t class = (size + 7) / 8;

	*out_rounded = class * 8;
	if (size <= 640)
		return class;
	class = 80 + (size - 640 + 63) / 64;
	*out_rounded = 640 + (class - 80) * 64;
	return class;
}

void *dctxi_alloc(size_t size)
{
	struct dctxi_local *local = dctxi_local_now;
	size_t rounded;
	size_t class = class_of(size, &rounded);
	struct dctxi_cached *block;

	if (class >= DCTXI_CLASSES)
		return dctxi_raw_alloc(size);
	if (local == NULL || local->cached[class] == NULL)
		return dctxi_raw_alloc(rounded);
	block = local->cached[class];
	dctxi_unpoison(block, rounded);
	local->cached[class] = block->next;
	local->cached_bytes -= rounded;
	return block;
}

void dctxi_free(void *p, size_t size)
{
	struct dctxi_local *local = dctxi_local_now;
	struct dctxi_cached *block = p;
	size_t rounded;
	size_t class = class_of(size, &rounded);

	if (block == NULL)
		return;
	dctxi_unpoison(block, size);
	if (local == NULL || class >= DCTXI_CLASSES ||
	    local->cached_bytes + rounded > CACHE_BYTES) {
		dctxi_raw_free(block);
		return;
	}
	block->next = local->cached[class];
	local->cached[class] = block;
	local->cached_bytes += rounded;
	/* The link stays readable, or the leak checker would lose the list. */
	dctxi_poison(block + 1, rounded - sizeof *block);
}

void dctxi_cache_drop(struct dctxi_local *local)
{
	for (size_t class = 0; class < DCTXI_CLASSES; class++) {
		struct dctxi_cached *block = local->cached[class];

		local->cached[class] = NULL;
		while (block != NULL) {
			struct dctxi_cached *next = block->next;

			dctxi_raw_free(block);
			block = next;
		}
	}
	local->cached_bytes = 0;
}

void dctxi_wipe(void *memory, size_t size)
{
	memset(memory, 0, size);
	/* The compiler must think that somebody looks. */
	__asm__ volatile("" : : "r"(memory) : "memory");
}
