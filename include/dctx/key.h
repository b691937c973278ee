/* SPDX-License-Identifier: MIT */
/*
 * dctx/key.h - static typed keys: what a context's values are called.
 *
 *     DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);  // .c
 *     DCTX_KEY_DECLARE_STR(k_request_id);                              // .h
 */
#ifndef DCTX_KEY_H
#define DCTX_KEY_H

#include <dctx/migration.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Policy bits of a key: where its values may go. Without any a value stays in
 * the process: it crosses threads and tasks, and no border; but for headers of
 * a table that names the key (hop.h).
 * Since: 0.1.
 */
#define DCTX_LOCAL 0u   /* nothing more */
#define DCTX_WIRE 1u    /* travels in envelopes, out and in */
/* Travels as W3C baggage or Jaeger's, out and in; a text with a NUL does not
 * come in (hop.h). */
#define DCTX_BAGGAGE 2u
#define DCTX_LOG 4u     /* shown in log lines and dumps (log.h) */
#define DCTX_CLOSED 8u  /* reads as absent after a failed set */
/* In environments, too: with DCTX_WIRE in the variable DCTX, with DCTX_BAGGAGE
 * in BAGGAGE (environ.h). */
#define DCTX_ENV 16u
/* Of text, bytes and user's types only: shown in no dump and no log, and its
 * memory is wiped when the value ends; what an inject or an extract wrote on
 * the stack, when it returns, but not when a carrier, a finding or the user's
 * code jumps out of it. It crosses as the other bits say. */
#define DCTX_SECRET 32u
#define DCTX_TO_PARTNER 64u /* goes to and comes from partners, see hop.h */
#define DCTX_TO_PUBLIC 128u /* to and from the public, and partners */

/*
 * Who is on the other side. A key's values go to and come from our own; with
 * others only with its bit: DCTX_TO_PARTNER, or DCTX_TO_PUBLIC, which means
 * partners, too. What crosses besides values stands in hop.h.
 * Since: 0.1.
 */
typedef enum dctx_trust { DCTX_INTERNAL, DCTX_PARTNER, DCTX_PUBLIC } dctx_trust;

/*
 * What a key may have beyond its name, kind, policy and version. All of it is
 * about the wire, so only a key with DCTX_WIRE may have any.
 * Declare it static and const; it must outlive the key.
 * Since: 0.1.
 */
typedef struct dctx_key_options {
	/* sizeof(dctx_key_options), so that the struct can grow. */
	size_t struct_size;
	/* How values are written and read; NULL: as their kind or type does. */
	const dctx_codec *codec;
	/* How values of other versions are taken; 64 at most. */
	const dctx_migration *migrations;
	size_t migration_count;
} dctx_key_options;

/*
 * A key without its compile-time type. Define keys with the macros below; the
 * object must live as long as the process. Its place in every directory (page
 * and slot) is given when it is registered: by the constructor that the macros
 * add, when it is added to a registry, else at the first set. Keys of equal
 * name, kind, type, policy, version and options share one. A key's version is
 * that of its wire form, so that of a key without DCTX_WIRE is 1, or 0 where it
 * was left out.
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
	const dctx_key_options *options; /* NULL: none */
	const void *reserved;
} dctx_key;

/*
 * Gives a key its place in the global registry; again is fine. Needed only for
 * keys made by hand.
 * Returns and all else: as dctx_registry_add with NULL. Since: 0.1.
 */
DCTX_API dctx_status dctx_key_register(dctx_key *key);

/* The constructor's form of dctx_key_register: tells the hook of a failure, and
 * dctx_registry_check of the first one, instead of the caller. Since: 0.1. */
DCTX_API void dctx_key_register_at_load(dctx_key *key);

/*
 * Types that name a kind for the compiler only; a key's union carries one as a
 * witness, and a pointer to what a get returns.
 */
struct dctx_is_type;
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
 * A typed key of the user's own type T, for keys without a declaration:
 *     static DCTX_KEY_OF(struct user) k_user =
 *             DCTX_KEY_INIT_TYPE("user", struct user, &user_type, DCTX_WIRE);
 * Since: 0.1.
 */
#define DCTX_KEY_OF(T) union DCTX_KEY_UNION_(type, const T *, T *)

/*
 * What a typed key is initialised with when no constructor shall register it,
 * as in a registry of one's own: the name on the wire and in logs, the policy
 * bits and, where needed, the version of its wire form (1) and its options:
 *     static dctx_key_str k_rid = DCTX_KEY_INIT_STR("rid", DCTX_WIRE);
 * Since: 0.1.
 */
