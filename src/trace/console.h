/* SPDX-License-Identifier: MIT */
/* What the parts of the console share: spans that are held, lines, trees. */
#ifndef DCTXI_CONSOLE_H
#define DCTXI_CONSOLE_H

#include <dctx/sink.h>

/* A span that waits for the root of its tree. */
struct dctxi_held {
	struct dctxi_held *next;
	struct dctxi_held *up; /* while a tree is written */
	const dctx_told_span *span;
	uint64_t id, parent; /* its, as numbers */
	size_t size;	     /* of this block */
	int64_t since;	     /* on the real clock */
	bool top;	     /* its parent is not in the list */
	bool written;
};

/* Where trees are written to. */
struct dctxi_console_out {
	int fd;
	bool colour;
	unsigned columns; /* 0: no terminal */
	const char *process;
	int64_t until;
	dctx_status status; /* the first that a write said */
	bool torn;	    /* what went out ends in the middle of a line */
	size_t len;
	char buf[65536];
};

/* Write the line above a tree, of a span, of an event in it. */
void dctxi_console_head(struct dctxi_console_out *out,
			const dctx_told_span *span);
void dctxi_console_span(struct dctxi_console_out *out, unsigned depth,
			const dctx_told_span *span);
void dctxi_console_event(struct dctxi_console_out *out, unsigned depth,
			 const dctx_told_span *span,
			 const dctx_told_event *event);

/* Writes out what was gathered. */
void dctxi_console_write(struct dctxi_console_out *out);

/* Writes what hangs below a root, of a list of spans of one trace, and marks
 * it. With NULL: each that has no parent in the list is one. */
void dctxi_console_tree(struct dctxi_console_out *out, struct dctxi_held *list,
			struct dctxi_held *root);

/* Fills in what trees look at, of a span that stays as long as `held`. */
void dctxi_console_know(struct dctxi_held *held, const dctx_told_span *span);

/* Puts a span into such a list, by when it began. */
void dctxi_console_sort_in(struct dctxi_held **list, struct dctxi_held *held);

#endif
