/* SPDX-License-Identifier: MIT */
/* Error: the (default|value)'s type is not the key's */
#include <dctx/dctx.h>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	(void)dctx_get(k_tenant, 0);
#ifdef WRONG
	(void)dctx_get(k_tenant, "none");
#endif
}
