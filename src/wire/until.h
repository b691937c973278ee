/* SPDX-License-Identifier: MIT */
/*
 * until.h - by when a context ends, as an entry of a message that lies about:
 * an environment is read long after it was written, and a budget that were
 * counted from then would have no end.
 *
 *     dctx.until      i64: nanoseconds of the monotonic clock; 16 bytes: which
 *                     boot of which machine it counts from; u64: which time
 *                     namespace, 0 for none known
 *
 * Version 1, numbers little-endian. A reader to whom the last two are its own
 * takes the time as it is; to any other it says nothing, and the budget counts
 * (dctx.deadline, limits.h). Only environments have it: in a message from
 * elsewhere it is an entry like any that is not known.
 */
#ifndef DCTXI_UNTIL_H
#define DCTXI_UNTIL_H

#include "plat/boot.h"

#include <dctx/message.h>

#define DCTXI_UNTIL_VERSION 1u
#define DCTXI_UNTIL_BYTES (8 + DCTXI_BOOT_ID + 8)

/* Writes the entry, whose value is then in `room`. */
dctx_entry dctxi_until_write(int64_t deadline, const struct dctxi_boot *boot,
			     unsigned char room[DCTXI_UNTIL_BYTES]);

/* Whether a name is the entry's. */
bool dctxi_until_has(dctx_bytes key);

/* Reads an entry with that name, for a reader of this boot: the deadline, or
 * INT64_MAX where it says none to it. Bytes behind the value are passed over.
 * Returns: DCTX_OK; DCTX_UNSUPPORTED; DCTX_CORRUPT. */
dctx_status dctxi_until_read(const dctx_entry *entry,
			     const struct dctxi_boot *boot, int64_t *out);

#endif
