/* SPDX-License-Identifier: MIT */
/* A span's life: open, close, the last reference. */
#include "trace/span.h"

#include "data/fail.h"
#include "flow/here.h"
#include "plat/clock.h"
#include "plat/probe.h"
#include "trace/level.h"
#include "trace/sampling.h"
#include "trace/sinks.h"
#include "trace/span_enter.h"
#include "trace/span_pool.h"
#include "trace/span_recorded.h"
#include "trace/span_told.h"

#include <string.h>

static void last_reference(void *span);

static dctx_span *span_in(const struct dctx_dir *dir)
{
	return (dctx_span *)(void *)dctxi_traced_in(dir);
}

/* What an opening goes by. */
struct opening {
	struct dctx_store *store;
	const dctx_span_site *site;
	const dctx_span_options *options;
	const struct dctxi_layers *layers;
	dctx_trace trace; /* the parent's, or a new one */
	enum dctxi_parent parent;
	bool sampled;
	bool told;
};

/* A trace in the context that is not the entered span's was set further in. */
static void find_parent(struct opening *o)
{
	if (o->options->parent != NULL) {
		o->trace = o->options->parent->head.trace;
		o->parent = DCTXI_PARENT_HERE;
	} else if (!o->options->root &&
		   dctxi_trace_in(o->store->dir, &o->trace)) {
		o->parent = dctxi_traced_has(o->store->dir, &o->trace)
				    ? DCTXI_PARENT_HERE
				    : DCTXI_PARENT_REMOTE;
	} else {
		o->trace = dctx_trace_new(0);
		o->parent = DCTXI_PARENT_NONE;
	}
}

/* Whether the parent in the context hands on that it is not sampled. */
static bool is_handed_on(const struct opening *o)
{
	const uint32_t other = DCTX_TRACE_SAMPLED | DCTX_TRACE_UNDECIDED;

	return o->parent != DCTXI_PARENT_NONE && o->options->parent == NULL &&
	       (o->trace.flags & other) == 0;
}

/* Whether there is to be a span. */
static bool decide(struct opening *o)
{
	bool sinks = dctxi_sinks_any();

	o->layers = dctxi_layers_now();
	if (o->layers == NULL && !sinks)
		return false;
	find_parent(o);
	o->sampled = dctxi_sampled(&o->trace, o->parent);
	o->told = sinks && o->sampled;
	return o->sampled || o->layers != NULL || !is_handed_on(o);
}

static void lost(dctx_status status, const char *name)
{
	dctxi_fail(status, name);
	dctxi_event(DCTX_EV_DROPPED_SPAN, status, name);
}

/* The trace as the context will have it; a state for which there is no memory
 * is left out. */
static dctx_status pack(dctx_span *span)
{
	size_t len = DCTXI_TRACE_HEAD + span->head.trace.state.len;
	unsigned char *packed = span->pack;
	dctx_status status = DCTX_OK;

	if (dctxi_inline_size(len) > sizeof span->pack)
		packed =
			dctxi_arena_alloc(&span->arena, dctxi_inline_size(len));
	if (packed == NULL) {
		status = DCTX_NOMEM;
		packed = span->pack;
		len = DCTXI_TRACE_HEAD;
		span->head.trace.state = (dctx_bytes){NULL, 0};
	}
	memset(packed + DCTXI_TRACE_HEAD, 0,
	       dctxi_inline_size(len) - DCTXI_TRACE_HEAD);
	dctxi_trace_pack(&span->head.trace, packed);
	if (len > DCTXI_TRACE_HEAD)
		span->head.trace.state.data = packed + DCTXI_TRACE_HEAD;
	span->packed = (dctx_bytes){packed, len};
	return status;
}

/* Its ids: its parent's trace, a place of its own. */
static dctx_status identify(dctx_span *span, const struct opening *o)
{
	const uint32_t kept = DCTX_TRACE_RANDOM | DCTX_TRACE_DEBUG;

	span->head.trace = o->trace;
	span->head.trace.flags &= kept;
	if (o->sampled)
		span->head.trace.flags |= DCTX_TRACE_SAMPLED;
	span->remote = o->parent == DCTXI_PARENT_REMOTE;
	if (o->parent != DCTXI_PARENT_NONE) {
		memcpy(span->parent, o->trace.span_id, sizeof span->parent);
		dctx_random_id(span->head.trace.span_id, DCTX_SPAN_ID);
	}
	return pack(span);
}

