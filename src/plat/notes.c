/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "plat/notes.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>

struct search {
	const char *name;
	uint32_t type;
	size_t len;
	void (*fn)(void *arg, const void *desc, const char *path);
	void *arg;
};

/* Names and descriptors are padded to what the segment is aligned to. */
static size_t padded(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

static bool is_wanted(const struct search *search,
		      const struct dctxi_note *note)
{
	return note->type == search->type && note->len == search->len &&
	       note->name_len == strlen(search->name) + 1 &&
	       memcmp(note + 1, search->name, note->name_len) == 0;
}

static void look_at_notes(const struct search *search, const char *at,
			  size_t size, size_t align, const char *path)
{
	while (size >= sizeof(struct dctxi_note)) {
		const struct dctxi_note *note = (const void *)at;
		size_t desc, whole;

		size -= sizeof *note;
		if (note->name_len > size || note->len > size)
			return;
		desc = padded(note->name_len, align);
		whole = desc + padded(note->len, align);
		if (desc + note->len > size)
			return;
		if (is_wanted(search, note))
			search->fn(search->arg, (const char *)(note + 1) + desc,
				   path);
		if (whole > size)
			return;
		at += sizeof *note + whole;
		size -= whole;
	}
}

/* Whether a segment lies where the process can read it. */
static bool is_mapped(const struct dl_phdr_info *info, const ElfW(Phdr) *part)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *map = &info->dlpi_phdr[i];

		if (map->p_type == PT_LOAD && map->p_flags & PF_R &&
		    part->p_vaddr >= map->p_vaddr &&
		    part->p_vaddr - map->p_vaddr <= map->p_filesz &&
		    part->p_memsz <=
			    map->p_filesz - (part->p_vaddr - map->p_vaddr))
			return true;
	}
	return false;
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_NOTE || part->p_align > 8 ||
		    !is_mapped(info, part))
			continue;
		look_at_notes(arg,
			      (const char *)(info->dlpi_addr + part->p_vaddr),
			      part->p_memsz, part->p_align == 8 ? 8 : 4,
			      info->dlpi_name != NULL ? info->dlpi_name : "");
	}
	return 0;
}

void dctxi_notes_each(const char *name, uint32_t type, size_t len,
		      void (*fn)(void *arg, const void *desc, const char *path),
		      void *arg)
{
	struct search search = {name, type, len, fn, arg};

	dl_iterate_phdr(look_at_object, &search);
}
