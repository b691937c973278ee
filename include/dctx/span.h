/* SPDX-License-Identifier: MIT */
/*
 * dctx/span.h - what is told of a piece of work: its name, when it began and
 * ended, what it was about, and where it stands in a trace.
 *
 *     void handle(struct request *r)
 *     {
 *             DCTX_SPAN(span, "handle", {"path", DCTX_ANY(r->path)});
 *             ...
 *             dctx_span_record(span, "status", &DCTX_ANY(r->status));
 *     }
 *
 * A span is opened, entered and left any number of times, on one thread after
 * the other or on several, and closed once. Whoever opens one while it is
 * entered opens a child of it, also on another thread under a snapshot that was
 * captured in it; what is injected there names it as its parent. What else a
 * span does to the context - a scope of its name, values from its fields - is
 * the layers' affair (dctx/layer.h); who gets to see it when it is closed, the
 * sinks' (dctx/sink.h). Without either a span is one load (bench:
 * span_disabled).
 *
 * Which span is entered is kept in the context, but is no scope: what is set
 * while one is entered stays when it is left.
 */
#ifndef DCTX_SPAN_H
#define DCTX_SPAN_H

#include <dctx/any.h>
#include <dctx/trace.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A span, counted; NULL is one that nobody wants to see, and fine wherever a
 * span is asked for. Since: 0.1. */
typedef struct dctx_span dctx_span;

/* How much somebody wants to see of it. Since: 0.1. */
typedef enum dctx_level {
	DCTX_LEVEL_NONE = 0, /* nothing: of a limit only */
	DCTX_LEVEL_ERROR,
	DCTX_LEVEL_WARN,
	DCTX_LEVEL_INFO,
	DCTX_LEVEL_DEBUG,
	DCTX_LEVEL_TRACE
} dctx_level;

/* Where a span is opened, with static storage and never changed: the macros
 * make one each. Since: 0.1. */
typedef struct dctx_span_site {
	const char *name;   /* not NULL */
	const char *target; /* whose it is: a module; NULL: the file */
	dctx_level level;
	const char *file;
	int line;
} dctx_span_site;

/* A field, borrowed for the call. A value of kind 0 (DCTX_EMPTY) is declared
 * and empty: only such a field takes what a context has for it. Since: 0.1. */
typedef struct dctx_span_field {
	const char *name; /* static storage */
	dctx_any value;
} dctx_span_field;

/* No value, for a field that is declared and empty. Threads: any. Signal-safe.
 * Blocks, allocates: never. Since: 0.1. */
__attribute__((unused)) static inline dctx_any dctx_any_empty(void)
{
	dctx_any any;

	any.kind = (dctx_kind)0;
	any.type = NULL;
	any.as.u = 0;
	return any;
}
/* The same as a field's value: {"user", DCTX_EMPTY}. Since: 0.1. */
#define DCTX_EMPTY dctx_any_empty()

/* Which way a call goes, by OpenTelemetry's names. Since: 0.1. */
typedef enum dctx_span_kind {
	DCTX_SPAN_INTERNAL = 0,
	DCTX_SPAN_SERVER,
	DCTX_SPAN_CLIENT,
	DCTX_SPAN_PRODUCER,
	DCTX_SPAN_CONSUMER
} dctx_span_kind;

/* Zeroed but for struct_size: a child of the span that is entered here, or of
 * the trace that came from afar. Since: 0.1. */
typedef struct dctx_span_options {
	size_t struct_size;
	dctx_span *parent;	  /* NULL: by context */
	bool root;		  /* of a trace of its own */
	dctx_span_kind kind;
	const dctx_trace *links;  /* other traces that it has to do with */
	size_t link_count;
	int64_t began;		  /* on dctx_now's clock, ns; 0: now */
} dctx_span_options;
#define DCTX_SPAN_SIZE sizeof(dctx_span_options)

/* Fields, events and links that one span keeps at most; what is past that, or
 * past DCTX_SPAN_BYTES of all its values, is counted and dropped. Since: 0.1.
 */
#define DCTX_SPAN_FIELDS 128
#define DCTX_SPAN_EVENTS 128
#define DCTX_SPAN_LINKS 128
#define DCTX_SPAN_BYTES 65536

