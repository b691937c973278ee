/* SPDX-License-Identifier: MIT */
/* dctx/type.h - what a value can be: built-in kinds and the user's types. */
#ifndef DCTX_TYPE_H
#define DCTX_TYPE_H

#include <dctx/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The kinds of value. Numbers are part of the ABI.
 * Since: 0.1.
 */
typedef enum dctx_kind {
	DCTX_KIND_BOOL = 1,
	DCTX_KIND_I8,
	DCTX_KIND_I16,
	DCTX_KIND_I32,
	DCTX_KIND_I64,
	DCTX_KIND_U8,
	DCTX_KIND_U16,
	DCTX_KIND_U32,
	DCTX_KIND_U64,
	DCTX_KIND_F32,
	DCTX_KIND_F64,
	DCTX_KIND_STR,   /* text; kept with its length, and a NUL after it */
	DCTX_KIND_BYTES, /* any bytes; a NUL after them is not part of them */
	DCTX_KIND_TYPE   /* a user's type, see dctx_type */
} dctx_kind;

/*
 * A type of the user's: how a value is copied, ended, sent and shown. Every
 * function may be NULL, each with the meaning given. None runs while a store
 * is half-changed, so each may call dctx. Objects are shared between threads
 * and never changed after `copy`; `destroy` runs once, on the thread that
 * lets the last reference go.
 * Declare it static and const; it must outlive every value.
 * Since: 0.1.
 */
typedef struct dctx_type {
	/* sizeof(dctx_type), so that the struct can grow. */
	size_t struct_size;
	/* The type's name; equal names mean the same type. */
	const char *name;
	/* Bytes of one value, 1 to 1 MiB; aligned as max_align_t. */
	size_t size;
	/* Makes `dst`, uninitialised, a copy. NULL: memcpy. A failure makes the
	 * set fail with that status and `dst` is not destroyed. */
	dctx_status (*copy)(void *dst, const void *src);
	/* Ends a value made by copy or decode. NULL: nothing to do. */
	void (*destroy)(void *value);
	/* Writes the value's wire bytes. NULL: never leaves the process. The
	 * writer keeps its own first error; the result is for the codec's. */
	dctx_status (*encode)(const void *value, dctx_writer *w);
	/* Makes `value`, zeroed, from wire bytes. NULL: refused on receipt as
	 * a local key. A failure means `value` needs no destroy. */
	dctx_status (*decode)(void *value, dctx_reader *r);
	/* Writes text like snprintf: at most `size` bytes with the NUL, and
	 * returns the full length. NULL: shown as <name>. */
	size_t (*format)(const void *value, char *buf, size_t size);
	/* Makes `value`, zeroed, from text. NULL: not to be had from text. */
	dctx_status (*parse)(void *value, const char *text, size_t len);
} dctx_type;

#ifdef __cplusplus
}
#endif
#endif
