/* SPDX-License-Identifier: MIT */
/*
 * kit.h - what the black-box tests share: a clean start and a checked end of
 * each test, a user type that counts its copies, a hook that listens, threads
 * that may fail a test, and a heap that can be watched and made to fail.
 *
 * The tests link the shared library and see its public headers only.
 */
#ifndef DCTXT_KIT_H
#define DCTXT_KIT_H

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DCTXT_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define DCTXT_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define DCTXT_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define DCTXT_TSAN 1
#endif

/* DCTXT_SLOW: something runs the program that takes twenty times as long; a
 * quarter of what is long will do there. */

/* Neither TSan's runtime nor qemu starts threads in the child of a process that
 * had some. */
#if !defined(DCTXT_TSAN) && !defined(DCTXT_QEMU)
#define DCTXT_CHILD_THREADS 1
#endif

/* A test that begins with an empty thread store, the default limits and no
 * hook, and fails at its end when a thread's expectation failed or a counted
 * object is left over. */
#define DCTXT_TEST(f) cmocka_unit_test_setup_teardown(f, dctxt_begin, dctxt_end)

int dctxt_begin(void **state);
int dctxt_end(void **state);

/* How often an event was counted since the test began. */
uint64_t dctxt_count(dctx_event event);
/* The same of all events together. */
uint64_t dctxt_count_all(void);

/*
 * The last event the listening hook was told, and how many there were.
 */
struct dctxt_told {
	int times;
	dctx_event event;
	dctx_status status;
	char what[64];
};

/* Installs a hook that writes here; the end of the test removes it. */
const struct dctxt_told *dctxt_listen(void);

/* What a thread or a child process says instead of an assertion: false fails
 * the test that runs. Returns its argument. */
#define DCTXT_EXPECT(what) dctxt_expect((what), #what, __FILE__, __LINE__)
bool dctxt_expect(bool holds, const char *what, const char *file, int line);

/* Runs a function on a new thread and gives what it returned. */
void *dctxt_on_thread(void *(*fn)(void *), void *arg);

/* Runs a function on `n` threads at once, on the elements of an array. */
void dctxt_together(size_t n, void *(*fn)(void *), void *items, size_t size);

/* Runs a function in a child process. Returns whether it returned and all that
 * it expected held. */
bool dctxt_in_child(void (*fn)(void *), void *arg);

/*
 * Threads that take turns: each waits for its number and names the next.
 */
struct dctxt_baton {
	pthread_mutex_t lock;
	pthread_cond_t passed;
	int turn;
};

#define DCTXT_BATON_INIT                                                       \
	{                                                                      \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0         \
	}

void dctxt_baton_wait(struct dctxt_baton *baton, int turn);
void dctxt_baton_pass(struct dctxt_baton *baton, int turn);

/*
 * An object whose type counts. Copies number themselves as their original.
 */
struct dctxt_thing {
	int id;
	char padding[20];
};

/*
 * What was done to things, and what their functions shall do: fail a copy with
 * a status, call a function when one is destroyed.
 */
struct dctxt_things {
	atomic_int copies;
	atomic_int destroys;
	atomic_int last_destroyed;
	dctx_status refuse;
	void (*on_destroy)(const struct dctxt_thing *thing);
};

extern struct dctxt_things dctxt_things;
extern const dctx_type dctxt_thing_type;

/* How many copies are alive. */
int dctxt_alive(void);

/*
 * The heap of this process as malloc's callers see it; not watched, and every
 * size 0, where a sanitizer or valgrind owns malloc, and without glibc.
 */
bool dctxt_heap_watched(void);
size_t dctxt_heap_bytes(void);
size_t dctxt_heap_blocks(void);

/* Makes the n-th allocation from now on fail, 1 being the next, once or with
 * all that follow; with n 0 they are counted only. */
void dctxt_heap_fail(long n, bool onwards);
/* Ends that. Returns how many allocations were asked for meanwhile. */
long dctxt_heap_relent(void);

/*
 * A use of the API that gives back what it took and says how it went; the scope
 * that is opened around it takes away the rest.
 */
struct dctxt_scenario {
	const char *name;
	dctx_status (*run)(void);
};

/*
 * Runs each scenario once to count its allocations, then once for each of them
 * with that one failing, and once with that one and all later ones failing; on
 * a thread that used dctx before, and on one that did not. Fails the test when
 * a status is none that missing memory explains, when what the thread had is
 * not all there afterwards, or when something leaked.
 */
void dctxt_inject(const struct dctxt_scenario *scenarios, size_t n);

#endif
