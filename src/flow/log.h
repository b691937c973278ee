/* SPDX-License-Identifier: MIT */
/* Room in a store's log, and what is destroyed after it was left. */
#ifndef DCTXI_LOG_H
#define DCTXI_LOG_H

#include "flow/store.h"

/* Gives an untouched task's store its root and first chunk.
 * Returns: DCTX_OK; DCTX_NOMEM. */
dctx_status dctxi_log_begin(struct dctx_store *store);

/* Lays a root and a first chunk into memory of `size` bytes. */
void dctxi_log_lay(struct dctx_store *store, void *memory, size_t size,
		   struct dctx_snapshot *base);

/* Makes at least `size` bytes of room, if need be by going on in the next
 * chunk; *out_moved tells. Returns: DCTX_OK; DCTX_LIMIT; DCTX_NOMEM. */
dctx_status dctxi_log_reserve(struct dctx_store *store, size_t size,
			      bool *out_moved);

/* Sees to it that `size` bytes can be had without memory once everything from
 * `frame` on is left. Returns: as above. */
dctx_status dctxi_log_keep(struct dctx_store *store,
			   const struct dctx_frame *frame, size_t size);

/* The chunk that an address of the log lies in. */
struct dctxi_chunk *dctxi_log_chunk(const struct dctx_store *store,
				    const void *at);

/* Where a frame's name stands, if it is named. */
const char **dctxi_frame_name(const struct dctx_store *store,
			      const struct dctx_frame *frame);

/* Where the dead or free bytes below a frame begin. */
char *dctxi_frame_start(const struct dctx_frame *frame);

/* Frames that were taken off, from `frame` on, are yet to be destroyed: until
 * the log is given back their bytes are the innermost frame's, and their names
 * nobody's. */
void dctxi_log_lend(struct dctx_store *store, struct dctx_frame *frame);

/* Gives the log back from a frame on, which is left and destroyed. */
void dctxi_log_back(struct dctx_store *store, const struct dctx_frame *frame);

/* Gives back all of a log whose root has nothing left. */
void dctxi_log_restart(struct dctx_store *store);

/* Takes a chunk that holds nothing out of the log. */
void dctxi_chunk_remove(struct dctx_store *store, struct dctxi_chunk *chunk);

/* Frees all chunks; with `keep_first` but the first. */
void dctxi_log_free(struct dctx_store *store, bool keep_first);

/* Counts an object's bytes in and out of the store, for its ceiling.
 * Returns: DCTX_OK; DCTX_LIMIT, with nothing counted. */
dctx_status dctxi_log_charge(struct dctx_store *store, size_t bytes);
void dctxi_log_discharge(struct dctx_store *store, const void *data);

/* Destroys what was left, oldest leave first. Runs the user's code, and may not
 * come back. */
void dctxi_log_drain(struct dctx_store *store);

#endif
