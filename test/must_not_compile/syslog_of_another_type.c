/* SPDX-License-Identifier: MIT */
/* Error: format .*type */
#include <dctx/dctx.h>

void snippet(void);

void snippet(void)
{
	dctx_syslog(6, "%s is %d", "answer", 42);
#ifdef WRONG
	dctx_syslog(6, "%s is %d", "answer", 42.0);
#endif
}
