/* SPDX-License-Identifier: MIT */
/* plugin.h - what each plug-in of these tests offers its host. */
#ifndef COPIES_PLUGIN_H
#define COPIES_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The plug-in's view of the context, through whichever copy of the library it
 * got. Its exported symbol is called "plugin".
 */
struct plugin {
	const char *own_key;
	/* Of the key "shared", which every plug-in and host defines. */
	uint64_t (*get)(void);
	void (*set)(uint64_t value);
	/* Does a little of everything; whether all of it held. */
	bool (*works)(void);
	/* The current store's address. */
	const void *(*current)(void);
	/* How many other copies its copy counted. */
	uint64_t (*second_copies)(void);
	/* Installs a hook; gives the place of the copy that it is told of. */
	const char *(*told)(void);
};

#endif
