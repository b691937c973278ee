/* SPDX-License-Identifier: MIT */
#include "data/names.h"

#include "plat/heap.h"

#include <string.h>

static struct dctxi_names *names_new(size_t n, size_t bytes,
				     struct dctxi_names *parent)
{
	size_t size = sizeof(struct dctxi_names) + n * sizeof(char *) + bytes;
	struct dctxi_names *names = dctxi_alloc(size);

	if (names == NULL)
		return NULL;
	names->refs = 1;
	names->count = (uint32_t)n;
	names->total = n + dctxi_names_total(parent);
	names->size = size;
	names->parent = dctxi_names_ref(parent);
	return names;
}

struct dctxi_names *dctxi_names_room(size_t n, struct dctxi_names *parent)
{
	return names_new(n, 0, parent);
}

struct dctxi_names *dctxi_names_new(const struct dctxi_name *list, size_t n)
{
	struct dctxi_names *names;
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		if (list[i].len != DCTXI_NAME_BORROWED)
			bytes += list[i].len + 1;
	names = names_new(n, bytes, NULL);
	if (names == NULL)
		return NULL;
	at = (char *)&names->name[n];
	for (size_t i = 0; i < n; i++) {
		names->name[i] = list[i].text;
		if (list[i].len == DCTXI_NAME_BORROWED)
			continue;
		names->name[i] = at;
		if (list[i].len > 0)
			memcpy(at, list[i].text, list[i].len);
		at[list[i].len] = '\0';
		at += list[i].len + 1;
	}
	return names;
}

bool dctxi_names_owns(const struct dctxi_names *names, const char *name)
{
	uintptr_t start = (uintptr_t)names, at = (uintptr_t)name;

	return at >= start && at < start + names->size;
}

struct dctxi_names *dctxi_names_ref(struct dctxi_names *names)
{
	/* Relaxed: the caller already has a reference. */
	if (names != NULL)
		__atomic_fetch_add(&names->refs, 1, __ATOMIC_RELAXED);
	return names;
}

void dctxi_names_unref(struct dctxi_names *names)
{
	/* Acquire and release: the last one frees what others have read. */
	while (names != NULL &&
	       __atomic_fetch_sub(&names->refs, 1, __ATOMIC_ACQ_REL) == 1) {
		struct dctxi_names *parent = names->parent;

		dctxi_free(names, names->size);
		names = parent;
	}
}

void dctxi_names_list(const struct dctxi_names *names, const char **out,
		      size_t n)
{
	while (n > 0) {
		for (size_t i = 0; i < names->count && n > 0; i++)
			out[--n] = names->name[i];
		names = names->parent;
	}
}

const char *dctxi_names_at(const struct dctxi_names *names, size_t i)
{
	while (i >= names->count) {
		i -= names->count;
		names = names->parent;
	}
	return names->name[i];
}

static void text_add(struct dctxi_text *text, const char *piece)
{
	size_t len = strlen(piece);
	size_t room = text->size > text->len ? text->size - text->len : 0;

	if (room > 0)
		memcpy(text->buf + text->len, piece, len < room ? len : room);
	text->len += len;
}

void dctxi_text_name(struct dctxi_text *text, const char *name)
{
	if (text->begun && text->separator != NULL)
		text_add(text, text->separator);
	text->begun = true;
	text_add(text, name);
}

size_t dctxi_text_end(struct dctxi_text *text)
{
	if (text->size > 0)
		text->buf[text->len < text->size ? text->len
						 : text->size - 1] = '\0';
	return text->len;
}
