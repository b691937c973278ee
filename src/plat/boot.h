/* SPDX-License-Identifier: MIT */
/*
 * Which run of which machine this is, and which offsets its clocks have here:
 * two processes that agree in both read the same monotonic clock.
 *
 * Nothing is kept: a process may be moved to another machine while it runs
 * (checkpoint and restore), and to another namespace by itself.
 */
#ifndef DCTXI_BOOT_H
#define DCTXI_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#define DCTXI_BOOT_ID 16

struct dctxi_boot {
	/* Linux, random(4): a random UUID of this boot. */
	unsigned char id[DCTXI_BOOT_ID];
	/* The inode of time_namespaces(7); 0 where there are none. */
	uint64_t time_namespace;
};

/* Asks the system; false where it does not say, and *out is not written. */
bool dctxi_boot(struct dctxi_boot *out);

#endif
