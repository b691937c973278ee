/* SPDX-License-Identifier: MIT */
/*
 * dctx/inline.h - the bodies of what DCTX_FAST marks. Their contracts stand in
 * value.h, which includes this.
 */
#ifndef DCTX_VALUE_H
#include <dctx/value.h>
#elif !defined(DCTX_INLINE_H) && !defined(DCTX_TLS_DYNAMIC)
#define DCTX_INLINE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The word that `key` has in `dir`. Acquire: the slot was written before the
 * page (registry.c). */
__attribute__((unused)) static inline uintptr_t
dctx_abi_key_word(const struct dctx_dir *dir, const dctx_key *key)
{
	uint32_t page = __atomic_load_n(&key->page, __ATOMIC_ACQUIRE);

	return dctx_abi_word(dir, page,
			     __atomic_load_n(&key->slot, __ATOMIC_RELAXED));
}

/* A store's directory. */
__attribute__((unused)) static inline const struct dctx_dir *
dctx_abi_dir(const dctx_store *store)
{
	return __atomic_load_n(&store->dir, __ATOMIC_RELAXED);
}

/* A snapshot's directory: like a store's, its first word. */
__attribute__((unused)) static inline const struct dctx_dir *
dctx_abi_snapshot_dir(const dctx_snapshot *snapshot)
{
	if (snapshot == NULL)
		snapshot = dctx_snapshot_empty();
	return *(struct dctx_dir *const *)(const void *)snapshot;
}

/* Three forms each: from a directory, for a key whose type the compiler knows;
 * from a store or a snapshot, with the key's kind checked. */
#define DCTX_GET_BODY_(tag, T, KIND, from)                                    \
	__attribute__((unused)) static inline T dctx_abi_get_##tag(           \
		const struct dctx_dir *dir, const dctx_key *key, T otherwise) \
	{                                                                     \
		uintptr_t word = dctx_abi_key_word(dir, key);                 \
                                                                              \
		return word & 1 ? from(T, dctx_abi_box(word)) : otherwise;    \
	}                                                                     \
	DCTX_FAST T dctx_store_get_##tag(const dctx_store *store,             \
					 const dctx_key *key, T otherwise)    \
	{                                                                     \
		if (!DCTX_LIKELY(key->kind == KIND))                          \
			return otherwise;                                     \
		return dctx_abi_get_##tag(dctx_abi_dir(store), key,           \
					  otherwise);                         \
	}                                                                     \
	DCTX_FAST T dctx_snapshot_get_##tag(const dctx_snapshot *snapshot,    \
					    const dctx_key *key, T otherwise) \
	{                                                                     \
		if (!DCTX_LIKELY(key->kind == KIND))                          \
			return otherwise;                                     \
		return dctx_abi_get_##tag(dctx_abi_snapshot_dir(snapshot),    \
					  key, otherwise);                    \
	}

/* Scalars go through 64 bits: integers by conversion, floats by their bits. */
#define DCTX_SET_BODY_(tag, T, KIND, to)                                      \
	DCTX_FAST dctx_status dctx_store_set_##tag(dctx_store *store,         \
						   dctx_key *key, T value)    \
	{                                                                     \
		return dctx_store_set_bits(store, key, KIND, to(value));      \
	}

/* A float from its bits. */
__attribute__((unused)) static inline float dctx_abi_f32(uint64_t bits)
{
	union { uint32_t u; float f; } pun = {(uint32_t)bits};
	return pun.f;
}

/* A float's bits. */
__attribute__((unused)) static inline uint64_t dctx_abi_f32_bits(float f)
{
	union { float f; uint32_t u; } pun = {f};
	return pun.u;
}

/* A double from its bits. */
__attribute__((unused)) static inline double dctx_abi_f64(uint64_t bits)
{
	union { uint64_t u; double f; } pun = {bits};
	return pun.f;
}

/* A double's bits. */
__attribute__((unused)) static inline uint64_t dctx_abi_f64_bits(double f)
{
	union { double f; uint64_t u; } pun = {f};
	return pun.u;
}

/* A box's bytes. */
__attribute__((unused)) static inline dctx_bytes
dctx_abi_bytes(const struct dctx_box *box)
{
	dctx_bytes bytes = {box->value.p, box->len};
	return bytes;
}

