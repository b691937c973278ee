/* SPDX-License-Identifier: MIT */
/*
 * Entering and leaving: inserts of a span in the current store (flow/insert.h).
 * Layers' functions run while the store is whole and no insert is held on to:
 * an insert is looked for anew after each.
 *
 * A span that is closed with inserts in other stores is astray, and counted;
 * while there is any, whoever enters or leaves looks through its store for
 * inserts of closed spans. The count falls when the last of them goes with the
 * span's last reference.
 */
#include "trace/span_enter.h"

#include "data/fail.h"
#include "flow/insert.h"
#include "flow/here.h"
#include "plat/probe.h"
#include "trace/span_told.h"

static uint32_t astray;

static void add(uint32_t *count, uint32_t n)
{
	/* Relaxed, as all here without a reason: hints where to look. */
	__atomic_add_fetch(count, n, __ATOMIC_RELAXED);
}

/* Never below 0: a scope's end takes inserts along without a word. Release: who
 * closes a span finds the insert that was parked. */
static void sub(uint32_t *count, uint32_t n)
{
	uint32_t is = __atomic_load_n(count, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(count, &is, is > n ? is - n : 0,
					    true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

static uint32_t read_count(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* An insert that was found, and whether one in force is nearer. */
struct found {
	struct dctx_frame *frame;
	struct dctxi_insert *insert;
	bool inner;
};

/* The innermost insert of a span that is in force. */
static bool find_in_force(const struct dctx_store *store, const dctx_span *span,
			  struct found *out)
{
	struct dctxi_insert_walk walk = dctxi_insert_walk(store);
	struct dctxi_insert *insert;

	out->inner = false;
	while ((insert = dctxi_insert_next(&walk)) != NULL) {
		if (!dctxi_insert_in_force(insert))
			continue;
		if (dctxi_insert_data(insert) == span) {
			out->frame = walk.frame;
			out->insert = insert;
			return true;
		}
		out->inner = true;
	}
	return false;
}

/* Which of a span's parked inserts. */
enum which { ALL, FIT, UNFIT };

static bool is_meant(const struct dctx_store *store,
		     const struct dctxi_insert_walk *walk,
		     const struct dctxi_insert *insert, enum which which)
{
	return which == ALL ||
	       dctxi_insert_fits(store, walk->frame, insert) == (which == FIT);
}

/* The outermost of these, and how many there are. There are no more than were
 * counted: of a deep stack only what is new is looked at. */
static uint32_t find_parked(const struct dctx_store *store,
			    const dctx_span *span, enum which which,
			    struct found *out)
{
	struct dctxi_insert_walk walk = dctxi_insert_walk(store);
	struct dctxi_insert *insert;
	uint32_t left = read_count(&span->parked), n = 0;

	while (left > 0 && (insert = dctxi_insert_next(&walk)) != NULL) {
		if (!dctxi_insert_parked(insert) ||
		    dctxi_insert_data(insert) != span)
			continue;
		left--;
		if (!is_meant(store, &walk, insert, which))
			continue;
		out->frame = walk.frame;
		out->insert = insert;
		n++;
	}
	return n;
}

/* Finds it and sees that nothing captured knows of it. */
static bool find_to_change(struct dctx_store *store, const dctx_span *span,
			   struct found *out)
{
	do
		if (!find_in_force(store, span, out))
			return false;
	while (dctxi_insert_uncache(store, out->frame));
	return true;
}

/* Frees parked inserts of a span in a store. The caller has a reference. */
static void unpark(struct dctx_store *store, dctx_span *span, enum which which)
{
	struct found found;

	while (find_parked(store, span, which, &found) > 0) {
		if (dctxi_insert_uncache(store, found.frame))
			continue;
		dctxi_insert_free(store, found.frame, found.insert);
		sub(&span->parked, 1);
		dctxi_object_unref(span);
	}
}

/* Layers may end the scope that the insert was parked in. */
static void tell_layers(struct dctx_store *store, dctx_span *span, bool parked)
{
	struct found found;
	uint32_t before, after;

	if (span->layers == NULL)
		return;
	before = parked ? find_parked(store, span, ALL, &found) : 0;
	dctxi_layers_leave(span->layers, span);
	if (before == 0)
		return;
	after = find_parked(store, span, ALL, &found);
	if (after < before)
		sub(&span->parked, before - after);
}

/* A layer jumped out of a leave. */
static void given_up(struct dctxi_keep *keep)
{
	dctx_span *span = (void *)((char *)keep - offsetof(dctx_span, leave));

	/* Release: whoever hangs it next finds it off the list. */
	__atomic_store_n(&span->leaving, 0, __ATOMIC_RELEASE);
	dctxi_object_unref(span);
}

/* Has a jump out of the layers give the leave's reference back; not where the
 * span is being left elsewhere at the same time. */
static bool hold(dctx_span *span)
{
	if (span->layers == NULL ||
	    __atomic_exchange_n(&span->leaving, 1, __ATOMIC_ACQUIRE) != 0)
		return false;
	span->leave.end = given_up;
	if (dctxi_keep(&span->leave))
		return true;
	__atomic_store_n(&span->leaving, 0, __ATOMIC_RELEASE);
	return false;
}

static void let_go(dctx_span *span, bool held)
{
	if (!held)
		return;
	dctxi_let_go(&span->leave.next);
	__atomic_store_n(&span->leaving, 0, __ATOMIC_RELEASE);
}

/* Leaves the innermost insert of a span here, if there is any. */
static bool leave_one(struct dctx_store *store, dctx_span *span, bool park,
		      bool *out_inner)
{
	struct found found;
	bool parked, held;

	if (!find_to_change(store, span, &found))
		return false;
	*out_inner = found.inner;
	parked = dctxi_insert_take(store, found.frame, found.insert, park);
	if (parked) {
		add(&span->parked, 1);
		/* A layer may end what it is parked in, and close it. */
		dctxi_object_ref(span);
	}
	sub(&span->inside, 1);
	DCTXI_PROBE2(span_leave, span->site->name, span->head.trace.span_id);
	held = hold(span);
	tell_layers(store, span, parked);
	let_go(span, held);
	dctxi_object_unref(span);
	return true;
}

/* A closed span that has an insert in a store; a reference. */
static dctx_span *find_closed(const struct dctx_store *store)
{
	struct dctxi_insert_walk walk = dctxi_insert_walk(store);
	struct dctxi_insert *insert;

	while ((insert = dctxi_insert_next(&walk)) != NULL) {
		dctx_span *span = (void *)(uintptr_t)dctxi_insert_data(insert);

		if (span != NULL && dctxi_span_closed(span))
			return dctx_span_ref(span);
	}
	return NULL;
}

static __attribute__((noinline)) void sweep(struct dctx_store *store,
					    const dctx_span *but)
{
	dctx_span *span;
	bool inner;

	while ((span = find_closed(store)) != NULL && span != but) {
		while (leave_one(store, span, false, &inner))
			;
		add(&span->parked, 1); /* also those that nobody counted */
		unpark(store, span, ALL);
		sub(&span->parked, 1);
		dctx_span_unref(span);
	}
	dctx_span_unref(span);
}

/* Leaves spans that were closed by others while they were entered here. */
static void sweep_if_any(struct dctx_store *store, const dctx_span *but)
{
	if (__builtin_expect(read_count(&astray) > 0, 0))
		sweep(store, but);
}

void dctxi_span_astray(dctx_span *span)
{
	if (__atomic_load_n(&span->inside, __ATOMIC_SEQ_CST) == 0 &&
	    read_count(&span->parked) == 0)
		return;
	span->astray = true;
	add(&astray, 1);
}

void dctxi_span_found(dctx_span *span)
{
	if (span->astray)
		sub(&astray, 1);
}

/* Puts a parked insert in force again, if there is one that fits. */
static bool resume(struct dctx_store *store, dctx_span *span)
{
	struct found found;

	unpark(store, span, UNFIT);
	do
		if (find_parked(store, span, FIT, &found) == 0)
			return false;
	while (dctxi_insert_uncache(store, found.frame));
	dctxi_insert_resume(store, found.frame, found.insert);
	sub(&span->parked, 1);
	return true;
}

/* Or a new one. */
static dctx_status put(struct dctx_store *store, dctx_span *span)
{
	const struct dctxi_insert_what what = {
		.object_key = &dctxi_span_key,
		.bytes_key = &dctxi_trace_key,
		.object = dctxi_span_object(span),
		.bytes = span->packed,
	};

	if (read_count(&span->parked) > 0 && resume(store, span))
		return DCTX_OK;
	return dctxi_insert_put(store, &what);
}

void dctxi_span_unbalanced(const char *name, const char *what)
{
	dctxi_fail(DCTX_STALE, what);
	dctxi_event(DCTX_EV_UNBALANCED_SPAN, DCTX_STALE, name);
}

/* It is in force. The count and the stage are both in one order with a close by
 * another: that sees the insert, or this sees that it is closed. */
static void entered(dctx_span *span)
{
	bool inner;

	__atomic_add_fetch(&span->inside, 1, __ATOMIC_SEQ_CST);
	DCTXI_PROBE2(span_enter, span->site->name, span->head.trace.span_id);
	if (__builtin_expect(__atomic_load_n(&span->stage, __ATOMIC_SEQ_CST) ==
				     DCTXI_SPAN_CLOSED,
			     0))
		(void)leave_one(dctx_current(), span, false, &inner);
}

void dctx_span_enter(dctx_span *span)
{
	struct dctx_store *store;
	dctx_status status;

	if (span == NULL)
		return;
	store = dctx_current();
	sweep_if_any(store, NULL);
	if (dctxi_span_closed(span)) {
		dctxi_span_unbalanced(span->site->name, "span is closed");
		return;
	}
	dctxi_layers_enter(span->layers, span);
	status = put(store, span);
	if (status == DCTX_OK) {
		entered(span);
		return;
	}
	add(&span->missed, 1);
	(void)dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status,
				span->site->name);
}

/* What could not be entered is left by this alone. */
static bool leave_missed(dctx_span *span)
{
	if (read_count(&span->missed) == 0)
		return false;
	sub(&span->missed, 1);
	dctxi_layers_leave(span->layers, span);
	return true;
}

/* The layers' on_enter was called for each. Those of other flows are with them:
 * a layer is told of as many leaves as enters. */
static void leave_all_missed(dctx_span *span)
{
	uint32_t n = read_count(&span->missed);

	if (__builtin_expect(n == 0, 1))
		return;
	n = __atomic_exchange_n(&span->missed, 0, __ATOMIC_RELAXED);
	for (; n > 0; n--)
		dctxi_layers_leave(span->layers, span);
}

void dctx_span_leave(dctx_span *span)
{
	struct dctx_store *store;
	const char *name;
	bool inner;

	if (span == NULL)
		return;
	store = dctx_current();
	/* The last reference may be the insert's. */
	name = span->site->name;
	sweep_if_any(store, span);
	if (leave_one(store, span, !dctxi_span_closed(span), &inner)) {
		if (inner)
			dctxi_span_unbalanced(name, "not the innermost span");
	} else if (!leave_missed(span) && !dctxi_span_closed(span)) {
		dctxi_span_unbalanced(name, "span is not entered here");
	}
}

void dctxi_span_leave_here(dctx_span *span)
{
	struct dctx_store *store = dctx_abi1_current;
	bool inner;

	while (read_count(&span->inside) > 0 &&
	       leave_one(store, span, false, &inner))
		;
	leave_all_missed(span);
	if (read_count(&span->parked) > 0)
		unpark(store, span, ALL);
}
