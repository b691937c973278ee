/* SPDX-License-Identifier: MIT */
/* The same in C++17, with the scope as an object. */
#include <dctx/dctx.h>

#include <cstdio>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOG);

int main()
{
	dctx_scope scope("use");
	dctx_set(k_tenant, 7);
	std::printf("tenant %d\n", static_cast<int>(dctx_get(k_tenant, 0)));
	return dctx_version() == DCTX_VERSION ? 0 : 1;
}
