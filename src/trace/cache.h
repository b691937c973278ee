/* SPDX-License-Identifier: MIT */
/*
 * The fields of lines, kept as long as they are what they would be anew.
 *
 * Theory. Each thread has a few lines of its own, in one block that its local
 * block points at; nobody else touches it, so nothing here is atomic, and it is
 * freed when the thread ends, after all that could still log. After fork(2) the
 * child keeps its own thread's; those of threads that are gone stay allocated.
 * Its lines still hold: their keys are the child's, too.
 *
 * A line holds while the values that the store shows (flow/state.h) and how
 * keys are told (the epoch of trace/field.h) are what they were before it was
 * made. Both are read before the fields are looked at, so that a mapping which
 * another thread sets meanwhile, or a value that a format sets, makes it one
 * that does not hold. Keys that are registered later are in no store before a
 * set of that store, which is another state.
 *
 * A state is of one store at one moment, or of one snapshot: so a line holds
 * again when a scope that set something is left, when a task is entered again,
 * and wherever the same snapshot is attached.
 *
 * A line is made in the block's own room, then copied to where it is kept;
 * without memory for that it stays there, and holds for one call. A format that
 * logs is in the middle of that room, so what it logs never comes here. All of
 * it is some 9 KiB a thread that logs, and what its lines take; 73 KiB at most.
 */
#ifndef DCTXI_CACHE_H
#define DCTXI_CACHE_H

#include "flow/state.h"
#include "trace/line.h"

#define DCTXI_LINES 8u
/* By style, and whether text of the caller's follows. The last line of each
 * stays, and there is room for others. */
#define DCTXI_FORMS 6u
_Static_assert(DCTXI_FORMS < DCTXI_LINES, "a line can always go");

struct dctxi_fields {
	const char *at;
	size_t len;
};

struct dctxi_kept {
	struct dctxi_state here; /* the innermost scope when it was last used */
	struct dctxi_state of;	 /* what it was made of */
	uintptr_t epoch;
	unsigned form;
	bool holds;
	struct dctxi_fields text;
	char *memory;
	size_t size;
};

struct dctxi_lines {
	struct dctxi_asking asking;
	struct dctxi_kept *last[DCTXI_FORMS];
	struct dctxi_kept kept[DCTXI_LINES];
	unsigned next; /* whose turn it is to go */
	char room[DCTX_LOG_BYTES + 1];
};

/* This thread's, made if need be; NULL without memory. */
struct dctxi_lines *dctxi_lines(void);

/* The fields of a store in a form; good until the next call on this thread.
 * Runs the user's code. Not in a format. */
struct dctxi_fields dctxi_lines_slow(struct dctxi_lines *lines,
				     const struct dctx_store *store,
				     unsigned form);

static inline bool dctxi_in_format(const struct dctxi_lines *lines)
{
	return lines->asking.now;
}

static inline unsigned dctxi_form(dctx_log_style style, bool before)
{
	return (style > DCTX_LOG_SYSLOG ? 0 : (unsigned)style) * 2 + before;
}

/* Writes the fields of a store to a line; `asking` may be NULL: what needs a
 * format is left out. Counts what went wrong. */
struct dctxi_untold {
	uint64_t fields;  /* left out */
	uint64_t formats; /* that went wrong */
	const char *name; /* of a field of the latter */
};
size_t dctxi_line_fields(struct dctxi_line *line,
			 const struct dctx_store *store,
			 struct dctxi_asking *asking,
			 struct dctxi_untold *untold);

/* Notes what became of one field, and whether it was told. */
void dctxi_untold_add(struct dctxi_untold *untold,
		      const struct dctx_store *store,
		      const struct dctxi_told *told,
		      const struct dctxi_said *said, bool any);

/* Counts that and tells the hook. Runs the user's code. */
void dctxi_untold_tell(const struct dctxi_untold *untold);

/* The same as the slow one, straight to the line that this thread used last. */
static inline struct dctxi_fields
dctxi_lines_get(struct dctxi_lines *lines, const struct dctx_store *store,
		unsigned form)
{
	const struct dctxi_kept *kept = lines->last[form];
	struct dctxi_state here = dctxi_state_here(store);

	if (DCTX_LIKELY(kept != NULL && kept->holds && kept->form == form &&
			kept->epoch == dctxi_field_now() &&
			dctxi_state_same(&kept->here, &here)))
		return kept->text;
	return dctxi_lines_slow(lines, store, form);
}

#endif
