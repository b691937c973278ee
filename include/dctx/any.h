/* SPDX-License-Identifier: MIT */
/*
 * dctx/any.h - values whose kind is known at run time, and keys by name: for
 * bindings, tools and configuration.
 *
 *     dctx_set_named("tenant", &DCTX_ANY(7));
 *     dctx_any tenant;
 *     dctx_get_named("tenant", &tenant);   // kind DCTX_KIND_U32, as.u 7
 */
#ifndef DCTX_ANY_H
#define DCTX_ANY_H

#include <dctx/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A value with its kind. Texts, bytes and objects are somebody else's: those
 * of a get are borrowed as a get's are, with a NUL after texts and bytes.
 * All zero it is no value at all.
 * Since: 0.1.
 */
typedef struct dctx_any {
	dctx_kind kind;        /* says which member counts; 0: no value */
	const dctx_type *type; /* of DCTX_KIND_TYPE, else NULL */
	union {
		bool b;             /* bool */
		int64_t i;          /* i8 to i64 */
		uint64_t u;         /* u8 to u64 */
		double f;           /* f32 and f64 */
		dctx_bytes bytes;   /* text and bytes */
		const void *object; /* a user's type */
	} as;
} dctx_any;

/*
 * Names a kind as the macros do, in lower case: "bool", "u64", "str", "type".
 * Returns: a string that is never freed; "none" for 0, "unknown" for a number
 * that is no kind. Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API const char *dctx_kind_name(uint32_t kind);

/*
 * Reads what is visible under a key of any kind, in a store or in a snapshot
 * (NULL counts as empty). *out gets kind 0 when there is no value.
 * Returns: whether there is one; false, with nothing written, for a NULL.
 * Owns: borrowed as of dctx_store_get_str. Threads: the store's flow; a
 * snapshot's, any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_store_get_any(const dctx_store *store, const dctx_key *key,
				 dctx_any *out);
DCTX_API bool dctx_snapshot_get_any(const dctx_snapshot *snapshot,
				    const dctx_key *key, dctx_any *out);

/*
 * Sets a key in the innermost scope to a copy of `value`. A bool or integer key
 * takes a bool or an integer of any width, when the value is in the key's
 * range; a float key any number; the others their own kind and type alone.
 * Returns: as dctx_store_set_TAG and dctx_store_set_str; DCTX_WRONG_TYPE with
 * both kinds in dctx_last_error; DCTX_INVALID for a NULL, kind 0, or a number
 * out of the key's range. Threads, allocates: as these. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_any(dctx_store *store, dctx_key *key,
					const dctx_any *value);

/*
 * Set, remove and read by the name of a key of the global registry. A get of a
 * key without a value is DCTX_OK with kind 0.
 * Returns: as the forms above and dctx_store_unset_key; DCTX_UNKNOWN_KEY, with
 * the name in dctx_last_error, when no such key is registered; DCTX_INVALID
 * for a NULL (but a NULL snapshot). *out is written only on DCTX_OK.
 * Threads, allocates: as the forms above. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_named(dctx_store *store, const char *name,
					  const dctx_any *value);
DCTX_API dctx_status dctx_store_unset_named(dctx_store *store,
					    const char *name);
DCTX_API dctx_status dctx_store_get_named(const dctx_store *store,
					  const char *name, dctx_any *out);
DCTX_API dctx_status dctx_snapshot_get_named(const dctx_snapshot *snapshot,
					     const char *name, dctx_any *out);

/* The same of the current store; `key` is a dctx_key's address. Since: 0.1. */
#define dctx_get_any(key, out) dctx_store_get_any(DCTX_CURRENT_, (key), (out))
#define dctx_set_any(key, value)                                              \
	dctx_store_set_any(dctx_current(), (key), (value))
#define dctx_set_named(name, value)                                           \
	dctx_store_set_named(dctx_current(), (name), (value))
#define dctx_unset_named(name) dctx_store_unset_named(dctx_current(), (name))
#define dctx_get_named(name, out)                                             \
	dctx_store_get_named(DCTX_CURRENT_, (name), (out))

/* What DCTX_ANY chooses from. */
#define DCTX_ANY_FROM_(tag, T, KIND, member, value)                           \
	__attribute__((unused)) static inline dctx_any dctx_any_##tag(T v)    \
	{                                                                     \
		dctx_any any;                                                 \
                                                                              \
		any.kind = KIND;                                              \
		any.type = NULL;                                              \
		any.as.member = value;                                        \
		return any;                                                   \
	}
