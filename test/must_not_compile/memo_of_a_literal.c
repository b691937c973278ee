/* SPDX-License-Identifier: MIT */
/* Error: lvalue|cannot take the address */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	int x = 4;

	DCTX_MEMO(x);
#ifdef WRONG
	DCTX_MEMO(4);
#endif
}
