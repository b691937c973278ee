/* SPDX-License-Identifier: MIT */
/* Leaves a scope that has another one above it. */
#include <dctx/dctx.h>

int main(void)
{
	dctx_guard outer = dctx_enter("outer");
	dctx_guard inner = dctx_enter("inner");

	dctx_leave(outer);
	(void)inner;
	return dctx_counter(DCTX_EV_MISMATCHED_LEAVE) == 1 ? 0 : 1;
}
