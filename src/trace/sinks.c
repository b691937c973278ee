/* SPDX-License-Identifier: MIT */
/* The table of sinks: who is told, at fork and at exit, too. */
#include "trace/sinks.h"

#include "data/fail.h"
#include "data/utf8.h"
#include "plat/clock.h"
#include "plat/fork.h"
#include "trace/cache.h"
#include "trace/record.h"
#include "trace/sink.h"

#include <string.h>

struct dctx_sink dctxi_sink_table[DCTX_SINKS];
uint32_t dctxi_sinks_open;
uint32_t dctxi_sinks_used;

/* By place in the table: together, since each span looks at them. Atomic. */
static uintptr_t exporters[DCTX_SINKS];

/* Those places that have ever been one. A sink that came just now may be
 * missed, as if it had come later. */
#define EACH(sink)                                                             \
	struct dctx_sink *sink = dctxi_sink_table,                             \
			 *end = sink + __atomic_load_n(&dctxi_sinks_used,      \
						       __ATOMIC_RELAXED);      \
	sink < end;                                                            \
	sink++

/* Relaxed: of interest is only what a thread wrote itself. */
static bool is_here(size_t place, uintptr_t self)
{
	return __atomic_load_n(&exporters[place], __ATOMIC_RELAXED) == self;
}

bool dctxi_sink_is_here(const struct dctx_sink *sink)
{
	return is_here((size_t)(sink - dctxi_sink_table),
		       (uintptr_t)pthread_self());
}

void dctxi_sink_is_by(const struct dctx_sink *sink, uintptr_t thread)
{
	__atomic_store_n(&exporters[sink - dctxi_sink_table], thread,
			 __ATOMIC_RELAXED);
}

static bool exports_here(void)
{
	uint32_t used = __atomic_load_n(&dctxi_sinks_used, __ATOMIC_RELAXED);
	uintptr_t self = (uintptr_t)pthread_self();

	for (uint32_t i = 0; i < used; i++)
		if (is_here(i, self))
			return true;
	return false;
}

static bool put(struct dctx_sink *sink, const dctx_told_span *told)
{
	size_t size = dctxi_record_size(told);
	void *memory = dctxi_ring_reserve(&sink->ring, size);

	if (memory != NULL && dctxi_record_copy(told, memory, size) != NULL) {
		dctxi_ring_commit(memory);
		return true;
	}
	if (memory != NULL)
		dctxi_ring_withdraw(memory);
	dctxi_sink_count(&sink->full, 1);
	return false;
}

/* The orders: see sink.h. False when there was no room. */
static bool tell(struct dctx_sink *sink, const dctx_told_span *told)
{
	uint64_t left, wake_at;
	bool crowded, kept;

	__atomic_fetch_add(&sink->entered, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&sink->open, __ATOMIC_SEQ_CST)) {
		__atomic_fetch_sub(&sink->entered, 1, __ATOMIC_SEQ_CST);
		return true;
	}
	kept = put(sink, told);
	crowded = dctxi_ring_used(&sink->ring) >= sink->ring.size / 2;
	left = __atomic_add_fetch(&sink->left, 1, __ATOMIC_SEQ_CST);
	/* From here on it may be ended. */
	wake_at = __atomic_load_n(&sink->wake_at, __ATOMIC_SEQ_CST);
	if ((left >= wake_at || (crowded && wake_at != DCTXI_NEVER)) &&
	    __atomic_exchange_n(&sink->wake_at, DCTXI_NEVER,
				__ATOMIC_SEQ_CST) != DCTXI_NEVER)
		dctxi_sink_rouse(sink);
	return kept;
}

/* Relaxed: a number. A child's is asked for at the first look, when all that
 * runs in it after a fork has run. */
static bool is_of(struct dctx_sink *sink, uint32_t process)
{
	uint32_t is = __atomic_load_n(&sink->process, __ATOMIC_RELAXED);

	if (__builtin_expect(is != DCTXI_ANY_PROCESS, 1))
		return is == process;
	__atomic_store_n(&sink->process, process, __ATOMIC_RELAXED);
	return true;
}

/* A look that only spares the rest of it. Acquire: what was set before it was
 * opened; and relaxed, since it may be ended and another made here meanwhile:
 * then that gets a span more or less. */
static bool seems_to_want(struct dctx_sink *sink, dctx_level level,
			  uint32_t process)
{
	return __atomic_load_n(&sink->open, __ATOMIC_ACQUIRE) &&
	       (uint32_t)level <=
		       __atomic_load_n(&sink->most, __ATOMIC_RELAXED) &&
	       is_of(sink, process);
}

/* Copied with what it borrows. */
static void tell_all(const dctx_told_span *told)
{
	uint32_t process;
	uint64_t lost = 0;

	process = dctxi_fork_count();
	for (EACH(sink))
		if (seems_to_want(sink, told->site->level, process))
			lost += !tell(sink, told);
	if (lost > 0)
		dctxi_events(DCTX_EV_DROPPED_SPAN, lost, DCTX_LIMIT,
			     told->site->name);
}

/* Objects of the user's become texts before any memory is reserved, since their
 * functions may leave by a jump; past so many, and in events, it is the name of
 * their type. */
#define SHOWN 8
#define SHOWN_SIZE 256

static bool has_object(const dctx_told_span *told)
{
	for (size_t i = 0; i < told->field_count; i++)
		if (told->fields[i].value.kind == DCTX_KIND_TYPE)
			return true;
	return false;
}

