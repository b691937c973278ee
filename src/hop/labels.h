/* SPDX-License-Identifier: MIT */
/*
 * labels.h - the names that a carrier has had, as the carrier compares them:
 * without regard to case (RFC 9110, 5.1), and in an environment with all but
 * letters and digits alike (variable.c).
 */
#ifndef DCTXI_HOP_LABELS_H
#define DCTXI_HOP_LABELS_H

#include "wire/bag.h"

/* A name's place in the text that the names lie in. */
struct dctxi_label {
	uint16_t at;
	uint16_t len; /* 0: no name */
};

struct dctxi_labels {
	const char *text; /* of at most DCTXI_BAG_BYTES */
	bool environ;
	size_t count; /* at most DCTXI_BAG_MEMBERS */
	struct dctxi_label slot[2 * DCTXI_BAG_MEMBERS];
};

static inline void dctxi_labels_begin(struct dctxi_labels *labels,
				      const char *text, bool environ)
{
	labels->text = text;
	labels->environ = environ;
	labels->count = 0;
}

/* Whether a text, which may end with a NUL, begins with a name. */
bool dctxi_label_begins(bool environ, const char *text, dctx_bytes name);

/* The slot of a name, which is not empty: empty itself, or with the name that
 * was there before. Valid until the next is taken. */
struct dctxi_label *dctxi_labels_find(struct dctxi_labels *labels,
				      dctx_bytes name);

/* Takes an empty slot for the name that was looked for; it lies in the text. */
void dctxi_labels_take(struct dctxi_labels *labels, struct dctxi_label *slot,
		       dctx_bytes name);

#endif
