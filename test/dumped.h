/* SPDX-License-Identifier: MIT */
/*
 * dumped.h - a dump as a parser of JSON that is not ours reads it.
 */
#ifndef DCTXT_DUMPED_H
#define DCTXT_DUMPED_H

#include "kit.h"

#include <jansson.h>

/* What the last of the calls below wrote. */
extern char dctxt_dump[1 << 16];

/* Dumps all there is, or the current store, as JSON. Fails the test when a
 * strict parser refuses it; a name may stand in an object once. */
json_t *dctxt_dumped(unsigned flags);
json_t *dctxt_store_dumped(unsigned flags);

/* The same of what stands in dctxt_dump and has that length. */
json_t *dctxt_parsed(size_t len);

/* Dumps as text. */
const char *dctxt_dump_text(unsigned flags);
const char *dctxt_store_dump_text(unsigned flags);

/* Checks a member of an object against JSON without spaces. */
void dctxt_check_member(const json_t *object, const char *name,
			const char *want);

#endif
