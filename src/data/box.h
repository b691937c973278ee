/* SPDX-License-Identifier: MIT */
/*
 * Boxes and the counted objects behind large ones.
 *
 * Theory. A box stands in a store's log or in a snapshot and never changes
 * once published, except that its own flow may overwrite a scalar set in the
 * same scope. A value of the user's type, a secret, and a text or bytes of
 * DCTXI_INLINE_MAX or more, is an object of its own: made once, then shared by
 * stores and snapshots of any thread by an atomic count, never written again.
 * The last reference destroys it, on the thread that drops it, with no lock
 * held and no store half-changed.
 */
#ifndef DCTXI_BOX_H
#define DCTXI_BOX_H

#include "data/dir.h"

#include <dctx/key.h>

/* What a box's `kind` word tells. */
#define DCTXI_BOX_COUNTED 1u /* value.p is an object's data */
#define DCTXI_BOX_BYTES 16u  /* value.p is bytes beside it, a NUL after them */
#define DCTXI_BOX_ROOT 2u    /* set at a store's root */
#define DCTXI_BOX_SPARE 4u   /* a record between two replaces: no value */
#define DCTXI_BOX_DEAD 8u    /* hides a closed key below a dead scope */
#define DCTXI_BOX_DIR 32u    /* its slot is the store's directory */
#define DCTXI_BOX_WORD 64u   /* its slot is another word of the store */
#define DCTXI_BOX_CELL 128u  /* value.p is a cell, with a reference */
/* Of an insert (flow/insert.h): it is one; was left and keeps its place; is
 * there to be used again. */
#define DCTXI_BOX_INSERT 256u
#define DCTXI_BOX_PARKED 512u
#define DCTXI_BOX_FREE 1024u

/* From this length on, bytes are an object instead of a copy in the log. */
#define DCTXI_INLINE_MAX 512u

/* What `len` bytes beside their box take, in a log and in a snapshot alike:
 * with a NUL, up to the next whole word, so that copies go by words. */
static inline size_t dctxi_inline_size(size_t len)
{
	return (len + 8) & ~(size_t)7;
}

struct dctxi_object {
	void *held; /* first: the link while the user's code works on it */
	const dctx_type *type; /* of DCTX_KIND_TYPE, else NULL */
	uint32_t kind;         /* a scalar, too: its 64 bits are the data */
	uint32_t refs;
	uint32_t len; /* of bytes, without the NUL after them */
	uint16_t secret; /* to be wiped: a key with DCTX_SECRET had it */
	uint16_t part; /* of something that its type's destroy frees, too */
	_Alignas(16) unsigned char data[];
};

/* Makes an object of a text or bytes that holds `len` bytes and a NUL; of a
 * scalar's bits; or room for one of `type`, zeroed. One reference. NULL without
 * memory. */
struct dctxi_object *dctxi_object_bytes(uint32_t kind, const void *bytes,
					uint32_t len);
struct dctxi_object *dctxi_object_bits(uint32_t kind, uint64_t bits);
struct dctxi_object *dctxi_object_room(const dctx_type *type);

/* The bytes that the whole of it takes. */
size_t dctxi_object_size(const struct dctxi_object *object);

/* Makes an object that is a copy of the user's; DCTX_NOMEM, or copy's own
 * status. */
dctx_status dctxi_object_copy(const dctx_type *type, const void *value,
			      struct dctxi_object **out);

/* Whether a value of `len` bytes becomes an object: one that has to be wiped is
 * in one place only. */
static inline bool dctxi_is_large(const dctx_key *key, size_t len)
{
	return len >= DCTXI_INLINE_MAX || key->policy & DCTX_SECRET;
}

/* From now on it is a value of this key's; NULL is fine. */
void dctxi_object_of_key(struct dctxi_object *object, const dctx_key *key);

/* Frees an object whose value was never made. */
void dctxi_object_discard(struct dctxi_object *object);

void dctxi_object_ref(const void *data);
void dctxi_object_unref(const void *data);

/* The box a slot's word points at, or NULL when it holds no value. */
static inline const struct dctx_box *dctxi_box(uintptr_t word)
{
	return word & 1 ? dctx_abi_box(word) : NULL;
}

static inline struct dctxi_object *dctxi_object_of(const void *data)
{
	return (struct dctxi_object *)((uintptr_t)data -
				       offsetof(struct dctxi_object, data));
}

#endif
