/* SPDX-License-Identifier: MIT */
/*
 * no_loader_test.c - proves that a program linked without a loader has its
 * keys: there is nobody to ask to keep it, and nothing to be unloaded.
 */
#include <dctx/dctx.h>

#include <assert.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

int main(void)
{
	assert(dctx_registry_check(NULL, NULL) == DCTX_OK);
	assert(dctx_registry_find(NULL, "num") == &k_num.key);
	assert(dctx_set(k_num, 3) == DCTX_OK);
	assert(dctx_get(k_num, 0) == 3);
	return 0;
}
