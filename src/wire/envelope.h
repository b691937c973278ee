/* SPDX-License-Identifier: MIT */
/*
 * envelope.h - the message: what both of its ends agree on.
 *
 *     u32 version; u64 number of entries; u64 number of names (after them)
 *     an entry:  u64 length, key; u32 version of its value; u64 length, value
 *     a name:    u64 length, text
 *
 * Numbers are little-endian, texts UTF-8 without a NUL. Entries are sent
 * sorted by the bytes of their keys and taken in any order.
 */
#ifndef DCTXI_ENVELOPE_H
#define DCTXI_ENVELOPE_H

#include <dctx/envelope.h>

#define DCTXI_ENVELOPE_VERSION 2u

/* The least that an entry and a name take. */
#define DCTXI_ENTRY_BYTES 20u
#define DCTXI_NAME_BYTES 8u

/* Up to this many of anything are kept on the stack. */
#define DCTXI_FEW 256u

/* The bytes of a scalar's wire form; 0 for kinds that have a length. */
static inline size_t dctxi_scalar_width(uint32_t kind)
{
	static const unsigned char width[] = {
		[DCTX_KIND_BOOL] = 1, [DCTX_KIND_I8] = 1, [DCTX_KIND_I16] = 2,
		[DCTX_KIND_I32] = 4,  [DCTX_KIND_I64] = 8, [DCTX_KIND_U8] = 1,
		[DCTX_KIND_U16] = 2,  [DCTX_KIND_U32] = 4, [DCTX_KIND_U64] = 8,
		[DCTX_KIND_F32] = 4,  [DCTX_KIND_F64] = 8,
	};

	return kind < sizeof width ? width[kind] : 0;
}

/*
 * Writes what `dir` shows and `n_names` names, oldest first, as
 * dctx_snapshot_encode does. `dir` and the names must stay as they are until
 * it returns; the user's encode functions run meanwhile, so a store that
 * dctxi_envelope_calls_user says yes to must be captured first.
 */
dctx_status dctxi_envelope_encode(const struct dctx_dir *dir,
				  const char *const *names, size_t n_names,
				  void *buf, size_t size, size_t *out_len);

/* Tells whether encoding a directory runs functions of the user's types. */
bool dctxi_envelope_calls_user(const struct dctx_dir *dir);

#endif
