/* SPDX-License-Identifier: MIT */
/*
 * host.h - what the programs share that load plug-ins. They are plain programs,
 * since a test framework may not use the library that a host does without.
 */
#ifndef COPIES_HOST_H
#define COPIES_HOST_H

#include "plugin.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(what) check((what), #what, __FILE__, __LINE__)

static inline void check(bool holds, const char *what, const char *file,
			 int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	exit(1);
}

struct loaded {
	void *handle;
	const struct plugin *plugin;
};

/* Finds the plug-in of a handle, or says why there is none. */
static inline struct loaded find_plugin(void *handle)
{
	struct loaded loaded = {handle, NULL};

	if (handle != NULL)
		loaded.plugin = dlsym(handle, "plugin");
	if (loaded.plugin == NULL)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(loaded.plugin != NULL);
	return loaded;
}

static inline struct loaded load_plugin(const char *path)
{
	return find_plugin(dlopen(path, RTLD_NOW | RTLD_LOCAL));
}

/* Runs a function on a new thread, and in a child process, to its end. */
static inline void on_a_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, fn, arg) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static inline void in_a_child(void *(*fn)(void *), void *arg)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A plug-in works on a thread. */
static inline void *use_plugin(void *arg)
{
	const struct loaded *loaded = arg;

	CHECK(loaded->plugin->get() == 0);
	loaded->plugin->set(7);
	CHECK(loaded->plugin->get() == 7);
	CHECK(loaded->plugin->works());
	return NULL;
}

#endif
