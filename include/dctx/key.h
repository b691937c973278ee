/* SPDX-License-Identifier: MIT */
/*
 * dctx/key.h - static typed keys: what a context's values are called.
 *
 *     DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);  // .c
 *     DCTX_KEY_DECLARE_STR(k_request_id);                              // .h
 */
#ifndef DCTX_KEY_H
#define DCTX_KEY_H

#include <dctx/type.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Policy bits of a key: where its values may go. Without any a value stays in
 * the process: it crosses threads and tasks, and no border.
 * Since: 0.1.
 */
#define DCTX_LOCAL 0u   /* nothing more */
#define DCTX_WIRE 1u    /* travels in envelopes, out and in */
#define DCTX_BAGGAGE 2u /* may travel as W3C baggage */
#define DCTX_LOG 4u     /* may be shown in log lines */
#define DCTX_CLOSED 8u  /* reads as absent after a failed set */

/*
 * A key without its compile-time type. Define keys with the macros below; the
 * object must live as long as the process. Its place in every directory (page
 * and slot) is given when it is registered: by the constructor that the macros
 * add, else at the first set. Keys of equal name, type and options share one.
 * Since: 0.1.
 */
typedef struct dctx_key {
	uint32_t page;         /* 0 until registered; the library's */
	uint32_t slot;         /* the library's */
	uint32_t scalar;       /* the kind, when its value is bits; its own */
	uint32_t kind;         /* a dctx_kind */
	uint32_t policy;       /* DCTX_WIRE and so on */
	uint32_t version;      /* of the value's wire form */
	const char *name;      /* UTF-8, 255 bytes at most */
	const dctx_type *type; /* of DCTX_KIND_TYPE, else NULL */
	const void *reserved[2];
} dctx_key;

/*
 * Gives a key its place; again is fine. Needed only for keys made by hand.
 * Keeps: `key`, for the life of the process.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a name that is NULL, not UTF-8,
 * too long or under "dctx.", a kind that is none, a type without name or size;
 * DCTX_CONFLICT when the name has another type or other options, with the name
 * in dctx_last_error; DCTX_LIMIT past 16,376 keys; DCTX_NOMEM.
 * Threads: any. Blocks: on the registry's lock. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_key_register(dctx_key *key);

/* The constructor's form of dctx_key_register: tells the hook of a failure
 * instead of the caller. Since: 0.1. */
DCTX_API void dctx_key_register_at_load(dctx_key *key);

/*
 * Types that name a kind for the compiler only; a key's union carries one as a
 * witness, and a pointer to what a get returns.
 */
#define DCTX_KEY_UNION_(tag, get_t, plain_t)                                 \
	{                                                                     \
		dctx_key key;                                                 \
		struct dctx_is_##tag *is;                                     \
		get_t *type;                                                  \
		plain_t *plain;                                               \
	}

/* The typed keys. Since: 0.1. */
typedef union dctx_key_bool DCTX_KEY_UNION_(bool, bool, bool) dctx_key_bool;
typedef union dctx_key_i8 DCTX_KEY_UNION_(i8, int8_t, int8_t) dctx_key_i8;
typedef union dctx_key_i16 DCTX_KEY_UNION_(i16, int16_t, int16_t) dctx_key_i16;
typedef union dctx_key_i32 DCTX_KEY_UNION_(i32, int32_t, int32_t) dctx_key_i32;
typedef union dctx_key_i64 DCTX_KEY_UNION_(i64, int64_t, int64_t) dctx_key_i64;
typedef union dctx_key_u8 DCTX_KEY_UNION_(u8, uint8_t, uint8_t) dctx_key_u8;
typedef union dctx_key_u16 DCTX_KEY_UNION_(u16, uint16_t, uint16_t)
	dctx_key_u16;
typedef union dctx_key_u32 DCTX_KEY_UNION_(u32, uint32_t, uint32_t)
	dctx_key_u32;
typedef union dctx_key_u64 DCTX_KEY_UNION_(u64, uint64_t, uint64_t)
	dctx_key_u64;
typedef union dctx_key_f32 DCTX_KEY_UNION_(f32, float, float) dctx_key_f32;
typedef union dctx_key_f64 DCTX_KEY_UNION_(f64, double, double) dctx_key_f64;
typedef union dctx_key_str DCTX_KEY_UNION_(str, const char *, char *)
	dctx_key_str;
typedef union dctx_key_bytes DCTX_KEY_UNION_(bytes, dctx_bytes, dctx_bytes)
	dctx_key_bytes;

/*
 * Defines a key in one .c file, at file scope: the variable, the name on the
 * wire and in logs, the policy bits and, when it is not 1, the version of its
 * wire form: DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE, 2).
 * Since: 0.1.
 */