#define DCTX_INT_FROM_(T, box) ((T)(box)->value.u)
#define DCTX_INT_TO_(v) ((uint64_t)(v))
#define DCTX_F32_FROM_(T, box) dctx_abi_f32((box)->value.u)
#define DCTX_F64_FROM_(T, box) dctx_abi_f64((box)->value.u)
#define DCTX_POINTER_FROM_(T, box) ((T)(box)->value.p)
#define DCTX_BYTES_FROM_(T, box) dctx_abi_bytes(box)

DCTX_GET_BODY_(bool, bool, DCTX_KIND_BOOL, DCTX_INT_FROM_)
DCTX_GET_BODY_(i8, int8_t, DCTX_KIND_I8, DCTX_INT_FROM_)
DCTX_GET_BODY_(i16, int16_t, DCTX_KIND_I16, DCTX_INT_FROM_)
DCTX_GET_BODY_(i32, int32_t, DCTX_KIND_I32, DCTX_INT_FROM_)
DCTX_GET_BODY_(i64, int64_t, DCTX_KIND_I64, DCTX_INT_FROM_)
DCTX_GET_BODY_(u8, uint8_t, DCTX_KIND_U8, DCTX_INT_FROM_)
DCTX_GET_BODY_(u16, uint16_t, DCTX_KIND_U16, DCTX_INT_FROM_)
DCTX_GET_BODY_(u32, uint32_t, DCTX_KIND_U32, DCTX_INT_FROM_)
DCTX_GET_BODY_(u64, uint64_t, DCTX_KIND_U64, DCTX_INT_FROM_)
DCTX_GET_BODY_(f32, float, DCTX_KIND_F32, DCTX_F32_FROM_)
DCTX_GET_BODY_(f64, double, DCTX_KIND_F64, DCTX_F64_FROM_)
DCTX_SET_BODY_(bool, bool, DCTX_KIND_BOOL, DCTX_INT_TO_)
DCTX_SET_BODY_(i8, int8_t, DCTX_KIND_I8, DCTX_INT_TO_)
DCTX_SET_BODY_(i16, int16_t, DCTX_KIND_I16, DCTX_INT_TO_)
DCTX_SET_BODY_(i32, int32_t, DCTX_KIND_I32, DCTX_INT_TO_)
DCTX_SET_BODY_(i64, int64_t, DCTX_KIND_I64, DCTX_INT_TO_)
DCTX_SET_BODY_(u8, uint8_t, DCTX_KIND_U8, DCTX_INT_TO_)
DCTX_SET_BODY_(u16, uint16_t, DCTX_KIND_U16, DCTX_INT_TO_)
DCTX_SET_BODY_(u32, uint32_t, DCTX_KIND_U32, DCTX_INT_TO_)
DCTX_SET_BODY_(u64, uint64_t, DCTX_KIND_U64, DCTX_INT_TO_)
DCTX_SET_BODY_(f32, float, DCTX_KIND_F32, dctx_abi_f32_bits)
DCTX_SET_BODY_(f64, double, DCTX_KIND_F64, dctx_abi_f64_bits)

/* Texts, bytes and objects: the box has the address and the length. */
DCTX_GET_BODY_(str, const char *, DCTX_KIND_STR, DCTX_POINTER_FROM_)
DCTX_GET_BODY_(type, const void *, DCTX_KIND_TYPE, DCTX_POINTER_FROM_)
DCTX_GET_BODY_(bytes, dctx_bytes,
	       (key->kind == DCTX_KIND_STR ? key->kind
					   : (uint32_t)DCTX_KIND_BYTES),
	       DCTX_BYTES_FROM_)

/* See value.h. */
DCTX_FAST bool dctx_store_has_key(const dctx_store *store, const dctx_key *key)
{
	return dctx_abi_key_word(dctx_abi_dir(store), key) & 1;
}

/* See value.h. */
DCTX_FAST bool dctx_snapshot_has_key(const dctx_snapshot *snapshot,
				     const dctx_key *key)
{
	return dctx_abi_key_word(dctx_abi_snapshot_dir(snapshot), key) & 1;
}

#ifdef __cplusplus
}
#endif
#endif
