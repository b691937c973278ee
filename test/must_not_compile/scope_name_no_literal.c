/* SPDX-License-Identifier: MIT */
/* Error: expected|string literal operator */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	const char *name = "lookup";

	(void)name;
#ifdef WRONG
	DCTX_SCOPE(name);
#endif
}