#define DCTX_KEY_BOOL(var, ...) DCTX_KEY_OF_(bool, BOOL, var, __VA_ARGS__)
#define DCTX_KEY_I8(var, ...) DCTX_KEY_OF_(i8, I8, var, __VA_ARGS__)
#define DCTX_KEY_I16(var, ...) DCTX_KEY_OF_(i16, I16, var, __VA_ARGS__)
#define DCTX_KEY_I32(var, ...) DCTX_KEY_OF_(i32, I32, var, __VA_ARGS__)
#define DCTX_KEY_I64(var, ...) DCTX_KEY_OF_(i64, I64, var, __VA_ARGS__)
#define DCTX_KEY_U8(var, ...) DCTX_KEY_OF_(u8, U8, var, __VA_ARGS__)
#define DCTX_KEY_U16(var, ...) DCTX_KEY_OF_(u16, U16, var, __VA_ARGS__)
#define DCTX_KEY_U32(var, ...) DCTX_KEY_OF_(u32, U32, var, __VA_ARGS__)
#define DCTX_KEY_U64(var, ...) DCTX_KEY_OF_(u64, U64, var, __VA_ARGS__)
#define DCTX_KEY_F32(var, ...) DCTX_KEY_OF_(f32, F32, var, __VA_ARGS__)
#define DCTX_KEY_F64(var, ...) DCTX_KEY_OF_(f64, F64, var, __VA_ARGS__)
#define DCTX_KEY_STR(var, ...) DCTX_KEY_OF_(str, STR, var, __VA_ARGS__)
#define DCTX_KEY_BYTES(var, ...) DCTX_KEY_OF_(bytes, BYTES, var, __VA_ARGS__)

/*
 * Defines a key of a user's type, whose DCTX_KEY_DECLARE_TYPE must stand
 * before it (in the same file when no header needs it):
 *     DCTX_KEY_DECLARE_TYPE(k_user, struct user);
 *     DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_WIRE);
 * Since: 0.1.
 */
#define DCTX_KEY_TYPE(var, name, T, ...)                                       \
	DCTX_KEY_DEFINE_(union dctx_key_of_##var, var, DCTX_KIND_TYPE, name,  \
			 DCTX_ARG2_(__VA_ARGS__, 0, 0, ~),                    \
			 DCTX_ARG3_(__VA_ARGS__, 1, 1, 1, ~),                 \
			 DCTX_ARG1_(__VA_ARGS__, ~), T)

/* The parts of the macros above: optional arguments with their defaults. */
#define DCTX_ARG1_(a, ...) a
#define DCTX_ARG2_(a, b, ...) b
#define DCTX_ARG3_(a, b, c, ...) c
#define DCTX_KEY_OF_(tag, KIND, var, name, ...)                               \
	DCTX_KEY_DEFINE_(dctx_key_##tag, var, DCTX_KIND_##KIND, name,         \
			 DCTX_ARG1_(__VA_ARGS__, ~),                          \
			 DCTX_ARG2_(__VA_ARGS__, 1, ~), NULL, void *)
#define DCTX_KEY_DEFINE_(union_t, var, kind, name, policy, version, type, T)  \
	union_t var = {{0, 0, 0, kind, policy, version, name, type,           \
			{NULL, NULL}}};                                        \
	__attribute__((constructor)) static void dctx_register_##var(void)    \
	{                                                                     \
		dctx_key_register_at_load(&(var).key);                        \
	}                                                                     \
	extern __typeof__(sizeof(T)) dctx_no_semicolon_##var

/* Declares a key that a .c file defines. Since: 0.1. */
#define DCTX_KEY_DECLARE_BOOL(var) extern dctx_key_bool var
#define DCTX_KEY_DECLARE_I8(var) extern dctx_key_i8 var
#define DCTX_KEY_DECLARE_I16(var) extern dctx_key_i16 var
#define DCTX_KEY_DECLARE_I32(var) extern dctx_key_i32 var
#define DCTX_KEY_DECLARE_I64(var) extern dctx_key_i64 var
#define DCTX_KEY_DECLARE_U8(var) extern dctx_key_u8 var
#define DCTX_KEY_DECLARE_U16(var) extern dctx_key_u16 var
#define DCTX_KEY_DECLARE_U32(var) extern dctx_key_u32 var
#define DCTX_KEY_DECLARE_U64(var) extern dctx_key_u64 var
#define DCTX_KEY_DECLARE_F32(var) extern dctx_key_f32 var
#define DCTX_KEY_DECLARE_F64(var) extern dctx_key_f64 var
#define DCTX_KEY_DECLARE_STR(var) extern dctx_key_str var
#define DCTX_KEY_DECLARE_BYTES(var) extern dctx_key_bytes var
#define DCTX_KEY_DECLARE_TYPE(var, T)                                         \
	union dctx_key_of_##var DCTX_KEY_UNION_(type, const T *, T *);        \
	extern union dctx_key_of_##var var

#ifdef __cplusplus
}
#endif
#endif