/* What it says it wrote need not be so; nor need it end with a whole
 * character, or be text. */
static dctx_any show(const dctx_any *object, char text[SHOWN_SIZE],
		     struct dctxi_asking *asking)
{
	size_t len;

	/* Spans of a format's own are told without: else there is no end. */
	if (!dctxi_asking_begin(asking))
		return *object;
	memset(text, 0, SHOWN_SIZE);
	len = object->type->format(object->as.object, text, SHOWN_SIZE);
	dctxi_asking_end(asking);
	text[SHOWN_SIZE - 1] = '\0';
	if (len >= SHOWN_SIZE)
		text[dctxi_utf8_cut(text, SHOWN_SIZE - 1)] = '\0';
	else
		text[len] = '\0';
	return dctx_any_text(text);
}

static __attribute__((noinline)) void tell_shown(const dctx_told_span *told)
{
	dctx_span_field fields[DCTX_SPAN_FIELDS];
	char text[SHOWN][SHOWN_SIZE];
	struct dctxi_lines *lines = dctxi_lines();
	dctx_told_span shown = *told;
	int n = 0;

	if (told->field_count > DCTX_SPAN_FIELDS)
		shown.field_count = DCTX_SPAN_FIELDS;
	shown.fields = fields;
	for (size_t i = 0; i < shown.field_count; i++) {
		const dctx_any *value = &told->fields[i].value;

		fields[i] = told->fields[i];
		if (value->kind == DCTX_KIND_TYPE && n < SHOWN &&
		    value->type->format != NULL)
			fields[i].value =
				show(value, text[n++],
				     lines != NULL ? &lines->asking : NULL);
	}
	tell_all(&shown);
}

void dctxi_sinks_tell(const dctx_told_span *told)
{
	if (!dctxi_sinks_any() || exports_here())
		return;
	if (__builtin_expect(has_object(told), 0))
		tell_shown(told);
	else
		tell_all(told);
}

/* Keeps a sink from being ended; false when it is. */
static bool hold(struct dctx_sink *sink)
{
	__atomic_fetch_add(&sink->held, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&sink->open, __ATOMIC_SEQ_CST) &&
	    is_of(sink, dctxi_fork_count()) && !dctxi_sink_is_here(sink))
		return true;
	__atomic_fetch_sub(&sink->held, 1, __ATOMIC_SEQ_CST);
	return false;
}

/* What the flush on this thread holds, by place; NULL: there is none. */
static __thread bool *holds;

/* A call of one that is flushed here may end another that is. */
void dctxi_sinks_let_go(struct dctx_sink *sink)
{
	size_t place = (size_t)(sink - dctxi_sink_table);

	if (holds == NULL || !holds[place])
		return;
	holds[place] = false;
	__atomic_fetch_sub(&sink->held, 1, __ATOMIC_SEQ_CST);
}

/* All are asked before one is waited for: so they work at once, and each has
 * its patience from the same moment. */
void dctxi_sinks_flush(void)
{
	int64_t now = dctxi_clock_real();
	uint32_t asked[DCTX_SINKS];
	bool held[DCTX_SINKS];

	for (int i = 0; i < DCTX_SINKS; i++) {
		held[i] = hold(&dctxi_sink_table[i]);
		if (held[i])
			asked[i] = dctxi_sink_ask(&dctxi_sink_table[i]);
	}
	holds = held;
	for (int i = 0; i < DCTX_SINKS; i++) {
		struct dctx_sink *sink = &dctxi_sink_table[i];

		if (!held[i])
			continue;
		(void)dctxi_sink_await(sink, asked[i],
				       dctxi_clock_plus(now, sink->patience));
		dctxi_sinks_let_go(sink);
	}
	holds = NULL;
}

static void before_fork(void)
{
	dctxi_sinks_lock();
	for (EACH(sink))
		dctxi_mutex_lock(&sink->lock);
}

static void after_fork(void)
{
	for (EACH(sink))
		dctxi_mutex_unlock(&sink->lock);
	dctxi_sinks_unlock();
}

/* Those of the parent's threads that were ending one never will. */
static void begin_anew(struct dctx_sink *sink)
{
	bool here = dctxi_sink_is_here(sink);

	sink->process = DCTXI_ANY_PROCESS;
	sink->entered = sink->left = sink->began_at = 0;
	sink->held = 0;
	sink->full = sink->exported = sink->refused = 0;
	sink->batches = sink->busy = sink->no_thread = 0;
	sink->answered = sink->asked;
	sink->forked = true;
	sink->forked_here = here;
	sink->wake_at = here ? DCTXI_NEVER : 0;
	if (here)
		return;
	if (sink->state > DCTXI_SINK_QUIET)
		sink->state = DCTXI_SINK_QUIET;
	dctxi_sink_is_by(sink, 0);
	dctxi_sink_forget(sink);
}

static void in_child(void)
{
	holds = NULL; /* begin_anew lets go of all */
	for (EACH(sink)) {
		if (sink->state >= DCTXI_SINK_QUIET)
			begin_anew(sink);
		dctxi_mutex_unlock_in_child(&sink->lock);
	}
	dctxi_sinks_unlock_in_child();
}

/* Without memory for the handlers a child's dctxi_fork_count is another, and it
 * tells nothing. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(before_fork, after_fork, in_child);
}
