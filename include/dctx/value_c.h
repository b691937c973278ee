/* SPDX-License-Identifier: MIT */
/* dctx/value_c.h - the typed macros for C; value.h includes this. */
#ifndef DCTX_VALUE_H
#include <dctx/value.h>
#elif !defined(DCTX_VALUE_C_H) && !defined(__cplusplus)
#define DCTX_VALUE_C_H

/* One function of a family, by the key's witness; a key of no known kind does
 * not compile. */
#define DCTX_BY_KIND_(k, f)                                                   \
	_Generic((k).is,                                                      \
		struct dctx_is_bool *: f##_bool,                              \
		struct dctx_is_i8 *: f##_i8,                                  \
		struct dctx_is_i16 *: f##_i16,                                \
		struct dctx_is_i32 *: f##_i32,                                \
		struct dctx_is_i64 *: f##_i64,                                \
		struct dctx_is_u8 *: f##_u8,                                  \
		struct dctx_is_u16 *: f##_u16,                                \
		struct dctx_is_u32 *: f##_u32,                                \
		struct dctx_is_u64 *: f##_u64,                                \
		struct dctx_is_f32 *: f##_f32,                                \
		struct dctx_is_f64 *: f##_f64,                                \
		struct dctx_is_str *: f##_str,                                \
		struct dctx_is_bytes *: f##_bytes,                            \
		struct dctx_is_type *: f##_type)

/* Whether the value's type fits the key's: an integer an integer key, any
 * number a float key, a text a text key, an object its own type's. */
#define DCTX_IS_INT_(v)                                                       \
	_Generic((v), bool: 1, char: 1, signed char: 1, unsigned char: 1,     \
		short: 1, unsigned short: 1, int: 1, unsigned: 1, long: 1,    \
		unsigned long: 1, long long: 1, unsigned long long: 1,        \
		default: 0)
#define DCTX_IS_NUMBER_(v)                                                    \
	(DCTX_IS_INT_(v) || _Generic((v), float: 1, double: 1, default: 0))
#define DCTX_IS_TEXT_(v) _Generic((v), char *: 1, const char *: 1, default: 0)
#define DCTX_IS_BYTES_(v) _Generic((v), dctx_bytes: 1, default: 0)
#define DCTX_IS_OBJECT_(k, v)                                                 \
	(__builtin_types_compatible_p(__typeof__(*(k).type), __typeof__(v)) || \
	 __builtin_types_compatible_p(__typeof__(*(k).plain), __typeof__(v)))
#define DCTX_FITS_(k, v)                                                      \
	_Generic((k).is,                                                      \
		struct dctx_is_f32 *: DCTX_IS_NUMBER_(v),                     \
		struct dctx_is_f64 *: DCTX_IS_NUMBER_(v),                     \
		struct dctx_is_str *: DCTX_IS_TEXT_(v),                       \
		struct dctx_is_bytes *: DCTX_IS_BYTES_(v),                    \
		struct dctx_is_type *: DCTX_IS_OBJECT_(k, v),                 \
		default: DCTX_IS_INT_(v))
#define DCTX_MUST_FIT_(k, v)                                                  \
	_Static_assert(DCTX_FITS_(k, v),                                      \
		       "dctx: the value's type is not the key's")
/* A default may also be a null pointer. */
#define DCTX_MUST_FIT_OR_NULL_(k, v)                                          \
	_Static_assert(                                                       \
		DCTX_FITS_(k, v) ||                                           \
			(_Generic((k).is, struct dctx_is_str *: 1,            \
				  struct dctx_is_type *: 1, default: 0) &&    \
			 _Generic((v), void *: 1, default: 0)),               \
		"dctx: the default's type is not the key's")

/*
 * Reads the value of a key, or `otherwise`: see dctx_store_get_u64. The result
 * has the key's type (const char *, dctx_bytes, const T *).
 * Since: 0.1.
 */
#define dctx_store_get(s, k, otherwise)                                       \
	__extension__({                                                       \
		DCTX_MUST_FIT_OR_NULL_(k, otherwise);                         \
		__typeof__(*(k).type) dctx_value_ =                           \
			DCTX_STORE_GET_(s, k, otherwise);                     \
		dctx_value_;                                                  \
	})
#define dctx_get(k, otherwise) dctx_store_get(DCTX_CURRENT_, k, otherwise)
#define dctx_snapshot_get(s, k, otherwise)                                    \
	__extension__({                                                       \
		DCTX_MUST_FIT_OR_NULL_(k, otherwise);                         \
		__typeof__(*(k).type) dctx_value_ =                           \
			DCTX_SNAPSHOT_GET_(s, k, otherwise);                  \
		dctx_value_;                                                  \
	})

/* The compiler has checked the key's kind; a call checks it again. */
#ifdef DCTX_TLS_DYNAMIC
#define DCTX_STORE_GET_(s, k, otherwise)                                      \
	DCTX_BY_KIND_(k, dctx_store_get)((s), &(k).key, (otherwise))
#define DCTX_SNAPSHOT_GET_(s, k, otherwise)                                   \
	DCTX_BY_KIND_(k, dctx_snapshot_get)((s), &(k).key, (otherwise))
#else
#define DCTX_STORE_GET_(s, k, otherwise)                                      \
	DCTX_BY_KIND_(k, dctx_abi_get)                                        \
	(dctx_abi_dir(s), &(k).key, (otherwise))
#define DCTX_SNAPSHOT_GET_(s, k, otherwise)                                   \
	DCTX_BY_KIND_(k, dctx_abi_get)                                        \
	(dctx_abi_snapshot_dir(s), &(k).key, (otherwise))
#endif

/*
 * Sets a key in the innermost scope: see dctx_store_set_u64 and
 * dctx_store_set_str.
 * Since: 0.1.
 */
#define dctx_store_set(s, k, v)                                               \
	__extension__({                                                       \
		DCTX_MUST_FIT_(k, v);                                         \
		DCTX_BY_KIND_(k, dctx_store_set)((s), &(k).key, (v));         \
	})
#define dctx_set(k, v) dctx_store_set(DCTX_CURRENT_, k, v)

/*
 * Sets a key and frees at once what the same scope set: see
 * dctx_store_replace_str; of a scalar it is dctx_set.
 * Since: 0.1.
 */
#define dctx_store_replace(s, k, v)                                           \
	__extension__({                                                       \
		DCTX_MUST_FIT_(k, v);                                         \
		DCTX_BY_KIND_(k, dctx_store_replace)((s), &(k).key, (v));     \
	})
#define dctx_replace(k, v) dctx_store_replace(DCTX_CURRENT_, k, v)
#define dctx_store_replace_bool dctx_store_set_bool
#define dctx_store_replace_i8 dctx_store_set_i8
#define dctx_store_replace_i16 dctx_store_set_i16
#define dctx_store_replace_i32 dctx_store_set_i32
#define dctx_store_replace_i64 dctx_store_set_i64
#define dctx_store_replace_u8 dctx_store_set_u8
#define dctx_store_replace_u16 dctx_store_set_u16
#define dctx_store_replace_u32 dctx_store_set_u32
#define dctx_store_replace_u64 dctx_store_set_u64
#define dctx_store_replace_f32 dctx_store_set_f32
#define dctx_store_replace_f64 dctx_store_set_f64

/*
 * Changes a key: `change(&value, arg)` is given the visible value, or
 * `otherwise`, and what it leaves there is set in the innermost scope. The
 * function may use dctx freely. Not atomic: a store has one flow.
 * Returns: as the set. Since: 0.1.
 */
#define dctx_store_update(s, k, otherwise, change, arg)                       \
	__extension__({                                                       \
		dctx_store *dctx_store_ = (s);                                \
		__typeof__(*(k).type) dctx_new_ =                             \
			dctx_store_get(dctx_store_, k, otherwise);            \
		(change)(&dctx_new_, (arg));                                  \
		dctx_store_set(dctx_store_, k, dctx_new_);                    \
	})
#define dctx_update(k, otherwise, change, arg)                                \
	dctx_store_update(dctx_current(), k, otherwise, change, arg)

#endif
