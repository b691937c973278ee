/* SPDX-License-Identifier: MIT */
#include "data/dir.h"

/* Written by nobody: their tokens match no level. */
struct dctx_dir dctxi_dir_empty = {0, 0, DCTXI_TOKEN_DIR, {NULL}};
struct dctxi_page dctxi_page_empty = {DCTXI_TOKEN_PAGE, {0}};
const struct dctx_box dctxi_tombstone[2] = {{{0}, 0, 0}, {{0}, 0, 0}};
