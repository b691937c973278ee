/* SPDX-License-Identifier: MIT */
/*
 * dctx/layer.h - what spans do to the context, and what is told of them while
 * they are open. A layer is asked at each step of every span; any number of
 * them are mounted, in order.
 *
 *     dctx_layer_mount(dctx_layer_sync(), DCTX_LAYER_INFO);
 *     dctx_layer_mount(dctx_layer_async(), DCTX_LAYER_INFO);
 *
 * Both together are the usual thing in a program with threads and tasks: the
 * one stands back where the other works.
 */
#ifndef DCTX_LAYER_H
#define DCTX_LAYER_H

#include <dctx/span.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a layer does. Each function may be NULL, gets the layer's `user`, and
 * may use dctx, but not open spans of its own level without end. `on_leave` and
 * `on_close` are called in the reverse order. A span's slots
 * (dctx_span_slot_of) are the place for what a layer knows of one span. Where
 * one jumps away (longjmp), the layers after it are not asked, and dctx_rewind
 * gives back what the call held: a span that was being opened or closed is
 * closed then and told nobody.
 *
 * A span is entered where its layers left off: a scope that on_enter entered
 * has the span in it, and takes it along. So on_enter sees the span's parent as
 * current, with the parent's trace, and so does on_leave. Since: 0.1.
 */
typedef struct dctx_layer {
	size_t struct_size; /* DCTX_LAYER_SIZE */
	const char *name; /* for dumps and counters */
	/* Then on_record with each of its fields, also the empty ones. */
	void (*on_open)(void *user, dctx_span *span);
	/* A field was set by dctx_span_record, or given at the opening; on
	 * whatever thread did so, perhaps on two at once. */
	void (*on_record)(void *user, dctx_span *span, const char *name,
			  const dctx_any *value);
	/* A moment was noted by dctx_span_event; as on_record. */
	void (*on_event)(void *user, dctx_span *span, const char *name,
			 const dctx_span_field *fields, size_t n);
	/* On the flow that enters, before; and on the one that leaves, after:
	 * one for each on_enter, unless a scope or an attach ended that the
	 * span was entered in. It may come after on_close where the span was
	 * closed by another flow. */
	void (*on_enter)(void *user, dctx_span *span);
	void (*on_leave)(void *user, dctx_span *span);
	/* Anywhere, once, when it is left there; records are taken still. */
	void (*on_close)(void *user, dctx_span *span);
	void *user;
} dctx_layer;
#define DCTX_LAYER_SIZE sizeof(dctx_layer)

/* So many are mounted at most. Since: 0.1. */
#define DCTX_LAYERS 16

/*
 * Mounts a layer behind those that are there; and takes it away. Spans that are
 * open go on with what they were opened under. `layer` must stay until it is
 * taken away and no span that was opened under it is left.
 * Returns: DCTX_OK; DCTX_CONFLICT for one that is mounted, DCTX_STALE for one
 * that is not; DCTX_INVALID for a NULL, a smaller struct_size and unknown
 * flags; DCTX_NOMEM; DCTX_LIMIT past DCTX_LAYERS. Threads: any. Blocks: while
 * another mounts. Allocates: for a list that was never there before. Since:
 * 0.1.
 */
DCTX_API dctx_status dctx_layer_mount(const dctx_layer *layer, unsigned flags);
DCTX_API dctx_status dctx_layer_unmount(const dctx_layer *layer);

/* For our own two: the span's name, target and level are values of the keys
 * below. Since: 0.1. */
#define DCTX_LAYER_INFO 1u

/* Whether a span was opened under a layer, and with which flags it was mounted
 * (out_flags may be NULL, and is written only then). False for NULL. Threads:
 * any. Signal-safe. Blocks, allocates: never. Since: 0.1. */
DCTX_API bool dctx_span_layer(const dctx_span *span, const dctx_layer *layer,
			      unsigned *out_flags);

/*
 * The layers of ours. A span that is entered is a scope of its name in the
 * current store, into which fields are extracted, and out of which values are
 * recorded (dctx/field.h).
 *
 * The *sync* one enters that scope with the span and leaves it with the span:
 * what was set in it is gone when a span is entered again, gathered values too,
 * unless they were taken before and joined after (dctx_gather_take,
 * dctx_gather_join). Inside of a task
 * (dctx/task.h) it stands back where the async layer is mounted, too, which is
 * decided once a span, at its first enter.
 *
 * The *async* one works inside of a task only; elsewhere it does nothing, and
 * that is counted (DCTX_EV_NO_TASK). The scope is entered when a span is first
 * entered in a task, stays while the task yields, and goes when the span is
 * closed, by its id. Where that is done by another flow, which is counted
 * (DCTX_EV_UNBALANCED_SPAN), it goes when its own next enters, leaves or closes
 * any span, or ends. A span has one such scope at a time: tasks that are forks
 * see it as it was, others that enter the span meanwhile do without.
 *
 * Scopes that were left open in a span go with its own and are counted as left
 * out of order (DCTX_EV_MISMATCHED_LEAVE). In three cases the span's goes alone
 * and all that stands on it stays: under another span; in a task, under a scope
 * of code that ran between two of the span's steps; and in a task under the
 * sync layer, since the scope may be held over a yield. This is counted, too
 * (DCTX_EV_UNBALANCED_SPAN).
 *
 * A field is extracted into the innermost scope: all at the enter that makes
 * the span's; one that is recorded in the flow's innermost span, at once; any
 * other at the span's next enter. Values are recorded at each enter. Where
 * there is no memory for a scope, or it would be dead, the span is entered
 * without one, which is counted as of any scope.
 *
 * Owns: borrowed, for ever. Threads: any. Blocks, allocates: never. Since: 0.1.
 * Source: the crate dcontext, SyncDcontextLayer and AsyncDcontextLayer.
 */
DCTX_API const dctx_layer *dctx_layer_sync(void);
DCTX_API const dctx_layer *dctx_layer_async(void);

/* The innermost span's, with DCTX_LAYER_INFO; the target is the file where
 * there is none, the level its number. They join the global registry at their
 * first use, are local to the process, and in no log unless the program maps
 * them (dctx_field_set). Since: 0.1. */
extern DCTX_API dctx_key_str dctx_span_name_key;
extern DCTX_API dctx_key_str dctx_span_target_key;
extern DCTX_API dctx_key_u8 dctx_span_level_key;

#ifdef __cplusplus
}
#endif
#endif
