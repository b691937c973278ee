/* SPDX-License-Identifier: MIT */
/* Error: unused.result */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	dctx_snapshot *snapshot;

	(void)!dctx_capture(&snapshot);
#ifdef WRONG
	dctx_capture(&snapshot);
#endif
}
