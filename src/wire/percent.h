/* SPDX-License-Identifier: MIT */
/*
 * percent.h - text of any characters as the octets that a member of a baggage
 * may have, and back.
 *
 * Source: W3C Baggage, 3.3.1.3; RFC 3986, 2.1.
 */
#ifndef DCTXI_PERCENT_H
#define DCTXI_PERCENT_H

#include <dctx/codec.h>

/* The characters that a text takes when coded: one, or three for each byte that
 * may not stand for itself. Only those are coded, which is all that the
 * standard asks for; others code more (encodeURIComponent), and decode both. */
size_t dctxi_percent_size(dctx_bytes text);

/* Codes a text, with capital digits (RFC 3986, 2.1), into as much room as was
 * measured. It may be the end of that room. Returns: the end of what was
 * written. */
char *dctxi_percent_encode(dctx_bytes text, char *out);

/* What was decoded. */
struct dctxi_percent {
	size_t len;
	size_t lone;	/* where a % without two digits stands; SIZE_MAX: no */
	size_t no_utf8; /* where the first U+FFFD came in; SIZE_MAX: nowhere */
};

/*
 * Decodes. A % without two digits stands for itself, since nothing says what
 * else it would be: python's unquote and the URL standard do the same, Go and
 * decodeURIComponent refuse all of it. A + is a +: nothing here is a form.
 * Octets that are no UTF-8 become U+FFFD (3.3.1.3: MUST), one for each stretch
 * that dctxi_utf8_subpart measures. No NUL is written.
 *
 * `out` has room for as many bytes as `coded`, and two more for each that is
 * not ASCII, of which a well-formed value has none. It must not overlap, and
 * may be NULL, for who only wants to know.
 */
struct dctxi_percent dctxi_percent_decode(dctx_bytes coded, char *out);

#endif