/*
 * Opens a span. It is not entered. Its parent is the trace that is visible here
 * (dctx_trace_get): that of the span that is entered, or one that was set or
 * came from afar further in.
 * `options` may be NULL: as if zeroed. Fields, links and what the options point
 * at are copied; `site` and names of fields must stay.
 * Owns: the caller gets it, for exactly one dctx_span_close; NULL when nobody
 * wants one of that level; when its parent is not sampled and no layer is
 * there, so that what is opened and injected further in has the same parent;
 * without memory, which is counted (DCTX_EV_DROPPED_SPAN); and, with
 * DCTX_INVALID as the last error, for a NULL site or name, the level NONE, a
 * smaller struct_size, and NULL fields or links that are said to be some. What
 * of the fields and links has no room or no memory is counted and left out.
 * Threads: any. Blocks: as layers do. Allocates: warm, not. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_open(const dctx_span_site *site,
				   const dctx_span_options *options,
				   const dctx_span_field *fields, size_t n);

/*
 * Enters a span on this thread, in the current store, and leaves it: what is
 * opened in between is its child, and the context's trace is the span's. A span
 * may be entered again inside of itself, and by others at the same time. The
 * scope that it was entered in, or an attach, takes it along when it ends.
 *
 * Leaving one that is not the innermost takes it out and leaves those above it
 * entered; leaving one that is not entered here does nothing. Both are counted
 * (DCTX_EV_UNBALANCED_SPAN). No scope is ever left by this: of a task that left
 * a span with scopes open in it, and enters it again, these stand in the span
 * as before.
 *
 * Where there is no memory, or the depth limit is reached, the span is not
 * entered, which is counted (DCTX_EV_FAILED_ENTER), and left all the same. One
 * that is closed is not entered, which is counted (DCTX_EV_UNBALANCED_SPAN),
 * and to leave it is nothing. NULL is fine.
 * Threads: any. Blocks: as layers do. Allocates: enter, when the store's log
 * has no room left. Since: 0.1.
 */
DCTX_API void dctx_span_enter(dctx_span *span);
DCTX_API void dctx_span_leave(dctx_span *span);

/*
 * Closes a span: it has ended, whoever still has a reference. Where it is still
 * entered it is left: here at once, elsewhere when that flow next enters or
 * leaves any span, or ends. A second close, by who has a reference, does
 * nothing and is counted (DCTX_EV_UNBALANCED_SPAN). NULL is fine.
 * Owns: takes the caller's from dctx_span_open. Threads: any. Blocks: as layers
 * do; never for a sink. Allocates: never. Since: 0.1.
 */
DCTX_API void dctx_span_close(dctx_span *span);

/*
 * Take and give back a reference, for who records into a span that another may
 * close meanwhile: what comes after that is dropped, and counted
 * (DCTX_EV_DROPPED_SPAN). With the last go its slots and its copies of objects,
 * by their destroy, on that thread. NULL is fine.
 * Owns: ref gives the caller one, unref takes it.
 * Returns: `span`; NULL. Threads: any. Blocks, allocates: never; unref as those
 * do. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_ref(dctx_span *span);
DCTX_API dctx_span *dctx_span_unref(dctx_span *span);

/*
 * Gives the span that is entered here, the innermost.
 * Owns: borrowed, until it is left. Returns: NULL outside of all. Threads: any.
 * Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_current(void);

/*
 * Sets a field, new or again, also after the span was entered; `value` is
 * copied, texts cut to what fits, between characters, which counts as past the
 * bounds. `name` must have static storage. A value of kind 0 declares it, and
 * changes none that is there.
 * Returns: DCTX_OK, also for a NULL span and for one that nobody will see;
 * DCTX_LIMIT past the bounds; DCTX_STALE after the close; DCTX_NOMEM, or what
 * the copy of a user's type said; DCTX_INVALID for a NULL name or value and for
 * a value of no kind that there is. All but the first and the last are counted
 * (DCTX_EV_DROPPED_SPAN). Threads: any, also at once. Blocks: as layers do.
 * Allocates: past a first few. Since: 0.1.
 */
DCTX_API dctx_status dctx_span_record(dctx_span *span, const char *name,
				      const dctx_any *value);

/*
 * The same for a field that was declared and that nobody but this function gave
 * a value yet; else it does nothing. Layers' on_record is not called. How
 * values of the context come into spans.
 * Returns: DCTX_OK; DCTX_UNKNOWN_KEY for a field that is not declared,
 * DCTX_CONFLICT for one that has a value of the user's: neither is counted; and
 * as above. Threads and all else: as above. Since: 0.1.
 */