#define DCTX_KEY_INIT_BOOL(...) DCTX_KEY_INIT_(BOOL, __VA_ARGS__)
#define DCTX_KEY_INIT_I8(...) DCTX_KEY_INIT_(I8, __VA_ARGS__)
#define DCTX_KEY_INIT_I16(...) DCTX_KEY_INIT_(I16, __VA_ARGS__)
#define DCTX_KEY_INIT_I32(...) DCTX_KEY_INIT_(I32, __VA_ARGS__)
#define DCTX_KEY_INIT_I64(...) DCTX_KEY_INIT_(I64, __VA_ARGS__)
#define DCTX_KEY_INIT_U8(...) DCTX_KEY_INIT_(U8, __VA_ARGS__)
#define DCTX_KEY_INIT_U16(...) DCTX_KEY_INIT_(U16, __VA_ARGS__)
#define DCTX_KEY_INIT_U32(...) DCTX_KEY_INIT_(U32, __VA_ARGS__)
#define DCTX_KEY_INIT_U64(...) DCTX_KEY_INIT_(U64, __VA_ARGS__)
#define DCTX_KEY_INIT_F32(...) DCTX_KEY_INIT_(F32, __VA_ARGS__)
#define DCTX_KEY_INIT_F64(...) DCTX_KEY_INIT_(F64, __VA_ARGS__)
#define DCTX_KEY_INIT_STR(...) DCTX_KEY_INIT_(STR, __VA_ARGS__)
#define DCTX_KEY_INIT_BYTES(...) DCTX_KEY_INIT_(BYTES, __VA_ARGS__)
#define DCTX_KEY_INIT_TYPE(name, T, ...)                                      \
	DCTX_KEY_BRACES_(DCTX_KIND_TYPE, name, DCTX_ARG1_(__VA_ARGS__, ~),    \
			 DCTX_ARG2_(__VA_ARGS__, 0, 0, ~),                    \
			 DCTX_ARG3_(__VA_ARGS__, 1, 1, 1, ~),                 \
			 DCTX_ARG4_(__VA_ARGS__, NULL, NULL, NULL, ~))

/*
 * Defines a key in one .c file, at file scope: the variable, then as above:
 *     DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE, 2, &tenant_options);
 * A constructor registers it with the global registry.
 * Since: 0.1.
 */
#define DCTX_KEY_BOOL(...) DCTX_KEY_DEFINE_(bool, BOOL, __VA_ARGS__)
#define DCTX_KEY_I8(...) DCTX_KEY_DEFINE_(i8, I8, __VA_ARGS__)
#define DCTX_KEY_I16(...) DCTX_KEY_DEFINE_(i16, I16, __VA_ARGS__)
#define DCTX_KEY_I32(...) DCTX_KEY_DEFINE_(i32, I32, __VA_ARGS__)
#define DCTX_KEY_I64(...) DCTX_KEY_DEFINE_(i64, I64, __VA_ARGS__)
#define DCTX_KEY_U8(...) DCTX_KEY_DEFINE_(u8, U8, __VA_ARGS__)
#define DCTX_KEY_U16(...) DCTX_KEY_DEFINE_(u16, U16, __VA_ARGS__)
#define DCTX_KEY_U32(...) DCTX_KEY_DEFINE_(u32, U32, __VA_ARGS__)
#define DCTX_KEY_U64(...) DCTX_KEY_DEFINE_(u64, U64, __VA_ARGS__)
#define DCTX_KEY_F32(...) DCTX_KEY_DEFINE_(f32, F32, __VA_ARGS__)
#define DCTX_KEY_F64(...) DCTX_KEY_DEFINE_(f64, F64, __VA_ARGS__)
#define DCTX_KEY_STR(...) DCTX_KEY_DEFINE_(str, STR, __VA_ARGS__)
#define DCTX_KEY_BYTES(...) DCTX_KEY_DEFINE_(bytes, BYTES, __VA_ARGS__)

/*
 * Defines a key of a user's type, whose DCTX_KEY_DECLARE_TYPE must stand
 * before it (in the same file when no header needs it):
 *     DCTX_KEY_DECLARE_TYPE(k_user, struct user);
 *     DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_WIRE);
 * Since: 0.1.
 */
#define DCTX_KEY_TYPE(var, name, T, ...)                                      \
	union dctx_key_of_##var var =                                         \
		DCTX_KEY_INIT_TYPE(name, T, __VA_ARGS__);                     \
	DCTX_KEY_AT_LOAD_(var, T)

/* Declares a key that a .c file defines; more arguments are not looked at.
 * Since: 0.1. */
