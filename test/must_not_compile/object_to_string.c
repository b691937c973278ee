/* SPDX-License-Identifier: MIT */
/* Error: the value's type is not the key's */
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
DCTX_KEY_STR(k_request_id, "request_id", DCTX_LOCAL);

void snippet(void);

void snippet(void)
{
	dctx_set(k_request_id, "7");
#ifdef WRONG
	dctx_set(k_request_id, &user);
#endif
}
