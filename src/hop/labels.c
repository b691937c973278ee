/* SPDX-License-Identifier: MIT */
#include "hop/labels.h"

#include <string.h>

#define SLOTS (2 * DCTXI_BAG_MEMBERS)

/* ASCII, whatever the locale. */
static char fold(bool environ, char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	if (!environ || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return '_';
}

bool dctxi_label_begins(bool environ, const char *text, dctx_bytes name)
{
	const char *at = name.data;

	for (size_t i = 0; i < name.len; i++)
		if (text[i] == '\0' ||
		    (text[i] != at[i] &&
		     fold(environ, text[i]) != fold(environ, at[i])))
			return false;
	return true;
}

/* From their own address, which nobody outside knows. */
static size_t slot_of(const struct dctxi_labels *labels, dctx_bytes name)
{
	uint64_t hash = (uintptr_t)labels * UINT64_C(0x9e3779b97f4a7c15);
	const char *at = name.data;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)fold(labels->environ, at[i])) *
		       UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) % SLOTS;
}

static bool has(const struct dctxi_labels *labels,
		const struct dctxi_label *slot, dctx_bytes name)
{
	return slot->len == name.len &&
	       dctxi_label_begins(labels->environ, labels->text + slot->at,
				  name);
}

struct dctxi_label *dctxi_labels_find(struct dctxi_labels *labels,
				      dctx_bytes name)
{
	size_t i = slot_of(labels, name);

	if (labels->count == 0)
		memset(labels->slot, 0, sizeof labels->slot);
	while (labels->slot[i].len > 0 && !has(labels, &labels->slot[i], name))
		i = (i + 1) % SLOTS;
	return &labels->slot[i];
}

void dctxi_labels_take(struct dctxi_labels *labels, struct dctxi_label *slot,
		       dctx_bytes name)
{
	slot->at = (uint16_t)((const char *)name.data - labels->text);
	slot->len = (uint16_t)name.len;
	labels->count++;
}