static dctx_span *make(const struct opening *o)
{
	dctx_span *span = dctxi_span_take();

	if (span == NULL)
		return NULL;
	*dctxi_span_object(span) = (struct dctxi_object){
		.type = &dctxi_span_type,
		.kind = DCTX_KIND_TYPE,
		.refs = 1,
		.part = 1,
	};
	memset(span, 0, offsetof(dctx_span, arena));
	span->head.end = last_reference;
	span->site = o->site;
	span->layers = o->layers;
	span->told = o->told;
	span->kept = o->told || o->layers != NULL;
	span->kind = o->options->kind;
	return span;
}

/* What is given at the opening, while nobody else knows of the span. */
static dctx_status record_first(dctx_span *span, const dctx_span_field *fields,
				size_t n)
{
	dctx_status all = DCTX_OK;

	for (size_t i = 0; i < n; i++) {
		struct dctxi_given in;
		dctx_status status = DCTX_INVALID;

		if (fields[i].name != NULL)
			status = dctxi_given_make(&fields[i].value, &in);
		if (status == DCTX_OK) {
			status = dctxi_span_field_set(span, fields[i].name,
						      true, &in);
			dctxi_given_end(&in);
		}
		if (status != DCTX_OK)
			all = status;
	}
	return all;
}

static void tell_layers(dctx_span *span, const dctx_span_field *fields,
			size_t n)
{
	if (span->layers == NULL)
		return;
	dctxi_layers_open(span->layers, span);
	for (size_t i = 0; i < n; i++)
		if (fields[i].name != NULL)
			dctxi_layers_record(span->layers, span, fields[i].name,
					    &fields[i].value);
}

static dctx_status fill(dctx_span *span, const struct opening *o,
			const dctx_span_field *fields, size_t n)
{
	const dctx_span_options *options = o->options;
	dctx_status status = identify(span, o), said;

	if (span->told)
		dctxi_span_told_begin(span, o->store);
	if (span->told && options->link_count > 0) {
		said = dctxi_span_links_add(span, options->links,
					    options->link_count);
		status = said != DCTX_OK ? said : status;
	}
	if (span->kept && n > 0) {
		said = record_first(span, fields, n);
		status = said != DCTX_OK ? said : status;
	}
	return status;
}

/* Whether the caller's is the only reference, so that nobody else can have one:
 * acquire what others did before they gave theirs back. */
static bool is_alone(const dctx_span *span)
{
	return __atomic_load_n(&dctxi_object_of(span)->refs,
			       __ATOMIC_ACQUIRE) == 1;
}

/* Nobody records from here on. False: it is closed already. */
static bool shut(dctx_span *span)
{
	uint32_t was;

	if (is_alone(span)) {
		was = span->stage;
		__atomic_store_n(&span->stage, DCTXI_SPAN_CLOSED,
				 __ATOMIC_RELEASE);
		return was != DCTXI_SPAN_CLOSED;
	}
	dctxi_span_lock(span);
	was = __atomic_exchange_n(&span->stage, DCTXI_SPAN_CLOSED,
				  __ATOMIC_SEQ_CST);
	dctxi_mutex_unlock(&span->lock);
	return was != DCTXI_SPAN_CLOSED;
}

/* The user's code jumped out of the opening or the close, and the caller has no
 * span to close any more. */
static void given_up(struct dctxi_keep *keep)
{
	dctx_span *span = (void *)((char *)keep - offsetof(dctx_span, keep));

	(void)shut(span);
	dctxi_span_astray(span);
	dctx_span_unref(span);
}

static bool hold(dctx_span *span)
{
	span->keep.end = given_up;
	return dctxi_keep(&span->keep);
}

static void let_go(dctx_span *span, bool held)
{
	if (held)
		dctxi_let_go(&span->keep.next);
}

