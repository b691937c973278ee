/* SPDX-License-Identifier: MIT */
/* The sources above a cell, as the links of one who waits for them. */
#ifndef DCTXI_PATH_H
#define DCTXI_PATH_H

#include "life/hall.h"

/* Counts the sources on a cell's path, itself included; what is above a join
 * twice counts twice. */
uint32_t dctxi_path_count(struct dctxi_cell *cell);

/* Fills that many links and hangs them into the halls; takes them out. */
void dctxi_path_enter(struct dctxi_cell *cell, struct dctxi_link *links,
		      struct dctxi_waiting *waiting);
void dctxi_path_leave(struct dctxi_link *links, uint32_t n);

#endif
