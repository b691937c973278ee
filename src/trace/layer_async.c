/* SPDX-License-Identifier: MIT */
/*
 * The async layer: a scope in a task's store from a span's first enter there
 * until the span is closed.
 *
 * Theory. A store is touched by its own flow alone, but a span is closed
 * anywhere. So a span's scope is told of in a counted object, which both sides
 * hold: the store, as a value that is set in that scope, and the span. Who
 * closes a span in another flow marks the object, and the `board` of its store,
 * another such object, which all that are set in one store share; whoever
 * enters, leaves or closes a span in that store looks at the board, one load,
 * and takes out the scopes of marked objects, by their ids. Once the span alone
 * holds the object, nobody sees the scope any more, in a store or in a
 * snapshot, and the span may get another.
 *
 * `over` is set before `marked`, with release; who finds that, with acquire,
 * clears it first. Both are all that more than one thread ever writes. `store`
 * is compared, never followed: an address may come again, an id does not.
 */
#include "data/box.h"
#include "data/fail.h"
#include "data/registry.h"
#include "flow/here.h"
#include "flow/set.h"
#include "flow/undo.h"
#include "trace/layer_fields.h"
#include "trace/layer_mode.h"
#include "trace/layer_scope.h"

struct dctxi_task_scope {
	struct dctxi_task_scope *board; /* itself, or with a reference */
	const dctx_store *store;
	uint64_t id;
	uint32_t over;	 /* the span was closed elsewhere */
	uint32_t marked; /* of a board: some scope's span was */
};

static void scope_destroy(void *value)
{
	struct dctxi_task_scope *scope = value;

	if (scope->board != NULL && scope->board != scope)
		dctxi_object_unref(scope->board);
}

static const dctx_type scope_type = {
	.struct_size = sizeof scope_type,
	.name = "dctx.task_scope",
	.size = sizeof(struct dctxi_task_scope),
	.destroy = scope_destroy,
};

static dctx_key scope_key = {
	.kind = DCTX_KIND_TYPE,
	.name = "dctx.task_scope",
	.type = &scope_type,
};

/* The innermost that a store shows and that is its own; NULL: none. */
static struct dctxi_task_scope *shown(const dctx_store *store)
{
	const struct dctx_box *box =
		dctxi_box(dctx_abi_key_word(store->dir, &scope_key));
	struct dctxi_task_scope *scope;

	if (box == NULL)
		return NULL;
	scope = (void *)dctxi_object_of(box->value.p)->data;
	return scope->store == store ? scope : NULL;
}

/* Whether a store or a snapshot has it, besides its span. */
static bool is_held(const struct dctxi_task_scope *scope)
{
	return __atomic_load_n(&dctxi_object_of(scope)->refs,
			       __ATOMIC_ACQUIRE) > 1;
}

/* That of a frame, if its span was closed elsewhere. */
static struct dctxi_task_scope *over_in(const struct dctx_frame *frame)
{
	for (const struct dctxi_record *r = frame->records; r != NULL;
	     r = r->next) {
		struct dctxi_task_scope *scope;

		if (!(r->box.kind & DCTXI_BOX_COUNTED) ||
		    dctxi_object_of(r->box.value.p)->type != &scope_type)
			continue;
		scope = (void *)dctxi_object_of(r->box.value.p)->data;
		if (scope->id == frame->id &&
		    __atomic_load_n(&scope->over, __ATOMIC_RELAXED) != 0)
			return scope;
	}
	return NULL;
}

/* Takes one out; false when there is none. */
static bool sweep_one(dctx_store *store)
{
	struct dctx_frame *frame = store->frame;

	for (; !dctxi_frame_is(frame, DCTXI_FRAME_ROOT); frame = frame->prev) {
		struct dctxi_task_scope *scope = over_in(frame);

		if (scope == NULL)
			continue;
		__atomic_store_n(&scope->over, 0, __ATOMIC_RELAXED);
		(void)dctxi_layer_out(store, frame, true);
		return true;
	}
	return false;
}

static void sweep(dctx_store *store)
{
	struct dctxi_task_scope *scope = shown(store);

	if (scope == NULL ||
	    __atomic_load_n(&scope->board->marked, __ATOMIC_RELAXED) == 0)
		return;
	/* Acquire: what is over comes before. */
	(void)__atomic_exchange_n(&scope->board->marked, 0, __ATOMIC_ACQUIRE);
	while (sweep_one(store))
		;
}

/* An object for a scope that is to be entered; NULL without memory. */
static struct dctxi_object *object_new(const dctx_store *store)
{
	struct dctxi_object *object = dctxi_object_room(&scope_type);
	struct dctxi_task_scope *scope, *before = shown(store);

	if (object == NULL)
		return NULL;
	scope = (void *)object->data;
	scope->board = before != NULL ? before->board : scope;
	if (scope->board != scope)
		dctxi_object_ref(scope->board);
	scope->store = store;
	return object;
}

