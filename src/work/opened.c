/* SPDX-License-Identifier: MIT */
#include "work/opened.h"

#include "data/fail.h"
#include "flow/here.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "plat/uncancelled.h"

#include <dctx/task.h>

struct undo {
	const struct dctxi_accessor *accessor;
	void *before;
};

struct opened {
	struct dctxi_keep keep; /* first */
	uint64_t id;
	dctx_locals *locals; /* a reference */
	dctx_store *task;
	uint32_t end;
	bool ran;	     /* what is inside of the wrap at `end` */
	dctx_status outcome; /* of that */
	bool busy; /* being set or restored: whoever closes passes it by */
	uint32_t n, room;
	struct undo undo[];
};

static size_t size_of(uint32_t room)
{
	return sizeof(struct opened) + room * sizeof(struct undo);
}

static void task_end(dctx_store *task)
{
	if (task != NULL && dctxi_is_here(task)) {
		dctxi_task_leave_above(task);
		dctx_task_leave(task);
	}
	(void)dctx_task_free(task);
}

/* In reverse order. */
static void restore(struct opened *opened)
{
	while (opened->n > 0) {
		const struct undo undo = opened->undo[--opened->n];

		undo.accessor->is.restore(undo.accessor->is.user, undo.before);
	}
}

/* Of one that hangs on no list any more. */
static void finish(struct opened *opened)
{
	dctx_locals *locals = opened->locals;
	dctx_store *task = opened->task;

	restore(opened);
	dctxi_free(opened, size_of(opened->room));
	task_end(task);
	(void)dctx_locals_unref(locals);
}

/* What a rewind and the thread's end call. */
static void give_up(struct dctxi_keep *keep)
{
	const int cancel = dctxi_uncancelled();

	finish((struct opened *)(void *)keep);
	dctxi_uncancelled_end(cancel);
}

static void close_one(struct opened *opened)
{
	const int cancel = dctxi_uncancelled();

	opened->busy = true;
	restore(opened);
	dctxi_let_go(&opened->keep.next);
	finish(opened);
	dctxi_uncancelled_end(cancel);
}

/* The nearest, below another one or (NULL) of all. */
static struct opened *below(const struct opened *above)
{
	return (void *)dctxi_kept(above != NULL ? &above->keep : NULL, give_up);
}

static struct opened *find(uint64_t id)
{
	struct opened *opened = below(NULL);

	while (opened != NULL && opened->id != id)
		opened = below(opened);
	return opened;
}

/* The nearest that can be closed. */
static struct opened *idle(void)
{
	struct opened *opened = below(NULL);

	while (opened != NULL && opened->busy)
		opened = below(opened);
	return opened;
}

static struct opened *hang(const struct dctxi_opening *o)
{
	const uint32_t room = o->end - o->first;
	struct opened *opened = dctxi_alloc(size_of(room));

	if (opened == NULL)
		return NULL;
	*opened = (struct opened){.keep = {.end = give_up},
				  .id = dctxi_id_next(),
				  .locals = o->locals,
				  .task = o->task,
				  .end = o->end,
				  .busy = true,
				  .room = room};
	if (dctxi_keep(&opened->keep))
		return opened;
	dctxi_free(opened, size_of(room));
	return NULL;
}

static dctx_status set_one(const struct dctxi_opening *o,
			   const struct dctxi_captured *item,
			   struct opened *opened)
{
	const dctx_accessor *is = &item->accessor->is;
	struct undo *undo = &opened->undo[opened->n];
	const bool clears = o->carry == DCTX_EXACT_LOCALS && is->clear != NULL;
	dctx_status status;

	if (is->wrap != NULL || (item->value == NULL && !clears) ||
	    !dctxi_passes(o->filter, item->accessor))
		return DCTX_OK;
	*undo = (struct undo){.accessor = item->accessor};
	status = item->value != NULL
			 ? is->set(is->user, item->value, &undo->before)
			 : is->clear(is->user, &undo->before);
	if (status != DCTX_OK)
		return dctxi_accessor_failed(status, item->accessor);
	opened->n++;
	return DCTX_OK;
}

static dctx_status set_all(const struct dctxi_opening *o, uint64_t *out_id)
{
	struct opened *opened = hang(o);
	dctx_status status = DCTX_OK;

	if (opened == NULL) {
		(void)dctx_locals_unref(o->locals);
		(void)dctx_task_free(o->task);
		return dctxi_fail(DCTX_NOMEM, "locals");
	}
	if (o->task != NULL)
		dctx_task_enter(o->task);
	for (uint32_t i = o->first; i < o->end && status == DCTX_OK; i++)
		status = set_one(o, &o->locals->item[i], opened);
	if (status != DCTX_OK) {
		close_one(opened);
		return status;
	}
	opened->busy = false;
	*out_id = opened->id;
	return DCTX_OK;
}

dctx_status dctxi_open(const struct dctxi_opening *opening, uint64_t *out_id)
{
	const int cancel = dctxi_uncancelled();
	const dctx_status status = set_all(opening, out_id);

	dctxi_uncancelled_end(cancel);
	return status;
}

/* Looked for anew each time: the hook may close, too. */
void dctxi_close(uint64_t id)
{
	struct opened *opened = find(id), *top;

	if (opened == NULL || opened->busy)
		dctxi_event(DCTX_EV_STALE_GUARD, DCTX_STALE, "locals");
	for (; opened != NULL && !opened->busy; opened = find(id)) {
		top = idle();
		close_one(top);
		if (top == opened)
			break;
		dctxi_event(DCTX_EV_MISMATCHED_LEAVE, DCTX_OK, "locals");
	}
}

uint64_t dctxi_opened_before(const struct dctxi_captured *item)
{
	const struct opened *opened = below(NULL);

	while (opened != NULL && (opened->locals != item->of ||
				  &item->of->item[opened->end] != item))
		opened = below(opened);
	return opened != NULL ? opened->id : 0;
}

void dctxi_opened_note(uint64_t id, dctx_status status)
{
	struct opened *opened = find(id);

	if (opened == NULL)
		return;
	opened->ran = true;
	opened->outcome = status;
}

dctx_status dctxi_opened_outcome(uint64_t id)
{
	const struct opened *opened = find(id);

	if (opened == NULL)
		return DCTX_OK;
	if (opened->ran)
		return opened->outcome;
	return dctxi_accessor_failed(
		DCTX_CANCELED, opened->locals->item[opened->end].accessor);
}

dctx_status dctx_locals_open(dctx_locals *locals, dctx_carry carry,
			     const dctx_accessor_filter *filter,
			     dctx_locals_guard *out)
{
	struct dctxi_opening opening = {
		.locals = locals, .carry = carry, .filter = filter};

	if (locals == NULL || out == NULL ||
	    (unsigned)carry > DCTX_EXACT_LOCALS)
		return dctxi_fail(DCTX_INVALID, "locals");
	if (locals->n == 0) {
		out->id = 0;
		return DCTX_OK;
	}
	opening.end = locals->n;
	(void)dctx_locals_ref(locals);
	return dctxi_open(&opening, &out->id);
}

void dctx_locals_close(dctx_locals_guard guard)
{
	if (guard.id != 0)
		dctxi_close(guard.id);
}
