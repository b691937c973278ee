/* SPDX-License-Identifier: MIT */
/*
 * shared_host.c - a program linked to the shared library. Whatever a plug-in
 * brings along, the loader binds it to the program's copy: one context.
 *
 * shared_host PLUGIN..., with a ! and a word before one that must be refused in
 * words with that word in them: !WORD=PLUGIN
 */
#include "host.h"

#include <dctx/dctx.h>

DCTX_KEY_U64(k_shared, "shared", DCTX_LOCAL);

static void both_see_one_context(const struct loaded *loaded)
{
	const struct plugin *plugin = loaded->plugin;

	DCTX_SCOPE("host");
	dctx_set(k_shared, 42);
	CHECK(plugin->get() == 42);
	plugin->set(43);
	CHECK(dctx_get(k_shared, 0) == 43);
	CHECK(plugin->current() == dctx_current());
	CHECK(plugin->works());
	on_a_thread(use_plugin, (void *)loaded);
}

/* Loaded, used, unloaded, and what is left of it used. */
static void one_context_outlives_a_plugin(const char *path)
{
	struct loaded loaded = load_plugin(path);
	char name[64];

	snprintf(name, sizeof(name), "%s", loaded.plugin->own_key);
	both_see_one_context(&loaded);
	in_a_child(use_plugin, &loaded);
	CHECK(dlclose(loaded.handle) == 0);
	CHECK(dctx_registry_find(NULL, name) != NULL);
	CHECK(strcmp(dctx_registry_find(NULL, name)->name, name) == 0);
}

static void what_cannot_work_is_refused(const char *how)
{
	const char *path = strchr(how, '=') + 1, *why;
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)(path - how - 1), how);
	CHECK(dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL);
	why = dlerror();
	printf("refused: %s\n", why);
	CHECK(strstr(why, word) != NULL);
}

int main(int argc, char **argv)
{
	CHECK(argc > 1);
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i < argc; i++) {
			if (*argv[i] == '!')
				what_cannot_work_is_refused(argv[i] + 1);
			else
				one_context_outlives_a_plugin(argv[i]);
		}
	}
	CHECK(dctx_registry_check(NULL, NULL) == DCTX_OK);
	CHECK(dctx_counter(DCTX_EV_SECOND_COPY) == 0);
	CHECK(!dctx_has(k_shared) && dctx_depth() == 1);
	return 0;
}