/* Enters a scope and sets its object in it, of which the caller gets another
 * reference; NULL when it could not, which is counted. */
static struct dctxi_task_scope *scope_enter(dctx_store *store,
					    const dctx_span *span)
{
	const char *name = dctx_span_site_of(span)->name;
	struct dctxi_object *object;
	dctx_guard guard;
	dctx_status status = dctxi_key_reserve(&scope_key);

	object = status == DCTX_OK ? object_new(store) : NULL;
	if (object == NULL) {
		status = status == DCTX_OK ? DCTX_NOMEM : status;
		dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status, name);
		return NULL;
	}
	guard = dctxi_layer_enter(store, span);
	if (guard.id == 0) {
		dctxi_object_unref(object->data);
		return NULL;
	}
	((struct dctxi_task_scope *)(void *)object->data)->id = guard.id;
	dctxi_object_ref(object->data);
	status = dctxi_set_object(store, &scope_key, object);
	if (status == DCTX_OK)
		return (void *)object->data;
	dctxi_object_unref(object->data);
	dctxi_object_unref(object->data);
	dctx_leave(guard);
	dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status, name);
	return NULL;
}

/* A child goes on with what another thread of its parent's had under work at
 * the fork: each member is a word, of before or after; so all is taken in, and
 * a scope that is made is there. */
static void lock(struct dctxi_layered *layered)
{
	if (__builtin_expect(!dctxi_mutex_lock_or_inherit(&layered->lock), 1))
		return;
	layered->late = DCTXI_LATE + 1;
	if (layered->state == DCTXI_TASK_MADE && layered->scope == NULL)
		layered->state = DCTXI_TASK_NONE;
}

/* What is to be done at an enter. */
enum step { AGAIN, NEW, NOTHING };

static enum step step_begin(struct dctxi_layered *layered,
			    const dctx_store *store)
{
	struct dctxi_task_scope *gone = NULL, *scope;
	enum step step = NOTHING;

	lock(layered);
	scope = layered->scope;
	if (layered->state == DCTXI_TASK_MADE && !is_held(scope)) {
		gone = scope;
		layered->scope = NULL;
		layered->state = DCTXI_TASK_NONE;
	}
	if (layered->state == DCTXI_TASK_NONE) {
		layered->state = DCTXI_TASK_MAKING;
		layered->late = 0;
		step = NEW;
	} else if (layered->state == DCTXI_TASK_MADE && scope->store == store &&
		   dctxi_frame_find(store, scope->id) != NULL) {
		step = AGAIN;
	}
	dctxi_mutex_unlock(&layered->lock);
	if (gone != NULL)
		dctxi_object_unref(gone);
	return step;
}

/* Whether the span was closed meanwhile. */
static bool step_end(struct dctxi_layered *layered,
		     struct dctxi_task_scope *scope)
{
	bool closed;

	lock(layered);
	closed = layered->state == DCTXI_TASK_CLOSED;
	layered->scope = scope;
	if (!closed)
		layered->state =
			scope != NULL ? DCTXI_TASK_MADE : DCTXI_TASK_NONE;
	dctxi_mutex_unlock(&layered->lock);
	return closed;
}

static void enter_first(dctx_store *store, dctx_span *span,
			struct dctxi_layered *layered)
{
	struct dctxi_task_scope *scope = scope_enter(store, span);
	unsigned flags = 0;

	layered->top = 0;
	layered->inside = 1;
	layered->is_shared = false;
	if (step_end(layered, scope) && scope != NULL) {
		dctx_leave((dctx_guard){store, scope->id});
		return;
	}
	if (scope == NULL)
		return;
	(void)dctx_span_layer(span, dctx_layer_async(), &flags);
	if (flags & DCTX_LAYER_INFO)
		dctxi_layer_info_in(store, span);
	dctxi_layer_fields_in(store, span);
	dctxi_layer_fields_out(store, span);
}

/* Takes in what was recorded since. */
static void late_in(dctx_store *store, dctx_span *span,
		    struct dctxi_layered *layered)
{
	const char *name[DCTXI_LATE];
	uint32_t n;

	lock(layered);
	n = layered->late;
	for (uint32_t i = 0; i < n && i < DCTXI_LATE; i++)
		name[i] = layered->late_name[i];
	layered->late = 0;
	dctxi_mutex_unlock(&layered->lock);
	if (n > DCTXI_LATE)
		dctxi_layer_fields_in(store, span);
	for (uint32_t i = 0; n <= DCTXI_LATE && i < n; i++)
		dctxi_layer_field_in(store, span, name[i]);
}

static void enter_again(dctx_store *store, dctx_span *span,
			struct dctxi_layered *layered)
{
	if (layered->inside++ == 0 && store->frame->id != layered->top)
		layered->is_shared = true;
	__atomic_store_n(&layered->taking, 0, __ATOMIC_RELAXED);
	late_in(store, span, layered);
	dctxi_layer_fields_out(store, span);
}

