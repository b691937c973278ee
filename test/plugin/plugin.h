/* SPDX-License-Identifier: MIT */
/* What the libraries here export, and the test that loads them knows. */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include <dctx/dctx.h>

struct plugin_thing {
	int number;
};

extern const dctx_type plugin_thing_type;

#define PLUGIN_KEYS(X)                                                        \
	X(STR, plugin_text, "plugin.text", DCTX_LOCAL)                        \
	X(TYPE, plugin_thing, "plugin.thing", struct plugin_thing,            \
	  &plugin_thing_type)

/* Sets the keys of keys.c; *out_destroyed becomes the number when the object
 * ends. */
dctx_status plugin_set(int number, int *out_destroyed);

/* The registry of own.c, made at the first call. */
dctx_registry *plugin_registry(void);

/* What noted.c says of the program's key. */
#define PLUGIN_META "plugin.meta"

#endif
