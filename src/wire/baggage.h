/* SPDX-License-Identifier: MIT */
/*
 * baggage.h - the members of one baggage header line, one after the other.
 *
 * A member that is none by the grammar is told, skipped, and the others count:
 * W3C Baggage, 3.5, lets it be removed. (OpenTelemetry's propagators differ:
 * some take the whole header for none, some take what is no value as one.)
 *
 * Source: W3C Baggage, 3.3.1.
 */
#ifndef DCTXI_BAGGAGE_H
#define DCTXI_BAGGAGE_H

#include "wire/found.h"

/* A member; views of the line, without the white space around them. */
struct dctxi_member {
	dctx_bytes key;
	dctx_bytes value;      /* still percent-coded */
	dctx_bytes properties; /* from the first ; on, as they came; or empty */
	size_t offset;	       /* of the key in the line */
	size_t size;	       /* as dctxi_member_write writes it */
};

/* A walk over a line. */
struct dctxi_baggage_walk {
	const char *line, *at, *end;
	bool told_empty; /* one finding a line is enough */
	const struct dctxi_sink *sink;
};

/* Begins. `sink` may be NULL, and is kept. */
struct dctxi_baggage_walk dctxi_baggage_walk(dctx_bytes line,
					     const struct dctxi_sink *sink);

/* Finds the next good member; false when there is none any more. */
bool dctxi_baggage_next(struct dctxi_baggage_walk *walk,
			struct dctxi_member *out);

/* Writes a member as short as it can be: no white space, and no properties that
 * are none, but all else as it came. Returns: the end. */
char *dctxi_member_write(const struct dctxi_member *member, char *out);

/* Writes properties alone, without the ; in front. Returns: the end. */
char *dctxi_properties_write(dctx_bytes properties, char *out);

/* Whether something is a key, or all of it properties ("a;b=1"), as they are
 * written: without white space. */
bool dctxi_baggage_is_key(dctx_bytes key);
bool dctxi_baggage_are_properties(dctx_bytes properties);

#endif
