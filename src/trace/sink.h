/* SPDX-License-Identifier: MIT */
/*
 * A sink: a ring of spans, and who exports them.
 *
 * Theory.
 *
 * Memory. Sinks are a static table, so that a thread which closes a span may
 * look at one that is being ended. It enters by `entered` before it looks
 * whether the sink is open, and leaves by `left`; who ends a sink closes it,
 * and frees what it has once the two are equal (all of it sequentially
 * consistent: of the two one sees the other). Therefore a tell costs two atomic
 * additions, one compare-and-swap for its place in the ring, and copying. Both
 * counters go on when a place in the table is used again.
 *
 * Who exports. At most one thread at a time has the role: the sink's own, or,
 * while there is none, one that flushes. `state` says which, under `lock`; the
 * role's holder alone uses what stands below it in the struct and the ring's
 * reading end. `lock` is held for a few instructions, never while the user's
 * code runs; of two locks that of the table is taken first.
 *
 * Waking. The exporter says in `wake_at` when it wants to be woken: once `left`
 * has come to that. 0 is at the next span, NEVER while it is awake. It stores
 * that, looks at `left` and then at the ring once more, and sleeps on `word`.
 * Who tells commits its record, moves `left`, then looks at `wake_at`: of the
 * four the middle two are sequentially consistent, so that either it sees that
 * it has to wake, or the exporter sees the record. Who has to wake takes the
 * number away by an exchange, so one does it. Without a thread `wake_at` is 0,
 * and who would wake it starts it: in the good case the system is asked twice a
 * batch, and for nothing while no spans come.
 *
 * The thread is named after the sink, has all signals blocked, and is detached.
 * A call may end it (pthread_exit): its batch is refused then, and the next
 * span starts another. A call that does not come back keeps the sink's memory
 * until it does: see dctx_sink_end.
 *
 * fork(2) takes the table's lock and those of all sinks. In the child a sink is
 * empty and has no thread; ops->forked is called by who exports first there.
 * Where the fork came out of a call of a sink's, that call goes on in the
 * child, and its ring is emptied after it. Children past the C library have
 * another dctxi_fork_count: nothing is told or flushed there.
 *
 * Spans that are opened while exporting: the role's thread is in a table, and
 * who tells compares itself with that of each sink.
 *
 * Times are the real clock's, whatever the program's clock is.
 */
#ifndef DCTXI_SINK_H
#define DCTXI_SINK_H

#include "plat/mutex.h"
#include "trace/ring.h"
#include "trace/sinks.h"

#include <pthread.h>

#define DCTXI_NEVER UINT64_MAX
#define DCTXI_ANY_PROCESS UINT32_MAX

enum dctxi_sink_state {
	DCTXI_SINK_FREE,     /* a place in the table */
	DCTXI_SINK_MADE,     /* about to be opened */
	DCTXI_SINK_QUIET,    /* nobody exports */
	DCTXI_SINK_STARTING, /* a thread is being made */
	DCTXI_SINK_THREAD,   /* it has the role */
	DCTXI_SINK_CALLER    /* a thread that flushes has */
};

struct dctx_sink {
	/* By who tells, atomic. */
	_Alignas(64) uint64_t entered;
	uint64_t full;
	uint32_t open;
	uint32_t held; /* by who flushes all: not to be ended */
	_Alignas(64) uint64_t left;
	uint64_t wake_at;
	uint32_t word; /* the exporter sleeps on it */

	/* Set before it is opened. */
	const dctx_sink_ops *ops;
	void *user;
	size_t batch;
	int64_t linger, patience;
	uint32_t most;	   /* atomic; a dctx_level */
	uint32_t process;  /* atomic; dctxi_fork_count, or any */
	uint64_t began_at; /* what `left` was */
	struct dctxi_ring ring;

	/* Under the lock. */
	struct dctxi_mutex lock;
	enum dctxi_sink_state state;
	bool stop;		  /* the role is to be given up */
	bool orphan;		  /* and who does frees the sink */
	uint32_t asked, answered; /* flushes, counted */
	uint64_t asked_to;	  /* up to where in the ring */
	dctx_status flushed;	  /* what the last one returned */
	uint32_t done;		  /* atomic; moves with `answered`, `state` */
	uint64_t retry;		  /* moves when a flush wants a try at once */

	/* The exporter's, but for the counts, which others read. */
	dctx_told_span *spans;
	size_t n;	  /* of these */
	uint64_t end;	  /* where they end in the ring */
	int64_t since;	  /* when it saw the first of these */
	int64_t delay;	  /* after DCTX_BUSY; 0: not */
	int64_t retry_at; /* when that is over */
	uint64_t retried; /* the last `retry` it saw */
	int64_t rested;	  /* since when nothing came */
	bool dirty;	  /* exported since the last ops->flush */
	bool forked;	  /* ops->forked is to be called */
	bool forked_here; /* in a call: to be emptied after it */
	uint64_t exported, refused, batches, busy, no_thread; /* atomic */
};

extern struct dctx_sink dctxi_sink_table[DCTX_SINKS];

/* So many of its places have ever been used. Atomic; grows under its lock. */
extern uint32_t dctxi_sinks_used;

/* Adds to one of the counts; by who has the role. */
static inline void dctxi_sink_count(uint64_t *count, uint64_t n)
{
	__atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}

static inline uint64_t dctxi_sink_counted(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* Whether this thread exports for a sink: it is in a call, or about to be. And
 * which one does: its pthread_self; 0: none. */
bool dctxi_sink_is_here(const struct dctx_sink *sink);
void dctxi_sink_is_by(const struct dctx_sink *sink, uintptr_t thread);

/* Has the exporter look, or starts its thread where nobody exports. */
void dctxi_sink_rouse(struct dctx_sink *sink);

/* Exports until told to stop (DCTX_OK), or with a flush to answer until that
 * is, or until a time: DCTX_DEADLINE_EXCEEDED. For who has the role. */
dctx_status dctxi_sink_serve(struct dctx_sink *sink, const uint32_t *asked,
			     int64_t until);

/* Drops the batch that a call left by ending its thread. */
void dctxi_sink_abandon(struct dctx_sink *sink);

/* Of the only thread there is, or who has the role: empties the ring. */
void dctxi_sink_forget(struct dctx_sink *sink);

/* Under the lock: gives the role up, and frees the sink if nobody else will;
 * the lock is gone after it. */
void dctxi_sink_retire(struct dctx_sink *sink);

/* Under the lock: somebody may wait for this. */
void dctxi_sink_tell_waiters(struct dctx_sink *sink);

/* Asks for a flush, and waits for it. The second gives DCTX_OK, what ops->flush
 * said, or DCTX_DEADLINE_EXCEEDED. `until` is the real clock's. */
uint32_t dctxi_sink_ask(struct dctx_sink *sink);
dctx_status dctxi_sink_await(struct dctx_sink *sink, uint32_t asked,
			     int64_t until);

/* Has the exporter give its role up; false when it does not by then: it will
 * free the sink. */
bool dctxi_sink_stop(struct dctx_sink *sink, int64_t until);
void dctxi_sink_free(struct dctx_sink *sink);

/* The table's lock: places are given, opened and taken back under it. */
void dctxi_sinks_lock(void);
void dctxi_sinks_unlock(void);
void dctxi_sinks_unlock_in_child(void);

/* Flushes all, for at most the patience of each. The second: a sink that this
 * thread flushes so is being ended. */
void dctxi_sinks_flush(void);
void dctxi_sinks_let_go(struct dctx_sink *sink);

/* Has dctx_dump show all sinks from now on. */
void dctxi_sinks_show(void);

#endif
