/* SPDX-License-Identifier: MIT */
/*
 * The writer behind a dump: facts, objects and lists, as text or as JSON, into
 * a buffer that may be too small.
 *
 * Theory. A dumper lives on the stack of the call that dumps; it allocates
 * nothing and holds nothing, so that a user's function may leave by longjmp. A
 * unit (a character, an escape, a number) is written whole or not at all, and
 * nothing after the first that did not fit; all are counted.
 */
#ifndef DCTXI_DUMPER_H
#define DCTXI_DUMPER_H

#include <dctx/dump.h>

#define DCTXI_DUMP_DEPTH 32u

struct dctx_dumper {
	char *buf;
	size_t size;
	size_t len;  /* of the whole */
	size_t kept; /* of what fitted */
	dctx_dump_form form;
	unsigned flags;
	unsigned depth;  /* of what is open */
	unsigned floor;  /* what a section may not end */
	unsigned beyond; /* open past the deepest: not written */
	uint64_t lists;  /* a bit a level: is it a list */
	bool begun;      /* the innermost has a member */
	bool line;       /* text: it is a list of facts on one line */
};

/* Begins and ends the whole; the second puts the NUL and gives the length. */
void dctxi_dump_open(struct dctx_dumper *d, dctx_dump_form form, unsigned flags,
		     char *buf, size_t size);
size_t dctxi_dump_close(struct dctx_dumper *d);

/* Ends what was begun since `depth` was the dumper's. */
void dctxi_dump_end_to(struct dctx_dumper *d, unsigned depth);

/* Begins a fact whose value the caller writes; false past the deepest level. */
bool dctxi_dump_name(struct dctx_dumper *d, const char *name);

/* Pieces of such a value: as it is (ASCII, or `n` bytes; never cut inside);
 * text, escaped, and quoted too; a number. */
void dctxi_dump_raw(struct dctx_dumper *d, const char *ascii);
void dctxi_dump_unit(struct dctx_dumper *d, const char *unit, size_t n);
void dctxi_dump_escaped(struct dctx_dumper *d, const void *text, size_t len);
void dctxi_dump_quoted(struct dctx_dumper *d, const void *text, size_t len);
void dctxi_dump_number(struct dctx_dumper *d, uint64_t magnitude, bool minus);
void dctxi_dump_float(struct dctx_dumper *d, double v, bool is_f32);

/* Makes a printed number's decimal point, whatever the locale's is, a stop.
 * Returns the length; there is no NUL any more. */
size_t dctxi_dump_stop(char *number);

/* The code of a character of `len` > 1 bytes that a terminal or an editor obeys
 * instead of showing it; 0 for others. */
unsigned dctxi_dump_obeyed(const void *at, size_t len);

/* Ends a fact. */
void dctxi_dump_done(struct dctx_dumper *d);

static inline bool dctxi_dump_is_json(const struct dctx_dumper *d)
{
	return d->form == DCTX_DUMP_JSON;
}

#endif
