/* SPDX-License-Identifier: MIT */
/* Error: the value's type is not the key's */
#include <dctx/dctx.h>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	dctx_set(k_tenant, 7);
#ifdef WRONG
	dctx_set(k_tenant, "7");
#endif
}
