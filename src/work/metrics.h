/* SPDX-License-Identifier: MIT */
#ifndef DCTXI_METRICS_H
#define DCTXI_METRICS_H

/* Has dctx_dump show the executors, from now on. A program that has the name
 * for a section of its own keeps it. */
void dctxi_metrics_show(void);

#endif
