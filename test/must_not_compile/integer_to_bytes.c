/* SPDX-License-Identifier: MIT */
/* Error: the value's type is not the key's */
#include <dctx/dctx.h>

DCTX_KEY_BYTES(k_token, "token", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	dctx_bytes token = {"7", 1};

	dctx_set(k_token, token);
#ifdef WRONG
	dctx_set(k_token, 7);
#endif
}
