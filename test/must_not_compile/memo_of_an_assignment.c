/* SPDX-License-Identifier: MIT */
/* Error: expected '[)]'|expected primary-expression */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	int x = 4;

	DCTX_MEMO(x);
#ifdef WRONG
	DCTX_MEMO(x = 5);
#endif
}
