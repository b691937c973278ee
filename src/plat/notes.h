/* SPDX-License-Identifier: MIT */
/*
 * The notes (ELF, PT_NOTE) of what is loaded into this process: how objects
 * tell the process of themselves without exporting a symbol. The loader shows
 * those of every object of its namespace, of the program too.
 */
#ifndef DCTXI_NOTES_H
#define DCTXI_NOTES_H

#include <stddef.h>
#include <stdint.h>

/* A note's fixed part; the name, then the descriptor follow, each padded. */
struct dctxi_note {
	uint32_t name_len; /* with its NUL */
	uint32_t len;
	uint32_t type;
};

/* Gives every note of that name and type to `fn`: its descriptor of `len` bytes
 * and the path of the object, "" for the program. The loader's lock is held:
 * `fn` looks, and does nothing else. */
void dctxi_notes_each(const char *name, uint32_t type, size_t len,
		      void (*fn)(void *arg, const void *desc, const char *path),
		      void *arg);

#endif
