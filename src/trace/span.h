/* SPDX-License-Identifier: MIT */
/*
 * A span from inside. Its block is a counted object (data/box.h), so a store's
 * slot and a snapshot hold it as they hold any value, and a dctx_span is the
 * object's data.
 *
 * Theory. Five kinds of members, each with an owner:
 *
 * - What is known when it is opened never changes: anybody with a reference
 *   reads it, a signal handler too.
 * - What was recorded stands under `lock`, until `stage` is CLOSED, which is
 *   set under it; from then on nobody changes it, and who closed it reads it
 *   without. No user's code runs under the lock. Where another thread held it
 *   at a fork, the child goes on without what was recorded by then, which may
 *   be half of something, and says so as dropped.
 * - `inside`, `parked` and `missed` are relaxed counts of inserts in stores
 *   (flow/insert.h). They say where looking can be spared; the inserts
 *   themselves belong to the stores' flows.
 * - `leave` is on the list of the thread that has set `leaving`, `keep` on that
 *   of the one that opens, closes or resets the span.
 * - Slots are a list that only grows: a node is whole before it is seen.
 *
 * The last reference resets it, on that thread: slots and objects are ended,
 * which runs the user's code, then it goes to the pool (span_pool.h).
 */
#ifndef DCTXI_SPAN_H
#define DCTXI_SPAN_H

#include "data/box.h"
#include "data/cell.h"
#include "data/trace.h"
#include "plat/local.h"
#include "plat/mutex.h"
#include "trace/arena.h"
#include "trace/layer.h"

#include <dctx/sink.h>

enum { DCTXI_SPAN_OPEN, DCTXI_SPAN_CLOSING, DCTXI_SPAN_CLOSED };

struct dctxi_span_slot {
	struct dctxi_span_slot *next;
	const dctx_span_slot *slot;
	_Alignas(16) char data[];
};

/* What a field's value has beside it, and who set it. */
struct dctxi_span_room {
	char *bytes; /* of so many, in the arena; NULL: none yet */
	uint32_t size;
	bool user; /* somebody but dctx_span_fill */
};

/* What was recorded; arrays in the arena, with room for so many. */
struct dctxi_recorded {
	dctx_span_field *field;
	struct dctxi_span_room *room; /* of each field */
	dctx_told_event *event;
	dctx_trace *link;
	const char *status_text;
	size_t bytes; /* of all values */
	size_t dropped_fields, dropped_events, dropped_links;
	dctx_status status;
	uint16_t fields, fields_max;
	uint16_t events, events_max;
	uint16_t links;
	bool objects; /* some value is an object of the user's */
};

struct dctx_span {
	/* Known when it is opened. */
	struct dctxi_traced head; /* first */
	const dctx_span_site *site;
	const struct dctxi_layers *layers; /* NULL: none */
	unsigned char parent[DCTX_SPAN_ID];
	bool remote; /* the parent */
	bool told;   /* a sink is to see it */
	bool kept;   /* what is recorded: for sinks or layers */
	dctx_span_kind kind;
	int64_t began;
	dctx_bytes packed; /* the trace as the context has it */
	_Alignas(8) unsigned char pack[32];
	/* The same, if it is told. */
	uint64_t thread, task;
	const char *chain, *values;
	int64_t deadline;
	struct dctxi_cell *cell; /* a reference, or NULL */

	uint32_t inside; /* inserts that are in force */
	uint32_t parked; /* inserts that were left under what is still open */
	uint32_t missed; /* enters that were not possible */
	uint32_t stage;
	uint32_t leaving; /* a leave has hung itself on its thread's list */
	bool astray; /* it was closed with inserts elsewhere */

	struct dctxi_mutex lock;
	struct dctxi_recorded recorded;
	struct dctxi_span_slot *slots;
	struct dctxi_arena arena;

	/* While the user's code runs in its opening, close or reset; in the one
	 * leave that has `leaving`. */
	struct dctxi_keep keep, leave;
	struct dctx_span *next;	 /* in the pool */
	struct dctx_span *batch; /* of a batch's first: the next batch */
};

/* The object that it is the data of. */
static inline struct dctxi_object *dctxi_span_object(dctx_span *span)
{
	return dctxi_object_of(span);
}

static inline bool dctxi_span_closed(const dctx_span *span)
{
	return __atomic_load_n(&span->stage, __ATOMIC_ACQUIRE) ==
	       DCTXI_SPAN_CLOSED;
}

#endif
