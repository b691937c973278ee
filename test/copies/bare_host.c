/* SPDX-License-Identifier: MIT */
/*
 * bare_host.c - a program that does not know dctx and loads plug-ins that do,
 * each with a copy of its own. Nothing is shared, all of it works, and every
 * copy knows of the others.
 *
 * bare_host PLUGIN...
 */
#include "host.h"

enum { MOST = 4 };

static struct loaded plugins[MOST];
static int n;
static pthread_barrier_t used, unloaded;

static void contexts_are_apart(void)
{
	for (int i = 0; i < n; i++) {
		CHECK(plugins[i].plugin->works());
		CHECK(plugins[i].plugin->get() == 0);
		plugins[i].plugin->set(100 + (uint64_t)i);
	}
	for (int i = 0; i < n; i++)
		CHECK(plugins[i].plugin->get() == 100 + (uint64_t)i);
	CHECK(plugins[0].plugin->current() != plugins[1].plugin->current());
	for (int i = 0; i < n; i++)
		plugins[i].plugin->set(0);
}

static void every_copy_counts_the_others(void)
{
	for (int i = 0; i < n; i++) {
		const struct plugin *plugin = plugins[i].plugin;

		CHECK(plugin->second_copies() == (uint64_t)n - 1);
		CHECK(strstr(plugin->told(), ".so") != NULL);
		CHECK(plugin->told() == NULL);
	}
}

static void *use_all(void *unused)
{
	(void)unused;
	contexts_are_apart();
	for (int i = 0; i < n; i++)
		use_plugin(&plugins[i]);
	return NULL;
}

/* Its stores' ends run code of plug-ins that nobody holds any more. */
static void *outlive_all(void *unused)
{
	use_all(unused);
	pthread_barrier_wait(&used);
	pthread_barrier_wait(&unloaded);
	return NULL;
}

static void a_thread_outlives_its_plugins(void)
{
	pthread_t thread;

	CHECK(pthread_barrier_init(&used, NULL, 2) == 0);
	CHECK(pthread_barrier_init(&unloaded, NULL, 2) == 0);
	CHECK(pthread_create(&thread, NULL, outlive_all, NULL) == 0);
	pthread_barrier_wait(&used);
	for (int i = 0; i < n; i++)
		CHECK(dlclose(plugins[i].handle) == 0);
	pthread_barrier_wait(&unloaded);
	CHECK(pthread_join(thread, NULL) == 0);
}

int main(int argc, char **argv)
{
	CHECK(argc > 2 && argc <= MOST + 1);
	for (int i = 1; i < argc; i++)
		plugins[n++] = load_plugin(argv[i]);
	contexts_are_apart();
	every_copy_counts_the_others();
	on_a_thread(use_all, NULL);
	in_a_child(use_all, NULL);
	a_thread_outlives_its_plugins();
	for (int i = 0; i < n; i++)
		plugins[i] = load_plugin(argv[i + 1]);
	contexts_are_apart();
	return 0;
}
