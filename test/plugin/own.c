/* SPDX-License-Identifier: MIT */
/* A library whose keys are in a registry of its own. */
#include "plugin.h"

#define OWN_KEYS(X)                                                           \
	X(STR, own_text, "own.text", DCTX_WIRE)                               \
	X(U32, own_num, "program.num", DCTX_WIRE)
DCTX_KEYS_DECLARE(OWN_KEYS);
DCTX_KEYS_DEFINE_ONLY(OWN_KEYS);

dctx_registry *plugin_registry(void)
{
	static dctx_registry *own;

	if (own == NULL && dctx_registry_new("own", &own) == DCTX_OK &&
	    DCTX_REGISTER_KEYS(own, OWN_KEYS) != DCTX_OK)
		own = dctx_registry_free(own);
	return own;
}
