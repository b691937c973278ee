/* SPDX-License-Identifier: MIT */
/* A library that defines keys, and a type whose functions are its own. */
#include "plugin.h"

DCTX_KEY_U64(plugin_num, "plugin.num", DCTX_WIRE);
DCTX_KEYS_DECLARE(PLUGIN_KEYS);
DCTX_KEYS_DEFINE(PLUGIN_KEYS);

static int *destroyed;

static dctx_status copy(void *dst, const void *src)
{
	*(struct plugin_thing *)dst = *(const struct plugin_thing *)src;
	return DCTX_OK;
}

static void destroy(void *value)
{
	*destroyed = ((struct plugin_thing *)value)->number;
}

const dctx_type plugin_thing_type = {
	.struct_size = sizeof(dctx_type),
	.name = "plugin thing",
	.size = sizeof(struct plugin_thing),
	.copy = copy,
	.destroy = destroy,
};

dctx_status plugin_set(int number, int *out_destroyed)
{
	struct plugin_thing thing = {number};

	destroyed = out_destroyed;
	dctx_set(plugin_num, (uint64_t)number);
	return dctx_set(plugin_thing, &thing);
}