#define DCTX_ANY_BY_SIZE_(T, small, large)                                    \
	(sizeof(T) == 4 ? DCTX_KIND_##small : DCTX_KIND_##large)
#ifdef __CHAR_UNSIGNED__
DCTX_ANY_FROM_(char, char, DCTX_KIND_U8, u, (uint64_t)v)
#else
DCTX_ANY_FROM_(char, char, DCTX_KIND_I8, i, v)
#endif
DCTX_ANY_FROM_(bool, bool, DCTX_KIND_BOOL, b, v)
DCTX_ANY_FROM_(schar, signed char, DCTX_KIND_I8, i, v)
DCTX_ANY_FROM_(short, short, DCTX_KIND_I16, i, v)
DCTX_ANY_FROM_(int, int, DCTX_KIND_I32, i, v)
DCTX_ANY_FROM_(long, long, DCTX_ANY_BY_SIZE_(long, I32, I64), i, v)
DCTX_ANY_FROM_(llong, long long, DCTX_KIND_I64, i, v)
DCTX_ANY_FROM_(uchar, unsigned char, DCTX_KIND_U8, u, v)
DCTX_ANY_FROM_(ushort, unsigned short, DCTX_KIND_U16, u, v)
DCTX_ANY_FROM_(uint, unsigned, DCTX_KIND_U32, u, v)
DCTX_ANY_FROM_(ulong, unsigned long, DCTX_ANY_BY_SIZE_(long, U32, U64), u, v)
DCTX_ANY_FROM_(ullong, unsigned long long, DCTX_KIND_U64, u, v)
DCTX_ANY_FROM_(float, float, DCTX_KIND_F32, f, (double)v)
DCTX_ANY_FROM_(double, double, DCTX_KIND_F64, f, v)
DCTX_ANY_FROM_(bytes, dctx_bytes, DCTX_KIND_BYTES, bytes, v)

/* A text; of NULL no value. */
__attribute__((unused)) static inline dctx_any dctx_any_text(const char *text)
{
	dctx_any any;

	any.kind = text != NULL ? DCTX_KIND_STR : (dctx_kind)0;
	any.type = NULL;
	any.as.bytes.data = text;
	any.as.bytes.len = text != NULL ? __builtin_strlen(text) : 0;
	return any;
}

/* An object. */
__attribute__((unused)) static inline dctx_any
dctx_any_object(const dctx_type *type, const void *object)
{
	dctx_any any;

	any.kind = DCTX_KIND_TYPE;
	any.type = type;
	any.as.object = object;
	return any;
}

#ifdef __cplusplus
}
#endif

/*
 * DCTX_ANY(x) makes a dctx_any of a C value: a bool, an integer (its kind is
 * that of its width), a float or double, a text (char *), or dctx_bytes.
 * DCTX_ANY_OBJECT(type, object) makes one of a user's object. The address may
 * be taken at once, as the calls above want it: &DCTX_ANY(7), good until the
 * end of the block in C, of the full expression in C++.
 * Since: 0.1.
 */
#ifdef __cplusplus
#include <dctx/any_cxx.h>
#else
#define DCTX_ANY(x) DCTX_ANY_LVALUE_(DCTX_ANY_BY_TYPE_(x)(x))
#define DCTX_ANY_OBJECT(type, object)                                         \
	DCTX_ANY_LVALUE_(dctx_any_object((type), (object)))
#define DCTX_ANY_LVALUE_(any) (*(dctx_any[1]){any})
#define DCTX_ANY_BY_TYPE_(x)                                                  \
	_Generic((x),                                                         \
		bool: dctx_any_bool, char: dctx_any_char,                     \
		signed char: dctx_any_schar, unsigned char: dctx_any_uchar,   \
		short: dctx_any_short, unsigned short: dctx_any_ushort,       \
		int: dctx_any_int, unsigned: dctx_any_uint,                   \
		long: dctx_any_long, unsigned long: dctx_any_ulong,           \
		long long: dctx_any_llong,                                    \
		unsigned long long: dctx_any_ullong,                          \
		float: dctx_any_float, double: dctx_any_double,               \
		char *: dctx_any_text, const char *: dctx_any_text,           \
		dctx_bytes: dctx_any_bytes)
#endif

#endif
