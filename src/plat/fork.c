/* SPDX-License-Identifier: MIT */
/*
 * Theory. A word says which process this is: the count plus 1, or 0 in a child
 * that has not counted yet. Who finds the 0 counts, one step past what the
 * parent had; so a child never takes itself for its parent, in a signal handler
 * neither.
 *
 * Who clears the word? The kernel, where it can: the word stands in a page of
 * its own that every child gets wiped (madvise(2), MADV_WIPEONFORK, Linux
 * 4.14), whether it was made by fork(3), by _Fork(3) or past the C library. And
 * pthread_atfork's handler, where the page could not be had, or came unwiped
 * after all, as under emulators that take the advice and forget it; a child
 * that has counted already it leaves alone. Children that share our memory
 * (vfork, CLONE_VM) go on as their parent, as they must.
 *
 * The page is mapped at the first question: who never asked has nothing to be
 * told from another process's. Of several threads that map one, one publishes
 * its own (release) and the others give theirs back; it stays for ever. Until
 * then, and without a page, the word is `plain`, which says the same.
 *
 * `last` is the latest count in memory that a child inherits. Of threads, and
 * signal handlers between them, that find the 0 at once, one sets the word, and
 * all write the same to `last`. Only a child that is made right in between,
 * past the C library, counts as its parent.
 */
#include "plat/fork.h"

#include "plat/heap.h"
#include "plat/mutex.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static uint32_t plain = 1, last;
static uint32_t at_fork; /* the word, as who forks had it */
static uint32_t *word;	 /* NULL: nobody asked yet */

static uint32_t step(uint32_t *at)
{
	uint32_t is = 0, next = __atomic_load_n(&last, __ATOMIC_RELAXED) + 2;

	if (__atomic_compare_exchange_n(at, &is, next, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		is = next;
	__atomic_store_n(&last, is - 1, __ATOMIC_RELAXED);
	return is - 1;
}

static uint32_t count_in(uint32_t *at)
{
	uint32_t is = __atomic_load_n(at, __ATOMIC_RELAXED);

	return __builtin_expect(is != 0, 1) ? is - 1 : step(at);
}

/* The kernel rounds up to a page. NULL when there is none that gets wiped. */
static uint32_t *page_new(void)
{
	int before = errno;
	uint32_t *page = MAP_FAILED;

	if (!dctxi_refused())
		page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page != MAP_FAILED &&
	    madvise(page, sizeof *page, MADV_WIPEONFORK) != 0) {
		(void)munmap(page, sizeof *page);
		page = MAP_FAILED;
	}
	errno = before;
	return page != MAP_FAILED ? page : NULL;
}

static uint32_t *settle(void)
{
	uint32_t *page = page_new(), *is = NULL;
	uint32_t *own = page != NULL ? page : &plain;

	if (page != NULL)
		*page = count_in(&plain) + 1;
	if (__atomic_compare_exchange_n(&word, &is, own, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return own;
	if (page != NULL)
		(void)munmap(page, sizeof *page);
	return is;
}

uint32_t dctxi_fork_count(void)
{
	uint32_t *at = __atomic_load_n(&word, __ATOMIC_ACQUIRE);

	if (__builtin_expect(at == NULL, 0))
		at = settle();
	return count_in(at);
}

static uint32_t *asked(void)
{
	uint32_t *at = __atomic_load_n(&word, __ATOMIC_ACQUIRE);

	return at != NULL ? at : &plain;
}

/* Threads that fork at once write the same. */
static void will_fork(void)
{
	uint32_t is = __atomic_load_n(asked(), __ATOMIC_RELAXED);

	__atomic_store_n(&at_fork, is, __ATOMIC_RELAXED);
}

/* A word that is still the parent's, and the mark. The child has one thread. */
static void forked(void)
{
	uint32_t is = __atomic_load_n(&at_fork, __ATOMIC_RELAXED);

	__atomic_add_fetch(&dctxi_mutex_marks, 1, __ATOMIC_RELAXED);
	(void)__atomic_compare_exchange_n(asked(), &is, 0, false,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Without memory for the handlers the page must do. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(will_fork, NULL, forked);
}
