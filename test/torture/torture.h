/* SPDX-License-Identifier: MIT */
/*
 * torture.h - two threads at a time against each other: one cancels, the other
 * does something to the same context at that moment.
 *
 * A round is made by the left thread of a pair, which then does one side of a
 * race, while the right one does the other. Both note from when to when, so
 * that it is known afterwards whether they met. Pairs share a source far above
 * (which one more thread cancels and replaces now and then) and the timers.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <dctx/dctx.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* From when to when something was done, on dctx_now's clock. */
struct span {
	int64_t from;
	int64_t to;
};

/* One that waits, and what must hold of it. */
struct watch {
	dctx_waiter *waiter;
	struct told *told; /* freed when nobody may call any more */
	int fd;		   /* -1: a function */
	bool begun;
	bool by_hand; /* called by who registered it */
	bool stays;   /* its function does, for a while */
	dctx_status removed;
};

/* What a waiter's function says. */
struct told {
	atomic_int begun;
	atomic_int ended;
	_Atomic(dctx_status) status;
	atomic_ulong thread;
	_Atomic(int64_t) from;
	_Atomic(int64_t) to;
	atomic_int *hold; /* the function stays until this is set, or a while */
};

struct round {
	const struct race *race;
	dctx_source *upper;	/* below what all share */
	dctx_source *lower;	/* below it */
	dctx_source *held;	/* the same; the left side's reference */
	dctx_snapshot *context; /* under lower */
	int64_t deadline;
	struct watch watch[2];
	struct span left, right;
	dctx_status left_got, right_got;
	atomic_bool left_done, right_done;
	atomic_int hold;
	unsigned long left_thread;
	bool dropped; /* the references are */
};

/* A kind of race. */
struct race {
	const char *name;
	bool soon; /* the context has a deadline, some microseconds away */
	void (*begin)(struct round *round);
	void (*left)(struct round *round);
	void (*right)(struct round *round);
	/* Did they meet? NULL: when their spans overlap. */
	bool (*met)(const struct round *round);
	/* Which of two won. */
	bool (*first)(const struct round *round);
	const char *outcome[2]; /* when `first`, and when not */
};

extern const struct race races[];
extern const int races_count;

/* Ends the program unless something holds. */
#define MUST(what) must((what), #what, __FILE__, __LINE__)
void must(bool holds, const char *what, const char *file, int line);

/* A number below `n`. */
unsigned any(unsigned n);

/* Waits, awake, until a time. */
void until(int64_t when);
void nap(void);
unsigned long me(void);

/* Gives back the context and its sources. */
void round_drop(struct round *round);

bool overlap(struct span a, struct span b);

/* Registers a function or a descriptor; a function. */
void watch_begin(struct round *round, struct watch *watch);
void watch_begin_fn(struct round *round, struct watch *watch);

/* Removes, and waits or not. */
void watch_end(struct watch *watch);

/* Waits until nobody calls any more; then sees that all was as it must be. */
void watch_settle(const struct round *round, const struct watch *watch);
void watch_check(const struct round *round, struct watch *watch);

#endif
