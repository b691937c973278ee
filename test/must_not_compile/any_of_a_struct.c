/* SPDX-License-Identifier: MIT */
/* Error: not compatible with any( generic)? association|no matching function */
#include <dctx/dctx.h>

struct user {
	int id;
};

dctx_any snippet(struct user user);

dctx_any snippet(struct user user)
{
#ifdef WRONG
	return DCTX_ANY(user);
#else
	return DCTX_ANY(user.id);
#endif
}