#define DCTX_KEY_DECLARE_BOOL(...) DCTX_KEY_DECLARE_(bool, __VA_ARGS__)
#define DCTX_KEY_DECLARE_I8(...) DCTX_KEY_DECLARE_(i8, __VA_ARGS__)
#define DCTX_KEY_DECLARE_I16(...) DCTX_KEY_DECLARE_(i16, __VA_ARGS__)
#define DCTX_KEY_DECLARE_I32(...) DCTX_KEY_DECLARE_(i32, __VA_ARGS__)
#define DCTX_KEY_DECLARE_I64(...) DCTX_KEY_DECLARE_(i64, __VA_ARGS__)
#define DCTX_KEY_DECLARE_U8(...) DCTX_KEY_DECLARE_(u8, __VA_ARGS__)
#define DCTX_KEY_DECLARE_U16(...) DCTX_KEY_DECLARE_(u16, __VA_ARGS__)
#define DCTX_KEY_DECLARE_U32(...) DCTX_KEY_DECLARE_(u32, __VA_ARGS__)
#define DCTX_KEY_DECLARE_U64(...) DCTX_KEY_DECLARE_(u64, __VA_ARGS__)
#define DCTX_KEY_DECLARE_F32(...) DCTX_KEY_DECLARE_(f32, __VA_ARGS__)
#define DCTX_KEY_DECLARE_F64(...) DCTX_KEY_DECLARE_(f64, __VA_ARGS__)
#define DCTX_KEY_DECLARE_STR(...) DCTX_KEY_DECLARE_(str, __VA_ARGS__)
#define DCTX_KEY_DECLARE_BYTES(...) DCTX_KEY_DECLARE_(bytes, __VA_ARGS__)
/* The same of a user's type: (var, T), or all that DCTX_KEY_TYPE takes. */
#define DCTX_KEY_DECLARE_TYPE(var, ...)                                       \
	DCTX_KEY_DECLARE_TYPE_(                                               \
		var,                                                          \
		DCTX_ARG2_(__VA_ARGS__, DCTX_ARG1_(__VA_ARGS__, ~), ~))

/*
 * Keys by the list. The list is a macro that calls X once a key, with the kind
 * and then what the kind's macro takes:
 *     #define MY_KEYS(X)                                               \
 *             X(STR, k_rid, "request_id", DCTX_WIRE | DCTX_LOG)        \
 *             X(TYPE, k_user, "user", struct user, &user_type)
 *     DCTX_KEYS_DECLARE(MY_KEYS);               // in the header
 *     DCTX_KEYS_DEFINE(MY_KEYS);                // in one .c file, or
 *     DCTX_KEYS_DEFINE_ONLY(MY_KEYS);           // without constructors, for
 *     DCTX_REGISTER_KEYS(registry, MY_KEYS);    // a registry of one's own
 * Since: 0.1.
 */
#define DCTX_KEYS_DECLARE(LIST) LIST(DCTX_KEYS_DECLARE_) struct dctx_key
#define DCTX_KEYS_DEFINE(LIST) LIST(DCTX_KEYS_DEFINE_) struct dctx_key
#define DCTX_KEYS_DEFINE_ONLY(LIST) LIST(DCTX_KEYS_ONLY_) struct dctx_key

/* The parts of the macros above: optional arguments with their defaults. */
#define DCTX_ARG1_(a, ...) a
#define DCTX_ARG2_(a, b, ...) b
#define DCTX_ARG3_(a, b, c, ...) c
#define DCTX_ARG4_(a, b, c, d, ...) d
#define DCTX_KEY_BRACES_(kind, name, type, policy, version, options)          \
	{{0, 0, 0, kind, policy, version, name, type, options, NULL}}
#define DCTX_KEY_INIT_(KIND, name, ...)                                       \
	DCTX_KEY_BRACES_(DCTX_KIND_##KIND, name, NULL,                        \
			 DCTX_ARG1_(__VA_ARGS__, ~),                          \
			 DCTX_ARG2_(__VA_ARGS__, 1, ~),                       \
			 DCTX_ARG3_(__VA_ARGS__, NULL, NULL, ~))
#define DCTX_KEY_DEFINE_(tag, KIND, var, ...)                                 \
	dctx_key_##tag var = DCTX_KEY_INIT_##KIND(__VA_ARGS__);               \
	DCTX_KEY_AT_LOAD_(var, void *)
#define DCTX_KEY_AT_LOAD_(var, T)                                             \
	__attribute__((constructor)) static void dctx_register_##var(void)    \
	{                                                                     \
		dctx_key_register_at_load(&(var).key);                        \
	}                                                                     \
	extern __typeof__(sizeof(T)) dctx_no_semicolon_##var
#define DCTX_KEY_DECLARE_(tag, ...)                                           \
	extern dctx_key_##tag DCTX_ARG1_(__VA_ARGS__, ~)
#define DCTX_KEY_DECLARE_TYPE_(var, T)                                        \
	union dctx_key_of_##var DCTX_KEY_UNION_(type, const T *, T *);        \
	extern union dctx_key_of_##var var
#define DCTX_KEYS_DECLARE_(KIND, ...) DCTX_KEY_DECLARE_##KIND(__VA_ARGS__);
#define DCTX_KEYS_DEFINE_(KIND, ...) DCTX_KEY_##KIND(__VA_ARGS__);
#define DCTX_KEYS_ONLY_(KIND, var, ...)                                       \
	__typeof__(var) var = DCTX_KEY_INIT_##KIND(__VA_ARGS__);

#ifdef __cplusplus
}
#endif
#endif
