/* SPDX-License-Identifier: MIT */
/* What a dump shows of accessors and of gathered keys. */
#ifndef DCTXI_SHOW_H
#define DCTXI_SHOW_H

/* Have dctx_dump show the default list of accessors, and the keys that are
 * gathered, from now on; again is fine. A program that has the name for a
 * section of its own keeps it. */
void dctxi_accessors_show(void);
void dctxi_gathered_show(void);

#endif
