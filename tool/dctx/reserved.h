/* SPDX-License-Identifier: MIT */
/* reserved.h - what the entries say that are dctx's own. */
#ifndef RESERVED_H
#define RESERVED_H

#include "text.h"

#include <dctx/message.h>

/* Adds what a reserved entry means, in words. False, with nothing added, for
 * one that is unknown or whose value is bad. */
bool reserved_means(const dctx_entry *entry, struct text *out);

#endif
