/* SPDX-License-Identifier: MIT */
/*
 * Which fields a line has, in the order of their names, and what each says.
 *
 * Theory. A walk lives on its caller's stack. It keeps names and indexes, never
 * a value: a format or a callback of the user's may change the store that is
 * walked, leave by longjmp, or walk it again. Names are the keys' or a
 * mapping's, which stay (trace/field.h). So a signal handler may walk, too.
 *
 * A user's format is asked only where this thread has a record of that
 * (struct dctxi_asking), which hangs on its list of what the user's code works
 * on meanwhile: a line that is logged in a format is told without formats, so
 * that there is an end to it, and a rewind or the thread's end puts that right
 * after a format that did not come back.
 */
#ifndef DCTXI_TOLD_H
#define DCTXI_TOLD_H

#include "flow/store.h"
#include "plat/local.h"
#include "trace/field.h"

#include <dctx/log.h>

/* Of one value, in a log line; a format's buffer has room for a NUL, too. */
#define DCTXI_TOLD_BYTES (DCTX_LOG_TEXT - 1u)
#define DCTXI_TOLD_ROOM DCTX_LOG_TEXT

/* A field that is told. */
struct dctxi_told {
	const char *name;
	const struct dctxi_field *field; /* NULL: by the key's policy */
	uint32_t index;
	uint32_t part; /* of the trace: its id, or the span's; else 0 */
};

/* So many are sorted at a time. */
#define DCTXI_TOLD_BATCH 32u

struct dctxi_told_walk {
	const struct dctx_store *store;
	struct dctxi_told batch[DCTXI_TOLD_BATCH];
	struct dctxi_told last; /* what the batch comes after */
	uint32_t n, at;
	bool more, begun;
};

void dctxi_told_begin(struct dctxi_told_walk *walk,
		      const struct dctx_store *store);

/* The next field, NULL after the last. Of several with one name the key that
 * was registered first is told, and the trace last. */
const struct dctxi_told *dctxi_told_next(struct dctxi_told_walk *walk);

/* The field that such a walk gives under a name, in which an _ also stands for
 * what is no letter or digit; an exact one before others. */
bool dctxi_told_find(const struct dctx_store *store, const char *name,
		     struct dctxi_told *out);

/* What a thread needs to ask formats; all zero at first. */
struct dctxi_asking {
	struct dctxi_keep keep;
	bool now;
};

/* Whether formats may be asked from here on, until the second. Not in one, and
 * not with NULL. */
bool dctxi_asking_begin(struct dctxi_asking *asking);
void dctxi_asking_end(struct dctxi_asking *asking);

/* What a field says: a number, or a text. */
struct dctxi_said {
	dctx_any value; /* as it is; of a secret a text */
	dctx_bytes text;
	bool is_text;
	bool is_format; /* the text is a mapping's doing */
	bool is_cut;	/* the text was longer */
	bool is_bad;	/* a format that failed, or did other than it said */
};

/* Reads a field in a store, with a buffer for its text, which may be the
 * value's own instead. Without `asking`, and in a format, no code of the user's
 * runs. False when there is nothing to tell: it has gone meanwhile, it needs a
 * format that must not or cannot be asked. */
bool dctxi_told_say(const struct dctx_store *store,
		    const struct dctxi_told *told, struct dctxi_asking *asking,
		    char buf[DCTXI_TOLD_ROOM], struct dctxi_said *out);

#endif
