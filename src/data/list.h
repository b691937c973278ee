/* SPDX-License-Identifier: MIT */
/* Walking a directory for what the public lists show. */
#ifndef DCTXI_LIST_H
#define DCTXI_LIST_H

#include "data/dir.h"

#include <dctx/list.h>

/* Lists the keys whose slot's word is wanted; `arg` is for that function. */
size_t dctxi_list(const struct dctx_dir *dir,
		  bool (*wanted)(const void *arg, uintptr_t word),
		  const void *arg, dctx_item *items, size_t max);

/* Wants values and, when `what` says so, what was removed. */
bool dctxi_list_visible(const void *what, uintptr_t word);

#endif
