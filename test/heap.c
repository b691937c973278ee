/* SPDX-License-Identifier: MIT */
/*
 * heap.c - the kit's heap: the program's own malloc in front of glibc's, which
 * the shared library finds first. It counts what is alive and fails on demand.
 *
 * A sanitizer that replaces malloc itself must stay the only one: then nothing
 * is replaced here, and what needs a watched heap is left to other builds.
 */
#include "kit.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !defined(DCTXT_ASAN) && !defined(DCTXT_TSAN)
#define WATCHED 1
#else
#define WATCHED 0
#endif

static atomic_long asked;   /* allocations since dctxt_heap_fail */
static atomic_long fail_at; /* the one that fails; 0 for none */
static atomic_bool counting;
static atomic_bool go_on;
static atomic_size_t bytes;
static atomic_size_t blocks;

/* Asks the heap itself: valgrind, too, may stand in for ours. */
bool dctxt_heap_watched(void)
{
	/* By their addresses: inlined here, ours would answer for valgrind's,
	 * and count what it never gave. */
	void *(*volatile ask)(size_t) = malloc;
	void (*volatile give_back)(void *) = free;
	size_t before = atomic_load(&blocks);
	void *p = ask(1);
	bool seen = atomic_load(&blocks) != before;

	give_back(p);
	return seen;
}

size_t dctxt_heap_bytes(void)
{
	return atomic_load(&bytes);
}

size_t dctxt_heap_blocks(void)
{
	return atomic_load(&blocks);
}

void dctxt_heap_fail(long n, bool onwards)
{
	atomic_store(&asked, 0);
	atomic_store(&fail_at, n);
	atomic_store(&go_on, onwards);
	atomic_store(&counting, true);
}

long dctxt_heap_relent(void)
{
	atomic_store(&counting, false);
	return atomic_load(&asked);
}

#if WATCHED
/* glibc's own, under the names it keeps for programs that replace malloc. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *p);

#define REPLACES __attribute__((visibility("default")))

static bool refused(void)
{
	long n, at;

	if (!atomic_load_explicit(&counting, memory_order_relaxed))
		return false;
	n = atomic_fetch_add(&asked, 1) + 1;
	at = atomic_load(&fail_at);
	if (at == 0 || n < at || (n > at && !atomic_load(&go_on)))
		return false;
	errno = ENOMEM;
	return true;
}

static void *born(void *p)
{
	if (p != NULL) {
		atomic_fetch_add(&bytes, malloc_usable_size(p));
		atomic_fetch_add(&blocks, 1);
	}
	return p;
}

/* What is freed must not look as if it were still there. */
static void gone(void *p)
{
	if (p != NULL) {
		memset(p, 0xdb, malloc_usable_size(p));
		atomic_fetch_sub(&bytes, malloc_usable_size(p));
		atomic_fetch_sub(&blocks, 1);
	}
}

REPLACES void *malloc(size_t size)
{
	return refused() ? NULL : born(__libc_malloc(size));
}

REPLACES void *calloc(size_t n, size_t size)
{
	return refused() ? NULL : born(__libc_calloc(n, size));
}

REPLACES void *realloc(void *p, size_t size)
{
	size_t before = p != NULL ? malloc_usable_size(p) : 0;
	void *q;

	if (refused())
		return NULL;
	q = __libc_realloc(p, size);
	if (q == NULL && size != 0)
		return NULL;
	if (p != NULL) {
		atomic_fetch_sub(&bytes, before);
		atomic_fetch_sub(&blocks, 1);
	}
	return born(q);
}

REPLACES void *memalign(size_t align, size_t size)
{
	return refused() ? NULL : born(__libc_memalign(align, size));
}

REPLACES void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

REPLACES int posix_memalign(void **out, size_t align, size_t size)
{
	void *p = memalign(align, size);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

REPLACES void free(void *p)
{
	gone(p);
	__libc_free(p);
}
#endif
