/* SPDX-License-Identifier: MIT */
/*
 * literal.h - values as text, as headers, environments and command lines have
 * them: the same text whatever the locale, and one that reads back as the same
 * value.
 *
 * | kind | written | read |
 * |---|---|---|
 * | bool | `true`, `false` | these, and `1`, `0` |
 * | i8 to u64 | decimal | decimal digits, behind a `-` where the kind has one |
 * | f32, f64 | as few digits as read back the same | with or without a point
 *   and an exponent; `inf`, `-inf`, `nan` |
 * | str | as it is | UTF-8 without a NUL |
 * | bytes | base64 with padding | base64, of either alphabet |
 * | type | by its format | by its parse |
 *
 * What is more than a kind can be is refused, as are spaces and plus signs.
 */
#ifndef DCTXI_LITERAL_H
#define DCTXI_LITERAL_H

#include "data/box.h"

#include <dctx/any.h>
#include <dctx/key.h>

/* Written instead of a length when a value has no text. */
#define DCTXI_NO_TEXT SIZE_MAX

/*
 * Writes a value's text like snprintf: at most `size` bytes with the NUL, and
 * returns the full length. DCTXI_NO_TEXT for a type without format, or no
 * value. A format may call dctx and leave by longjmp: nothing is held.
 */
size_t dctxi_literal_write(const dctx_any *value, char *buf, size_t size);

/*
 * A value that was read. A text points into what was read, bytes into the room
 * that was given; an object is one of its own, with a reference that is the
 * reader's.
 */
struct dctxi_literal {
	dctx_any value;
	struct dctxi_object *object; /* of a user's type, else NULL */
};

/* Whether a text is one that a str has. */
bool dctxi_literal_is_text(dctx_bytes text);

/* Room for the bytes of a text of `len`. It may be the text's own memory. */
static inline size_t dctxi_literal_room(size_t len)
{
	return len / 4 * 3 + 3;
}

/*
 * Reads a text as a value of the key's kind and type. *out is written only on
 * success. A parse may call dctx and leave by longjmp: the object then hangs
 * on the thread's list.
 * Returns: DCTX_OK; DCTX_CORRUPT for what is no such text; DCTX_LIMIT for a
 * number out of the kind's range; DCTX_TOO_SMALL for bytes without room;
 * DCTX_UNSUPPORTED for a type without parse; DCTX_CODEC when parse refused;
 * DCTX_NOMEM. Nothing is noted for dctx_last_error.
 */
dctx_status dctxi_literal_read(const dctx_key *key, dctx_bytes text, void *room,
			       size_t size, struct dctxi_literal *out);

/* Gives up what was read, if it is an object. */
void dctxi_literal_drop(struct dctxi_literal *read);

#endif
