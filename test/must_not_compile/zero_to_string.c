/* SPDX-License-Identifier: MIT */
/* Error: the value's type is not the key's */
#include <dctx/dctx.h>

DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	dctx_set(k_request_id, "");
#ifdef WRONG
	dctx_set(k_request_id, 0);
#endif
}
