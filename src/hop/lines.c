/* SPDX-License-Identifier: MIT */
#include "hop/lines.h"

#include "data/fail.h"
#include "plat/heap.h"
#include "plat/local.h"

struct dctxi_many {
	struct dctxi_keep keep; /* first */
	size_t room;
	dctx_bytes line[];
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t size_of(size_t room)
{
	return sizeof(struct dctxi_many) + room * sizeof(dctx_bytes);
}

static void drop(struct dctxi_keep *keep)
{
	struct dctxi_many *many = (struct dctxi_many *)(void *)keep;

	dctxi_free(many, size_of(many->room));
}

static struct dctxi_many *many_new(size_t room)
{
	struct dctxi_many *many = dctxi_alloc(size_of(room));

	if (many == NULL)
		return NULL;
	many->keep = (struct dctxi_keep){.end = drop};
	many->room = room;
	if (dctxi_keep(&many->keep))
		return many;
	drop(&many->keep);
	return NULL;
}

/* Asks again, with more room. What a carrier says then may differ. */
static dctx_status get_many(struct dctxi_lines *lines, const dctx_carrier *from,
			    const char *name)
{
	struct dctxi_many *many =
		many_new(least(lines->total, DCTXI_LINES_MAX));

	if (many == NULL)
		return dctxi_fail(DCTX_NOMEM, name);
	lines->many = many;
	lines->line = many->line;
	lines->total = from->get(from->user, name, many->line, many->room);
	lines->count = least(lines->total, many->room);
	return DCTX_OK;
}

dctx_status dctxi_lines_get(struct dctxi_lines *lines, const dctx_carrier *from,
			    const char *name)
{
	lines->many = NULL;
	lines->line = lines->few;
	lines->total = from->get(from->user, name, lines->few, DCTXI_LINES_FEW);
	lines->count = least(lines->total, DCTXI_LINES_FEW);
	if (lines->total <= DCTXI_LINES_FEW)
		return DCTX_OK;
	return get_many(lines, from, name);
}

void dctxi_lines_end(struct dctxi_lines *lines)
{
	if (lines->many == NULL)
		return;
	dctxi_let_go(&lines->many->keep.next);
	drop(&lines->many->keep);
}
