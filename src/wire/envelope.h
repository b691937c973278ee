/* SPDX-License-Identifier: MIT */
/*
 * envelope.h - a message that is put together, from what a directory shows.
 *
 * The entries are collected and sorted, then written in one go. Between the two
 * the caller may see that the user's codecs are to run, which may change the
 * store; so a store's own directory is captured first, then.
 */
#ifndef DCTXI_ENVELOPE_H
#define DCTXI_ENVELOPE_H

#include "wire/auth.h"
#include "wire/limits.h"
#include "wire/scratch.h"
#include "wire/sort.h"

#include <dctx/envelope.h>

/* Up to this many of anything are kept on the stack. */
#define DCTXI_FEW 256u

/* Which keys' values cross a border where not all with DCTX_WIRE may. It is
 * asked for each value, perhaps again, and so tells nobody. */
struct dctxi_gate {
	bool (*may)(const struct dctxi_gate *gate, const dctx_key *key);
	size_t withheld; /* how many values of a message did not cross */
	bool secret;	 /* one of DCTX_SECRET crossed out, or nearly did */
	bool odd; /* each that did not come in counts as a local one */
};

struct dctxi_outgoing {
	const struct dctx_dir *dir;
	const dctx_encode_options *options;
	struct dctxi_gate *gate; /* NULL: all that have the policy cross */
	struct dctxi_scratch *scratch;
	struct dctxi_sorted *item; /* entries of the registry */
	size_t n, room;            /* `n` may be more while they are counted */
	struct dctxi_sorted *extra; /* keys of dctx_entry, not the registry's */
	size_t extras;
	const struct dctxi_limits *limits; /* or NULL */
	struct dctxi_limits_out limit;	   /* in use only when there are */
	bool calls_user;
	struct dctx_box members; /* instead of what the directory shows */
	size_t unsent;
	const dctx_key *first_unsent;
	dctx_entry seal; /* of who signs */
	unsigned char sealed[DCTXI_AUTH_VALUE_MAX];
	struct dctxi_sorted few[DCTXI_FEW];
};

/* Collects what of `dir` is to be sent through the gate, and the limits, NULL
 * for none, which are not looked at after this. NULL options are the default's.
 * On failure nothing is left to be ended. */
dctx_status dctxi_outgoing_begin(struct dctxi_outgoing *o,
				 const struct dctx_dir *dir,
				 const dctx_encode_options *options,
				 const struct dctxi_limits *limits,
				 struct dctxi_gate *gate);

/* Ends it without a message. */
void dctxi_outgoing_end(struct dctxi_outgoing *o);

/* Writes it with `n_names` names, oldest first, as dctx_snapshot_encode does,
 * and ends it. The directory and the names must stay as they are meanwhile. */
dctx_status dctxi_outgoing_write(struct dctxi_outgoing *o,
				 const char *const *names, size_t n_names,
				 void *buf, size_t size, size_t *out_len);

#endif
