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

/* The box that `key` has in `dir` when it is of `kind`, else NULL. */
__attribute__((unused)) static inline const struct dctx_box *
dctx_abi_find(const struct dctx_dir *dir, const dctx_key *key, uint32_t kind)
{
	uint32_t index = __atomic_load_n(&key->index, __ATOMIC_RELAXED);

	if (!DCTX_LIKELY(key->kind == kind))
		return NULL;
	return dctx_abi_box(dctx_abi_word(dir, index));
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

/* Scalars go through 64 bits: integers by conversion, floats by their bits. */
#define DCTX_SCALAR_BODY_(tag, T, KIND, from, to)                             \
	DCTX_FAST T dctx_store_get_##tag(const dctx_store *store,             \
					 const dctx_key *key, T otherwise)    \
	{                                                                     \
		const struct dctx_box *box =                                  \
			dctx_abi_find(dctx_abi_dir(store), key, KIND);        \
		return box != NULL ? from(T, box->value.u) : otherwise;       \
	}                                                                     \
	DCTX_FAST T dctx_snapshot_get_##tag(const dctx_snapshot *snapshot,    \
					    const dctx_key *key, T otherwise) \
	{                                                                     \
		const struct dctx_box *box = dctx_abi_find(                   \
			dctx_abi_snapshot_dir(snapshot), key, KIND);          \
		return box != NULL ? from(T, box->value.u) : otherwise;       \
	}                                                                     \
	DCTX_FAST dctx_status dctx_store_set_##tag(dctx_store *store,         \
						   dctx_key *key, T value)    \
	{                                                                     \
		return dctx_store_set_bits(store, key, KIND, to(value));      \
	}

__attribute__((unused)) static inline float dctx_abi_f32(uint64_t bits)
{
	union { uint32_t u; float f; } pun = {(uint32_t)bits};
	return pun.f;
}

__attribute__((unused)) static inline uint64_t dctx_abi_f32_bits(float f)
{
	union { float f; uint32_t u; } pun = {f};
	return pun.u;
}

__attribute__((unused)) static inline double dctx_abi_f64(uint64_t bits)
{
	union { uint64_t u; double f; } pun = {bits};
	return pun.f;
}

__attribute__((unused)) static inline uint64_t dctx_abi_f64_bits(double f)
{
	union { double f; uint64_t u; } pun = {f};
	return pun.u;
}

#define DCTX_INT_FROM_(T, bits) ((T)(bits))
#define DCTX_INT_TO_(v) ((uint64_t)(v))
#define DCTX_F32_FROM_(T, bits) dctx_abi_f32(bits)
#define DCTX_F64_FROM_(T, bits) dctx_abi_f64(bits)

DCTX_SCALAR_BODY_(bool, bool, DCTX_KIND_BOOL, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(i8, int8_t, DCTX_KIND_I8, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(i16, int16_t, DCTX_KIND_I16, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(i32, int32_t, DCTX_KIND_I32, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(i64, int64_t, DCTX_KIND_I64, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(u8, uint8_t, DCTX_KIND_U8, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(u16, uint16_t, DCTX_KIND_U16, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(u32, uint32_t, DCTX_KIND_U32, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(u64, uint64_t, DCTX_KIND_U64, DCTX_INT_FROM_, DCTX_INT_TO_)
DCTX_SCALAR_BODY_(f32, float, DCTX_KIND_F32, DCTX_F32_FROM_, dctx_abi_f32_bits)
DCTX_SCALAR_BODY_(f64, double, DCTX_KIND_F64, DCTX_F64_FROM_, dctx_abi_f64_bits)

/* Texts, bytes and objects: the box has the address and the length. */
#define DCTX_POINTER_BODY_(owner, dir_of)                                     \
	DCTX_FAST const char *dctx_##owner##_get_str(                         \
		const dctx_##owner *from, const dctx_key *key,                \
		const char *otherwise)                                        \
	{                                                                     \
		const struct dctx_box *box =                                  \
			dctx_abi_find(dir_of(from), key, DCTX_KIND_STR);      \
		return box != NULL ? (const char *)box->value.p : otherwise;  \
	}                                                                     \
	DCTX_FAST dctx_bytes dctx_##owner##_get_bytes(                        \
		const dctx_##owner *from, const dctx_key *key,                \
		dctx_bytes otherwise)                                         \
	{                                                                     \
		uint32_t kind = DCTX_KIND_BYTES;                              \
		const struct dctx_box *box;                                   \
                                                                              \
		if (key->kind == DCTX_KIND_STR)                               \
			kind = DCTX_KIND_STR;                                 \
		box = dctx_abi_find(dir_of(from), key, kind);                 \
		if (box != NULL) {                                            \
			otherwise.data = box->value.p;                        \
			otherwise.len = box->len;                             \
		}                                                             \
		return otherwise;                                             \
	}                                                                     \
	DCTX_FAST const void *dctx_##owner##_get_type(                        \
		const dctx_##owner *from, const dctx_key *key,                \
		const void *otherwise)                                        \
	{                                                                     \
		const struct dctx_box *box =                                  \
			dctx_abi_find(dir_of(from), key, DCTX_KIND_TYPE);     \
		return box != NULL ? box->value.p : otherwise;                \
	}                                                                     \
	DCTX_FAST bool dctx_##owner##_has_key(const dctx_##owner *from,       \
					      const dctx_key *key)            \
	{                                                                     \
		return dctx_abi_find(dir_of(from), key, key->kind) != NULL;   \
	}

DCTX_POINTER_BODY_(store, dctx_abi_dir)
DCTX_POINTER_BODY_(snapshot, dctx_abi_snapshot_dir)

#ifdef __cplusplus
}
#endif
#endif
