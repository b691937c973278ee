/* SPDX-License-Identifier: MIT */
/* Error: expected .* before|expected '\)' */
#include <dctx/dctx.h>

#include <stdio.h>

void snippet(const char *format);

void snippet(const char *format)
{
	printf(DCTX_LOGGED("%s\n"), format);
#ifdef WRONG
	printf(DCTX_LOGGED(format));
#endif
}
