/* SPDX-License-Identifier: MIT */
/*
 * view.h - one key of each kind, and what all of them show, as numbers that can
 * be compared. A signal handler may look: nothing here does more than read.
 */
#ifndef DCTXT_VIEW_H
#define DCTXT_VIEW_H

#include <dctx/dctx.h>

/* Every kind of number: its tag, its C type, its macro's name. */
#define DCTXT_NUMBERS(X)                                                      \
	X(i8, int8_t, I8)                                                     \
	X(i16, int16_t, I16)                                                  \
	X(i32, int32_t, I32)                                                  \
	X(i64, int64_t, I64)                                                  \
	X(u8, uint8_t, U8)                                                    \
	X(u16, uint16_t, U16)                                                 \
	X(u32, uint32_t, U32)                                                 \
	X(u64, uint64_t, U64)                                                 \
	X(f32, float, F32)                                                    \
	X(f64, double, F64)

/* An object whose words are all the same as long as it is alive. */
struct dctxt_whole {
	uint64_t word[8];
};

#define DCTXT_DECLARE_(tag, T, KIND) DCTX_KEY_DECLARE_##KIND(dctxt_k_##tag);
DCTXT_NUMBERS(DCTXT_DECLARE_)
DCTX_KEY_DECLARE_BOOL(dctxt_k_bool);
DCTX_KEY_DECLARE_STR(dctxt_k_str);
DCTX_KEY_DECLARE_STR(dctxt_k_large);
DCTX_KEY_DECLARE_STR(dctxt_k_closed);
DCTX_KEY_DECLARE_BYTES(dctxt_k_bytes);
DCTX_KEY_DECLARE_TYPE(dctxt_k_whole, struct dctxt_whole);
/* Registered by nothing but its first set, on a page of its own. Closed. */
extern dctx_key dctxt_k_late;

enum {
#define DCTXT_VIEW_AT_(tag, T, KIND) DCTXT_VIEW_##tag,
	DCTXT_NUMBERS(DCTXT_VIEW_AT_)
	DCTXT_VIEW_bool,
	DCTXT_VIEW_str,
	DCTXT_VIEW_large,
	DCTXT_VIEW_closed,
	DCTXT_VIEW_bytes,
	DCTXT_VIEW_whole,
	DCTXT_VIEW_LATE,
	DCTXT_VIEW_KEYS
};

/* What each key shows: 0 when it is absent, 1 when it is torn. */
struct dctxt_view {
	uint64_t shows[DCTXT_VIEW_KEYS];
};

/* The name of the key that a view has at that place. */
const char *dctxt_view_name(int at);

/* Look at a store or a snapshot through the inlines, and through the calls
 * that the library exports. */
void dctxt_view_store(const dctx_store *store, struct dctxt_view *out);
void dctxt_view_store_called(const dctx_store *store, struct dctxt_view *out);
void dctxt_view_snapshot(const dctx_snapshot *snapshot, struct dctxt_view *out);
void dctxt_view_snapshot_called(const dctx_snapshot *snapshot,
				struct dctxt_view *out);

/* Set every registered key above, DCTXT_VIEW_SET of them, to a value that
 * belongs to `v`, from 1 to 20; those of two neighbours differ. And remove
 * them all. */
#define DCTXT_VIEW_SET DCTXT_VIEW_LATE
void dctxt_view_set(dctx_store *store, int v);
void dctxt_view_replace(dctx_store *store, int v);
void dctxt_view_unset(dctx_store *store);

#endif
