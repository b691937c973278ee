/* SPDX-License-Identifier: MIT */
/*
 * Scopes: what is set in one is visible in all it calls, hides what was set
 * outside, and is gone when the scope is left - by the closing brace, by a
 * return, by goto. Absent, empty and removed are told apart.
 */
#include <dctx/dctx.h>

#include <stdio.h>

DCTX_KEY_STR(k_user, "user", DCTX_LOG);
DCTX_KEY_STR(k_role, "role", DCTX_LOG);

static void show(const char *where)
{
	printf("%-10s depth %zu: user \"%s\", role \"%s\"\n", where,
	       dctx_depth(), dctx_get(k_user, "(none)"),
	       dctx_get(k_role, "(none)"));
}

static void without_user(void)
{
	DCTX_FN;
	dctx_unset(k_user);   /* hides the outer value */
	dctx_set(k_role, ""); /* an empty text is a value */
	show("nobody");
	printf("%-10s has a user: %d, has a role: %d\n", "nobody",
	       dctx_has(k_user), dctx_has(k_role));
}

static int as_admin(void)
{
	DCTX_FN;
	dctx_set(k_role, "admin");
	show("admin"); /* the user is inherited */
	without_user();
	show("admin"); /* both values are back */

	/* A set that failed was counted and told to the hook; whoever must not
	 * go on without its values asks once. */
	return dctx_scope_status() == DCTX_OK ? 0 : 1;
}

int main(void)
{
	/* Two keys of one name and different types are refused at load. */
	if (dctx_registry_check(NULL, NULL) != DCTX_OK)
		return 1;

	show("at first");
	dctx_set(k_user, "alice"); /* in the root scope of this thread */
	dctx_set(k_role, "reader");
	show("root");
	if (as_admin() != 0)
		return 1;
	show("root");
	return 0;
}
