/* SPDX-License-Identifier: MIT */
/*
 * model.h - a context in its plainest form: a list of frames, each with what
 * was set in it, looked through from the top.
 */
#ifndef DCTXT_MODEL_H
#define DCTXT_MODEL_H

#include "kit.h"

enum { KEYS = 24, FRAMES = 40, NAMES = 16, CHAIN = 64 };

/* What a key is, in a frame or in a snapshot. */
enum mark { UNTOUCHED, SET, REMOVED };

/* A context: values, and the newest names. */
struct picture {
	enum mark mark[KEYS];
	unsigned value[KEYS];
	int names[CHAIN];
	int n_names;
};

struct frame {
	dctx_guard guard;
	bool level; /* an attach, or the root: nothing below shows */
	bool dead;  /* past the depth limit: takes no values, has no name */
	int name;   /* -1 for none */
	enum mark mark[KEYS];
	unsigned value[KEYS];
	struct picture base; /* of a level */
};

/* The stack; frame 0 is the root and frame `model_top` the innermost. */
extern struct frame model[FRAMES];
extern int model_top;

/* A third of the keys are numbers, texts and objects each; every fifth is
 * closed. */
extern dctx_key model_keys[KEYS];
extern char model_names[NAMES][16];

int model_make_names(void **state);

/* An empty root. */
void model_begin(void);
struct frame *model_push(dctx_guard guard);
void model_remove(int frame);

/* The frame of the innermost level. */
int model_level(void);

/* A failed set of a closed key hides it, if there is anything to hide. */
void model_hide(int k);

/* All that is visible. */
struct picture model_picture(void);

/* The text that stands for a number; some are too long for a store's log. */
const char *model_text(unsigned value);

/* What differs between a store, or a snapshot, and a picture; NULL: nothing. */
const char *model_compare_store(const dctx_store *store,
				const struct picture *picture);
const char *model_compare_snapshot(const dctx_snapshot *snapshot,
				   const struct picture *picture);

/* The same for what they list, and what the innermost scope did. */
const char *model_compare_lists(const dctx_store *store,
				const struct picture *picture);
const char *model_compare_snapshot_list(const dctx_snapshot *snapshot,
					const struct picture *picture);

#endif
