/* SPDX-License-Identifier: MIT */
/* A program that is compiled against the installed library. */
#include <dctx/dctx.h>

#include <stdio.h>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOG);

int main(void)
{
	DCTX_SCOPE("use");
	dctx_set(k_tenant, 7);
	printf("tenant %d\n", (int)dctx_get(k_tenant, 0));
	return dctx_version() == DCTX_VERSION ? 0 : 1;
}
