/* SPDX-License-Identifier: MIT */
/* Entries of messages, shown without knowing their keys. */
#ifndef TOOL_ENTRY_H
#define TOOL_ENTRY_H

#include "tool.h"

/* What a value may be, by its bytes alone: "str", "bytes", "u64?" ... A text's
 * own length makes it sure, a number's width only likely: eight zero bytes are
 * "u64?", though an empty text has them, too. "raw" for others. */
const char *tool_kind_of(dctx_bytes value);

/* As a line of text, as JSON. */
void tool_put_entry(FILE *to, const dctx_entry *entry);
json_t *tool_json_entry(const dctx_entry *entry);

#endif