dctx_span *dctx_span_open(const dctx_span_site *site,
			  const dctx_span_options *options,
			  const dctx_span_field *fields, size_t n)
{
	static const dctx_span_options plain = {.struct_size = sizeof plain};
	struct opening o;
	dctx_status status;
	dctx_span *span;
	bool held;

	o.site = site;
	o.options = options != NULL ? options : &plain;
	if (site == NULL || site->name == NULL ||
	    site->level == DCTX_LEVEL_NONE || (fields == NULL && n > 0) ||
	    o.options->struct_size < sizeof plain ||
	    (o.options->links == NULL && o.options->link_count > 0)) {
		dctxi_fail(DCTX_INVALID, "span");
		return NULL;
	}
	o.store = dctx_abi1_current;
	if ((int)site->level > dctxi_level_now() || !decide(&o))
		return NULL;
	span = make(&o);
	if (span == NULL) {
		lost(DCTX_NOMEM, site->name);
		return NULL;
	}
	held = hold(span);
	status = fill(span, &o, fields, n);
	/* Last: it begins when all is ready. Nobody else asks when. */
	span->began = o.options->began;
	if (span->told && span->began == 0)
		span->began = dctxi_clock();
	tell_layers(span, fields, n);
	let_go(span, held);
	if (status != DCTX_OK)
		lost(status, site->name);
	DCTXI_PROBE5(span_open, site->name, span->head.trace.trace_id,
		     span->head.trace.span_id, span->parent, site->level);
	return span;
}

/* Takes off one thing of the user's and ends it; false: there is none. */
static bool reset_step(dctx_span *span)
{
	struct dctxi_object *object = dctxi_span_object_take(span);
	struct dctxi_span_slot *slot = span->slots;

	if (object != NULL) {
		dctxi_object_unref(object->data);
		return true;
	}
	if (slot == NULL)
		return false;
	span->slots = slot->next;
	if (slot->slot->destroy != NULL)
		slot->slot->destroy(slot->data);
	return true;
}

static void reset(struct dctxi_keep *keep)
{
	dctx_span *span = (void *)((char *)keep - offsetof(dctx_span, keep));
	bool kept;

	keep->end = reset;
	/* A jump out of the user's code leaves the rest to a rewind or to the
	 * thread's end. */
	kept = dctxi_keep(keep);
	while (reset_step(span))
		;
	if (kept)
		dctxi_let_go(&keep->next);
	dctxi_arena_reset(&span->arena);
	dctxi_span_give(span);
}

static void last_reference(void *data)
{
	dctx_span *span = data;

	dctxi_span_found(span);
	dctxi_cell_drop(span->cell);
	span->cell = NULL;
	if (span->slots != NULL || span->recorded.objects) {
		reset(&span->keep);
		return;
	}
	dctxi_arena_reset(&span->arena);
	dctxi_span_give(span);
}

/* Layers are told once. */
static bool close_layers(dctx_span *span)
{
	uint32_t open = DCTXI_SPAN_OPEN;
	bool held;

	if (!__atomic_compare_exchange_n(&span->stage, &open,
					 DCTXI_SPAN_CLOSING, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	held = hold(span);
	dctxi_span_leave_here(span);
	dctxi_layers_close(span->layers, span);
	let_go(span, held);
	return true;
}

static bool close_it(dctx_span *span)
{
	if (span->layers != NULL)
		return close_layers(span) && shut(span);
	dctxi_span_leave_here(span);
	return shut(span);
}

void dctx_span_close(dctx_span *span)
{
	int64_t ended;

	if (span == NULL)
		return;
	ended = span->told ? dctxi_clock() : 0;
	if (!close_it(span)) {
		dctxi_span_unbalanced(span->site->name, "span is closed");
		return;
	}
	DCTXI_PROBE5(span_close, span->site->name, span->head.trace.span_id,
		     span->recorded.status, span->began, ended);
	dctxi_span_astray(span);
	if (span->told)
		dctxi_span_told_end(span, ended);
	dctx_span_unref(span);
}

dctx_span *dctx_span_ref(dctx_span *span)
{
	if (span != NULL)
		dctxi_object_ref(span);
	return span;
}

dctx_span *dctx_span_unref(dctx_span *span)
{
	if (span == NULL)
		return NULL;
	if (is_alone(span))
		last_reference(span);
	else
		dctxi_object_unref(span);
	return NULL;
}

dctx_span *dctx_span_current(void)
{
	return span_in(
		__atomic_load_n(&dctx_abi1_current->dir, __ATOMIC_RELAXED));
}

dctx_span *dctx_span_begin(const dctx_span_site *site,
			   const dctx_span_field *fields, size_t n)
{
	dctx_span *span = dctx_span_open(site, NULL, fields, n);

	if (span != NULL)
		dctx_span_enter(span);
	return span;
}

void dctx_span_end(dctx_span *span)
{
	if (span == NULL)
		return;
	dctx_span_leave(span);
	dctx_span_close(span);
}
