/* SPDX-License-Identifier: MIT */
/* Error: member|not a structure or union|not a class */
#include <dctx/dctx.h>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	int tenant = 7;

	dctx_set(k_tenant, tenant);
#ifdef WRONG
	dctx_set(tenant, 7);
#endif
}