DCTX_API dctx_status dctx_span_fill(dctx_span *span, const char *name,
				    const dctx_any *value);

/*
 * Reads a field into `buf` as it would be told: scalars by value, texts and
 * bytes copied with a NUL, cut to `size` bytes, and *out is a view of that. Of
 * a user's type, which cannot be copied so, only the kind and type are told.
 * `buf` may be NULL when `size` is 0.
 * Returns: whether the field is there; *out has kind 0 for one that is empty.
 * Also after the close. False, with nothing written, for a NULL. Threads: any.
 * Blocks: while another records. Allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_span_field_get(dctx_span *span, const char *name, void *buf,
				  size_t size, dctx_any *out);

/*
 * Gives the id of its parent: all 0 for a root.
 * Returns: whether it came from afar; false, with nothing written, for a NULL.
 * Threads: any. Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_span_parent(const dctx_span *span,
			       unsigned char out_id[DCTX_SPAN_ID]);

/* Where it was opened; NULL for NULL. Owns: borrowed, for ever. Threads: any.
 * Signal-safe. Blocks, allocates: never. Since: 0.1. */
DCTX_API const dctx_span_site *dctx_span_site_of(const dctx_span *span);

/* Notes a moment in it, now, with fields, whose values are copied; `name` and
 * theirs must have static storage. Fields past DCTX_SPAN_FIELDS are left out:
 * DCTX_LIMIT. Returns and all else: as dctx_span_record. Since: 0.1. */
DCTX_API dctx_status dctx_span_event(dctx_span *span, const char *name,
				     const dctx_span_field *fields, size_t n);

/* Says how it went: the first that is not DCTX_OK stays, with its text (may be
 * NULL), which is copied. Layers are not told. Returns and all else: as
 * dctx_span_record. Since: 0.1. */
DCTX_API dctx_status dctx_span_status(dctx_span *span, dctx_status status,
				      const char *text);

/*
 * Tells its ids, and whether it is sampled, as dctx_trace has them. For NULL
 * the context's own, as dctx_trace_get.
 * Owns: out->state is borrowed from the span.
 * Returns: whether there are any. Threads: any. Signal-safe. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API bool dctx_span_trace(const dctx_span *span, dctx_trace *out);

/* A place in every span for a layer's own, known by its address: with static
 * storage. Since: 0.1. */
typedef struct dctx_span_slot {
	size_t size; /* bytes, up to 4,096; zeroed at first */
	/* After the last reference, on that thread. NULL: nothing to do. */
	void (*destroy)(void *memory);
} dctx_span_slot;

/*
 * Gives a span's memory for a slot, from its first use until after the last
 * reference. Who shares it between threads sees to that.
 * Owns: the span's. Returns: NULL for a NULL span, without memory, and for a
 * size of 0 or past 4,096.
 * Threads: any. Blocks: while another makes it. Allocates: at the first use of
 * a large one. Since: 0.1.
 */
DCTX_API void *dctx_span_slot_of(dctx_span *span, const dctx_span_slot *slot);

/* Who is sampled, decided once for a trace where it begins and handed on by
 * W3C's flag. Since: 0.1. */
typedef enum dctx_sampling {
	DCTX_SAMPLE_PARENT = 0, /* as the parent was; a root by the ratio */
	DCTX_SAMPLE_ALWAYS,
	DCTX_SAMPLE_NEVER,
	DCTX_SAMPLE_RATIO /* by the trace's random bits, so that all who ask
			     by a ratio agree */
} dctx_sampling;

/*
 * Sets up to which level there are spans from now on, whatever layers and sinks
 * want: NONE for no span at all. At first all.
 * Returns: DCTX_OK; DCTX_INVALID for what is no level. Threads: any. Blocks:
 * while another sets it, or comes to want spans. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_span_limit(dctx_level most);

/*
 * Sets which traces are sampled from now on. `ratio` is from 0 to 1: of RATIO,
 * and of PARENT for those that begin here. At first PARENT and 1: as the parent
 * was, and all that begin here. A trace that came as one to be debugged
 * (DCTX_TRACE_DEBUG) is sampled always.
 * Returns: DCTX_OK; DCTX_INVALID for what is none of these. Threads: any.
 * Blocks, allocates: never. Since: 0.1.
 * Source: W3C Trace Context Level 2, 3.2.2.5.1; OpenTelemetry, Trace SDK,
 * TraceIdRatioBased.
 */
