/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "plat/pin.h"

#include "plat/heap.h"
#include "plat/lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GLIBC__
#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* A program without a loader has none; there nothing can be unloaded. dlopen
 * itself, named here, would make the linker warn of every such program. */
#pragma weak dlsym

/* Past these an object is asked for again, which does no harm. */
#define OBJECTS 64

struct object {
	uintptr_t start, end;
	const char *path; /* "" for the program itself */
};

static struct object kept[OBJECTS];
static unsigned n_kept;

static bool is_kept(uintptr_t address)
{
	bool found = false;

	dctxi_lock();
	for (unsigned i = 0; i < n_kept && !found; i++)
		found = address >= kept[i].start && address < kept[i].end;
	dctxi_unlock();
	return found;
}

static void remember(const struct object *object)
{
	dctxi_lock();
	if (n_kept < OBJECTS)
		kept[n_kept++] = *object;
	dctxi_unlock();
}

struct search {
	uintptr_t address;
	struct object object;
};

/* The loader maps an object's segments into one range of its own. */
static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *search = arg;
	uintptr_t start = UINTPTR_MAX, end = 0;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD)
			continue;
		if (from < start)
			start = from;
		if (from + part->p_memsz > end)
			end = from + part->p_memsz;
	}
	if (search->address < start || search->address >= end)
		return 0;
	search->object = (struct object){start, end, info->dlpi_name};
	return 1;
}

/* One more handle, which nobody closes, and the loader's own word for it. */
static bool keep(const char *path)
{
	void *(*open)(const char *, int) = NULL;
	void *found, *handle = NULL;
	int saved = errno;

	found = dlsym(RTLD_DEFAULT, "dlopen");
	memcpy(&open, &found, sizeof open);
	if (open != NULL && !dctxi_refused())
		handle = open(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
	errno = saved;
	return handle != NULL;
}

bool dctxi_pin(const void *address)
{
	struct search search = {.address = (uintptr_t)address};

	if (address == NULL || is_kept(search.address))
		return true;
	if (dl_iterate_phdr(look, &search) == 0)
		return true;
	if (dlsym != NULL && search.object.path[0] != '\0' &&
	    !keep(search.object.path))
		return false;
	remember(&search.object);
	return true;
}
#else
/* musl's dlclose unloads nothing. */
bool dctxi_pin(const void *address)
{
	(void)address;
	return true;
}
#endif
