/* SPDX-License-Identifier: MIT */
/* Error: unused.result */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	dctx_boxed *boxed;

	(void)!dctx_boxed_new(&DCTX_ANY(7), &boxed);
#ifdef WRONG
	dctx_boxed_new(&DCTX_ANY(7), &boxed);
#endif
}