DCTX_API dctx_status dctx_span_sampling(dctx_sampling how, double ratio);

/*
 * Open and enter; leave and close: what the macros below call.
 * Returns and all else: as these. Since: 0.1.
 */
DCTX_API dctx_span *dctx_span_begin(const dctx_span_site *site,
				    const dctx_span_field *fields, size_t n);
DCTX_API void dctx_span_end(dctx_span *span);

/* What the cleanup attribute calls. All else: as dctx_span_end. Since: 0.1. */
__attribute__((unused)) static inline void
dctx_span_end_at_end(dctx_span *const *span)
{
	if (*span != NULL)
		dctx_span_end(*span);
}

/* The level up to which somebody wants spans; what DCTX_SPAN looks at. Since:
 * 0.1. */
extern DCTX_API int dctx_abi1_span_level;

/* Whether somebody wants spans of a level: one load (bench: span_disabled).
 * Since: 0.1. */
#define DCTX_SPAN_WANTED(level)                                                \
	__builtin_expect(__atomic_load_n(&dctx_abi1_span_level,                \
					 __ATOMIC_RELAXED) >= (int)(level),    \
			 0)

#ifdef __cplusplus
}
#include <dctx/span_cxx.h>
#else

#define DCTX_SPAN_FIRST_(first, ...) first
#define DCTX_SPAN_REST_(first, ...) __VA_ARGS__
#define DCTX_SPAN_FIELDS_(...)                                                 \
	((const dctx_span_field[]){DCTX_SPAN_REST_(__VA_ARGS__, {0})})
#define DCTX_SPAN_SITE_(site, level, ...)                                      \
	static const dctx_span_site site = {                                   \
		DCTX_SPAN_FIRST_(__VA_ARGS__, ), NULL, (level), __FILE__,      \
		__LINE__}
#define DCTX_SPAN_BEGIN_(site, level, ...)                                     \
	(DCTX_SPAN_WANTED(level)                                               \
		 ? dctx_span_begin(&site, DCTX_SPAN_FIELDS_(__VA_ARGS__),      \
				   sizeof(DCTX_SPAN_FIELDS_(__VA_ARGS__)) /    \
						   sizeof(dctx_span_field) -   \
					   1)                                  \
		 : NULL)

/*
 * DCTX_SPAN(var, "name", {"field", DCTX_ANY(x)}...) declares `var`, a span of
 * DCTX_LEVEL_INFO that the rest of the block runs in: entered, and at the
 * block's end left and closed. NULL, without its fields being evaluated, when
 * nobody wants it. The name is a literal. DCTX_SPAN_AT has the level in
 * between. Since: 0.1.
 *
 * A longjmp past the block's end does not get there: dctx_rewind leaves the
 * span, but it stays open, is told nobody, and its memory is in use, until who
 * kept its pointer closes it. Where one may jump, begin the span before setjmp.
 */
#define DCTX_SPAN(var, ...) DCTX_SPAN_AT(var, DCTX_LEVEL_INFO, __VA_ARGS__)
#define DCTX_SPAN_AT(var, level, ...)                                          \
	DCTX_SPAN_SITE_(var##_site_, level, __VA_ARGS__);                      \
	__attribute__((cleanup(dctx_span_end_at_end), unused)) dctx_span       \
		*const var = DCTX_SPAN_BEGIN_(var##_site_, level, __VA_ARGS__)

/*
 * The same for a span that ends elsewhere: DCTX_SPAN_END(var) must stand, once,
 * on every way out. Since: 0.1.
 */
#define DCTX_SPAN_BEGIN(var, ...)                                              \
	DCTX_SPAN_BEGIN_AT(var, DCTX_LEVEL_INFO, __VA_ARGS__)
#define DCTX_SPAN_BEGIN_AT(var, level, ...)                                    \
	DCTX_SPAN_SITE_(var##_site_, level, __VA_ARGS__);                      \
	dctx_span *const var =                                                 \
		DCTX_SPAN_BEGIN_(var##_site_, level, __VA_ARGS__)
#define DCTX_SPAN_END(var) dctx_span_end_at_end(&(var))
#endif
#endif