static void on_enter(void *user, dctx_span *span)
{
	dctx_store *task = dctx_task_try();
	struct dctxi_layered *layered = dctxi_layered(span);

	(void)user;
	if (task != NULL)
		sweep(task);
	if (layered == NULL ||
	    dctxi_layered_mode(layered, span) == DCTXI_MODE_SYNC)
		return;
	if (task == NULL) {
		dctxi_event(DCTX_EV_NO_TASK, DCTX_NO_TASK,
			    dctx_span_site_of(span)->name);
		return;
	}
	switch (step_begin(layered, task)) {
	case NEW:
		enter_first(task, span, layered);
		break;
	case AGAIN:
		enter_again(task, span, layered);
		break;
	case NOTHING:
		break;
	}
}

/* Its scope, where that is in this store. */
static struct dctxi_task_scope *scope_here(struct dctxi_layered *layered,
					   const dctx_store *store)
{
	struct dctxi_task_scope *scope;

	lock(layered);
	scope = layered->scope;
	if (scope != NULL && (scope->store != store ||
			      dctxi_frame_find(store, scope->id) == NULL))
		scope = NULL;
	dctxi_mutex_unlock(&layered->lock);
	return scope;
}

static void on_leave(void *user, dctx_span *span)
{
	dctx_store *task = dctx_task_try();
	struct dctxi_layered *layered;

	(void)user;
	if (task == NULL)
		return;
	sweep(task);
	layered = dctxi_layered(span);
	if (layered == NULL || scope_here(layered, task) == NULL)
		return;
	if (layered->inside > 0 && --layered->inside == 0)
		layered->top = task->frame->id;
}

/* Takes out a closed span's scope, in its own flow. */
static void take_out(dctx_store *store, uint64_t id, const char *name,
		     const struct dctxi_layered *layered)
{
	struct dctx_frame *frame = dctxi_frame_find(store, id);
	bool alone;

	if (frame == NULL)
		return;
	alone = layered->is_shared || layered->inside > 0 ||
		store->frame->id != layered->top ||
		dctxi_layer_covered(store, frame);
	if (dctxi_layer_out(store, frame, alone))
		dctxi_event(DCTX_EV_UNBALANCED_SPAN, DCTX_OK, name);
}

static void on_close(void *user, dctx_span *span)
{
	const char *name = dctx_span_site_of(span)->name;
	struct dctxi_layered *layered = dctxi_layered(span);
	dctx_store *task = dctx_task_try();
	struct dctxi_task_scope *scope = NULL;

	(void)user;
	if (layered == NULL)
		return;
	if (task != NULL)
		sweep(task);
	lock(layered);
	if (layered->state == DCTXI_TASK_MADE)
		scope = layered->scope;
	layered->state = DCTXI_TASK_CLOSED;
	dctxi_mutex_unlock(&layered->lock);
	if (scope == NULL || !is_held(scope))
		return;
	if (dctxi_is_here(scope->store)) {
		take_out((dctx_store *)(uintptr_t)scope->store, scope->id, name,
			 layered);
		return;
	}
	__atomic_store_n(&scope->over, 1, __ATOMIC_RELAXED);
	/* Release: `over` comes first. */
	__atomic_store_n(&scope->board->marked, 1, __ATOMIC_RELEASE);
	dctxi_event(DCTX_EV_UNBALANCED_SPAN, DCTX_BUSY, name);
}

/* Keeps the name for the next enter. */
static void keep_late(struct dctxi_layered *layered, const char *name)
{
	lock(layered);
	if (layered->late < DCTXI_LATE)
		layered->late_name[layered->late] = name;
	if (layered->late <= DCTXI_LATE)
		layered->late++;
	dctxi_mutex_unlock(&layered->lock);
}

/* A record in the span, on its flow, is taken in at once; any other by the
 * task's next enter. */
static void on_record(void *user, dctx_span *span, const char *name,
		      const dctx_any *value)
{
	dctx_store *task = dctx_task_try();
	struct dctxi_layered *layered = dctxi_layered(span);

	(void)user;
	(void)value;
	if (layered == NULL ||
	    __atomic_load_n(&layered->mode, __ATOMIC_RELAXED) !=
		    DCTXI_MODE_ASYNC)
		return;
	if (task == NULL || dctx_span_current() != span ||
	    scope_here(layered, task) == NULL ||
	    __atomic_exchange_n(&layered->taking, 1, __ATOMIC_RELAXED) != 0) {
		keep_late(layered, name);
		return;
	}
	dctxi_layer_field_in(task, span, name);
	__atomic_store_n(&layered->taking, 0, __ATOMIC_RELAXED);
}

const dctx_layer *dctx_layer_async(void)
{
	static const dctx_layer layer = {
		.struct_size = sizeof layer,
		.name = "dctx.async",
		.on_record = on_record,
		.on_enter = on_enter,
		.on_leave = on_leave,
		.on_close = on_close,
	};

	return &layer;
}
