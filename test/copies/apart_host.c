/* SPDX-License-Identifier: MIT */
/*
 * apart_host.c - a program linked to the shared library that loads a plug-in so
 * that it does not see the program's copy: bound to its own first, and in a
 * namespace of its own, where no copy finds another.
 *
 * apart_host IDLE PLUGIN, which both have a copy of their own
 *
 * Not under: valgrind asan tsan - there a program has one namespace.
 */
#define _GNU_SOURCE /* dlmopen, RTLD_DEEPBIND */
#include "host.h"

#include <dctx/dctx.h>

DCTX_KEY_U64(k_shared, "shared", DCTX_LOCAL);

static void is_apart(const struct loaded *loaded)
{
	dctx_set(k_shared, 42);
	CHECK(loaded->plugin->get() == 0);
	CHECK(loaded->plugin->works());
	loaded->plugin->set(43);
	CHECK(dctx_get(k_shared, 0) == 42);
}

int main(int argc, char **argv)
{
	struct loaded idle, deep, other;

	CHECK(argc == 3);
	idle = load_plugin(argv[1]);
	CHECK(idle.plugin->current() == dctx_current());
	deep = find_plugin(
		dlopen(argv[2], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND));
	is_apart(&deep);
	CHECK(deep.plugin->second_copies() == 1);
	CHECK(dctx_counter(DCTX_EV_SECOND_COPY) == 1);

	other = find_plugin(
		dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW | RTLD_LOCAL));
	is_apart(&other);
	CHECK(other.plugin->get() == 43);
	CHECK(other.plugin->second_copies() == 0);
	CHECK(dctx_counter(DCTX_EV_SECOND_COPY) == 1);
	dctx_copy_found("another namespace");
	CHECK(dctx_counter(DCTX_EV_SECOND_COPY) == 2);
	return 0;
}
