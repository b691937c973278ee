/* SPDX-License-Identifier: MIT */
/* Where a value goes in a store. */
#ifndef DCTXI_SET_H
#define DCTXI_SET_H

#include "flow/store.h"

struct dctxi_place {
	struct dctx_store *store;
	struct dctx_frame *frame;
	uintptr_t *slot;
};

/* Finds the slot that a key may be written to in the innermost scope, and makes
 * `room` bytes in the log: everything that can fail, before anything changes.
 * Returns: as dctx_store_set_TAG. */
dctx_status dctxi_place_find(struct dctx_store *store, dctx_key *key,
			     uint32_t kind, size_t room,
			     struct dctxi_place *out);

/* Makes `room` bytes in the log of a store that is ready (dctxi_here), unless
 * its innermost scope is dead. Returns: DCTX_OK; DCTX_DEAD_SCOPE; DCTX_LIMIT;
 * DCTX_NOMEM. */
dctx_status dctxi_place_room(struct dctx_store *store, size_t room);

/* Copies a user's object for a key, before any place is looked for, since its
 * copy may use this very store. Returns: DCTX_INVALID, DCTX_WRONG_TYPE, as
 * dctx_key_register, or the copy's own. */
dctx_status dctxi_object_for(dctx_key *key, const void *value,
			     struct dctxi_object **out);

/* Sets a text or bytes: as dctx_store_set_bytes, of either kind. */
dctx_status dctxi_set_bytes(struct dctx_store *store, dctx_key *key,
			    uint32_t kind, dctx_bytes bytes);

/* Shows an object in the scope; takes over a reference of it on success.
 * Returns: as dctx_store_set_TAG; the failure is not yet told. */
dctx_status dctxi_set_object(struct dctx_store *store, dctx_key *key,
			     struct dctxi_object *object);

/* The same in place of what the scope set before, which is freed at once. */
dctx_status dctxi_replace_object(struct dctx_store *store, dctx_key *key,
				 struct dctxi_object *object);

/* Counts an object towards the store's ceiling; NULL stands for no memory.
 * Returns: DCTX_OK; DCTX_NOMEM; DCTX_LIMIT. */
dctx_status dctxi_place_charge(const struct dctxi_place *place,
			       struct dctxi_object *object);

/* Finds the place of an object and counts it, as the two above. */
dctx_status dctxi_place_object(struct dctx_store *store, dctx_key *key,
			       uint32_t kind, struct dctxi_object *object,
			       struct dctxi_place *out);

/* The word that undoing a place's next record brings back: the one from before
 * the scope. A record of the scope's own hands it over and undoes nothing any
 * more, so that leaving changes each slot once: a signal handler must not see
 * what was set in between. */
uintptr_t dctxi_place_older(const struct dctxi_place *place);

/* Whether an address of the log belongs to the place's frame. */
bool dctxi_place_has(const struct dctxi_place *place, const void *at);

/* The record that a slot's word stands for, when the scope itself set it. */
struct dctxi_record *dctxi_place_record(const struct dctxi_place *place);

/* Takes a record from the log, in the chain of the place's frame, with the
 * slot's word as its older one; its box is to be filled, then published. */
struct dctxi_record *dctxi_place_push(const struct dctxi_place *place,
				      size_t inline_bytes);

/* Shows a record's box: what its key now is. */
void dctxi_place_show(const struct dctxi_place *place,
		      struct dctxi_record *record, uintptr_t tag);

/* Sets what a box of a snapshot says, or removes the key. Room was made and an
 * object's bytes were counted, so this cannot fail; it takes a reference of its
 * own. The caller says that the scope changed. */
void dctxi_place_copy(const struct dctxi_place *place, uint32_t kind,
		      const struct dctx_box *box);
void dctxi_place_remove(const struct dctxi_place *place);

/* The scope changed: a capture of it is no longer what it would give. */
void dctxi_place_changed(const struct dctxi_place *place);

/* A write by a name that is no key's, or none at all, failed. */
dctx_status dctxi_name_failed(struct dctx_store *store, const char *name,
			      dctx_status status);

/* A key that is closed and shows something reads as absent from here on. */
void dctxi_key_hide(struct dctx_store *store, const dctx_key *key);

/* A write failed: counts it, tells it, and hides the key if it is closed. */
dctx_status dctxi_set_failed(struct dctx_store *store, dctx_key *key,
			     dctx_status status);

#endif
