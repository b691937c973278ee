/* SPDX-License-Identifier: MIT */
/* Error: the (default|value)'s type is not the key's */
#include <dctx/dctx.h>

struct user {
	int id;
};
struct order {
	int id;
};

static const dctx_type user_type = {
	sizeof(user_type), "user", sizeof(struct user),
	NULL, NULL, NULL, NULL, NULL, NULL,
};
DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_LOCAL);

extern const struct user user;
extern const struct order order;

void snippet(void);

void snippet(void)
{
	(void)dctx_get(k_user, &user);
#ifdef WRONG
	(void)dctx_get(k_user, &order);
#endif
}
