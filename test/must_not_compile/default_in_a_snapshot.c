/* SPDX-License-Identifier: MIT */
/* Error: the (default|value)'s type is not the key's */
#include <dctx/dctx.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	(void)dctx_snapshot_get(NULL, k_request_id, "-");
#ifdef WRONG
	(void)dctx_snapshot_get(NULL, k_request_id, 0);
#endif
}
