/* SPDX-License-Identifier: MIT */
/*
 * The name of a scope that one thread shows to others.
 *
 * Theory. One thread writes, any may read. `seq` is odd while the words change;
 * a word that is new is seen with the odd number before it (release, acquire),
 * so who finds the number as it was has read one text.
 */
#ifndef DCTXI_PUBLISH_H
#define DCTXI_PUBLISH_H

#include <stdint.h>

#define DCTXI_PUBLISHED_WORDS 6
#define DCTXI_PUBLISHED_SIZE (8 * DCTXI_PUBLISHED_WORDS)

/* All zero: nothing yet. */
struct dctxi_published {
	uint32_t seq;
	uint64_t word[DCTXI_PUBLISHED_WORDS];
};

/* Shows a text, cut to fit; NULL: none. */
void dctxi_published_set(struct dctxi_published *published, const char *text);

/* Reads what is shown, into `text`; "" for none, and for one that changes as
 * fast as it is read. */
void dctxi_published_read(const struct dctxi_published *published,
			  char text[DCTXI_PUBLISHED_SIZE]);

#endif
