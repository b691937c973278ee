/* SPDX-License-Identifier: MIT */
/*
 * A mapped diagnostic context: the logger of each thread has a map, whose
 * entries stand before each line. An accessor gives work a copy of the map of
 * who submitted it; what the work does to it is undone, and the worker's own
 * map is back.
 */
#include <dctx/dctx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The logger, which knows nothing of dctx. */
struct mdc {
	struct mdc *next;
	char key[16], value[16];
};

static __thread struct mdc *mdc;

static bool mdc_put(struct mdc **map, const char *key, const char *value)
{
	struct mdc *entry = malloc(sizeof(*entry));

	if (entry == NULL)
		return false;
	snprintf(entry->key, sizeof(entry->key), "%s", key);
	snprintf(entry->value, sizeof(entry->value), "%s", value);
	entry->next = NULL;
	while (*map != NULL)
		map = &(*map)->next;
	*map = entry;
	return true;
}

static void mdc_free(struct mdc *map)
{
	while (map != NULL) {
		struct mdc *next = map->next;

		free(map);
		map = next;
	}
}

static void log_line(const char *text)
{
	for (const struct mdc *entry = mdc; entry != NULL; entry = entry->next)
		printf("[%s %s] ", entry->key, entry->value);
	printf("%s\n", text);
}

/* The accessor: a capture is a copy of the whole map, an empty one "none". */
static dctx_status copy(const struct mdc *from, struct mdc **out)
{
	struct mdc *map = NULL;

	for (; from != NULL; from = from->next)
		if (!mdc_put(&map, from->key, from->value)) {
			mdc_free(map);
			return DCTX_NOMEM;
		}
	*out = map;
	return DCTX_OK;
}

static dctx_status capture(void *user, void **out)
{
	struct mdc *map;
	dctx_status status = copy(mdc, &map);

	(void)user;
	if (status == DCTX_OK)
		*out = map;
	return status;
}

/* Many threads may run under one capture: each has a copy to write to. */
static dctx_status set(void *user, void *value, void **out_before)
{
	struct mdc *map;
	dctx_status status = copy(value, &map);

	(void)user;
	if (status != DCTX_OK)
		return status;
	*out_before = mdc;
	mdc = map;
	return DCTX_OK;
}

static dctx_status clear(void *user, void **out_before)
{
	return set(user, NULL, out_before);
}

static void restore(void *user, void *before)
{
	(void)user;
	mdc_free(mdc);
	mdc = before;
}

static void free_captured(void *user, void *value)
{
	(void)user;
	mdc_free(value);
}

static const dctx_accessor accessor = {.name = "mdc",
				       .capture = capture,
				       .set = set,
				       .clear = clear,
				       .restore = restore,
				       .free = free_captured};

static void *resize(void *name)
{
	(void)mdc_put(&mdc, "image", name);
	log_line("resized");
	return NULL;
}

int main(void)
{
	static char first[] = "cat.png", second[] = "dog.png";
	dctx_work *work;
	pthread_t thread;

	if (dctx_accessor_add(dctx_accessors_default(), &accessor) != DCTX_OK)
		return 1;
	(void)mdc_put(&mdc, "request", "r-1");
	if (dctx_thread_start(&thread, NULL, resize, first) != DCTX_OK)
		return 1;
	pthread_join(thread, NULL);

	/* On the thread that submits it is no different. */
	if (dctx_wrap(resize, second, &work) != DCTX_OK ||
	    dctx_work_run(work, NULL) != DCTX_OK)
		return 1;
	log_line("answered");
	mdc_free(mdc);
	return 0;
}
