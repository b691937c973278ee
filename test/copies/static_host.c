/* SPDX-License-Identifier: MIT */
/*
 * static_host.c - a program with the archive in it. Unless it exports all of
 * the library, a plug-in gets another copy, and both sides are told.
 *
 * static_host apart|together|mixed PLUGIN
 */
#include "host.h"

#include <dctx/dctx.h>

DCTX_KEY_U64(k_shared, "shared", DCTX_LOCAL);

static char place[256];

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user;
	CHECK(event == DCTX_EV_SECOND_COPY && status == DCTX_OK);
	snprintf(place, sizeof(place), "%s", what);
}

/* glibc has no name for it, musl has. */
static bool is_the_program(const char *where)
{
	return strcmp(where, "the program") == 0 ||
	       strstr(where, "static_host") != NULL;
}

static void see_nothing_of_each_other(struct loaded *loaded)
{
	dctx_set(k_shared, 42);
	on_a_thread(use_plugin, loaded);
	CHECK(loaded->plugin->get() == 0);
	loaded->plugin->set(43);
	CHECK(dctx_get(k_shared, 0) == 42);
	CHECK(loaded->plugin->works());
	CHECK(loaded->plugin->current() != dctx_current());
	CHECK(is_the_program(loaded->plugin->told()));
}

static void see_one_context(struct loaded *loaded)
{
	dctx_set(k_shared, 42);
	CHECK(loaded->plugin->get() == 42);
	CHECK(loaded->plugin->works());
	CHECK(loaded->plugin->current() == dctx_current());
}

int main(int argc, char **argv)
{
	static const dctx_hook hook = {hear, NULL};
	bool together;
	struct loaded loaded;

	CHECK(argc == 3);
	together = strcmp(argv[1], "together") == 0;
	dctx_hook_set(&hook);
	loaded = load_plugin(argv[2]);
	if (together)
		see_one_context(&loaded);
	else if (strcmp(argv[1], "apart") == 0)
		see_nothing_of_each_other(&loaded);
	else
		CHECK(loaded.plugin->current() == dctx_current());
	CHECK(dctx_counter(DCTX_EV_SECOND_COPY) == (together ? 0 : 1));
	CHECK(loaded.plugin->second_copies() == (together ? 0 : 1));
	CHECK((strstr(place, ".so") != NULL) == !together);
	CHECK(dlclose(loaded.handle) == 0);
	return 0;
}
