/* SPDX-License-Identifier: MIT */
/*
 * tracestate.h - W3C's header with what vendors say of a trace: a list of
 * key=value, the latest first, of which only the owner of a key knows the
 * meaning. Here it is views of the members.
 */
#ifndef DCTXI_TRACESTATE_H
#define DCTXI_TRACESTATE_H

#include "wire/found.h"

#define DCTXI_STATE_MEMBERS 32
#define DCTXI_STATE_KEY 256
#define DCTXI_STATE_TENANT 241
#define DCTXI_STATE_VENDOR 14
#define DCTXI_STATE_VALUE 256
/* What is longer is the first to go when a list is too long. */
#define DCTXI_STATE_LONG 128

struct dctxi_state_member {
	dctx_bytes text; /* key=value, no white space around it */
	size_t key_len;
	size_t line;
	size_t offset;
};

struct dctxi_tracestate {
	size_t count;
	size_t seen; /* with those whose key came before */
	struct dctxi_state_member member[DCTXI_STATE_MEMBERS];
};

/* Reads the values of all tracestate lines, in the order in which they came.
 * Returns: false when they are to be ignored, all of them; why is told. */
bool dctxi_tracestate_read(const dctx_bytes *lines, size_t n,
			   const struct dctxi_sink *sink,
			   struct dctxi_tracestate *out);

/* Leaves out members, each of which is told, until the rest is no longer than
 * is kept. */
void dctxi_tracestate_cut(struct dctxi_tracestate *state,
			  const struct dctxi_sink *sink);

/* How long the members are in one line. */
size_t dctxi_tracestate_len(const struct dctxi_tracestate *state);

/* Writes them in one line, no NUL. */
void dctxi_tracestate_write(const struct dctxi_tracestate *state, char *out);

/* The members as they stand in the one line that has nothing else in it: false
 * when there is none, and they must be written. */
bool dctxi_tracestate_view(const struct dctxi_tracestate *state,
			   dctx_bytes *out);

/* Whether a text is a list of members with no key twice, and not too long. */
bool dctxi_tracestate_valid(dctx_bytes text);

/* Whether a vendor may have this key, and this value. */
bool dctxi_state_key_valid(const char *key, size_t len);
bool dctxi_state_value_valid(const char *value, size_t len);

#endif
