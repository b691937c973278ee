/* SPDX-License-Identifier: MIT */
/*
 * dctx/codec.h - how a value is written and read: a key's codec, and the writer
 * and reader that it is given, as a user type's own functions are.
 *
 * The primitives are bincode 1.x with its default options (little endian,
 * fixed-width integers, u64 lengths): what the Rust crate `dcontext` sends. A
 * Rust struct is its fields one after the other, an Option a byte 0 or 1 and
 * then the value, an enum its u32 index and then the fields.
 */
#ifndef DCTX_CODEC_H
#define DCTX_CODEC_H

#include <dctx/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A view of bytes that somebody else owns. `data` may be NULL when `len` is 0.
 * Since: 0.1.
 */
typedef struct dctx_bytes {
	const void *data;
	size_t len;
} dctx_bytes;

/*
 * Appends to a buffer of fixed size and goes on counting past its end, so
 * that a failed encode knows the size to retry with. Fields are the library's.
 * Since: 0.1.
 */
typedef struct dctx_writer {
	unsigned char *at;
	unsigned char *end;
	size_t len;
	dctx_status status;
} dctx_writer;

/*
 * Takes bytes from a message and never looks past its end. The first failure
 * sticks: later calls fail too. Fields are the library's.
 * Since: 0.1.
 */
typedef struct dctx_reader {
	const unsigned char *start;
	const unsigned char *at;
	const unsigned char *end;
	dctx_status status;
	void *room;
} dctx_reader;

/*
 * Writes and reads a key's values in place of what their kind or type does by
 * itself. `value` is what a get of the key points at: a bool, an int8_t ... a
 * double, a dctx_bytes for text and for bytes alike, the user's object. Nothing
 * of a store is changed meanwhile, so both may call dctx. Equal names mean the
 * same codec. Declare it static and const; it must outlive every key.
 * Since: 0.1.
 */
typedef struct dctx_codec {
	/* sizeof(dctx_codec), so that the struct can grow. */
	size_t struct_size;
	/* The codec's name, 1 to 255 bytes. */
	const char *name;
	/* Writes the value's wire bytes. The writer keeps its own first error;
	 * the result is for the codec's. NULL where only a migration names the
	 * codec. */
	dctx_status (*encode)(const void *value, dctx_writer *w);
	/* Makes `value`, zeroed, from wire bytes. Text and bytes may be left as
	 * a view of the message, or of what dctx_read_room gave. A failure
	 * means that an object needs no destroy. */
	dctx_status (*decode)(void *value, dctx_reader *r);
} dctx_codec;

/*
 * Names what a kind or type does by itself where a codec is asked for: in a
 * migration from values that were sent before their key had a codec.
 * Since: 0.1.
 */
extern DCTX_API const dctx_codec dctx_codec_builtin;

/*
 * Write one value: an integer or float in its fixed width, a bool as a byte 0
 * or 1, raw bytes as they are, a string or bytes with their u64 length first.
 * `w` keeps counting when the buffer is full. `data` may be NULL for 0 bytes.
 * Threads: the writer's owner. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_write_u8(dctx_writer *w, uint8_t v);
DCTX_API void dctx_write_u16(dctx_writer *w, uint16_t v);
DCTX_API void dctx_write_u32(dctx_writer *w, uint32_t v);
DCTX_API void dctx_write_u64(dctx_writer *w, uint64_t v);
DCTX_API void dctx_write_i64(dctx_writer *w, int64_t v);
DCTX_API void dctx_write_f32(dctx_writer *w, float v);
DCTX_API void dctx_write_f64(dctx_writer *w, double v);
DCTX_API void dctx_write_bool(dctx_writer *w, bool v);
DCTX_API void dctx_write_raw(dctx_writer *w, const void *data, size_t len);
DCTX_API void dctx_write_str(dctx_writer *w, const char *text);
DCTX_API void dctx_write_bytes(dctx_writer *w, const void *data, size_t len);

/*
 * Read one value of the same forms; *out is written only on success. A string
 * or bytes is a view into the message, without a NUL after it, good as long as
 * the message; strings are checked to be UTF-8 (RFC 3629).
 * Returns: DCTX_OK; DCTX_CORRUPT when the bytes end early, a bool is neither 0
 * nor 1, or a string is no UTF-8. Threads: the reader's owner.
 * Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_read_u8(dctx_reader *r, uint8_t *out);
DCTX_API dctx_status dctx_read_u16(dctx_reader *r, uint16_t *out);
DCTX_API dctx_status dctx_read_u32(dctx_reader *r, uint32_t *out);
DCTX_API dctx_status dctx_read_u64(dctx_reader *r, uint64_t *out);
DCTX_API dctx_status dctx_read_i64(dctx_reader *r, int64_t *out);
DCTX_API dctx_status dctx_read_f32(dctx_reader *r, float *out);
DCTX_API dctx_status dctx_read_f64(dctx_reader *r, double *out);
DCTX_API dctx_status dctx_read_bool(dctx_reader *r, bool *out);
DCTX_API dctx_status dctx_read_raw(dctx_reader *r, size_t len, dctx_bytes *out);
DCTX_API dctx_status dctx_read_str(dctx_reader *r, dctx_bytes *out);
DCTX_API dctx_status dctx_read_bytes(dctx_reader *r, dctx_bytes *out);

/*
 * Counts the bytes that are left.
 * Threads: the reader's owner. Since: 0.1.
 */
DCTX_API size_t dctx_read_left(const dctx_reader *r);

/*
 * Gives memory for a text or bytes that a decode or a migration makes, aligned
 * for any type. It is freed when the message was taken or refused: the value is
 * copied from there.
 * Returns: the memory; NULL for 0 bytes, and NULL as a failure of the reader:
 * past DCTX_LIMIT_MESSAGE_BYTES for all that one message asks for (DCTX_LIMIT),
 * without memory (DCTX_NOMEM), for a reader that no decode was given
 * (DCTX_INVALID).
 * Threads: the reader's owner. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API void *dctx_read_room(dctx_reader *r, size_t size);

#ifdef __cplusplus
}
#endif
#endif
