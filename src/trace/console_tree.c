/* SPDX-License-Identifier: MIT */
/*
 * A trace as a tree, out of a list in the order of beginnings. Neither memory
 * nor recursion: what is asked for is looked for in the list, which is bounded;
 * spans that name each other as parents are written once like all others.
 */
#include "trace/console.h"

#include <string.h>

void dctxi_console_know(struct dctxi_held *held, const dctx_told_span *span)
{
	held->span = span;
	memcpy(&held->id, span->trace.span_id, sizeof held->id);
	memcpy(&held->parent, span->parent, sizeof held->parent);
}

static bool is_child(const struct dctxi_held *held,
		     const struct dctxi_held *parent)
{
	return held->parent == parent->id && held != parent;
}

static bool has_parent(const struct dctxi_held *held,
		       const struct dctxi_held *list)
{
	for (; list != NULL; list = list->next)
		if (is_child(held, list))
			return true;
	return false;
}

static struct dctxi_held *next_child(struct dctxi_held *list,
				     const struct dctxi_held *parent)
{
	while (list != NULL && (list->written || !is_child(list, parent)))
		list = list->next;
	return list;
}

/* The next that nothing stands above; of those in a circle the first. */
static struct dctxi_held *next_root(struct dctxi_held *list)
{
	struct dctxi_held *first = NULL;

	for (struct dctxi_held *held = list; held != NULL; held = held->next) {
		if (held->written)
			continue;
		if (held->top)
			return held;
		if (first == NULL)
			first = held;
	}
	return first;
}

static void write_one(struct dctxi_console_out *out, struct dctxi_held *held,
		      unsigned depth)
{
	const dctx_told_span *span = held->span;

	held->written = true;
	dctxi_console_span(out, depth, span);
	for (size_t i = 0; i < span->event_count; i++)
		dctxi_console_event(out, depth + 1, span, &span->events[i]);
}

static void write_below(struct dctxi_console_out *out, struct dctxi_held *list,
			struct dctxi_held *root)
{
	struct dctxi_held *at = root;
	unsigned depth = 0;

	root->up = NULL;
	write_one(out, root, depth);
	while (at != NULL) {
		struct dctxi_held *child = next_child(list, at);

		if (child == NULL) {
			at = at->up;
			depth--;
			continue;
		}
		child->up = at;
		at = child;
		write_one(out, at, ++depth);
	}
}

void dctxi_console_tree(struct dctxi_console_out *out, struct dctxi_held *list,
			struct dctxi_held *root)
{
	struct dctxi_held *at;

	for (at = list; at != NULL && root == NULL; at = at->next)
		at->top = !has_parent(at, list);
	at = root != NULL ? root : next_root(list);
	if (at == NULL)
		return;
	dctxi_console_head(out, at->span);
	do {
		write_below(out, list, at);
		at = root == NULL ? next_root(list) : NULL;
	} while (at != NULL);
}

void dctxi_console_sort_in(struct dctxi_held **list, struct dctxi_held *held)
{
	while (*list != NULL && (*list)->span->began <= held->span->began)
		list = &(*list)->next;
	held->next = *list;
	*list = held;
}
