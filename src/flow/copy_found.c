/* SPDX-License-Identifier: MIT */
/* In a file of its own, which only a whole copy has: see copies.h. */
#include "flow/copies.h"

#include <dctx/diag.h>

void dctx_copy_found(const char *where)
{
	(void)dctxi_copy_told(where != NULL ? where : "");
}

extern __typeof__(dctxi_copy_found_here) dctxi_copy_found_here
	__attribute__((alias("dctx_copy_found")));
