/* SPDX-License-Identifier: MIT */
/*
 * crew.h - pools that carry no context: what ours is held against. One is of
 * a lock, a condition and a list, as books have it; the other is GLib's.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdint.h>

/* What a crew is given; it stays the caller's. */
struct errand {
	struct errand *next;
	void (*run)(struct errand *errand);
	struct latch *latch;
};

/* Opens when all errands have counted it down. */
struct latch;

struct crew {
	const char *name;
	/* Starts the threads, which are never ended. */
	void (*start)(unsigned threads);
	void (*submit)(struct errand *errand);
};

/* "pthread", and "glib" where it was found; NULL for others. */
const struct crew *crew_named(const char *name);

/* The one latch that the main thread waits at. */
struct latch *latch_of(uint32_t errands);
void latch_count(struct latch *latch);
void latch_wait(struct latch *latch);

#endif
