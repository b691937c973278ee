/* SPDX-License-Identifier: MIT */
/* Error: not compatible with any( generic)? association|deleted function */
#include <dctx/dctx.h>

dctx_any snippet(int *number);

dctx_any snippet(int *number)
{
#ifdef WRONG
	return DCTX_ANY(number);
#else
	return DCTX_ANY(*number);
#endif
}
